import { printLsn } from "../postgres/lsn.ts";
import { arrange } from "../stats/tree.ts";
import { inOrder } from "../store/table.ts";
import { isCounter, rateName, totalIn } from "../views/columns.ts";
import {
  type Above,
  type AnyColumn,
  keyOf,
  printedColumns,
  type Row,
  treeName,
  type View,
} from "../views/view.ts";
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
  /** A column's name, with "-" in front for falling order; null if none is asked for. */
  readonly sortBy: string | null;
  readonly limit: number;
};

/**
 * The rows of all readings in the view's order: node by node, over all where they follow from other views, or each
 * before what hangs below it where the view draws a tree; there a row that does not match stays above one that does.
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
  const ofEach = readings.map(({ entry: { name: node }, sample }) =>
    sample.state !== "notApplicable"
      ? sample.rows.map((row) => {
          const ageMs = performance.now() - sample.atMs;
          return { node, row, ageMs, depth: 0, parent: null };
        })
      : [],
  );
  const { parent } = view;
  const cellOf = ({ node, row }: PlacedRow, key: string) => (key === "node" ? node : row[key]);
  const rows = ofEach.flat();
  const order = sortBy ?? (parent || view.kind === "concluded" ? view.sortBy : null);
  const sorted =
    order === null
      ? ofEach.flatMap((own) => inOrder(view, own, view.sortBy, cellOf))
      : inOrder(view, rows, order, cellOf);
  if (!parent) return sorted;
  const text = (node: string | null, key: string) => `${node ?? ""}\u0000\u0000${key}`;
  const aboveOf = (node: string, above: string | Above | null) => {
    if (above === null) return null;
    return typeof above === "string" ? text(node, above) : text(above.node, above.key);
  };
  const name = treeName(view);
  const idOf = (one: PlacedRow) => text(one.node, keyOf(view, one.row));
  const byId = new Map(rows.map((one) => [idOf(one), one]));
  const whatIsAbove = ({ node, row }: PlacedRow) => aboveOf(node, parent(row));
  // A heading is not printed. What hangs below the same one stays together, unless it is ordered by something else.
  const headingOf = (one: PlacedRow) => {
    const above = whatIsAbove(one);
    return above === null || byId.has(above) ? idOf(one) : above;
  };
  const together = sortBy === null ? [...Map.groupBy(sorted, headingOf).values()].flat() : sorted;
  return arrange(together, idOf, whatIsAbove).map(({ item, depth }) => {
    const above = depth === 0 ? undefined : byId.get(aboveOf(item.node, parent(item.row)) ?? "");
    return { ...item, depth, parent: above?.row[name] ?? null };
  });
}

/** A row with exact values for programs, and its place in the view's tree: what {@link exactNames} names. */
export function exactRow(view: View, { row, depth, parent }: PlacedRow): Row {
  const own = Object.fromEntries(exactColumns(view).map(([name, value]) => [name, value(row)]));
  return view.parent ? { ...own, depth, parent } : own;
}

/** The names of what is printed of a row for programs. */
export function exactNames(view: View): readonly string[] {
  return [...exactColumns(view).map(([name]) => name), ...(view.parent ? ["depth", "parent"] : [])];
}

type Exact = readonly [name: string, value: (row: Row) => unknown];

/** WAL positions are in PostgreSQL's own form, counters in all as the server counts them, with their rates beside them. */
function exactColumns(view: View): readonly Exact[] {
  return printedColumns(view).flatMap(([name, column]): Exact[] => {
    if (column.totalOf !== undefined) return [];
    const own = (row: Row) => row[name];
    if (isCounter(column))
      return [
        [name, (row) => totalOf(column, row, name)],
        [rateName(name), own],
      ];
    return [[name, column.kind === "lsn" ? (row) => positionIn(row[name]) : own]];
  });
}

const positionIn = (value: unknown) => (typeof value === "bigint" ? printLsn(value) : value);

function totalOf({ pieces }: AnyColumn, row: Row, name: string): bigint | number | null {
  const total = totalIn(row, name);
  return total === null || pieces === undefined ? total : Number(total) / pieces;
}
