import type { NodeSettings } from "../../config/settings.ts";
import { serverError } from "../../postgres/server-error.ts";

/**
 * True for a login that a pooler refused because of our startup options (PgBouncer documentation,
 * ignore_startup_parameters). A server that means the same SQLSTATE names the function that says so.
 */
export function refusesOptions(cause: unknown): boolean {
  const error = serverError(cause);
  return error?.code === "08P01" && error.routine === null;
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
