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
