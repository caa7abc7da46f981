import { sortRows } from "../stats/rows.ts";
import { arrange } from "../stats/tree.ts";
import { type Above, keyOf, type Row, type View } from "../views/view.ts";
import type { Reading } from "./headless.ts";

/** A row with its node, and where it stands in the view's tree; a view without one has roots only. */
export type PlacedRow = {
  readonly node: string;
  /** Milliseconds since its sample was taken. */
  readonly ageMs: number;
  readonly row: Row;
  readonly depth: number;
  /** What the row above is known by; null for a root. */
  readonly parent: unknown;
};

/** The rows of all readings: node by node, or each before what hangs below it where the view draws a tree. */
export function placedRows(view: View, readings: readonly Reading[]): readonly PlacedRow[] {
  const rows = readings.flatMap(({ entry: { name: node }, sample }) =>
    sample.state === "ok"
      ? sample.rows.map((row) => {
          const ageMs = performance.now() - sample.atMs;
          return { node, row, ageMs, depth: 0, parent: null };
        })
      : [],
  );
  const { parent } = view;
  if (!parent) return rows;
  const text = (node: string | null, key: string) => `${node ?? ""}\u0000\u0000${key}`;
  const aboveOf = (node: string, above: string | Above | null) => {
    if (above === null) return null;
    return typeof above === "string" ? text(node, above) : text(above.node, above.key);
  };
  const name = view.rowName ?? view.rowKey[0] ?? "";
  const idOf = (one: PlacedRow) => text(one.node, keyOf(view, one.row));
  const byId = new Map(rows.map((one) => [idOf(one), one]));
  const sorted = sortRows(rows, view.sortBy, ({ row }, key) => row[key]);
  return arrange(sorted, idOf, ({ node, row }) => aboveOf(node, parent(row))).map(({ item, depth }) => {
    const above = depth === 0 ? undefined : byId.get(aboveOf(item.node, parent(item.row)) ?? "");
    return { ...item, depth, parent: above?.row[name] ?? null };
  });
}
