import { decodeStatement } from "./statement-bytes.ts";
import type { AnyColumn, Row, View } from "./view.ts";

/**
 * Rows in the driver's array form (text or null, in the order of `fields`) as rows of the view.
 * Derived columns and columns the statement did not return are null. Throws a RangeError, without the value, for
 * one that no server of ours gives.
 */
export function decode(
  view: View,
  fields: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): Row[] {
  const plan = Object.entries(view.columns).map(([name, column]) => ({
    name,
    column,
    at: fields.indexOf(name),
  }));
  return rows.map((raw) => {
    const row: Record<string, unknown> = {};
    for (const { name, column, at } of plan) {
      const value = at < 0 ? null : raw[at];
      row[name] = value == null ? null : parsed(name, column, value);
    }
    return row;
  });
}

function parsed(name: string, column: AnyColumn, value: string): unknown {
  try {
    return column.kind === "query" ? decodeStatement(value) : column.parse(value);
  } catch {
    throw new RangeError(`the value of ${name} is not of its kind`);
  }
}
