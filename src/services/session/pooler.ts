import type { NodeSettings } from "../../config/settings.ts";

/**
 * True for a login that PgBouncer refused because of our startup options ("unsupported startup parameter",
 * PgBouncer documentation, ignore_startup_parameters). A server never says this with that SQLSTATE.
 */
export function refusesOptions(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    "code" in cause &&
    cause.code === "08P01" &&
    /unsupported startup parameter/.test(cause.message)
  );
}

/**
 * One query that sets what the startup options set, for its transaction only: behind a pooler a SET would
 * reach whoever gets the backend next.
 */
export function localSettings({ statementTimeoutMs, lockTimeoutMs }: NodeSettings): string {
  const settings = [
    ["search_path", "pg_catalog"],
    ["statement_timeout", statementTimeoutMs],
    ["lock_timeout", lockTimeoutMs],
    ["idle_in_transaction_session_timeout", 10_000],
  ];
  const calls = settings.map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`);
  return `select ${calls.join(", ")}`;
}
