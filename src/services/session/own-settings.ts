import type { NodeSettings } from "../../config/settings.ts";

type Settings = Readonly<Record<string, string | number>>;

/**
 * What our sessions rely on, whatever a role, a database or postgresql.conf sets (docs/decisions/0016). Every major
 * from 10 on knows these, and every role may set them.
 */
function always({ readOnly, statementTimeoutMs, lockTimeoutMs }: NodeSettings): Settings {
  return {
    default_transaction_isolation: "read committed",
    default_transaction_read_only: readOnly ? "on" : "off",
    default_transaction_deferrable: "off",
    search_path: "pg_catalog",
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: 10_000,
    exit_on_error: "off",
    client_min_messages: "error",
    row_security: "on",
    extra_float_digits: 1,
    datestyle: "ISO",
    intervalstyle: "postgres",
    timezone: "UTC",
    bytea_output: "hex",
    standard_conforming_strings: "on",
    quote_all_identifiers: "off",
    transform_null_equals: "off",
    array_nulls: "on",
    xmlbinary: "base64",
    xmloption: "content",
    max_parallel_workers_per_gather: 0,
  };
}

/** The same for settings that some majors lack: a login that names one of them there is refused. */
const whereKnown: Settings = {
  transaction_timeout: 0,
  idle_session_timeout: 0,
  jit: "off",
  plan_cache_mode: "force_generic_plan",
  force_parallel_mode: "off",
  debug_parallel_query: "off",
  stats_fetch_consistency: "cache",
  restrict_nonsystem_relation_kind: "",
};

/** By the SQLSTATE with which they end a session, and which says that the server knows them. */
const limits: Readonly<Record<string, string>> = {
  "57P05": "idle_session_timeout",
  "25P04": "transaction_timeout",
};

/** The option that switches the limit off which ended a session with this SQLSTATE; null for another end. */
export function withoutLimit(sqlstate: string): string | null {
  const limit = limits[sqlstate];
  return limit === undefined ? null : `-c ${limit}=0`;
}

/** The startup packet's options (libpq, "options"), in force from the first moment; a role's settings yield to them. */
export function startupOptions(node: NodeSettings): string[] {
  const escaped = (value: string | number) => String(value).replaceAll(" ", "\\ ");
  return Object.entries(always(node)).map(([name, value]) => `-c ${name}=${escaped(value)}`);
}

/**
 * One query that sets all of them for the session with backend `pid`, or for its own transaction alone when it runs in
 * another backend: a pooler's, which another client gets next. Those of the startup packet are set once more, because
 * a trigger on login (17) may have changed them.
 */
export function sessionSettings(node: NodeSettings, pid: number | null): string {
  return setAll(
    { ...always(node), ...whereKnown },
    pid === null ? "true" : `pg_catalog.pg_backend_pid() <> ${pid}`,
  );
}

/** One query that sets all of them for its transaction: for behind a pooler, which takes no options. */
export function localSettings(node: NodeSettings): string {
  return setAll({ ...always(node), ...whereKnown }, "true");
}

function setAll(settings: Settings, isLocal: string): string {
  const rows = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  return `select pg_catalog.set_config(s.name, s.value, ${isLocal}) from (values ${rows.join(", ")}) as s (name, value)
    where pg_catalog.current_setting(s.name, true) is not null`;
}
