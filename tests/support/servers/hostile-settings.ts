import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";

/** Settings that no role can be given values of that matter here, with the reason. */
const spared: readonly (readonly [RegExp, string])[] = [
  [/^transaction_(isolation|read_only|deferrable)$/, "of a transaction, not of a role"],
  [/_preload_libraries$/, "a library that is not there refuses the login, which says so"],
  [/^track_|^compute_query_id$/, "what the server does not collect no session can ask for"],
  [/^default_table_access_method$|^lc_messages$/, "there is one value here"],
];

/** Values for text, and for figures whose least value is not the most hostile, or so short that no statement lives. */
const chosen: Readonly<Record<string, string>> = {
  DateStyle: "German, DMY",
  TimeZone: "Asia/Kathmandu",
  timezone_abbreviations: "India",
  search_path: "public",
  client_encoding: "LATIN1",
  // With more to read at its login PgBouncer never gets in (1.18, "partial pkt in login phase").
  client_min_messages: "debug1",
  application_name: "theirs",
  default_text_search_config: "simple",
  lc_monetary: "POSIX",
  lc_numeric: "POSIX",
  lc_time: "POSIX",
  dynamic_library_path: "$libdir:/nowhere",
  extension_control_path: "/nowhere",
  createrole_self_grant: "set",
  wal_consistency_checking: "all",
  log_connections: "all",
  restrict_nonsystem_relation_kind: "view, foreign-table",
  default_transaction_isolation: "serializable",
  debug_parallel_query: "regress",
  force_parallel_mode: "regress",
  plan_cache_mode: "force_custom_plan",
  stats_fetch_consistency: "snapshot",
  max_parallel_workers_per_gather: "8",
  jit_above_cost: "0",
  jit_inline_above_cost: "0",
  jit_optimize_above_cost: "0",
  statement_timeout: "2000",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "2000",
  transaction_timeout: "2000",
  idle_session_timeout: "2000",
  client_connection_check_interval: "1",
};

type Setting = {
  readonly name: string;
  readonly vartype: string;
  readonly min_val: string | null;
  readonly max_val: string | null;
  readonly enumvals: readonly string[] | null;
  readonly reset_val: string;
};

/**
 * Gives a role or database (`role x`, `database y`) another value than the default for every setting of the server that
 * it can be given one for (pg_settings, contexts user and superuser). Answers the names that were set.
 */
export async function setAllHostile(server: ThrowawayServer, whose: string): Promise<string[]> {
  const settings = await server.query<Setting>(`
    select name, vartype, min_val, max_val, enumvals, reset_val from pg_catalog.pg_settings
    where context in ('user', 'superuser')`);
  const set: string[] = [];
  for (const setting of settings) {
    const value = hostileValue(setting);
    if (value === null || spared.some(([name]) => name.test(setting.name))) continue;
    await server.query(`alter ${whose} set ${setting.name} = '${value}'`);
    set.push(setting.name);
  }
  return set;
}

function hostileValue({ name, vartype, min_val, max_val, enumvals, reset_val }: Setting): string | null {
  const value = chosen[name];
  if (value !== undefined) return value;
  if (vartype === "bool") return reset_val === "on" ? "off" : "on";
  if (vartype === "enum") return enumvals?.findLast((one) => one !== reset_val) ?? null;
  if (vartype === "string") return null;
  return [min_val, max_val].find((one) => one !== reset_val) ?? null;
}
