/**
 * A WAL position as PostgreSQL prints it ("16/B374D848": two 32-bit halves in hex, type pg_lsn) as a byte
 * offset. Anything else, and null, is null.
 */
export function parseLsn(text: string | null): bigint | null {
  const halves = text === null ? null : /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (!halves) return null;
  return (BigInt(`0x${halves[1]}`) << 32n) | BigInt(`0x${halves[2]}`);
}

/** A byte offset as PostgreSQL prints a pg_lsn: upper-case hex, no leading zeros. */
export function printLsn(lsn: bigint): string {
  const half = (value: bigint) => value.toString(16).toUpperCase();
  return `${half(lsn >> 32n)}/${half(lsn & 0xffffffffn)}`;
}

/** Bytes from `from` to `to`, negative when `to` is behind (pg_wal_lsn_diff(to, from)); unknown stays null. */
export function lsnDifference(to: bigint | null, from: bigint | null): bigint | null {
  return to === null || from === null ? null : to - from;
}
