import { decodeStatement } from "./statement-bytes.ts";
import type { AnyColumn, Row, View } from "./view.ts";

type Answer = {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/**
 * The driver's array form (text or null, in the order of `fields`) as rows of the view, from a server of
 * `versionNum`. Derived columns, and those that are newer than the server, are null. Throws a RangeError, without the
 * value, for what no server of ours gives: a column or a value that is missing, another number of rows, a value that
 * is not of its kind.
 */
export function decode(view: View, { fields, rows }: Answer, versionNum: number): Row[] {
  const plan = Object.entries(view.columns).map(([name, column]) => {
    const at = fields.indexOf(name);
    if (at < 0 && !column.derive && (column.since ?? 0) <= versionNum)
      throw new RangeError(`the answer lacks ${name}`);
    return { name, column, at };
  });
  if (view.rowKey.length === 0 && rows.length !== 1)
    throw new RangeError(`the answer has ${rows.length} rows instead of one`);
  return rows.map((raw) => {
    const row: Record<string, unknown> = {};
    for (const { name, column, at } of plan) {
      const value = at < 0 ? null : (raw[at] ?? null);
      if (value === null && column.required) throw new RangeError(`the answer lacks ${name}`);
      row[name] = value === null ? null : parsed(name, column, value);
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
