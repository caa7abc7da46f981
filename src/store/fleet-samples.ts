import type { FleetSamples } from "../views/view.ts";
import type { Observed } from "./store.ts";

/** What conclusions over these nodes are drawn from. */
export function fleetSamples(observed: Observed, names: readonly string[]): FleetSamples {
  const { nowMs, clockMs, nodes, clusters, samples, events } = observed;
  const clusterOf = new Map(
    clusters.flatMap((cluster) =>
      cluster.heading ? cluster.nodes.map(({ name }) => [name, cluster.name] as const) : [],
    ),
  );
  return {
    nowMs,
    clockMs,
    events,
    nodes: names.flatMap((name) => nodes[name] ?? []),
    clusterOf: (node) => clusterOf.get(node) ?? null,
    sample: (view, node) => samples[view.name]?.[node],
    rows: (view, node) => {
      const sample = samples[view.name]?.[node];
      return sample?.state === "ok" ? sample.rows : null;
    },
  };
}
