/** A decoded row, with cumulative counters as bigint. */
type Row = Readonly<Record<string, unknown>>;

/**
 * How far a cumulative counter grew; null where there is nothing to compare with, or where it went back (statistics
 * reset, crash).
 */
export function growth(before: unknown, now: unknown): bigint | null {
  return typeof before === "bigint" && typeof now === "bigint" && now >= before ? now - before : null;
}

/**
 * Buffers found in shared_buffers, in percent of all that were asked for between two rows of counters; null when none
 * were, when the counters went back, or without an earlier row.
 */
export function hitRatio(before: Row | null, now: Row): number | null {
  const hit = growth(before?.["blks_hit"], now["blks_hit"]);
  const read = growth(before?.["blks_read"], now["blks_read"]);
  if (hit === null || read === null || hit + read === 0n) return null;
  return (100 * Number(hit)) / Number(hit + read);
}
