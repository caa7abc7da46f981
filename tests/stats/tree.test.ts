import { expect, test } from "bun:test";
import { arrange } from "../../src/stats/tree.ts";
import { seeded } from "../support/seeded.ts";

type Item = { readonly key: string; readonly parent: string | null };

const tree = (items: readonly Item[]) =>
  arrange(
    items,
    ({ key }) => key,
    ({ parent }) => parent,
  );

/** "a", "-b", "--c": depth as dashes, and how many hang below in brackets. */
const drawn = (items: readonly Item[]) =>
  tree(items).map(
    ({ item, depth, below }) => `${"-".repeat(depth)}${item.key}${below > 0 ? `(${below})` : ""}`,
  );

const of = (text: string): Item[] =>
  text.split(" ").map((pair) => {
    const [key = "", parent = null] = pair.split("<");
    return { key, parent };
  });

test("an item stands before what hangs below it, and siblings keep their order", () => {
  expect(drawn(of("c<a a d<a b e<c"))).toEqual(["a(3)", "-c(1)", "--e", "-d", "b"]);
});

test("without its parent an item is a root", () => {
  expect(drawn(of("b<gone a<b"))).toEqual(["b(1)", "-a"]);
});

test("a circle is drawn once, from the first of it", () => {
  expect(drawn(of("a<c b<a c<b d"))).toEqual(["d", "a(2)", "-b(1)", "--c"]);
  expect(drawn(of("a<a"))).toEqual(["a"]);
});

test("a chain of 20,000 is no deeper than memory", () => {
  const chain = Array.from({ length: 20_000 }, (_, at) => ({
    key: String(at),
    parent: at === 0 ? null : String(at - 1),
  }));
  expect(tree(chain).at(-1)?.depth).toBe(19_999);
});

test("every item of a random graph stands once, right below its parent unless a circle was cut", () => {
  const next = seeded(9);
  for (let round = 0; round < 200; round++) {
    const items = Array.from({ length: next(30) }, (_, at) => ({
      key: String(at),
      parent: next(4) === 0 ? null : String(next(40)),
    }));
    const placed = tree(items);
    expect(placed.map(({ item }) => item.key).sort()).toEqual(items.map(({ key }) => key).sort());
    placed.forEach(({ item, depth, below }, at) => {
      const above = placed.slice(0, at).findLast((one) => one.depth < depth);
      if (depth > 0) expect(above?.item.key).toBe(item.parent ?? "");
      const behind = placed.slice(at + 1);
      const end = behind.findIndex((one) => one.depth <= depth);
      expect(below).toBe(end < 0 ? behind.length : end);
    });
  }
});
