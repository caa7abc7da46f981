import { reasonOf } from "../postgres/node-error.ts";
import { holdsTemplate, templateHarm } from "../postgres/server.ts";
import { isUp } from "../stats/health.ts";
import { parseFilter, sortRows } from "../stats/rows.ts";
import { viewNamed, views } from "../views/all.ts";
import { printCell } from "../views/cells.ts";
import { keyOf, notesOn, type Row, type View, type ViewOptions } from "../views/view.ts";
import { connectionLines } from "./connection-lines.ts";
import type { ClusterEntry, NodeEntry } from "./nodes.ts";
import { perState } from "./per-state.ts";
import { currentSpot, type Scope, type Spot } from "./screen.ts";
import type { Observed, State } from "./store.ts";

/** What the screen shows of the servers: the newest, or what it was paused at. */
export function shown(state: State): Observed {
  return state.frozen ?? state.observed;
}

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
  const spot = currentSpot(state.screen);
  const words = spot.place.kind === "fleet" ? spot.filter.toLowerCase().split(/\s+/).filter(Boolean) : [];
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

/** A line of a view's table: a row with the node it came from and the age of what it says. */
export type TableLine = {
  readonly key: string;
  readonly node: NodeEntry;
  readonly row: Row;
  readonly ageMs: number;
};

export type Table = {
  readonly view: View;
  readonly lines: readonly TableLine[];
  /** Nodes of the scope that have no fresh rows or not all of them, and why. */
  readonly missing: readonly { readonly node: NodeEntry; readonly why: string }[];
  /** Why the filter cannot be used, or null. */
  readonly filterError: string | null;
  readonly total: number;
};

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
    case "all":
      return clusters.flatMap(({ nodes }) => nodes.map((node) => node.name));
  }
}

/** The table that the current spot shows, filtered and sorted; null when it shows none. */
export const currentTable = perState((state): Table | null => {
  const spot = currentSpot(state.screen);
  const view = spot.place.kind === "view" ? viewNamed(spot.place.view) : undefined;
  if (spot.place.kind !== "view" || !view) return null;
  const { nodes, samples, nowMs } = shown(state);
  const lines: TableLine[] = [];
  const missing: { node: NodeEntry; why: string }[] = [];
  for (const name of nodesIn(state, spot.place.scope)) {
    const node = nodes[name];
    const sample = samples[view.name]?.[name];
    if (!node) continue;
    if (!sample)
      missing.push({ node, why: node.health.error ? reasonOf(node.health.error) : "no answer yet" });
    else if (sample.state === "notApplicable") missing.push({ node, why: sample.why });
    else {
      if (sample.state === "failed") missing.push({ node, why: reasonOf(sample.error) });
      else if (node.facts) {
        const hidden = node.pulse?.hidden_processes ?? null;
        const seesAll = hidden === null ? node.facts.readsAllStats : hidden === 0;
        for (const why of notesOn(view, sample.rows, node.facts, seesAll)) missing.push({ node, why });
      }
      const ageMs = sample.atMs === null ? 0 : Math.max(0, nowMs - sample.atMs);
      for (const row of sample.rows) {
        if (row["own"] !== true) lines.push({ key: `${name}\u0000${keyOf(view, row)}`, node, row, ageMs });
      }
    }
  }
  const { kept, error } = filtered(view, lines, spot);
  const byKey = kept.map((line) => ({ ...line.row, node: line.node.name, "\u0000line": line }));
  const sorted = sortRows(byKey, spot.sortBy ?? view.sortBy);
  return {
    view,
    lines: sorted.map((row) => row["\u0000line"]),
    missing,
    filterError: error,
    total: lines.length,
  };
});

function filtered(
  view: View,
  lines: readonly TableLine[],
  spot: Spot,
): { kept: readonly TableLine[]; error: string | null } {
  if (spot.filter.trim() === "") return { kept: lines, error: null };
  const columns = Object.entries(view.columns).map(([key, { header, kind, hidden }]) => ({
    key,
    header,
    kind,
    hidden,
  }));
  const node = { key: "node", header: "NODE", kind: "text" };
  const parsed = parseFilter(spot.filter, [node, ...columns], view.duration ?? null);
  if (!parsed.ok) return { kept: lines, error: parsed.message };
  const kept = lines.filter((line) =>
    parsed.filter({ ...line.row, node: line.node.name }, (row, key) => {
      const column = view.columns[key];
      return column ? printCell(column, row[key]) : String(row[key]);
    }),
  );
  return { kept, error: null };
}

/** A view that somebody looks at, and at which nodes. */
export type Wanted = {
  readonly view: View;
  readonly nodes: readonly string[];
  readonly viewOptions: ViewOptions;
};

/** The views beyond the pulse that the screen needs: what nobody sees is not asked for. */
export function wantedViews(state: State): Wanted[] {
  const { place } = currentSpot(state.screen);
  const { idle } = state.screen;
  if (place.kind === "view") {
    const view = views.find(({ name }) => name === place.view);
    return view
      ? [{ view, nodes: nodesIn(state, place.scope), viewOptions: { idle, wholeText: false } }]
      : [];
  }
  if (place.kind === "row") {
    const view = views.find(({ name }) => name === place.view);
    return view ? [{ view, nodes: [place.node], viewOptions: { idle: true, wholeText: true } }] : [];
  }
  return [];
}

/** The keys of the lines that the cursor moves over on the current spot. */
export const lineKeys = perState((state): readonly string[] => {
  const { place } = currentSpot(state.screen);
  if (place.kind === "fleet") return fleetLines(state).map(({ key }) => key);
  if (place.kind === "connections") return connectionLines(state).map(({ key }) => key);
  return currentTable(state)?.lines.map(({ key }) => key) ?? [];
});

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
export function nodeNotes({ health, facts, hotStandby }: NodeEntry): readonly string[] {
  if (!isUp(health)) return [];
  return [
    ...(hotStandby ? [] : ["answers queries, although the config says hot_standby: off"]),
    ...(facts && holdsTemplate(facts) ? [templateHarm(facts.database)] : []),
  ];
}
