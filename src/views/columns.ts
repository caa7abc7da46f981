import { parseLsn } from "../postgres/lsn.ts";

/** How a value is read, compared, aligned and printed. */
export type Kind =
  | "text"
  | "query"
  | "integer"
  | "count"
  | "bytes"
  | "seconds"
  | "epoch"
  | "percent"
  | "lsn"
  | "bool"
  | "pids"
  | "perSecond";

export type Severity = "ok" | "warning" | "critical";

type Looks<T> = {
  /** Columns with a higher number leave first when the terminal is narrow; 0 never leaves. Default 5. */
  readonly priority?: number;
  /** Cells at most; a longer text is cut with an ellipsis. */
  readonly maxWidth?: number;
  readonly severity?: (value: T) => Severity;
  /** What the column says, for help and docs. */
  readonly about?: string;
  /** The lowest server_version_num that has it. */
  readonly since?: number;
  /** Carried in the row and in JSON, never drawn. */
  readonly hidden?: boolean;
  /** Not asked of the server: filled in from other nodes' samples or other columns. */
  readonly derived?: boolean;
};

/** One column of a view. `parse` turns the server's text form into `T`, or a counter into a bigint. */
export type Column<T> = Looks<T> & {
  readonly header: string;
  readonly kind: Kind;
  readonly parse: (raw: string) => unknown;
  /** Never set: carries the type of the finished row's value. */
  readonly value?: T;
};

const column =
  <T>(kind: Kind, parse: (raw: string) => T | bigint) =>
  (header: string, looks: Looks<T> = {}): Column<T> => ({ header, kind, parse, ...looks });

/** Throws a RangeError for what is no number. */
function number(raw: string): number {
  const value = Number(raw);
  if (Number.isNaN(value)) throw new RangeError("not a number");
  return value;
}

export const text = column("text", (raw) => raw);
/** Bytes of a statement that are asked for where its beginning is enough. */
export const statementStart = 400;

/** A statement in the form that decodeStatement() reads: the column that takes what width is left. */
export const query = column("query", (raw) => raw);
/** int4: process ids, small counts. */
export const integer = column("integer", number);
/** int8 that is a level, not a counter. */
export const count = column<bigint>("count", BigInt);
/** int8 in bytes. */
export const bytes = column<bigint>("bytes", BigInt);
/** A duration in seconds, as float8. A clock that was set back makes none negative. */
export const seconds = column("seconds", (raw) => Math.max(0, number(raw)));
/** A moment in seconds since 1970 of the server's clock, as float8. */
export const epoch = column("epoch", number);
/** 0 to 100. */
export const percent = column("percent", number);
export const lsn = column<bigint>("lsn", (raw) => parseLsn(raw) ?? 0n);
export const bool = column("bool", (raw) => raw === "t" || raw === "true");
/** int4[]: process ids, in the server's order. */
export const pids = column("pids", (raw) =>
  raw
    .slice(1, -1)
    .split(",")
    .filter((pid) => pid !== "")
    .map(Number),
);

/**
 * An int8 counter that only grows. The row holds its rate per second over the last two samples:
 * null at first, and after a reset or restart, never negative.
 */
export const perSecond = column<number>("perSecond", BigInt);

/** Severity from levels: at or above `warning`, at or above `critical`. */
export const above =
  (warning: number, critical: number) =>
  (value: number | bigint): Severity =>
    value >= critical ? "critical" : value >= warning ? "warning" : "ok";
