import { holdsTemplate, templateHarm } from "../postgres/server.ts";
import { isUp } from "../stats/health.ts";
import { printDuration } from "../text/units.ts";
import type { ClusterEntry, NodeEntry } from "./nodes.ts";
import { perState } from "./per-state.ts";
import { withQuiet } from "./quieted.ts";
import { remembered } from "./remembered.ts";
import { currentSpot, type Scope, type Spot } from "./screen.ts";
import type { Observed, State } from "./store.ts";

/** The newest of the servers, or what the screen was paused at. */
const seen = ({ frozen, observed }: State): Observed => frozen ?? observed;

/** What the screen shows of the servers: the newest, or what it was paused at, with quiet alerts set apart. */
export const shown = remembered(
  (state) => [seen(state), state.quieted],
  (state): Observed => withQuiet(seen(state), state.quieted),
);

/** A line of the fleet screen. */
export type FleetLine =
  | {
      readonly kind: "cluster";
      readonly key: string;
      readonly cluster: ClusterEntry;
      readonly nodes: readonly NodeEntry[];
    }
  | { readonly kind: "node"; readonly key: string; readonly node: NodeEntry; readonly depth: number };

/** Every node in the order of the fleet screen, folded or not: keys 1 to 9 count along it. */
export const nodeOrder = perState((state): readonly string[] =>
  shown(state).clusters.flatMap((cluster) => cluster.nodes.map(({ name }) => name)),
);

/** The fleet screen's lines: a heading for each cluster, its nodes as a tree below it, lone nodes plain. */
export const fleetLines = perState((state): readonly FleetLine[] => {
  const { nodes, clusters } = shown(state);
  const words = currentSpot(state.screen).filter.toLowerCase().split(/\s+/).filter(Boolean);
  return clusters.flatMap((cluster) => {
    const members = cluster.nodes.flatMap(({ name, depth }) => {
      const node = nodes[name];
      return node && matchesNode(node, cluster, words)
        ? [{ kind: "node" as const, key: `n:${name}`, node, depth }]
        : [];
    });
    if (members.length === 0) return [];
    if (!cluster.heading) return members;
    const heading = {
      kind: "cluster" as const,
      key: `c:${cluster.name}`,
      cluster,
      nodes: members.map(({ node }) => node),
    };
    return state.screen.folded.has(cluster.name) ? [heading] : [heading, ...members];
  });
});

function matchesNode(node: NodeEntry, cluster: ClusterEntry, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [node.name, cluster.name, node.group, node.address, roleOf(node), node.health.state]
    .concat(node.alerts.map((alert) => alert.text))
    .join(" ")
    .toLowerCase();
  return words.every((word) => (word.startsWith("!") ? !text.includes(word.slice(1)) : text.includes(word)));
}

export function roleOf(node: NodeEntry): "primary" | "standby" | "unknown" {
  if (!node.facts) return "unknown";
  return node.facts.inRecovery ? "standby" : "primary";
}

/** The name of the cluster that a node is shown in; null for a lone one. */
export function clusterOf(state: State, node: string): string | null {
  const found = shown(state).clusters.find(
    ({ heading, nodes }) => heading && nodes.some(({ name }) => name === node),
  );
  return found?.name ?? null;
}

/** The names of the nodes in a scope, in fleet order. */
export function nodesIn(state: State, scope: Scope): string[] {
  const { clusters } = shown(state);
  switch (scope.kind) {
    case "node":
      return [scope.node];
    case "cluster":
      return clusters.flatMap(({ name, nodes }) =>
        name === scope.cluster ? nodes.map((node) => node.name) : [],
      );
    case "nodes":
      return scope.nodes.filter((name) => shown(state).nodes[name] !== undefined);
    case "all":
      return clusters.flatMap(({ nodes }) => nodes.map((node) => node.name));
  }
}

/** Where the cursor is among `keys`: on its row if that is still there, else where the row was. */
export function cursorIndex(spot: Spot, keys: readonly string[]): number {
  const found = spot.cursor === null ? -1 : keys.indexOf(spot.cursor);
  return Math.max(0, Math.min(found >= 0 ? found : spot.index, keys.length - 1));
}

/** Lines between the two rules, less the table's heading. */
export function bodyHeight(state: State): number {
  return Math.max(1, state.screen.rows - 5);
}

/** What is no alarm of a node that answers and worth a word. */
export function nodeNotes({ health, facts, hotStandby, pulse }: NodeEntry): readonly string[] {
  if (!isUp(health)) return [];
  const delay = pulse?.apply_delay ?? 0;
  return [
    ...(delay > 0
      ? [`replays ${printDuration(delay * 1000)} late on purpose (recovery_min_apply_delay)`]
      : []),
    ...(hotStandby ? [] : ["answers queries, although the config says hot_standby: off"]),
    ...(facts && holdsTemplate(facts) ? [templateHarm(facts.database)] : []),
  ];
}
