import { parseLsn } from "../postgres/lsn.ts";
import type { Known } from "./known.ts";
import type { Row } from "./row.ts";

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
  | "number"
  | "lsn"
  | "bool"
  | "pids"
  | "texts"
  | "perSecond"
  | "average";

/** The name of a kind as the config writes it. */
export const kindName = (kind: Kind): string =>
  kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export type Severity = "ok" | "warning" | "critical";

type Looks<T> = {
  /** Columns with a higher number leave first when the terminal is narrow; 0 never leaves. Default 5. */
  readonly priority?: number;
  /** Cells at most; a longer text is cut with an ellipsis. */
  readonly maxWidth?: number;
  /** So many cells, whatever stands in it: the user's choice, which no view has by itself. */
  readonly width?: number;
  /** Takes the width that is left, once the others have left that do not fit beside so many cells. One a view. */
  readonly growsFrom?: number;
  /** The row says that the truth may be more: it is drawn as a lower bound. */
  readonly atLeast?: (row: Row) => boolean;
  /** The row says what kind of thing the value is of. */
  readonly severity?: (value: T, row: Row) => Severity;
  /** What the column says, for help and docs. */
  readonly about?: string;
  /** The lowest server_version_num that has it. */
  readonly since?: number;
  /** Texts that are names: drawn behind commas, and in quotes where one holds a blank or a comma. */
  readonly names?: boolean;
  /** Carried in the row and in JSON, never drawn. */
  readonly hidden?: boolean;
  /** Holds rows together and says nothing to a user: not printed either. */
  readonly internal?: boolean;
  /** Hidden while every row has one of these values or none; else drawn, and empty where a row has one of them. */
  readonly usual?: readonly (string | boolean)[];
  /** Hidden, and found by a plain word of a filter all the same: it is drawn as a sign or a colour. */
  readonly found?: boolean;
  /** The same in all lines below a heading: on screen the heading alone says it. */
  readonly ofHeading?: boolean;
  /** A number with its course over the last minutes behind it, for rows that are on screen. */
  readonly spark?: boolean;
  /** Never null from a server: what a row is known by, or what any role may see. */
  readonly required?: boolean;
  /** Not asked of the server: follows from the row's counters and from what is known of the node; without a value, unknown. */
  readonly derive?: (known: Known) => T | null | undefined;
  /** Not asked either: follows from the row as it is shown, with its counters compared. */
  readonly follows?: (row: Row) => T | null;
  /** A counter of the whole node, alike in all rows, and which column says since when: a row need not be known to compare it. */
  readonly ofNodeSince?: string;
  /** A counter comes in pieces, so many of which are one: microseconds as milliseconds. */
  readonly pieces?: number;
  /** Draws the total of this counter, which has that by itself in what programs read: not printed there. */
  readonly totalOf?: string;
  /** A counter of what is rare, drawn in all; after a mark, as what came to it since. */
  readonly isTally?: true;
  /** A rate that was not made of a counter: there is no total. */
  readonly isRate?: true;
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

/** float8. This and the next two throw a RangeError for text of another kind. */
function float(raw: string): number {
  if (!/^-?(\d+(\.\d+)?(e[+-]?\d+)?|Infinity)$/i.test(raw)) throw new RangeError("not a number");
  return Number(raw);
}

/** What is counted: an int8 that is not negative. */
function counted(raw: string): bigint {
  const value = /^\d{1,19}$/.test(raw) ? BigInt(raw) : -1n;
  if (value < 0n || value >= 2n ** 63n) throw new RangeError("not a count");
  return value;
}

function oneOf<T>(values: Readonly<Record<string, T>>, raw: string): T {
  const value = Object.hasOwn(values, raw) ? values[raw] : undefined;
  if (value === undefined) throw new RangeError("not a value of its type");
  return value;
}

export const text = column("text", (raw) => raw);

/** Bytes of a statement that are asked for where its beginning is enough. */
export const statementStart = 400;
/** The same where a comment comes first: the row shows what is behind it. */
export const commentedStart = 4000;

/** A statement in the form that decodeStatement() reads: the column that takes what width is left. */
export const query = column("query", (raw) => raw);
/** int4 or oid: process ids, small counts. */
export const integer = column("integer", (raw) => {
  const value = Number(counted(raw));
  if (value > 0xffffffff) throw new RangeError("not an integer");
  return value;
});
/** int8 that is a level, not a counter. */
export const count = column<bigint>("count", counted);
/** int8 in bytes. */
export const bytes = column<bigint>("bytes", counted);
/** A duration in seconds, as float8. A clock that was set back makes none negative. */
export const seconds = column("seconds", (raw) => Math.max(0, float(raw)));
/** The same of a statement in the config, where less than nothing is meant: overdue by so much. */
export const signedSeconds = column("seconds", float);
const moment = column("epoch", float);
/** A moment in seconds since 1970 of the server's clock, as float8. Its usual width holds date and time: `2026-11-27 20:20:01Z`. */
export const epoch: typeof moment = (header, looks = {}) => moment(header, { maxWidth: 20, ...looks });
/** 0 to 100. */
export const percent = column("percent", (raw) => {
  const value = float(raw);
  if (!(value >= 0 && value <= 100)) throw new RangeError("not a percentage");
  return value;
});
/** Any number, as numeric or float8; negative ones too. */
export const decimal = column("number", float);
export const lsn = column<bigint>("lsn", (raw) => {
  const value = parseLsn(raw);
  if (value === null) throw new RangeError("not a WAL position");
  return value;
});
export const bool = column("bool", (raw) => oneOf({ t: true, true: true, f: false, false: false }, raw));
/** int4[]: process ids, in the server's order. */
export const pids = column("pids", (raw) => {
  if (!/^\{(\d{1,10}(,\d{1,10})*)?\}$/.test(raw)) throw new RangeError("not process ids");
  return raw
    .slice(1, -1)
    .split(",")
    .filter((pid) => pid !== "")
    .map(Number);
});

/** Any number of texts: concluded, or text[] that a statement gives as JSON. */
export const texts = column<readonly string[]>("texts", (raw) => {
  const list: unknown = JSON.parse(raw);
  if (!Array.isArray(list) || list.some((one) => typeof one !== "string")) throw new RangeError("not texts");
  return list;
});

/**
 * An int8 counter that only grows. The row holds its rate per second over the last two samples:
 * null at first, and after a reset or restart, never negative.
 */
export const perSecond = column<number>("perSecond", counted);

const asCounted = Symbol("counted");

/** A row whose counters are compared, or summed up, with them as the server counts. A copy of the row has them too. */
export function withTotals<R extends Row>(row: R, totals: Row): R {
  return { ...row, [asCounted]: totals };
}

/** A counter of a row as the server counts it, in the pieces of its column; null where that is not known. */
export function totalIn(row: Row | undefined, name: string): bigint | null {
  const { [asCounted]: totals = row }: { readonly [asCounted]?: Row } = row ?? {};
  const total = totals?.[name];
  return typeof total === "bigint" ? total : null;
}

type Counting = Pick<Column<unknown>, "kind" | "isRate" | "isTally">;

/** Whether a column has a rate on screen, and for programs the total too. */
export const isCounter = ({ kind, isRate }: Counting): boolean => kind === "perSecond" && !isRate;

/** Whether a mark changes what a column draws. */
export const followsMark = (column: Counting): boolean => isCounter(column) || column.isTally === true;

/** A {@link count} of what is rare since the counters began; after a mark, since that. */
export const tally: typeof count = (header, looks = {}) => count(header, { ...looks, isTally: true });

/** What a program reads the rate of a counter as; its own name holds the total. */
export const rateName = (counter: string): string => `${counter}_per_second`;

/** The column that a name means: the rate of a counter, by which the screen has the counter, may be called so too. */
export function columnCalled(columns: Readonly<Record<string, Column<unknown>>>, name: string): string {
  const counter = name.replace(/_per_second$/, "");
  return !Object.hasOwn(columns, name) && columns[counter]?.kind === "perSecond" ? counter : name;
}

/** A counter of milliseconds that comes as {@link microsOf}. */
export const millis = { pieces: 1000 } as const;

/**
 * SQL for a counter of milliseconds, which the server has as float8: whole microseconds can be subtracted without a
 * rounding of their own.
 */
export const microsOf = (expression: string): string => `(1000 * (${expression}))::int8`;

/** A column for the total of a counter of the view, beside the rate. */
export const totalOf = (counter: string) => ({
  totalOf: counter,
  follows: (row: Row) => totalIn(row, counter),
});

/** The same of one that comes in {@link millis}. */
export const totalMillisOf = (counter: string) => ({
  totalOf: counter,
  follows: (row: Row): number | null => {
    const total = totalIn(row, counter);
    return total === null ? null : Number(total) / millis.pieces;
  },
});

/** A mean of whole numbers, in any number of them; concluded, or a float8. */
export const average = column("average", float);

/** The same columns, carried in the row and in JSON and not drawn. */
export function hidden<C extends Readonly<Record<string, { readonly header: string }>>>(columns: C): C {
  const all = Object.entries(columns).map(([name, column]) => [name, { ...column, hidden: true }]);
  return Object.fromEntries(all) as C;
}

/** Severity from levels: at or above `warning`, at or above `critical`. */
export const above =
  (warning: number, critical: number) =>
  (value: number | bigint): Severity =>
    value >= critical ? "critical" : value >= warning ? "warning" : "ok";

/** A rate that we measured, as the value of a {@link bytes} column. */
export const wholeBytes = (rate: number | null): bigint | null =>
  rate === null ? null : BigInt(Math.round(rate));

/** SQL for {@link seconds} since a moment; null where that is ahead of the server's clock. */
export const secondsSince = (moment: string): string =>
  `case when ${moment} <= pg_catalog.clock_timestamp()
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${moment}) end`;

/** SQL for a {@link count}: the age of a transaction id, null for null; 0 for one that began after our statement. */
export const ageOf = (xid: string): string =>
  `case when ${xid} is not null then greatest(pg_catalog.age(${xid}), 0)::int8 end`;
