import { Secret } from "../../text/secret.ts";
import { splitHosts } from "./hosts.ts";
import {
  type ConninfoParameters,
  environmentVariables,
  isUnsupported,
  type Keyword,
  unsupported,
  variables,
} from "./keywords.ts";
import { authMethods, parseRequireAuth, type RequireAuth } from "./require-auth.ts";
import { type TlsParameters, tlsDefaults, tlsParameters, tlsProblems } from "./tls-parameters.ts";
import { parseWhole, wrongValues } from "./values.ts";

export type { ConninfoParameters, Keyword } from "./keywords.ts";
export { parseConninfo } from "./parse.ts";

export const channelBindings = ["disable", "prefer", "require"] as const;

/** Whether SCRAM binds the login to the TLS connection that it runs over (libpq, `channel_binding`). */
export type ChannelBinding = (typeof channelBindings)[number];

/** Everything needed to reach one server; libpq's defaults are already filled in. */
export type ConnectionParameters = TlsParameters & {
  /** A name, an address, or the directory of a unix socket when it starts with a slash. */
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly user: string;
  readonly password: Secret | null;
  /** An address to connect to instead of looking `host` up; certificates are still checked against `host`. */
  readonly hostaddr: string | null;
  readonly channelBinding: ChannelBinding;
  /** How the server may authenticate us; null is as it likes. */
  readonly requireAuth: RequireAuth | null;
  /** The password file, when one is named. */
  readonly passfile: string | null;
  /** How long a login may take; null is as long as we like. */
  readonly connectTimeoutMs: number | null;
  /** Whether the kernel probes a connection at rest, and after how many seconds of rest; null is its own default. */
  readonly keepalives: boolean;
  readonly keepalivesIdleSeconds: number | null;
  /** How long it waits for the answer to a probe, and how many it misses before the connection is lost. */
  readonly keepalivesIntervalSeconds: number | null;
  readonly keepalivesCount: number | null;
  /** How long what was sent may stay unacknowledged before the connection is lost. */
  readonly tcpUserTimeoutMs: number | null;
  /** What we call ourselves in pg_stat_activity. */
  readonly applicationName: string;
  /** Command-line options for the session, such as `-c geqo=off`. */
  readonly options: string | null;
};

/** libpq's defaults of what a plain string does not say. */
export const connectionDefaults = {
  ...tlsDefaults,
  hostaddr: null,
  channelBinding: "prefer",
  requireAuth: null,
  passfile: null,
  connectTimeoutMs: null,
  keepalives: true,
  keepalivesIdleSeconds: null,
  keepalivesIntervalSeconds: null,
  keepalivesCount: null,
  tcpUserTimeoutMs: null,
  applicationName: "pgparade",
  options: null,
} as const satisfies Partial<ConnectionParameters>;

/** libpq's environment variables (section "Environment Variables") as parameters. */
export function environmentParameters(
  environment: Readonly<Record<string, string | undefined>>,
): ConninfoParameters {
  const parameters: { [keyword in Keyword]?: string } = {};
  for (const [keyword, variable] of environmentVariables) {
    const value = environment[variable];
    if (value) parameters[keyword] = value;
  }
  // What sslmode was before 8.0; libpq still heeds it.
  if (environment[requireSsl]?.startsWith("1")) parameters.sslmode ??= "require";
  return parameters;
}

const requireSsl = "PGREQUIRESSL";

/** The environment variable that a keyword of {@link environmentParameters} was read from. */
export function variableOf(
  keyword: Keyword,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (keyword === "sslmode" && !environment[variables.sslmode]) return requireSsl;
  return environmentVariables.get(keyword) ?? keyword;
}

/** What was found wrong with one parameter, and what is expected of it. Neither quotes a value. */
export type ParameterProblem = {
  readonly keyword: Keyword;
  readonly expected: string;
  readonly found: string;
};

/** Judges the values, and that each keyword can be honoured. Empty is "not given", and hosts and ports may be lists. */
export function checkParameters(parameters: ConninfoParameters): readonly ParameterProblem[] {
  const hosts = splitHosts(parameters);
  if ("expected" in hosts) return [hosts];
  const problems = hosts.flatMap(checkHost);
  // What is no list is wrong for every host.
  return problems.filter(
    ({ keyword, expected }, index) =>
      index === problems.findIndex((other) => other.keyword === keyword && other.expected === expected),
  );
}

function checkHost(parameters: ConninfoParameters): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  const { port, channel_binding, require_auth } = parameters;
  const refuse = (keyword: Keyword, expected: string, found: string) =>
    problems.push({ keyword, expected, found });
  if (port && parsePort(port) === null) refuse("port", "a port from 1 to 65535", "something else");
  problems.push(...tlsProblems(parameters));
  if (channel_binding && !isChannelBinding(channel_binding))
    refuse("channel_binding", channelBindings.join(", "), "something else");
  for (const { keyword, expected } of wrongValues(parameters)) refuse(keyword, expected, "something else");
  const required = require_auth ? parseRequireAuth(require_auth) : null;
  if (required && "found" in required)
    refuse("require_auth", `${authMethods.join(", ")}, or all with !`, required.found);
  for (const [keyword, value] of Object.entries(parameters)) {
    if (!isUnsupported(keyword) || value === undefined || value === "") continue;
    const neutral: readonly string[] = unsupported[keyword];
    // It is of the process at the other end of a Unix-domain socket.
    if (keyword === "requirepeer" && !mayBeUnixSocket(parameters)) continue;
    if (!neutral.includes(value))
      refuse(keyword, "a keyword that pgparade supports", `${keyword}, not supported yet`);
  }
  return problems;
}

/** Without a host libpq takes the usual socket directory. */
function mayBeUnixSocket({ host, hostaddr }: ConninfoParameters): boolean {
  return !hostaddr && (!host || /^[/@]/.test(host));
}

function isChannelBinding(text: string): text is ChannelBinding {
  return channelBindings.some((choice) => choice === text);
}

function parsePort(text: string): number | null {
  if (!/^\s*\d{1,5}\s*$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : null;
}

/** What libpq asks the operating system. */
export type LocalSystem = {
  /** The operating system's name of the user. */
  readonly user: string;
  /** The directories of unix sockets that exist, the preferred one first. */
  readonly socketDirectories: readonly string[];
};

const unchecked = "connection parameters were not checked";

/**
 * Fills in libpq's defaults for what was not given. Throws a RangeError for a value that {@link checkParameters}
 * refuses, since going on with a guess may reach another server.
 */
export function resolveConnection(given: ConninfoParameters, system: LocalSystem): ConnectionParameters {
  const text = (keyword: Keyword): string | null => given[keyword] || null;
  const user = text("user") ?? system.user;
  const port = parsePort(text("port") ?? "5432");
  const tls = tlsParameters(text);
  const password = text("password");
  const channelBinding = text("channel_binding") ?? connectionDefaults.channelBinding;
  const requireAuth = text("require_auth");
  const required = requireAuth === null ? null : parseRequireAuth(requireAuth);
  if (port === null || tls === null || !isChannelBinding(channelBinding)) throw new RangeError(unchecked);
  if (required && "found" in required) throw new RangeError(unchecked);
  return {
    host: text("host") ?? text("hostaddr") ?? system.socketDirectories[0] ?? "localhost",
    port,
    dbname: text("dbname") ?? user,
    user,
    password: password === null ? null : new Secret(password),
    ...connectionDefaults,
    ...tls,
    channelBinding,
    requireAuth: required,
    passfile: text("passfile"),
    hostaddr: text("hostaddr"),
    ...sessionOf(text),
  };
}

/** What concerns the session and not who is reached (libpq, "Parameter Key Words"). */
function sessionOf(text: (keyword: Keyword) => string | null) {
  const number = (keyword: Keyword) => parseWhole(text(keyword) ?? "");
  // Zero and less leave it to the system.
  const positive = (keyword: Keyword) => {
    const given = number(keyword) ?? 0;
    return given > 0 ? given : null;
  };
  const timeoutSeconds = positive("connect_timeout");
  return {
    // No limit is what a monitor cannot have.
    connectTimeoutMs: timeoutSeconds === null ? null : timeoutSeconds * 1000,
    keepalives: number("keepalives") !== 0,
    keepalivesIdleSeconds: positive("keepalives_idle"),
    keepalivesIntervalSeconds: positive("keepalives_interval"),
    keepalivesCount: positive("keepalives_count"),
    tcpUserTimeoutMs: positive("tcp_user_timeout"),
    applicationName:
      text("application_name") ?? text("fallback_application_name") ?? connectionDefaults.applicationName,
    options: text("options"),
  };
}
