import pg from "pg";
import type { Kind } from "../../../src/views/columns.ts";
import type { View } from "../../../src/views/view.ts";

/** The types of the server whose text form a kind of column can read (pg_type.oid). */
const typesOf: Readonly<Record<Kind, readonly number[]>> = {
  text: [pg.types.builtins.TEXT, 19 /* name */, pg.types.builtins.INET, pg.types.builtins.INT8],
  query: [pg.types.builtins.TEXT],
  integer: [pg.types.builtins.INT4, pg.types.builtins.OID, pg.types.builtins.INT8],
  count: [pg.types.builtins.INT8],
  bytes: [pg.types.builtins.INT8],
  perSecond: [pg.types.builtins.INT8],
  average: [pg.types.builtins.FLOAT8],
  seconds: [pg.types.builtins.FLOAT8],
  epoch: [pg.types.builtins.FLOAT8],
  percent: [pg.types.builtins.FLOAT8],
  number: [pg.types.builtins.FLOAT8, pg.types.builtins.NUMERIC],
  lsn: [3220 /* pg_lsn */],
  bool: [pg.types.builtins.BOOL],
  pids: [1007 /* int4[] */],
  // An array as JSON.
  texts: [pg.types.builtins.TEXT],
};

/** Whether the column of that name can be read from a type of the server (pg_type.oid). */
export function isReadable(view: View, name: string, type: number): boolean {
  const kind = view.columns[name]?.kind;
  return kind !== undefined && typesOf[kind].includes(type);
}

/** What is wrong with a finished value; null when nothing is. */
export function oddity(kind: Kind, value: unknown): string | null {
  if (value === null) return null;
  const fits: Readonly<Record<Kind, boolean>> = {
    text: typeof value === "string",
    query: typeof value === "string",
    integer: Number.isSafeInteger(value),
    count: typeof value === "bigint",
    bytes: typeof value === "bigint",
    perSecond: Number.isFinite(value),
    average: Number.isFinite(value),
    seconds: Number.isFinite(value),
    epoch: Number.isFinite(value),
    percent: typeof value === "number" && value >= 0 && value <= 100,
    number: typeof value === "number",
    lsn: typeof value === "bigint" && value > 0n,
    bool: typeof value === "boolean",
    pids: Array.isArray(value) && value.every(Number.isSafeInteger),
    texts: Array.isArray(value) && value.every((one) => typeof one === "string"),
  };
  return fits[kind] ? null : `${value} is no ${kind}`;
}

/** The names that a view's statement must return on a major version. */
export function declared(view: View, major: number): string[] {
  return Object.entries(view.columns)
    .filter(([, column]) => !column.derive && !column.follows && (column.since ?? 0) <= major * 10_000)
    .map(([name]) => name)
    .sort();
}
