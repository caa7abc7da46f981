import { type SafeText, safe } from "./safe-text.ts";

/** Numbers as people read them on a screen; config files use the exact forms of units.ts. */

/** 7, 950, 1.2k, 12k, 3.4M: at most four characters up to 999 T. */
export function printCount(value: number | bigint): SafeText {
  return scaled(Number(value), 1000, ["", "k", "M", "G", "T"]);
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

/** A running time: 0:42, 12:07, 3:02:11, 41d. */
export function printElapsed(seconds: number): SafeText {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 86_400) return safe`${Math.floor(whole / 86_400)}d`;
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return text as SafeText;
}

/** A distance in time: 0.4s, 41s, 12m, 3h, 4d. */
export function printAge(seconds: number): SafeText {
  if (seconds < 9.95) return safe`${printTenths(Math.max(0, seconds))}s`;
  if (seconds < 119.5) return safe`${Math.round(seconds)}s`;
  if (seconds < 7200) return safe`${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return safe`${Math.round(seconds / 3600)}h`;
  return safe`${Math.round(seconds / 86_400)}d`;
}
