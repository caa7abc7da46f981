/**
 * What our sessions ask for in the startup packet (docs/decisions/0016), which makes it their reset_val: the catalog does not
 * tell what the server has. Names as pg_settings has them.
 */
export const setAtLogin: readonly string[] = [
  ...["default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"],
  ...["search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"],
  ...["exit_on_error", "client_min_messages", "row_security", "extra_float_digits"],
  ...["DateStyle", "IntervalStyle", "TimeZone", "bytea_output", "standard_conforming_strings"],
  ...["quote_all_identifiers", "transform_null_equals", "array_nulls", "xmlbinary", "xmloption"],
  "max_parallel_workers_per_gather",
];

/** What is of a session or a transaction and never of the server. */
const neverOfServer = [
  ...["application_name", "client_encoding", "session_authorization", "role", "is_superuser", "seed"],
  ...["transaction_isolation", "transaction_read_only", "transaction_deferrable"],
];

const inList = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");

/** SQL, true where ALTER ROLE or ALTER DATABASE sets the setting of that name for our session. Its value may have any bytes. */
export const setForUs = (name: string): string => `exists (
    select from pg_catalog.pg_db_role_setting as r, pg_catalog.unnest(r.setconfig) as line
    where r.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()))
      and r.setrole in (0, (select o.oid from pg_catalog.pg_roles as o where o.rolname = session_user))
      and pg_catalog.encode(pg_catalog.textsend(line), 'escape') like ${name} || '=%')`;

/**
 * SQL, true of a setting `s` whose value in the server our session hides: by the startup packet, or by what ALTER ROLE and ALTER
 * DATABASE set for it. What is set for the session later leaves reset_val as it was.
 */
export const hiddenBySession = `(
  s.name in (${inList(neverOfServer)})
  or s.source in ('client', 'user', 'database', 'database user', 'interactive', 'test')
  or s.source = 'session' and (s.name in (${inList(setAtLogin)}) or ${setForUs("s.name")}))`;

/** Settings that hold passwords, or may: those of extensions by their names. They do not leave the server. */
const isSecret = (name: string) => `(${name} in ('primary_conninfo', 'ssl_passphrase_command')
  or pg_catalog.encode(pg_catalog.textsend(${name}), 'escape') ~* '\\..*(passw|secret|token|credential|conninfo|api_?key)')`;

/** What stands for the value of one that is set. */
export const masked = "(hidden)";

/** SQL for a value of the setting `name`, masked where it may hold a password; that of a setting that is empty is empty. */
export const withoutSecrets = (name: string, value: string): string =>
  `case when ${value} <> '' and ${isSecret(name)} then '${masked}' else ${value} end`;
