type Row = Readonly<Record<string, unknown>>;

const natural = new Intl.Collator("en", { numeric: true });

function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || Number.isNaN(value) || (Array.isArray(value) && !value.length)
  );
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  return natural.compare(String(a), String(b));
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/**
 * Rows in the order of a column, "-" in front for falling order. Stable; text in natural order (node2 before
 * node10); rows without a value last either way.
 */
export function sortRows<R extends Row>(rows: readonly R[], spec: string): R[] {
  const falling = spec.startsWith("-");
  const key = falling ? spec.slice(1) : spec;
  return rows.toSorted((left, right) => {
    const [a, b] = [left[key], right[key]];
    const [noA, noB] = [isNothing(a), isNothing(b)];
    if (noA || noB) return Number(noA) - Number(noB);
    return falling ? compare(b, a) : compare(a, b);
  });
}
