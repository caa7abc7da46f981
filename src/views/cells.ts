import { printLsn } from "../postgres/lsn.ts";
import { statementLine } from "../postgres/statement-line.ts";
import {
  printAverage,
  printBytes,
  printCount,
  printElapsed,
  printPercent,
  printRate,
} from "../text/pretty.ts";
import { type SafeText, safe, safeWords } from "../text/safe-text.ts";
import { safeName, safeText } from "../text/text.ts";
import type { Comparison } from "./compared.ts";
import type { AnyColumn, Row, View } from "./view.ts";

/** Longer texts are cut before they are made safe: no cell is wider than any terminal. */
const longestCell = 1000;

/** What stands for what is not known, and where a comment of a statement ends. */
export type Signs = { readonly unknown: SafeText; readonly lineBreak: SafeText };

export const unicodeSigns: Signs = safeWords({ unknown: "–", lineBreak: "↵" });
export const asciiSigns: Signs = safeWords({ unknown: "-", lineBreak: "\\n" });

/** A value of a row as it stands in a table cell: a duration that the server does not withhold is none, not unknown. */
export function printValue(view: View, name: string, row: Row, signs = unicodeSigns): SafeText {
  const column = view.columns[name];
  const value = row[name];
  if (!column) return safe``;
  if (value != null) {
    const cell = printCell(column, value, signs);
    return column.atLeast?.(row) ? safe`>${cell}` : cell;
  }
  if (view.lacks?.(row, name)) return safe``;
  const withheld = view.withheld?.(row) ?? null;
  const isDuration = column.kind === "seconds";
  if (withheld === "row" || (withheld === "durations" && isDuration)) return signs.unknown;
  // No duration and no blockers is the usual case: nothing runs, nothing blocks.
  return isDuration || column.kind === "pids" ? safe`` : printCell(column, value, signs);
}

/** A value by itself: safe for a terminal, on one line. */
export function printCell(column: AnyColumn, value: unknown, signs = unicodeSigns): SafeText {
  if (value === null || value === undefined)
    return column.kind === "text" || column.kind === "query" ? safe`` : signs.unknown;
  switch (column.kind) {
    case "text":
      return safeName(String(value), longestCell);
    case "query":
      return safeText(statementLine(String(value), signs.lineBreak), longestCell);
    case "bool":
      return value ? safe`yes` : safe`no`;
    case "pids":
      return safeText(Array.isArray(value) ? value.join(",") : "");
    case "texts":
      return safeName(Array.isArray(value) ? listOf(column, value) : "", longestCell);
    case "lsn":
      return safeText(typeof value === "bigint" ? printLsn(value) : "");
    default:
      return typeof value === "number" || typeof value === "bigint"
        ? printNumber(column.kind, value)
        : safe``;
  }
}

function listOf({ names = false }: AnyColumn, list: readonly unknown[]): string {
  if (!names) return list.join("; ");
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  return list.map((one) => (/^[^\s,"]+$/.test(String(one)) ? one : quoted(String(one)))).join(",");
}

function printNumber(kind: AnyColumn["kind"], value: number | bigint): SafeText {
  switch (kind) {
    case "bytes":
      return printBytes(value);
    case "seconds":
      return printElapsed(Number(value));
    case "perSecond":
      return printRate(Number(value));
    case "average":
      return printAverage(Number(value));
    case "percent":
      return printPercent(Number(value));
    case "number":
      return safe`${Number(Number(value).toPrecision(6))}`;
    case "count":
      return printCount(value);
    case "epoch":
      return printMoment(Number(value));
    default:
      return safe`${value}`;
  }
}

/** ECMAScript knows no moments further from 1970. PostgreSQL does, and has infinity as well. */
const lastMoment = 8.64e12;

/** In UTC, which the Z says. */
function printMoment(seconds: number): SafeText {
  if (!(Math.abs(seconds) <= lastMoment)) return safe`${seconds}`;
  return safeText(`${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")}Z`);
}

/** The heading of a column: a counter that is not shown as a rate is not per second. */
export function headerOf({ header, kind }: AnyColumn, as: Comparison): string {
  return kind === "perSecond" && as !== "rate" ? header.replace(/\/s$/, "") : header;
}

const alignedLeft: readonly AnyColumn["kind"][] = ["text", "query", "bool", "pids", "texts"];

/** Numbers line up on the right. */
export function alignsRight(column: AnyColumn): boolean {
  return !alignedLeft.includes(column.kind);
}
