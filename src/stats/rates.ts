/** A decoded row; counters are cumulative (bigint) here and per second after {@link toRates}. */
type Row = Readonly<Record<string, unknown>>;

/** Two samples of a view of one node, oldest first. `seconds` lies between them by a monotonic clock. */
type Interval = {
  readonly before: ReadonlyMap<string, Row>;
  readonly seconds: number;
};

/**
 * Replaces the named cumulative counters of each row by their growth per second.
 * Null where there is nothing to compare with: the first sample, a new row, a counter that went back
 * (statistics reset, restart, crash), or samples from two lives of a server (pass `interval` null).
 */
export function toRates(
  rows: readonly Row[],
  counters: readonly string[],
  keyOf: (row: Row) => string,
  interval: Interval | null,
): Row[] {
  if (counters.length === 0) return [...rows];
  return rows.map((row) => {
    const before = interval?.before.get(keyOf(row));
    const rated: Record<string, unknown> = { ...row };
    for (const name of counters) rated[name] = rate(before?.[name], row[name], interval?.seconds ?? 0);
    return rated;
  });
}

function rate(before: unknown, now: unknown, seconds: number): number | null {
  if (typeof before !== "bigint" || typeof now !== "bigint" || now < before || seconds <= 0) return null;
  return Number(now - before) / seconds;
}

/**
 * Buffers found in shared_buffers, in percent of all that were asked for between the first and the last of these
 * rows; null when none were, or when the counters went back.
 */
export function hitRatio(rows: readonly Row[]): number | null {
  const [first, last] = [rows[0], rows.at(-1)];
  const hit = rate(first?.["blks_hit"], last?.["blks_hit"], 1);
  const read = rate(first?.["blks_read"], last?.["blks_read"], 1);
  if (hit === null || read === null || hit + read === 0) return null;
  return (100 * hit) / (hit + read);
}
