import { type SafeText, safe } from "./safe-text.ts";

/** Numbers as people read them on a screen; config files use the exact forms of units.ts. */

/** 7, 950, 1.2k, 12k, 3.4M: at most four characters up to 999 T; above 9.2e18, since a larger unit would not be known. */
export function printCount(value: number | bigint): SafeText {
  const size = Number(value);
  if (Math.abs(size) >= 999.5e12) return size.toExponential(1).replace("+", "") as SafeText;
  return scaled(size, 1000, ["", "k", "M", "G", "T"]);
}

/** A rate per second: one decimal below one, then as {@link printCount}: a cell that says the same costs nothing. */
export function printRate(perSecond: number): SafeText {
  return perSecond > 0 && perSecond < 0.95 ? printTenths(perSecond) : printCount(perSecond);
}

/** "0 B", "812 MB", "1.2 GB": base 1024, PostgreSQL's own unit names. */
export function printBytes(value: number | bigint): SafeText {
  return scaled(Number(value), 1024, [" B", " kB", " MB", " GB", " TB", " PB"]);
}

function scaled(value: number, base: number, units: readonly string[]): SafeText {
  let rest = Math.abs(value);
  let at = 0;
  // 999.5 prints as 1.0k and not as 1000.
  while (rest >= (at === 0 ? base : base - 0.5) && at < units.length - 1) {
    rest /= base;
    at += 1;
  }
  const digits = at > 0 && rest < 9.95 ? rest.toFixed(1) : String(Math.round(rest));
  return `${value < 0 ? "-" : ""}${digits}${units[at]}` as SafeText;
}

/** One decimal: 99.8. */
export function printTenths(value: number): SafeText {
  return value.toFixed(1) as SafeText;
}

/** A share: 99.8. What is nearly full is not full: 99.97 is 99.9. */
export function printPercent(value: number): SafeText {
  return percentWith(value, 1) as SafeText;
}

function percentWith(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const step = 10 ** digits;
  return Number(text) >= 100 && value < 100 ? (Math.floor(value * step) / step).toFixed(digits) : text;
}

/** What something took. */
export function printTook(ms: number): SafeText {
  if (ms >= 1000) return safe`${printTenths(ms / 1000)} s`;
  return ms < 10 ? safe`${printTenths(ms)} ms` : safe`${Math.round(ms)} ms`;
}

/** A mean of small numbers: 0.03, 12.4, 210. */
export function printAverage(value: number): SafeText {
  const size = Math.abs(value);
  return value.toFixed(size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2) as SafeText;
}

/** A running time: 0:42, 12:07, 3:02:11, 41d. Of one that is overdue -12:07. */
export function printElapsed(seconds: number): SafeText {
  if (seconds <= -1) return safe`-${printElapsed(-seconds)}`;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 86_400) return safe`${Math.floor(whole / 86_400)}d`;
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return text as SafeText;
}

/** A distance in time: 0.4s, 41s, 12m, 3h, 4d. Never rounded up: 5 min 36 s are not 6m, nor "at least" that. */
export function printAge(seconds: number): SafeText {
  const past = Math.max(0, seconds);
  if (past < 10) return safe`${printTenths(Math.floor(past * 10) / 10)}s`;
  if (past < 120) return safe`${Math.floor(past)}s`;
  if (past < 7200) return safe`${Math.floor(past / 60)}m`;
  if (past < 172_800) return safe`${Math.floor(past / 3600)}h`;
  return safe`${Math.floor(past / 86_400)}d`;
}

/** A unit by what it is worth in the value's own, from which value on it is used, and its digits there. */
type Unit = { readonly from: number; readonly worth: number; readonly name: string; readonly digits: number };

const unitsOf = {
  seconds: [
    { from: 172_800, worth: 86_400, name: "d", digits: 0 },
    { from: 7200, worth: 3600, name: "h", digits: 0 },
    { from: 120, worth: 60, name: "m", digits: 0 },
    // In whole minutes half of it would be lost: 1m 28s.
    { from: 60, worth: 60, name: "m", digits: 1 },
    { from: 10, worth: 1, name: "s", digits: 0 },
    { from: 0, worth: 1, name: "s", digits: 1 },
  ],
  bytes: ["PB", "TB", "GB", "MB", "kB", "B"].flatMap((name, at): Unit[] => {
    const worth = 1024 ** (5 - at);
    const few = { from: worth, worth, name: ` ${name}`, digits: worth === 1 ? 0 : 1 };
    return [{ ...few, from: 9.95 * worth, digits: 0 }, few];
  }),
  percent: [{ from: 0, worth: 1, name: "%", digits: 1 }],
} as const satisfies Record<string, readonly Unit[]>;

/** So many digits tell any two values apart that a person would. */
const mostDigits = 8;

/**
 * A value and its limit with as many digits as it takes to read which is the larger: 95.46% and 95.5%, not 95.5% twice;
 * 5m 2s and 5m. A share has the tenths that {@link printPercent} gives it in a view.
 * `limit` is null where they are equal, or too near to tell apart.
 */
export function printApart(
  kind: keyof typeof unitsOf,
  value: number,
  limit: number,
): { readonly value: SafeText; readonly limit: SafeText | null } {
  if (kind === "seconds" && value < 0)
    return {
      value: safe`-${printApart(kind, -value, 0).value}`,
      limit: printApart(kind, limit, limit).value,
    };
  const exact =
    printed(kind, limit, 0, (read) => Math.abs(read - limit) <= 1e-9 * Math.abs(limit)) ??
    printWith(kind, limit, mostDigits).text;
  const side = Math.sign(value - limit);
  // 95.5% is not "96%" beside a limit of 95.2%.
  const least = unitFor(kind, value).worth === unitFor(kind, limit).worth ? decimals(exact) : 0;
  const digits = Math.max(least, whole(kind, value) ? 0 : unitFor(kind, value).digits);
  const apart = side === 0 ? null : printed(kind, value, digits, (read) => Math.sign(read - limit) === side);
  return apart === null ? { value: exact, limit: null } : { value: apart, limit: exact };
}

const decimals = (text: string) => /\.(\d+)/.exec(text)?.[1]?.length ?? 0;

const whole = (kind: string, value: number) =>
  kind === "percent"
    ? percentWith(value, 1).endsWith(".0")
    : kind === "seconds" && Number.isInteger(value) && value < 10;

/** The shortest form that satisfies `reads`, which is given what a reader takes it for. */
function printed(
  kind: keyof typeof unitsOf,
  value: number,
  digits: number,
  reads: (read: number) => boolean,
): SafeText | null {
  for (let count = digits; count <= mostDigits; count++) {
    const { text, read } = printWith(kind, value, count);
    if (reads(read)) return text;
  }
  return null;
}

const timeUnits = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** From a minute on in units, not in fractions of one: 5m, 5m 2s, 2h 5m; the seconds with decimals where it takes them. */
function printParts(seconds: number, digits: number): { text: SafeText; read: number } {
  const largest = timeUnits.findIndex(([, worth]) => worth === unitFor("seconds", seconds).worth);
  const smallest = Math.min(largest + digits, timeUnits.length - 1);
  const decimals = largest + digits - smallest;
  const least = (timeUnits[smallest]?.[1] ?? 1) / 10 ** decimals;
  const read = Math.floor(seconds / least + 1e-6) * least;
  let rest = read + least / 2;
  const parts = timeUnits.slice(largest, smallest + 1).flatMap(([name, worth]) => {
    const count = worth === 1 ? Math.floor(rest / least) * least : Math.floor(rest / worth);
    rest -= count * worth;
    return count < 1e-9 ? [] : [`${count.toFixed(worth === 1 ? decimals : 0)}${name}`];
  });
  return { text: parts.join(" ") as SafeText, read };
}

function printWith(
  kind: keyof typeof unitsOf,
  value: number,
  digits: number,
): { text: SafeText; read: number } {
  const { worth, name } = unitFor(kind, value);
  if (kind === "seconds" && worth > 1) return printParts(value, digits);
  if (kind === "percent") {
    const text = percentWith(value, digits);
    return { text: `${text}%` as SafeText, read: Number(text) };
  }
  // 5.9 min are not six. What is added makes up for 0.29 * 100 being less than 29.
  const cut =
    kind === "bytes" ? value / worth : Math.floor((value / worth) * 10 ** digits + 1e-6) / 10 ** digits;
  const text = cut.toFixed(digits);
  return { text: `${text}${name}` as SafeText, read: Number(text) * worth };
}

function unitFor(kind: keyof typeof unitsOf, value: number): Unit {
  const units: readonly Unit[] = unitsOf[kind];
  return units.find(({ from }) => value >= from) ?? { from: 0, worth: 1, name: "", digits: 0 };
}
