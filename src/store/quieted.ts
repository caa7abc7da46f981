import { type QuietAlert, type Quieted, quietOf } from "../stats/quiet.ts";
import type { NodeEntry } from "./nodes.ts";
import type { Observed } from "./store.ts";

/** What was observed with the alerts that are quiet set apart: they stay listed, and nothing counts or paints them. */
export function withQuiet(observed: Observed, quieted: Quieted): Observed {
  if (quieted.size === 0) return observed;
  const nodes = Object.entries(observed.nodes).map(
    ([name, node]) => [name, setApart(node, quieted, observed.nowMs)] as const,
  );
  return { ...observed, nodes: Object.fromEntries(nodes) };
}

function setApart(node: NodeEntry, quieted: Quieted, nowMs: number): NodeEntry {
  const quiet = node.alerts.flatMap((alert): QuietAlert[] => {
    const how = quietOf(quieted, node.name, alert, nowMs);
    return how ? [{ alert, quiet: how }] : [];
  });
  if (quiet.length === 0) return node;
  const set = new Set(quiet.map(({ alert }) => alert));
  return { ...node, alerts: node.alerts.filter((alert) => !set.has(alert)), quiet };
}
