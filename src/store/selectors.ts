import { holdsTemplate, templateHarm } from "../postgres/server.ts";
import { listedNotes } from "../stats/discovery.ts";
import { isUp } from "../stats/health.ts";
import { printDuration } from "../text/units.ts";
import { viewNamed } from "../views/all.ts";
import { idText } from "../views/row-id.ts";
import type { View } from "../views/view.ts";
import type { NodeEntry } from "./nodes.ts";
import { withQuiet } from "./quieted.ts";
import { perState, remembered } from "./remembered.ts";
import { isPlace, type Place, type Scope, type ScreenState, type Spot } from "./screen.ts";
import type { Observed, State } from "./store.ts";

/** The newest of the servers, or what the screen was paused at. */
const seen = ({ frozen, observed }: State): Observed => frozen ?? observed;

/** What the screen shows of the servers: the newest, or what it was paused at, with quiet alerts set apart. */
export const shown = remembered(
  (state) => [seen(state), state.quieted, state.screen.baseline],
  (state): Observed => {
    const { baseline } = state.screen;
    const observed = withQuiet(seen(state), state.quieted);
    return baseline.kind === "previous" ? observed : { ...observed, baseline };
  },
);

/** Every node in the order of the fleet screen, folded or not: keys 1 to 9 count along it. */
export const nodeOrder = perState((state): readonly string[] =>
  shown(state).clusters.flatMap((cluster) => cluster.nodes.map(({ name }) => name)),
);

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

/** The nodes that a view of a scope shows. */
export function nodesShown(state: State, view: View, scope: Scope): readonly string[] {
  const names = nodesIn(state, scope);
  if (view.kind === "asked" || !view.wholeClusters) return names;
  const wanted = new Set(names);
  return shown(state).clusters.flatMap(({ nodes }) => {
    const all = nodes.map(({ name }) => name);
    return all.some((name) => wanted.has(name)) ? all : [];
  });
}

/** The nodes that are asked for a view of these. */
export function nodesAsked(state: State, view: View, names: readonly string[]): readonly string[] {
  return view.kind === "concluded" && view.asksAll ? nodeOrder(state) : names;
}

/** Where the cursor is among `keys`: on its row if that is still there, else where the row was. */
export function cursorIndex(spot: Spot, keys: readonly string[]): number {
  const cursor = spot.cursor ?? ownLine(spot.place);
  const found = cursor === null ? -1 : keys.indexOf(cursor);
  return Math.max(0, Math.min(found >= 0 ? found : spot.index, keys.length - 1));
}

/** The line of the node that a view of whole clusters was opened of. */
function ownLine(place: Place): string | null {
  if (!isPlace(place, "view") || place.scope.kind !== "node") return null;
  const view = viewNamed(place.view);
  const { node } = place.scope;
  return view?.kind === "concluded" && view.wholeClusters
    ? idText({ node, view: view.name, key: view.wholeClusters(node) })
    : null;
}

/** What the screen can be drawn on. */
export const smallest = { columns: 60, rows: 8 };

/** Whether the terminal is too small to show anything. Keys would act on what nobody sees. */
export function isTooSmall({ columns, rows }: ScreenState): boolean {
  return columns < smallest.columns || rows < smallest.rows;
}

/** Header, footer and the two rules, which go where there are few rows. */
export function frameHeight({ rows }: ScreenState): number {
  return rows < 15 ? 2 : 4;
}

/** Lines between header and footer, less the table's heading. */
export function bodyHeight({ screen }: State): number {
  return Math.max(1, screen.rows - frameHeight(screen) - 1);
}

/** What is no alarm of a node that answers and worth a word. */
export function nodeNotes({
  health,
  stress,
  facts,
  hotStandby,
  pulse,
  listed,
}: NodeEntry): readonly string[] {
  if (!isUp(health)) return [];
  const delay = pulse?.apply_delay ?? 0;
  return [
    ...(stress ? [`under stress, asked less: ${stress.why}`] : []),
    ...(delay > 0
      ? [`replays ${printDuration(delay * 1000)} late on purpose (recovery_min_apply_delay)`]
      : []),
    ...(hotStandby ? [] : ["answers queries, although the config says hot_standby: off"]),
    ...(facts && holdsTemplate(facts) ? [templateHarm(facts.database)] : []),
    ...(listed ? listedNotes(listed) : []),
  ];
}
