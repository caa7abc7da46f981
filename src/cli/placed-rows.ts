import { sortRows } from "../stats/rows.ts";
import { arrange } from "../stats/tree.ts";
import { type Above, keyOf, type Row, treeName, type View } from "../views/view.ts";
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

/** Which rows are printed, in which order. */
export type Picked = {
  /** As after `/` on the screen. */
  readonly matches: (node: string, row: Row, inTree: Pick<PlacedRow, "depth" | "parent">) => boolean;
  /** A column's name, with "-" in front for falling order; null for the view's own. */
  readonly sortBy: string | null;
  readonly limit: number;
};

/**
 * The rows of all readings: node by node unless sorted, or each before what hangs below it where the view draws a tree;
 * there a row that does not match stays above one that does.
 */
export function placedRows(view: View, readings: readonly Reading[], picked: Picked): readonly PlacedRow[] {
  const kept: PlacedRow[] = [];
  // From the end, so that each row knows whether one below it matched.
  let wanted = 0;
  for (const one of arranged(view, readings, picked.sortBy).toReversed()) {
    const isAbove = one.depth < wanted && view.filterKeeps === undefined;
    if (!isAbove && !picked.matches(one.node, one.row, { depth: one.depth, parent: one.parent })) continue;
    kept.push(one);
    wanted = one.depth;
  }
  return kept.reverse().slice(0, picked.limit);
}

function arranged(view: View, readings: readonly Reading[], sortBy: string | null): readonly PlacedRow[] {
  const rows = readings.flatMap(({ entry: { name: node }, sample }) =>
    sample.state !== "notApplicable"
      ? sample.rows.map((row) => {
          const ageMs = performance.now() - sample.atMs;
          return { node, row, ageMs, depth: 0, parent: null };
        })
      : [],
  );
  const { parent } = view;
  const cellOf = ({ node, row }: PlacedRow, key: string) => (key === "node" ? node : row[key]);
  if (!parent) return sortBy === null ? rows : sortRows(rows, sortBy, cellOf);
  const text = (node: string | null, key: string) => `${node ?? ""}\u0000\u0000${key}`;
  const aboveOf = (node: string, above: string | Above | null) => {
    if (above === null) return null;
    return typeof above === "string" ? text(node, above) : text(above.node, above.key);
  };
  const name = treeName(view);
  const idOf = (one: PlacedRow) => text(one.node, keyOf(view, one.row));
  const byId = new Map(rows.map((one) => [idOf(one), one]));
  const sorted = sortRows(rows, sortBy ?? view.sortBy, cellOf);
  return arrange(sorted, idOf, ({ node, row }) => aboveOf(node, parent(row))).map(({ item, depth }) => {
    const above = depth === 0 ? undefined : byId.get(aboveOf(item.node, parent(item.row)) ?? "");
    return { ...item, depth, parent: above?.row[name] ?? null };
  });
}
