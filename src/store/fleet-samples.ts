import type { FleetSamples } from "../views/view.ts";
import { rowsOf } from "./rows.ts";
import type { Observed } from "./store.ts";

/** What conclusions over these nodes are drawn from. */
export function fleetSamples(observed: Observed, names: readonly string[]): FleetSamples {
  const { nowMs, clockMs, nodes, clusters, samples, events } = observed;
  const inScope = new Set(names);
  return {
    nowMs,
    clockMs,
    events,
    nodes: names.flatMap((name) => nodes[name] ?? []),
    clusters: clusters.flatMap((cluster) => {
      const some = cluster.nodes.filter(({ name }) => inScope.has(name));
      return some.length === 0
        ? []
        : [some.length === cluster.nodes.length ? cluster : { ...cluster, nodes: some }];
    }),
    sample: (view, node) => samples[view.name]?.[node],
    rows: (view, node) => (samples[view.name]?.[node]?.state === "ok" ? rowsOf(observed, view, node) : null),
  };
}
