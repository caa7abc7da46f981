import type { NodeSettings } from "../config/settings.ts";

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
