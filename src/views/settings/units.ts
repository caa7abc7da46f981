import { type Column, text } from "../columns.ts";

/** How many of the smaller unit make the larger one, the largest first, as the server prints them (guc.c). */
const sizes = [
  ["TB", 1024 ** 4],
  ["GB", 1024 ** 3],
  ["MB", 1024 ** 2],
  ["kB", 1024],
  ["B", 1],
] as const;

const times = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/**
 * A value of pg_settings as SHOW prints it: 16384 of 8kB is 128MB. In the largest unit that makes it whole, so that nothing
 * is rounded; what is not above 0 (off, or automatic) and what has no unit stays as it is.
 */
export function inUnits(value: string, unit: string | null): string {
  const [, many = "", name = ""] = /^(\d*)(B|kB|MB|GB|TB|ms|s|min|h|d)$/.exec(unit ?? "") ?? [];
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  const units: readonly (readonly [string, number])[] = sizes.some(([size]) => size === name) ? sizes : times;
  const base = units.find(([one]) => one === name);
  if (!base || number <= 0) return value;
  const total = number * base[1] * (many === "" ? 1 : Number(many));
  // A fraction of the smallest unit, such as 0.5ms, and what a double does not hold.
  if (!Number.isSafeInteger(total)) return `${value}${unit}`;
  const [largest, factor] = units.find(([, one]) => total % one === 0) ?? base;
  return `${total / factor}${largest}`;
}

/** SQL for {@link settingValue} of a setting's value and unit. */
export const valueWithUnit = (value: string, unit: string): string =>
  `coalesce(${unit}, '') || ':' || ${value}`;

/** A value of a setting in its own unit; the server sends both, as {@link valueWithUnit}. */
export function settingValue(header: string, looks: Parameters<typeof text>[1]): Column<string> {
  const parse = (raw: string) => {
    const [unit, value] = split(raw, ":");
    return inUnits(value, unit);
  };
  return { ...text(header, looks), parse };
}

/** The same of a line in a file: the server sends `name=value` for the value. */
export function valueOfLine(header: string, looks: Parameters<typeof text>[1]): Column<string> {
  const parse = (raw: string) => {
    const [unit, line] = split(raw, ":");
    const [, value] = split(line, "=");
    return inUnits(value, unit);
  };
  return { ...text(header, looks), parse };
}

/** Before and behind the first one of a mark. */
function split(raw: string, mark: string): [string, string] {
  const at = raw.indexOf(mark);
  return [raw.slice(0, at), raw.slice(at + 1)];
}
