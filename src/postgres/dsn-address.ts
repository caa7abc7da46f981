import { maskPasswords, tornByPassword } from "./conninfo/mask.ts";
import { parseConninfo } from "./conninfo/parse.ts";

/** Where a connection string leads, as it says itself. */
export type DsnAddress = {
  readonly host: string | null;
  readonly port: string | null;
  readonly dbname: string | null;
};

/**
 * Host, port and database of a connection string as libpq reads it, and nothing else of it: it may hold a password.
 * Null where it cannot be read, or where a piece of the password may be taken for one of them.
 */
export function dsnAddress(dsn: string): DsnAddress | null {
  const parsed = parseConninfo(dsn);
  if (!parsed.ok || tornByPassword(dsn).size > 0) return null;
  const { host, hostaddr, port, dbname } = parsed.parameters;
  const shown = (value: string | undefined) => (value ? maskPasswords(value) : null);
  return { host: shown(host) ?? shown(hostaddr), port: shown(port), dbname: shown(dbname) };
}
