import { channelBindings } from "../postgres/conninfo/conninfo.ts";
import {
  certificateModes,
  negotiations,
  sslModes,
  tlsVersions,
} from "../postgres/conninfo/tls-parameters.ts";
import { actionLevels } from "../stats/action-level.ts";
import { colours, logLevels, themes, waitTimes } from "./settings.ts";
import {
  boolean,
  choice,
  command,
  duration,
  exactText,
  integer,
  type Kind,
  nameLike,
  text,
} from "./values.ts";

export type Option<T> = {
  readonly kind: Kind<T>;
  readonly default: T;
  /** The default as one writes it. */
  readonly stated: string;
  readonly title: string;
};

function option<T>(kind: Kind<T>, value: NoInfer<T>, title: string): Option<T> {
  return { kind, default: value, stated: kind.print(value), title };
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Options of the program as a whole, with their defaults. */
export const programOptions = {
  refresh: option(duration(250, hour), 1000, "how often every node is asked"),
  theme: option(choice(themes, "dark"), "dark", "the colours of the screen"),
  ascii: option(boolean, false, "draw with plain ASCII characters only"),
  color: option(boolean, true, "use colours at all"),
  log_level: option(choice(logLevels, "info"), "info", "how much is written to the log file"),
};

/** Options of a node's connection pool. */
export const poolOptions = {
  max: option(integer(1, 10, 2), 2, "sessions per node at most"),
  idle_timeout: option(duration(1000, day), 30_000, "when an idle session is closed"),
  max_lifetime: option(duration(0, 30 * day), 0, "when a session is replaced; 0s is never"),
  acquire_timeout: option(duration(100, 10 * minute), 3000, "how long to wait for a free session"),
  connect_timeout: option(duration(100, 10 * minute), 3000, "how long to wait for a new session"),
  databases: option(integer(0, 20, 3), 3, "sessions in other databases of a node at most; 0 asks none"),
  database_idle: option(duration(1000, day), 30_000, "when an idle session in another database is closed"),
};

/** Options of one node besides its connection, pool and thresholds. */
export const nodeOptions = {
  statement_timeout: option(duration(100, 10 * minute), 4000, "statement_timeout of our sessions"),
  lock_timeout: option(duration(10, 10 * minute), 500, "lock_timeout of our sessions"),
};

/** Fields of a node's connection. Without them libpq's variables and defaults count. */
export const connectionFields = {
  host: text("a host name, an address or a socket directory", "db1.example.com"),
  port: integer(1, 65_535, 5432),
  database: text("the name of a database", "postgres"),
  user: text("the name of a role", "pgparade"),
  password: exactText("a password in quotes", `"\${DB1_PASSWORD}"`),
  sslmode: choice(sslModes, "verify-full"),
  sslrootcert: text("a file of root certificates, or system", "/etc/ssl/certs/db-ca.pem"),
  sslcert: text("a client certificate's file", "/etc/pgparade/client.crt"),
  sslkey: text("a client key's file", "/etc/pgparade/client.key"),
  sslpassword: exactText("the key's passphrase in quotes", `"\${DB1_KEY_PASSPHRASE}"`),
  sslcrl: text("a file of lists of revoked certificates", "/etc/pgparade/revoked.pem"),
  sslcertmode: choice(certificateModes, "require"),
  sslnegotiation: choice(negotiations, "direct"),
  ssl_min_protocol_version: choice(tlsVersions, "TLSv1.3"),
  ssl_max_protocol_version: choice(tlsVersions, "TLSv1.3"),
  require_auth: text("how the server may authenticate, as with libpq", "scram-sha-256"),
  channel_binding: choice(channelBindings, "require"),
};

/** Where a node's password is, so that it need not stand in the file. */
export const passwordFields = {
  password_env: text("the name of an environment variable", "DB1_PASSWORD"),
  password_file: text("a file whose first line is the password", "/run/secrets/db1"),
  password_command: command,
};

/** Where the passphrase of a node's `sslkey` is. */
export const keyPassphraseFields = {
  sslpassword_env: text("the name of an environment variable", "DB1_KEY_PASSPHRASE"),
  sslpassword_file: text("a file whose first line is the key's passphrase", "/run/secrets/db1-key"),
  sslpassword_command: command,
};

/** The login of Patroni's REST API, which asks for it before it changes anything. */
export const restLogin = {
  username: text("the user name of its restapi", "patroni"),
  password: exactText("a password in quotes", `"\${PATRONI_PASSWORD}"`),
  password_env: text("the name of an environment variable", "PATRONI_PASSWORD"),
  password_file: text("a file whose first line is the password", "/run/secrets/patroni"),
  password_command: command,
};

/** What a user may do to a node from the screen. */
export const actions = option(choice(actionLevels, "none"), "signal", "what a user may do from the screen");

/** When active sessions are sampled by what they wait for: all the time, or while a view of that is on screen. */
export const waits = option(
  choice(waitTimes, "always"),
  "shown",
  "when active sessions are sampled for waits",
);

/** Whether a standby answers queries: its own setting hot_standby, which is on by default. */
export const hotStandby: Kind<boolean> = {
  ...choice(["on", "off"], "off"),
  // YAML 1.1 reads both words as these, and so do people.
  parse: (given) =>
    given === "on" || given === true ? true : given === "off" || given === false ? false : undefined,
  print: (value) => (value ? "on" : "off"),
};

export const connectionString = exactText(
  "a connection string in quotes",
  '"postgresql://pgparade@db1.example.com/postgres"',
);
export const name = nameLike("a name", "production");
export const colour = choice(colours, "red");
