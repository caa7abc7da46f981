import type { PlaceOf } from "../screen.ts";
import { type FleetLine, fleetLines } from "../selectors.ts";
import { defineScreen, noSubject, ofNode } from "./screen-of.ts";

/** The first screen: every node, below its cluster. */
export const fleet = defineScreen<PlaceOf<"fleet">, FleetLine>({
  kind: "fleet",
  allows: { filter: true, sort: false, mark: false },
  lines: fleetLines,
  subject: (_, line) => {
    if (!line) return noSubject;
    if (line.kind === "node") return ofNode(line.node.name);
    return { ...noSubject, nodes: line.nodes.map(({ name }) => name) };
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
  scope: () => ({ kind: "all" }),
  over: (place, { kind }) => (kind === "all" ? place : null),
});
