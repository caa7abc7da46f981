import { currentSpot, type PlaceOf, type Scope } from "../screen.ts";
import { type FleetLine, fleetLines } from "../selectors.ts";
import type { State } from "../store.ts";
import { defineScreen, noSubject, ofNode } from "./screen-of.ts";

const filterOf = ({ screen }: State) => currentSpot(screen).filter.trim();

/** All nodes, or those that the filter shows. */
function scopeOf(state: State): Scope {
  const filter = filterOf(state);
  if (filter === "") return { kind: "all" };
  const nodes = fleetLines(state).flatMap((line) =>
    line.kind === "node" ? [line.node.name] : line.nodes.map(({ name }) => name),
  );
  return { kind: "nodes", nodes: [...new Set(nodes)], called: `/${filter}` };
}

/** The first screen: every node, below its cluster. */
export const fleet = defineScreen<PlaceOf<"fleet">, FleetLine>({
  kind: "fleet",
  allows: { filter: true, sort: false, mark: false },
  lines: fleetLines,
  subject: (_, line, state) => {
    if (!line) return { ...noSubject, scope: scopeOf(state) };
    if (line.kind === "node") return ofNode(line.node.name);
    const nodes = line.nodes.map(({ name }) => name);
    const { cluster } = line;
    const filter = filterOf(state);
    const scope: Scope =
      filter === ""
        ? { kind: "cluster", cluster: cluster.name }
        : { kind: "nodes", nodes, called: `${cluster.name} /${filter}` };
    return { ...noSubject, nodes, scope };
  },
  opens: (_, line) => {
    if (!line) return null;
    if (line.kind === "cluster") return { fold: "folded", name: line.cluster.name };
    return { to: { kind: "node", node: line.node.name } };
  },
  wants: () => [],
  crumbs: () => ["fleet"],
  nodes: () => null,
  view: () => "fleet",
  scope: scopeOf,
  over: (place, { kind }) => (kind === "all" ? place : null),
});
