/** The keywords that we act upon, each with libpq's environment variable for it. */
export const variables = {
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  passfile: "PGPASSFILE",
  service: "PGSERVICE",
  servicefile: "PGSERVICEFILE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslcrl: "PGSSLCRL",
  sslcrldir: "PGSSLCRLDIR",
  sslcertmode: "PGSSLCERTMODE",
  sslnegotiation: "PGSSLNEGOTIATION",
  sslsni: "PGSSLSNI",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
  require_auth: "PGREQUIREAUTH",
  channel_binding: "PGCHANNELBINDING",
  connect_timeout: "PGCONNECT_TIMEOUT",
  application_name: "PGAPPNAME",
  client_encoding: "PGCLIENTENCODING",
  options: "PGOPTIONS",
  target_session_attrs: "PGTARGETSESSIONATTRS",
  load_balance_hosts: "PGLOADBALANCEHOSTS",
} as const;

/** Keywords without a variable, of which some are acted upon and the others change neither the server reached nor the safety. */
const others = [
  "fallback_application_name",
  "gsslib",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "sslcompression",
  "sslpassword",
  "tcp_user_timeout",
] as const;

/** Keywords that matter and that we cannot honour yet, with the values under which they change nothing. */
export const unsupported = {
  gssdelegation: ["0"],
  gssencmode: ["disable", "prefer"],
  // We speak 3.0.
  max_protocol_version: ["3.0", "3.2", "latest"],
  min_protocol_version: ["3.0"],
  oauth_client_id: [],
  oauth_client_secret: [],
  oauth_issuer: [],
  oauth_scope: [],
  replication: ["false", "off", "no", "0"],
  requirepeer: [],
  scram_client_key: [],
  scram_server_key: [],
  sslkeylogfile: [],
} as const satisfies Record<string, readonly string[]>;

/** Libpq's environment variables for them: who sets one relies on it as much as who writes the keyword. */
const unsupportedVariables = {
  gssdelegation: "PGGSSDELEGATION",
  gssencmode: "PGGSSENCMODE",
  max_protocol_version: "PGMAXPROTOCOLVERSION",
  min_protocol_version: "PGMINPROTOCOLVERSION",
  requirepeer: "PGREQUIREPEER",
} as const satisfies { readonly [keyword in keyof typeof unsupported]?: string };

/** A parameter key word of libpq 18 (section "Parameter Key Words"). */
export type Keyword = keyof typeof variables | (typeof others)[number] | keyof typeof unsupported;

/** The parameters that were given, as text. */
export type ConninfoParameters = { readonly [keyword in Keyword]?: string };

const keywords = new Set<string>([...Object.keys(variables), ...others, ...Object.keys(unsupported)]);

/** All of them. */
export const keywordNames: readonly Keyword[] = [...keywords].filter(isKeyword);

export function isKeyword(text: string): text is Keyword {
  return keywords.has(text);
}

/** A keyword that we act upon. */
type Acted = keyof typeof variables;

function isActed(keyword: string): keyword is Acted {
  return Object.hasOwn(variables, keyword);
}

export const acted = Object.keys(variables).filter(isActed);

/** Libpq's environment variables, by their keywords (section "Environment Variables"). */
export const environmentVariables: ReadonlyMap<Keyword, string> = new Map(
  Object.entries({ ...variables, ...unsupportedVariables }).flatMap(([keyword, variable]) =>
    isKeyword(keyword) ? [[keyword, variable]] : [],
  ),
);

export function isUnsupported(keyword: string): keyword is keyof typeof unsupported {
  return Object.hasOwn(unsupported, keyword);
}

const secret: readonly string[] = [
  "password",
  "sslpassword",
  "oauth_client_secret",
  "scram_client_key",
  "scram_server_key",
] satisfies Keyword[];

/** Whether a value of this keyword is for nobody's eyes (libpq marks most of them with "*" in PQconndefaults). */
export function isSecretKeyword(keyword: Keyword): boolean {
  return secret.includes(keyword);
}
