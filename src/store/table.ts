import { parseFilter, sortRows } from "../stats/rows.ts";
import { arrange } from "../stats/tree.ts";
import { viewNamed } from "../views/all.ts";
import { printCell } from "../views/cells.ts";
import { isCounter, totalIn } from "../views/columns.ts";
import { type Comparison, lastAnswer, partsOf } from "../views/compared.ts";
import { idText, type RowId, rowId } from "../views/row-id.ts";
import { fleet } from "../views/server/fleet.ts";
import {
  type AnyColumn,
  type AskedView,
  drawnColumns,
  type Row,
  treeName,
  type View,
} from "../views/view.ts";
import { comparisonOf, fleetSamples, type Missing, missingOf, rowsOf } from "./fleet-samples.ts";
import type { NodeEntry } from "./nodes.ts";
import { remembered } from "./remembered.ts";
import { currentSpot, placeIf, type Spot } from "./screen.ts";
import { bodyHeight, nodeOrder, nodesShown, shown } from "./selectors.ts";
import type { Observed, State } from "./store.ts";
import type { ViewLook } from "./tables/looks.ts";

/** A line of a view's table: a row with the node it came from and the age of what it says. */
export type TableLine = {
  /** The text of its id. */
  readonly key: string;
  readonly id: RowId;
  /** Null for a heading. */
  readonly node: NodeEntry | null;
  readonly row: Row;
  readonly ageMs: number;
  /** In a view that draws a tree: 0 for a root, and how many lines hang below it. */
  readonly depth: number;
  readonly below: number;
  /** What hangs below it is not among the lines. */
  readonly isFolded: boolean;
};

/** Why a node lacks rows, or one of its databases does. */
export type Table = {
  readonly view: View;
  readonly lines: readonly TableLine[];
  /** The keys of the lines. */
  readonly keys: readonly string[];
  /** Nodes of the scope that have no fresh rows or not all of them, and why. */
  readonly missing: readonly Missing[];
  /** How many databases of the scope are asked, by name; 0 for a view that servers are asked for. */
  readonly databases: number;
  readonly comparison: Comparison;
  /** Why the filter cannot be used, or null. */
  readonly filterError: string | null;
  readonly total: number;
};

/** The table that the current spot shows, filtered and sorted; null when it shows none. */
export const currentTable = remembered(
  (state) => {
    const { place, filter, sortBy } = currentSpot(state.screen);
    return [shown(state), place, filter, sortBy, state.screen.folded, state.screen.rows, state.looks];
  },
  (state): Table | null => {
    const spot = currentSpot(state.screen);
    const look = { ...spot, folded: state.screen.folded };
    if (placeIf(state.screen, "fleet")) return fleetTable(state, look);
    const place = placeIf(state.screen, "view");
    const view = place && viewNamed(place.view);
    if (!view) return null;
    const names = nodesShown(state, view, place.scope);
    return tableOf(view, shown(state), names, { ...look, wanted: state.looks[view.name] });
  },
);

/** The fleet in its own order. Where not all of it fits on the screen, what has a problem comes first. */
function fleetTable(state: State, look: Look): Table {
  const whenLonger = { than: bodyHeight(state), sortBy: "-badness" };
  return tableOf(fleet, shown(state), nodeOrder(state), { ...look, whenLonger });
}

/** How a table is looked at. */
type Look = Pick<Spot, "filter" | "sortBy"> & {
  readonly folded: ReadonlySet<string>;
  /** The order of more lines than so many, where none is asked for. */
  readonly whenLonger?: { readonly than: number; readonly sortBy: string };
  /** The columns and the order of the view that the user chose. */
  readonly wanted?: ViewLook | undefined;
};

/** The view as the user wants it. What that takes is loaded once it is another one. */
function asWanted(view: View, look: ViewLook | undefined): View {
  if (look === undefined) return view;
  const { withLook }: typeof import("./tables/looks.ts") = require("./tables/looks.ts");
  return withLook(view, look);
}

/** A view of these nodes as a table. */
export function tableOf(
  own: View,
  observed: Observed,
  names: readonly string[],
  { filter, sortBy, folded, whenLonger, wanted }: Look,
): Table {
  const view = asWanted(own, wanted);
  const all = linesOf(own, observed, names);
  const { matches, error } = filterOf(view, filter, () => observed.clockMs);
  // What a filter finds is shown wherever it hangs.
  const isFolded = (key: string) => filter.trim() === "" && folded.has(key) !== (view.folds !== undefined);
  const linesBy = (order: string) => {
    const sorted = inOrder(view, all, order, cellOf);
    return view.parent
      ? treeOf(view, view.parent, sorted, { isFolded, matches })
      : sorted.filter(({ id, row }) => matches(id.node, row));
  };
  const ordered = linesBy(sortBy ?? view.sortBy);
  const isLong = whenLonger && sortBy === null && ordered.length > whenLonger.than;
  const lines = isLong ? linesBy(whenLonger.sortBy) : ordered;
  return {
    view,
    lines,
    keys: lines.map(({ key }) => key),
    missing: missingOf(own, observed, names),
    databases: new Set(names.flatMap((name) => [...partsOf(observed.samples[view.name]?.[name]).keys()]))
      .size,
    comparison: comparisonOf(observed, view),
    filterError: error,
    total: all.length,
  };
}

/** Rows in an order of the view; by the total of a counter where its rate is not known yet, or is the same. */
export function inOrder<Placed extends { readonly row: Row }>(
  { columns }: View,
  all: readonly Placed[],
  order: string,
  cell: (one: Placed, key: string) => unknown,
): Placed[] {
  const column = columns[order.replace(/^-/, "")];
  const isByCounter = column !== undefined && isCounter(column);
  const known = isByCounter ? sortRows(all, order, ({ row }, key) => totalIn(row, key)) : all;
  return sortRows(known, order, cell);
}

const cellOf = (line: TableLine, key: string) => (key === "node" ? line.id.node : line.row[key]);

/** The row of a line on screen as it is now; null when it is gone. */
export function rowNow(observed: Observed, id: RowId): Row | null {
  return rowsNow(observed, [id])[0] ?? null;
}

/** The same for many of them, in their order: the rows of a node are gone through once. */
export function rowsNow(observed: Observed, ids: readonly RowId[]): readonly (Row | null)[] {
  const known = new Map<string, ReadonlyMap<string, Row>>();
  const rowsOf = ({ node, view: name }: RowId): ReadonlyMap<string, Row> => {
    const view = viewNamed(name);
    const lines = view ? linesOf(view, observed, [node]) : [];
    return new Map(lines.map(({ id, row }) => [id.key, row]));
  };
  return ids.map((id) => {
    const table = JSON.stringify([id.view, id.node]);
    const rows = known.get(table) ?? rowsOf(id);
    known.set(table, rows);
    return rows.get(id.key) ?? null;
  });
}

/** All rows of a view, in no order. */
export function linesOf(view: View, observed: Observed, names: readonly string[]): TableLine[] {
  const { nodes, nowMs } = observed;
  const line = (node: NodeEntry | null, row: Row, ageMs: number): TableLine => {
    const id = rowId(node?.name ?? "", view, row);
    return { key: idText(id), id, node, row, ageMs, depth: 0, below: 0, isFolded: false };
  };
  const ageOf = (asked: AskedView, name: string, row?: Row) => {
    const sample = observed.samples[asked.name]?.[name];
    const part = partsOf(sample).get(String(row?.["database"]));
    const answer = lastAnswer(part ?? sample);
    return answer === null ? 0 : Math.max(0, nowMs - answer.atMs);
  };
  if (view.kind === "concluded") {
    const ages = new Map(
      names.map((name) => [name, Math.max(0, ...view.needs.map((needed) => ageOf(needed, name)))]),
    );
    return view.rows(fleetSamples(observed, names)).flatMap((row) => {
      if (row.node === null) return [line(null, row, 0)];
      const node = nodes[row.node];
      return node ? [line(node, row, ages.get(row.node) ?? 0)] : [];
    });
  }
  return names.flatMap((name) => {
    const node = nodes[name];
    const rows = rowsOf(observed, view, name)?.filter((row) => row["own"] !== true);
    return node && rows ? rows.map((row) => line(node, row, ageOf(view, name, row))) : [];
  });
}

/** The lines as a tree, without what is below a folded one. A line that does not match stays above one that does. */
function treeOf(
  view: View,
  parent: NonNullable<View["parent"]>,
  sorted: readonly TableLine[],
  { isFolded, matches }: { readonly isFolded: (key: string) => boolean } & Pick<Filtering, "matches">,
): TableLine[] {
  const above = ({ id, row }: TableLine) => {
    const key = parent(row);
    if (key === null || typeof key === "string") return key === null ? null : idText({ ...id, key });
    return idText({ ...id, node: key.node ?? "", key: key.key });
  };
  const placed = arrange(sorted, ({ key }) => key, above);
  const rowOf = new Map(sorted.map(({ key, row }) => [key, row]));
  const kept: TableLine[] = [];
  // From the end, so that each line knows whether one below it matched.
  let wanted = 0;
  for (const { item, depth, below } of placed.toReversed()) {
    const isAbove = depth < wanted && (view.filterKeeps === undefined || item.node === null);
    const inTree = { depth, parent: rowOf.get(above(item) ?? "")?.[treeName(view)] };
    if (!isAbove && (item.node === null || !matches(item.id.node, item.row, inTree))) continue;
    kept.push({ ...item, depth, below, isFolded: below > 0 && isFolded(item.key) });
    wanted = depth;
  }
  let hiddenBelow = Number.POSITIVE_INFINITY;
  return kept.reverse().filter(({ depth, isFolded }) => {
    if (depth > hiddenBelow) return false;
    hiddenBelow = isFolded ? depth : Number.POSITIVE_INFINITY;
    return true;
  });
}

/** Where a row stands in a view's tree, under the names that the JSON of `show` has for it. */
type InTree = { readonly depth: number; readonly parent: unknown };

type Filtering = {
  readonly matches: (node: string, row: Row, inTree?: InTree) => boolean;
  /** Why the filter cannot be used, or null. */
  readonly error: string | null;
};

/** What a filter shows of a view, on screen and in `show`. */
export function filterOf(view: View, filter: string, clockMs = Date.now): Filtering {
  const all = { matches: () => true };
  if (filter.trim() === "") return { ...all, error: null };
  const columns = Object.entries(view.columns).map(([key, { header, kind, hidden, found }]) => ({
    key,
    header,
    kind,
    hidden: hidden && !found,
  }));
  const node = { key: "node", header: "NODE", kind: "text" };
  const known = [node, ...columns, ...(view.parent ? ofTree : [])];
  const parsed = parseFilter(filter, known, view.duration ?? null, clockMs);
  if (!parsed.ok) return { ...all, error: parsed.message };
  const print = (row: Row, key: string) => {
    const column = view.columns[key];
    return column ? printCell(column, row[key]) : String(row[key] ?? "");
  };
  const matches: Filtering["matches"] = (name, row, inTree) =>
    parsed.filter({ ...inTree, ...row, node: name }, print);
  return { matches, error: null };
}

const ofTree = [
  { key: "depth", header: "DEPTH", kind: "integer", hidden: true },
  { key: "parent", header: "PARENT", kind: "text", hidden: true },
];

/** The columns that a table may draw, whatever its rows hold now: their order and number do not change. */
export function drawableIn({ view, databases }: Table): [name: string, column: AnyColumn][] {
  return Object.entries<AnyColumn>(view.columns).filter(
    ([name, { hidden, usual }]) => (!hidden || usual) && !(name === "database" && databases === 1),
  );
}

const drawn = new WeakMap<Table, ReturnType<typeof drawnColumns>>();

/** The columns that a table draws. What all lines have in common is not repeated in each. */
export function drawnIn(table: Table): ReturnType<typeof drawnColumns> {
  const { view, lines, databases } = table;
  const ofRows = () =>
    drawnColumns(
      view,
      lines.map(({ row }) => row),
    ).filter(([name]) => !(name === "database" && databases === 1));
  const columns = drawn.get(table) ?? ofRows();
  drawn.set(table, columns);
  return columns;
}
