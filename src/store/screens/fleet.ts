import { remembered } from "../remembered.ts";
import { currentSpot, type PlaceOf, type Scope } from "../screen.ts";
import { bodyHeight, nodesIn, shown } from "../selectors.ts";
import type { State } from "../store.ts";
import { currentTable, type TableLine } from "../table.ts";
import { fleetWants } from "./fleet-panels.ts";
import { defineScreen, noSubject, ofNode } from "./screen-of.ts";

/** A line of the fleet: a node, or the heading of the nodes that it stands for. */
export type FleetLine = TableLine & { readonly nodes: readonly string[] };

/** The lines of the fleet view. A heading stands for those of its nodes that the filter shows, folded away or not. */
export const fleetLines = remembered(
  (state) => [currentTable(state), shown(state).clusters],
  (state): readonly FleetLine[] => {
    const lines = currentTable(state)?.lines ?? [];
    const onScreen = new Set(lines.map(({ id }) => id.node));
    return lines.map((line) => {
      if (line.node) return { ...line, nodes: [line.node.name] };
      const { nodes } = shown(state).clusters.find(({ name }) => name === line.row["name"]) ?? { nodes: [] };
      const names = nodes.map(({ name }) => name);
      const kept = names.filter((name) => onScreen.has(name));
      return { ...line, nodes: kept.length > 0 ? kept : names };
    });
  },
);

const filterOf = ({ screen }: State) => currentSpot(screen).filter.trim();

/** All nodes, or those that the filter shows. */
function scopeOf(state: State): Scope {
  const filter = filterOf(state);
  if (filter === "") return { kind: "all" };
  const nodes = fleetLines(state).flatMap((line) => line.nodes);
  return { kind: "nodes", nodes: [...new Set(nodes)], called: `/${filter}` };
}

/** The first screen: every node, below its cluster. */
export const fleet = defineScreen<PlaceOf<"fleet">, FleetLine>({
  kind: "fleet",
  filters: true,
  lines: fleetLines,
  subject: (_, line, state) => {
    if (!line) return { ...noSubject, scope: scopeOf(state) };
    if (line.node) return ofNode(line.node.name);
    const { nodes, row } = line;
    const cluster = String(row["name"]);
    const filter = filterOf(state);
    const scope: Scope =
      filter === ""
        ? { kind: "cluster", cluster }
        : { kind: "nodes", nodes, called: `${cluster} /${filter}` };
    return { ...noSubject, nodes, scope };
  },
  opens: (_, line) => {
    if (!line) return null;
    return line.node ? { to: { kind: "node", node: line.node.name } } : { fold: "folded", name: line.key };
  },
  // Before the lines come the nodes; what is left is room for panels.
  wants: (state) =>
    fleetWants(state, nodesIn(state, scopeOf(state)), bodyHeight(state) - fleetLines(state).length),
  crumbs: () => ["fleet"],
  nodes: () => null,
  view: () => "fleet",
  scope: scopeOf,
  over: (place, { kind }) => (kind === "all" ? place : null),
});
