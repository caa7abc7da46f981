import type { View } from "../views/view.ts";
import { shown } from "./selectors.ts";
import type { Observed, State } from "./store.ts";
import { type Table, tableOf } from "./table.ts";

/** Lines below which a panel says too little: its title, headings and a line. What is wrong gets some more. */
export const leastLines = 3;
export const urgentLines = 4;

const asDeclared = { filter: "", sortBy: null, folded: new Set<string>() };

const known = new WeakMap<Observed, Map<string, Table>>();

/** A view of some nodes as it declares itself, for a part of another screen. Computed once for what was observed. */
export function panelTable(state: State, view: View, nodes: readonly string[]): Table {
  const observed = shown(state);
  const tables = known.get(observed) ?? new Map<string, Table>();
  known.set(observed, tables);
  const key = [view.name, ...nodes].join("\u0000");
  const table = tables.get(key) ?? tableOf(view, observed, nodes, asDeclared);
  tables.set(key, table);
  return table;
}
