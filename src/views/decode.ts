import { safeText } from "../text/text.ts";
import { kindName } from "./columns.ts";
import { withoutPasswords } from "./log/log-secrets.ts";
import { decodeStatement } from "./statement-bytes.ts";
import { type AnyColumn, keyOf, type Row, type View } from "./view.ts";

type Answer = {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/**
 * The driver's array form (text or null, in the order of `fields`) as rows of the view, from a server of
 * `versionNum`. Derived columns, and those that are newer than the server, are null. Throws a RangeError, without the
 * value, for what no server of ours gives: a column or a value that is missing, another number of rows, a value that
 * is not of its kind. What a statement of the config gives is named, cut.
 */
export function decode(view: View, { fields, rows }: Answer, versionNum: number): Row[] {
  const isForeign = view.kind === "asked" && view.fromConfig === true;
  if (isForeign) refuseForeign(view, { fields, rows });
  const plan = Object.entries(view.columns).map(([name, column]) => {
    const at = fields.indexOf(name);
    const isAsked = !column.derive && !column.follows;
    if (at < 0 && isAsked && (column.since ?? 0) <= versionNum)
      throw new RangeError(`the answer lacks ${name}`);
    return { name, column, at };
  });
  if (view.rowKey.length === 0 && rows.length !== 1 && !isForeign)
    throw new RangeError(`the answer has ${rows.length} rows instead of one`);
  const decoded = rows.map((raw) => {
    const row: Record<string, unknown> = {};
    for (const { name, column, at } of plan) {
      const value = at < 0 ? null : (raw[at] ?? null);
      if (value === null && column.required) throw new RangeError(`the answer lacks ${name}`);
      row[name] = value === null ? null : parsed(name, column, value, isForeign);
    }
    return row;
  });
  if (isForeign && new Set(decoded.map((row) => keyOf(view, row))).size < decoded.length)
    throw new RangeError(`the key ${printedNames(ownKey(view))} is the same in several rows`);
  return decoded;
}

/** More rows than anybody reads: a statement of the config has no LIMIT of ours. */
export const mostForeignRows = 5000;

/** Names that a server gave stand in an error, which is made safe where it is drawn: a hundred are enough. */
const printedNames = (names: readonly string[]): string =>
  names.length === 0 ? "none" : names.slice(0, 100).join(", ");

const ownKey = ({ rowKey }: View) => rowKey.filter((name) => name !== "database");

/** Refuses an answer to a statement of the config that has other columns than the config says, and says which. */
function refuseForeign(view: View, { fields, rows }: Answer): void {
  const wanted = Object.entries<AnyColumn>(view.columns).flatMap(([name, { derive }]) =>
    derive ? [] : [name],
  );
  const missing = wanted.find((name) => !fields.includes(name));
  if (missing !== undefined)
    throw new RangeError(`the statement gives no column ${missing}; it gives ${printedNames(fields)}`);
  const extra = fields.find((name, at) => !wanted.includes(name) || fields.indexOf(name) !== at);
  if (extra !== undefined) {
    const why = wanted.includes(extra) ? "twice" : "that the view does not have";
    throw new RangeError(
      `the statement gives a column ${extra} ${why}; the view has ${printedNames(wanted)}`,
    );
  }
  if (rows.length > mostForeignRows)
    throw new RangeError(
      `the statement gives ${rows.length} rows; ${mostForeignRows} are the most: write a LIMIT`,
    );
  if (ownKey(view).length === 0 && rows.length > 1)
    throw new RangeError(`the statement gives ${rows.length} rows; without a key it may give one`);
}

function parsed(name: string, column: AnyColumn, value: string, isForeign: boolean): unknown {
  try {
    return column.kind === "query" ? withoutPasswords(decodeStatement(value)) : column.parse(value);
  } catch {
    const told = isForeign ? `, ${kindName(column.kind)}: ${safeText(value, 40)}` : "";
    throw new RangeError(`the value of ${name} is not of its kind${told}`);
  }
}
