const durations: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
  ["ms", 1],
];

const sizes: readonly (readonly [unit: string, bytes: number])[] = [
  ["TB", 1024 ** 4],
  ["GB", 1024 ** 3],
  ["MB", 1024 ** 2],
  ["kB", 1024],
  ["B", 1],
];

/**
 * Milliseconds of a time as in postgresql.conf: `500ms`, `1.5s`, `5min`, `2h`, `1d`. The unit is required, so
 * that nobody has to know it. Null when it is not one (PostgreSQL documentation, "Parameter Names and Values").
 */
export function parseDuration(text: string): number | null {
  return parse(text, durations);
}

/** Bytes of a memory size as in postgresql.conf: `512B`, `8kB`, `16MB`, `1GB`, base 1024. Null when it is not one. */
export function parseSize(text: string): number | null {
  return parse(text, sizes);
}

/** A share of 100, written `80%`. Null when it is not one. */
export function parsePercent(text: string): number | null {
  return parse(text, [["%", 1]]);
}

/** Milliseconds in the largest unit that gives a whole number: `90s`, `5min`. */
export function printDuration(ms: number): string {
  return print(ms, durations, "s");
}

/** Bytes in the largest unit that gives a whole number: `256MB`. */
export function printSize(bytes: number): string {
  return print(bytes, sizes, "B");
}

type Units = readonly (readonly [string, number])[];

function parse(text: string, units: Units): number | null {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]+)\s*$/.exec(text) ?? [];
  const factor = units.find(([name]) => name === unit)?.[1];
  if (digits === undefined || factor === undefined) return null;
  const value = Number(digits) * factor;
  // A fraction of a millisecond or a byte means nothing: 0.1ms would be no time at all.
  return Number.isSafeInteger(value) || units.length === 1 ? value : rounded(value);
}

function rounded(value: number): number | null {
  return value >= 1 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : null;
}

function print(value: number, units: Units, zeroUnit: string): string {
  if (value === 0) return `0${zeroUnit}`;
  const [unit, factor] = units.find(([, factor]) => value % factor === 0) ?? units.at(-1) ?? ["", 1];
  return `${value / factor}${unit}`;
}
