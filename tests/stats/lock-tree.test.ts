import { describe, expect, test } from "bun:test";
import { type LockEdge, type LockNode, lockTree } from "../../src/stats/lock-tree.ts";
import { cpuMsOf } from "../support/cpu-time.ts";
import { seeded } from "../support/seeded.ts";

/** "2>1" is: 2 waits for 1; "2~1" only in its queue. */
const edgesOf = (text: string): LockEdge[] =>
  text.split(" ").map((edge) => {
    const [waiter = "", blocker = ""] = edge.split(/[>~]/);
    return { waiter, blocker, soft: edge.includes("~") };
  });

/** The forest as an indented text: the session, whom it frees, what else it waits for. */
const drawn = (ids: string, edges: string) =>
  lockTree(ids.split(" "), edgesOf(edges)).map(
    ({ id, depth, frees, also, soft, deadlocked }) =>
      `${"  ".repeat(depth)}${id} frees ${frees}${soft ? " queued" : ""}${also.length > 0 ? ` also ${also}` : ""}${deadlocked ? " deadlocked" : ""}`,
  );

describe("the tree of who waits for whom", () => {
  test("a chain frees all that is behind each of its sessions", () => {
    expect(drawn("3 2 1", "3>2 2>1")).toEqual(["1 frees 2", "  2 frees 1", "    3 frees 0"]);
  });

  test("roots that free most come first, and equal ones in the order that they were given in", () => {
    expect(drawn("1 2 3 4 5 6 7", "4>1 5>2 6>2 7>3")).toEqual([
      "2 frees 2",
      "  5 frees 0",
      "  6 frees 0",
      "1 frees 1",
      "  4 frees 0",
      "3 frees 1",
      "  7 frees 0",
    ]);
  });

  test("a session that two roots block is freed by neither, stands under the one that frees most and names the other", () => {
    expect(drawn("1 2 3 4", "3>1 3>2 4>2")).toEqual([
      "2 frees 1",
      "  3 frees 0 also 1",
      "  4 frees 0",
      "1 frees 0",
    ]);
  });

  test("who stands in a lock's queue is below who has it, and those behind it below that one", () => {
    const behind = Array.from({ length: 15 }, (_, at) => String(at + 3));
    const lines = drawn("1 2", `2>1 ${behind.map((id) => `${id}~2`).join(" ")}`);
    expect(lines.slice(0, 3)).toEqual(["1 frees 16", "  2 frees 15", "    3 frees 0 queued"]);
    expect(lines).toHaveLength(17);
  });

  test("those who queue for one row stand below who has it, not below one another", () => {
    expect(drawn("1 2 3 4", "2>1 3>2 4>2 4~3")).toEqual([
      "1 frees 3",
      "  2 frees 2",
      "    3 frees 0",
      "    4 frees 0",
    ]);
  });

  test("a deadlock is a tree too, with its first session as root", () => {
    expect(drawn("1 2 3", "1>2 2>1 3>2")).toEqual([
      "1 frees 2 also 2 deadlocked",
      "  2 frees 1 deadlocked",
      "    3 frees 0",
    ]);
  });

  test("one below a root is drawn below that root", () => {
    expect(drawn("1 2 3", "2>1 2>3 3>2")).toEqual([
      "1 frees 2",
      "  2 frees 1 also 3 deadlocked",
      "    3 frees 0 deadlocked",
    ]);
  });

  test("sessions that neither wait nor block are left out, and none waits for itself", () => {
    expect(drawn("1 2 3", "2>2 3>1")).toEqual(["1 frees 1", "  3 frees 0"]);
  });
});

/** By the words of the definitions, in time that grows with the cube. */
function slowly(ids: readonly string[], edges: readonly LockEdge[]) {
  const kept = ids.filter((id) => edges.some(({ waiter, blocker }) => waiter === id || blocker === id));
  const reach = (from: readonly string[], without: string | null) => {
    const reached = new Set(from.filter((id) => id !== without));
    for (let size = -1; size !== reached.size; ) {
      size = reached.size;
      for (const { waiter, blocker } of edges)
        if (reached.has(blocker) && waiter !== without) reached.add(waiter);
    }
    return reached;
  };
  const behind = new Map(kept.map((id) => [id, reach([id], null)]));
  const inCircle = (a: string, b: string) => a === b || (behind.get(a)?.has(b) && behind.get(b)?.has(a));
  const roots = kept.filter((id) => {
    const circle = kept.filter((other) => inCircle(id, other));
    const fromOutside = edges.some(
      ({ waiter, blocker }) => circle.includes(waiter) && !circle.includes(blocker),
    );
    return !fromOutside && circle[0] === id;
  });
  const frees = (id: string) => {
    const rest = reach(roots, id);
    return kept.filter((other) => other !== id && !rest.has(other)).length;
  };
  const order = roots.toSorted((a, b) => frees(b) - frees(a) || kept.indexOf(a) - kept.indexOf(b));
  return new Map(
    kept.map((id) => [id, { frees: frees(id), root: order.find((root) => behind.get(root)?.has(id)) ?? "" }]),
  );
}

test.each(Array.from({ length: 300 }, (_, seed) => [seed]))(
  "a random graph is what the definitions say (%d)",
  (seed) => {
    const next = seeded(seed);
    const ids = Array.from({ length: 2 + next(12) }, (_, at) => String(at));
    const pick = () => ids[next(ids.length)] ?? "";
    const edges = Array.from({ length: 1 + next(24) }, () => ({
      waiter: pick(),
      blocker: pick(),
      soft: next(3) === 0,
    })).filter(({ waiter, blocker }) => waiter !== blocker);
    const lines = lockTree(ids, edges);
    const expected = slowly(ids, edges);
    expect(new Map(lines.map(({ id, frees, root }) => [id, { frees, root }]))).toEqual(new Map(expected));
    const placeOf = new Map(lines.map((line, at) => [line.id, at]));
    for (const [at, { id, parent, depth, root }] of lines.entries()) {
      const above = parent === null ? null : lines[placeOf.get(parent) ?? -1];
      expect(depth).toBe(above ? above.depth + 1 : 0);
      expect(root).toBe(above?.root ?? id);
      if (parent === null) continue;
      expect(edges).toContainEqual(expect.objectContaining({ waiter: id, blocker: parent }));
      expect(placeOf.get(parent)).toBeLessThan(at);
      // Nothing between a parent and its child is higher than the child.
      expect(lines.slice((placeOf.get(parent) ?? 0) + 1, at).every((line) => line.depth >= depth)).toBe(true);
    }
  },
);

test("two thousand sessions in one queue are placed in no time that is felt", () => {
  const ids = Array.from({ length: 2000 }, (_, at) => String(at));
  const edges = ids.flatMap((waiter, at) =>
    ids.slice(Math.max(0, at - 50), at).map((blocker) => ({ waiter, blocker, soft: true })),
  );
  let placed: readonly LockNode[] = [];
  const cpuMs = cpuMsOf(() => {
    placed = lockTree(ids, edges);
  });
  expect(placed[0]).toMatchObject({ id: "0", frees: 1999 });
  expect(cpuMs).toBeLessThan(2000);
});
