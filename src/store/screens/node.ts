import { activity } from "../../views/backends/activity.ts";
import { alerts } from "../../views/server/alerts.ts";
import { events } from "../../views/server/events.ts";
import { neededBy, type View } from "../../views/view.ts";
import { leastLines, urgentLines } from "../panels.ts";
import type { PlaceOf } from "../screen.ts";
import { pathToNode } from "./path.ts";
import { defineScreen, ofNode } from "./screen-of.ts";

/** The views of which its page shows the first lines, the most important first. */
export const nodePanels: readonly { readonly view: View; readonly least: number }[] = [
  { view: alerts, least: urgentLines },
  { view: activity, least: leastLines },
  { view: events, least: leastLines },
];

/** One node's page. */
export const node = defineScreen<PlaceOf<"node">, never>({
  kind: "node",
  filters: false,
  lines: () => [],
  subject: (place) => ofNode(place.node),
  opens: ({ node }) => ({ to: { kind: "view", view: "activity", scope: { kind: "node", node } } }),
  wants: (state, { node }) =>
    nodePanels
      .flatMap((panel) => neededBy(panel.view))
      .map((view) => ({
        view,
        nodes: [node],
        viewOptions: { idle: state.screen.idle, wholeText: false },
      })),
  crumbs: (state, place) => pathToNode(state, place.node),
  nodes: (_, place) => [place.node],
  view: () => null,
  scope: (_, place) => ({ kind: "node", node: place.node }),
  over: (_, scope) => {
    if (scope.kind === "node") return { kind: "node", node: scope.node };
    return scope.kind === "all" ? { kind: "fleet" } : null;
  },
});
