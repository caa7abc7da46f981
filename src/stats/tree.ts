/** An item where it stands in a tree. */
export type Placed<T> = {
  readonly item: T;
  /** 0 for a root. */
  readonly depth: number;
  /** How many items hang below it, at any depth. */
  readonly below: number;
};

/**
 * The items as a forest, each right before what hangs below it. Roots and siblings keep the order given. An item
 * whose parent is not among them is a root, and so is the first of those that lead round in a circle.
 */
export function arrange<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  parentOf: (item: T) => string | null,
): readonly Placed<T>[] {
  const known = new Set(items.map(keyOf));
  const children = new Map<string, T[]>();
  const roots: T[] = [];
  for (const item of items) {
    const parent = parentOf(item);
    if (parent === null || !known.has(parent) || parent === keyOf(item)) roots.push(item);
    else {
      const siblings = children.get(parent);
      if (siblings) siblings.push(item);
      else children.set(parent, [item]);
    }
  }
  const placed: { item: T; depth: number; below: number }[] = [];
  const visited = new Set<T>();
  // A stack of our own: a chain may be longer than the call stack.
  const visit = (root: T) => {
    const waiting: { item: T; depth: number }[] = [{ item: root, depth: 0 }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (visited.has(next.item)) continue;
      visited.add(next.item);
      placed.push({ ...next, below: 0 });
      const depth = next.depth + 1;
      for (const item of (children.get(keyOf(next.item)) ?? []).toReversed()) waiting.push({ item, depth });
    }
  };
  for (const root of roots) visit(root);
  for (const item of items) visit(item);
  return counted(placed);
}

/** From the end: an item hands what hangs below it, and itself, to the item above it. */
function counted<T>(placed: { item: T; depth: number; below: number }[]): readonly Placed<T>[] {
  const path: number[] = [];
  const above = placed.map(({ depth }, at) => {
    path[depth] = at;
    return depth > 0 ? path[depth - 1] : undefined;
  });
  for (let at = placed.length - 1; at > 0; at--) {
    const item = placed[at];
    const holder = placed[above[at] ?? -1];
    if (item && holder) holder.below += item.below + 1;
  }
  return placed;
}
