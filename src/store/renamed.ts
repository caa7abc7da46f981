import { viewNamed } from "../views/all.ts";
import { idText, parseRowId } from "../views/row-id.ts";
import type { Place, Scope, ScreenState, Spot, Stack } from "./screen.ts";
import type { Observed, State } from "./store.ts";

/** The names of nodes after a change; those that keep theirs stay as they are. */
type Naming = (node: string) => string;

/** What is on screen, was seen, and lies in the history, with nodes under the names that they have now. */
export function withNames(state: State, renamed: readonly { readonly from: string; readonly to: string }[]) {
  const names = new Map(renamed.map(({ from, to }) => [from, to]));
  const now: Naming = (node) => names.get(node) ?? node;
  const quieted = new Map(Array.from(state.quieted, ([id, quiet]) => [afterNode(id, now), quiet]));
  return {
    screen: ofScreen(state.screen, now),
    observed: ofObserved(state.observed, now),
    frozen: state.frozen && ofObserved(state.frozen, now),
    quieted,
  };
}

/** An id that begins with the name of a node. */
function afterNode(id: string, now: Naming): string {
  const [node = "", ...rest] = id.split("\u0000");
  return [now(node), ...rest].join("\u0000");
}

function ofScreen(screen: ScreenState, now: Naming): ScreenState {
  const stack = (spots: Stack): Stack => {
    const [first, ...rest] = spots;
    return [ofSpot(first, now), ...rest.map((spot) => ofSpot(spot, now))];
  };
  const { past, future } = screen.history;
  const { overlay, lastRow, baseline } = screen;
  return {
    ...screen,
    stack: stack(screen.stack),
    history: { past: past.map(stack), future: future.map(stack) },
    folded: new Set(Array.from(screen.folded, (key) => ofLine(key, now))),
    baseline: baseline.kind === "mark" ? { ...baseline, samples: ofViews(baseline.samples, now) } : baseline,
    undo: screen.undo.map((step) => ({ ...step, node: now(step.node) })),
    lastRow: lastRow && { ...lastRow, key: ofLine(lastRow.key, now) },
    overlay: overlay && "node" in overlay ? { ...overlay, node: now(overlay.node) } : overlay,
  };
}

function ofSpot(spot: Spot, now: Naming): Spot {
  return {
    ...spot,
    place: ofPlace(spot.place, now),
    cursor: spot.cursor && ofLine(spot.cursor, now),
    sought: spot.sought && ofLine(spot.sought, now),
    marks: new Set(Array.from(spot.marks, (key) => ofLine(key, now))),
  };
}

function ofPlace(place: Place, now: Naming): Place {
  if ("scope" in place) return { ...place, scope: ofScope(place.scope, now) };
  if ("keys" in place) {
    const [first, ...others] = place.keys;
    const keys = [ofLine(first, now), ...others.map((key) => ofLine(key, now))] as const;
    return { ...place, keys, nodes: place.nodes.map(now) };
  }
  if ("key" in place) return { ...place, node: now(place.node), key: ofLine(place.key, now) };
  return "node" in place ? { ...place, node: now(place.node) } : place;
}

function ofScope(scope: Scope, now: Naming): Scope {
  if (scope.kind === "node") return { ...scope, node: now(scope.node) };
  return scope.kind === "nodes" ? { ...scope, nodes: scope.nodes.map(now) } : scope;
}

/** The key of a line: of a row of a view, or of a connection. */
function ofLine(line: string, now: Naming): string {
  const id = parseRowId(line);
  if (!id) return line.startsWith("n:") ? `n:${now(line.slice(2))}` : line;
  return idText({ ...id, node: now(id.node), key: ofKey(id.view, id.key, id.node, now) });
}

/** Only lines that are nodes have the node in the key itself. */
function ofKey(view: string, key: string, node: string, now: Naming): string {
  return viewNamed(view)?.nodeRows ? key.replace(`node\u0000${node}`, () => `node\u0000${now(node)}`) : key;
}

/** What is kept by view, then by node. */
function ofViews<T>(byView: Readonly<Record<string, Readonly<Record<string, T>>>>, now: Naming) {
  const keys = (byNode: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(byNode).map(([node, value]) => [now(node), value]));
  return Object.fromEntries(Object.entries(byView).map(([view, byNode]) => [view, keys(byNode)]));
}

function ofObserved(observed: Observed, now: Naming): Observed {
  const nodes = Object.values(observed.nodes).map((node) => [
    now(node.name),
    { ...node, name: now(node.name) },
  ]);
  return {
    ...observed,
    nodes: Object.fromEntries(nodes),
    clusters: observed.clusters.map((cluster) => ({
      ...cluster,
      nodes: cluster.nodes.map(({ name, upstream, served, ...node }) => ({
        ...node,
        name: now(name),
        upstream: upstream && "name" in upstream ? { ...upstream, name: now(upstream.name) } : upstream,
        served: served && { ...served, node: now(served.node) },
      })),
    })),
    samples: ofViews(observed.samples, now),
    earlier: ofViews(observed.earlier, now),
    paces: ofViews(observed.paces, now),
    history: {
      ...observed.history,
      lines: new Map(Array.from(observed.history.lines, ([key, line]) => [ofLine(key, now), line])),
    },
    events: observed.events.map((event) => ({ ...event, node: now(event.node) })),
  };
}
