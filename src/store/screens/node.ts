import type { PlaceOf } from "../screen.ts";
import { pathToNode } from "./path.ts";
import { defineScreen, ofNode } from "./screen-of.ts";

/** One node's page. */
export const node = defineScreen<PlaceOf<"node">, never>({
  kind: "node",
  allows: { filter: false, sort: false, mark: false },
  lines: () => [],
  subject: (place) => ofNode(place.node),
  opens: ({ node }) => ({ to: { kind: "view", view: "activity", scope: { kind: "node", node } } }),
  wants: () => [],
  crumbs: (state, place) => pathToNode(state, place.node),
  nodes: (_, place) => [place.node],
  view: () => null,
  scope: (place) => ({ kind: "node", node: place.node }),
  over: (_, scope) => {
    if (scope.kind === "node") return { kind: "node", node: scope.node };
    return scope.kind === "all" ? { kind: "fleet" } : null;
  },
});
