import { freedBy, rootlessCycles } from "./lock-graph.ts";

/** One session waits for another. `soft`: it only stands behind that one in the queue of a lock that neither has. */
export type LockEdge = { readonly waiter: string; readonly blocker: string; readonly soft: boolean };

/** A session that waits or blocks, in its place in the tree. */
export type LockNode = {
  readonly id: string;
  /** 0 for a root: a session that blocks others and waits for none. */
  readonly depth: number;
  /** The session that it is drawn under, one that it waits for; null for a root. */
  readonly parent: string | null;
  readonly root: string;
  /** How many waiting sessions go on, one after another, once this one ends and the other roots stay. */
  readonly frees: number;
  /** How many of these are of the kind that is counted apart. */
  readonly freesApart: number;
  /** What else it waits for: the other trees' roots, and sessions of its own tree that hold the lock. */
  readonly also: readonly string[];
  /** It waits for its parent only because of their places in a queue. */
  readonly soft: boolean;
  /** One of a circle of sessions that wait for each other, or its root where the circle has none. */
  readonly deadlocked: boolean;
};

/**
 * The forest of who waits for whom, each root before what is below it, roots that free most first, siblings too; equal
 * ones in the order of `ids`. A session that waits for several roots stands under the one that frees most. A circle
 * that no root blocks gets its first session as root. Sessions without an edge are left out.
 * @param apart those that are counted apart too, such as a standby's replay, which is no session
 */
export function lockTree(
  ids: readonly string[],
  edges: readonly LockEdge[],
  apart: ReadonlySet<string> = new Set(),
): LockNode[] {
  const graph = graphOf(ids, edges);
  const cycles = rootlessCycles(graph.waiters);
  const isRoot = (at: number) => graph.blockers[at]?.length === 0 || cycles.entries.has(at);
  const entries = [...graph.ids.keys()].filter(isRoot);
  const frees = freedBy(graph, entries);
  const isApart = (at: number) => apart.has(graph.ids[at] ?? "");
  const freesApart = apart.size === 0 ? [] : freedBy(graph, entries, isApart);
  const byFrees = (a: number, b: number) => (frees[b] ?? 0) - (frees[a] ?? 0) || a - b;
  const places = placed(graph, entries.toSorted(byFrees));
  const nameOf = (at: number) => graph.ids[at] ?? "";
  const lines: LockNode[] = [];
  const children = Map.groupBy(places.order, (at) => places.parent[at] ?? null);
  const stack = (children.get(null) ?? []).toSorted(byFrees).reverse();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const parent = places.parent[at] ?? null;
    lines.push({
      id: nameOf(at),
      depth: places.depth[at] ?? 0,
      parent: parent === null ? null : nameOf(parent),
      root: nameOf(places.root[at] ?? at),
      frees: frees[at] ?? 0,
      freesApart: freesApart[at] ?? 0,
      also: othersOf(graph, places, at).map(nameOf),
      soft: places.soft[at] === true,
      deadlocked: cycles.members.has(at),
    });
    stack.push(...(children.get(at) ?? []).toSorted(byFrees).reverse());
  }
  return lines;
}

type Link = { readonly to: number; readonly soft: boolean };

type Graph = {
  readonly ids: readonly string[];
  readonly blockers: readonly (readonly Link[])[];
  readonly waiters: readonly (readonly Link[])[];
};

/** Sessions as numbers, in the order of `ids`; of two edges between the same sessions the hard one counts. */
function graphOf(ids: readonly string[], edges: readonly LockEdge[]): Graph {
  const concerned = new Set(
    edges.flatMap(({ waiter, blocker }) => (waiter === blocker ? [] : [waiter, blocker])),
  );
  const kept = [...new Set([...ids, ...concerned])].filter((id) => concerned.has(id));
  const numbers = new Map(kept.map((id, at) => [id, at]));
  const waitsFor = kept.map(() => new Map<number, boolean>());
  for (const { waiter, blocker, soft } of edges) {
    const [from, to] = [numbers.get(waiter), numbers.get(blocker)];
    if (from === undefined || to === undefined || from === to) continue;
    waitsFor[from]?.set(to, soft && waitsFor[from].get(to) !== false);
  }
  const waiters: Link[][] = kept.map(() => []);
  const blockers = waitsFor.map((ways) => [...ways].map(([to, soft]): Link => ({ to, soft })));
  for (const [at, links] of blockers.entries())
    for (const { to, soft } of links) waiters[to]?.push({ to: at, soft });
  return { ids: kept, blockers, waiters };
}

type Places = {
  readonly order: readonly number[];
  readonly parent: readonly (number | null)[];
  readonly root: readonly number[];
  readonly depth: readonly number[];
  readonly soft: readonly boolean[];
};

/** Gives every session to the first root that blocks it, on the way with the fewest places in a queue. */
function placed({ waiters }: Graph, roots: readonly number[]): Places {
  const order: number[] = [];
  const parent: (number | null)[] = [];
  const root: number[] = [];
  const depth: number[] = [];
  const soft: boolean[] = [];
  type Step = { readonly at: number; readonly from: number | null; readonly soft: boolean };
  for (const top of roots) {
    let later: Step[] = [{ at: top, from: null, soft: false }];
    while (later.length > 0) {
      const queue = later;
      later = [];
      for (const step of queue) {
        if (root[step.at] !== undefined) continue;
        order.push(step.at);
        root[step.at] = top;
        parent[step.at] = step.from;
        depth[step.at] = step.from === null ? 0 : (depth[step.from] ?? 0) + 1;
        soft[step.at] = step.soft;
        for (const link of waiters[step.at] ?? [])
          (link.soft ? later : queue).push({ at: link.to, from: step.at, soft: link.soft });
      }
    }
  }
  return { order, parent, root, depth, soft };
}

function othersOf({ blockers }: Graph, { parent, root }: Places, at: number): number[] {
  const others = new Set<number>();
  for (const { to, soft } of blockers[at] ?? []) {
    const top = root[to] ?? to;
    if (top !== root[at]) others.add(top);
    else if (to !== parent[at] && !soft) others.add(to);
  }
  return [...others];
}
