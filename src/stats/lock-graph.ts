/** Edges of a graph whose nodes are the indices of the list. */
type Links = readonly (readonly { readonly to: number }[])[];

/** Nodes in the order in which a walk along `links` from `starts` leaves them: each behind all that it leads to first. */
function orderFrom(links: Links, starts: Iterable<number>): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (const start of starts) {
    if (seen.has(start)) continue;
    seen.add(start);
    const path = [{ at: start, next: 0 }];
    for (let step = path.at(-1); step; step = path.at(-1)) {
      const to = links[step.at]?.[step.next]?.to;
      step.next += 1;
      if (to === undefined) {
        order.push(step.at);
        path.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        path.push({ at: to, next: 0 });
      }
    }
  }
  return order;
}

/**
 * Circles of sessions (strongly connected components, Kosaraju): all sessions that are in one, and for each circle that
 * nothing outside of it blocks its first session.
 */
export function rootlessCycles(waiters: Links): {
  readonly entries: ReadonlySet<number>;
  readonly members: ReadonlySet<number>;
} {
  const blockers: { to: number }[][] = waiters.map(() => []);
  for (const [at, links] of waiters.entries()) for (const { to } of links) blockers[to]?.push({ to: at });
  const component: number[] = [];
  const members = new Set<number>();
  const entries = new Set<number>();
  for (const start of orderFrom(waiters, waiters.keys()).reverse()) {
    if (component[start] !== undefined) continue;
    const inside: number[] = [];
    let hasRoot = false;
    const stack = [start];
    component[start] = start;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      inside.push(at);
      for (const { to } of blockers[at] ?? []) {
        if (component[to] === undefined) {
          component[to] = start;
          stack.push(to);
        } else if (component[to] !== start) hasRoot = true;
      }
    }
    if (inside.length < 2) continue;
    for (const at of inside) members.add(at);
    if (!hasRoot) entries.add(Math.min(...inside));
  }
  return { entries, members };
}

/**
 * For each node how many others every way from `entries` to which leads through it: the nodes below it in the tree of
 * dominators (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm"), those that count.
 */
export function freedBy(
  { blockers, waiters }: { readonly blockers: Links; readonly waiters: Links },
  entries: readonly number[],
  counts: (at: number) => boolean = () => true,
): number[] {
  // One node more, above all entries.
  const top = waiters.length;
  const order = orderFrom([...waiters, entries.map((to) => ({ to }))], [top]);
  const rank: number[] = [];
  for (const [place, at] of order.entries()) rank[at] = place;
  const isEntry = new Set(entries);
  const above: number[] = [];
  above[top] = top;
  const common = (a: number, b: number): number => {
    let [left, right] = [a, b];
    while (left !== right) {
      while ((rank[left] ?? 0) < (rank[right] ?? 0)) left = above[left] ?? top;
      while ((rank[right] ?? 0) < (rank[left] ?? 0)) right = above[right] ?? top;
    }
    return left;
  };
  const falling = order.toReversed().filter((at) => at !== top);
  for (let changed = true; changed; ) {
    changed = false;
    for (const at of falling) {
      let next = isEntry.has(at) ? top : undefined;
      for (const { to } of blockers[at] ?? [])
        if (above[to] !== undefined) next = next === undefined ? to : common(next, to);
      if (next === undefined || above[at] === next) continue;
      above[at] = next;
      changed = true;
    }
  }
  const below = Array.from({ length: top + 1 }, () => 0);
  for (const at of order) {
    const parent = above[at];
    if (at !== top && parent !== undefined)
      below[parent] = (below[parent] ?? 0) + (below[at] ?? 0) + Number(counts(at));
  }
  return below.slice(0, top);
}
