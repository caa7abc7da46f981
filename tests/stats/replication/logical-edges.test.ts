import { expect, test } from "bun:test";
import {
  logicalEdges,
  type Publishing,
  type Subscribing,
} from "../../../src/stats/replication/logical-edges.ts";

const subscription = (node: string, more: Partial<Subscribing> = {}): Subscribing => ({
  ...{ node, datname: "shop", subname: "feed", subslotname: "feed", suborigin: "any" },
  ...more,
});
const slot = (node: string, more: Partial<Publishing> = {}): Publishing => ({
  ...{ node, slot_name: "feed", database: "shop", application_name: null, versionNum: 170000 },
  ...more,
});

/** Each edge as "from/database > to/database", with the reverse and whether it may loop. */
const shown = (
  subscriptions: readonly Subscribing[],
  slots: readonly Publishing[],
  placeOf = (node: string) => node,
) =>
  logicalEdges(subscriptions, slots, placeOf).map(
    ({ subscription: { node, datname }, slot: from, reverse, mayLoop }) =>
      `${from ? `${from.node}/${from.database}` : "?"} > ${node}/${datname}${reverse.length > 0 ? ` and back by ${reverse.map(({ subname }) => subname).join(" and ")}` : ""}${mayLoop ? `, ${mayLoop}` : ""}`,
  );

test("a subscription comes from the one slot of its name, in whatever database that is", () => {
  expect(shown([subscription("b", { datname: "copy" })], [slot("a")])).toEqual(["a/shop > b/copy"]);
  expect(shown([subscription("b")], [slot("a", { slot_name: "other" })])).toEqual(["? > b/shop"]);
  expect(shown([subscription("b", { subslotname: null })], [slot("a", { slot_name: null })])).toEqual([
    "? > b/shop",
  ]);
});

test("of several slots of its name it is the one that is served under the name of the subscription", () => {
  const served = slot("c", { application_name: "feed" });
  expect(shown([subscription("b")], [slot("a"), served])).toEqual(["c/shop > b/shop"]);
  expect(shown([subscription("b")], [slot("a"), slot("c")])).toEqual(["? > b/shop"]);
});

test("a slot that may be that of two subscriptions is of neither, unless it is served to one of them", () => {
  const two = [subscription("b"), subscription("c", { subname: "copy" })];
  expect(shown(two, [slot("a")])).toEqual(["? > b/shop", "? > c/shop"]);
  expect(shown(two, [slot("a", { application_name: "copy" })])).toEqual(["? > b/shop", "a/shop > c/shop"]);
});

test("what one subscription has is not the other's: the rest is told by what is left", () => {
  const two = [subscription("b"), subscription("c", { subname: "copy" })];
  const slots = [slot("a", { application_name: "copy" }), slot("d")];
  expect(shown(two, slots)).toEqual(["d/shop > b/shop", "a/shop > c/shop"]);
});

test("databases that subscribe to each other are a pair, though all their names are the same", () => {
  const both = [
    subscription("a", { suborigin: "none" }),
    subscription("b", { subname: "back", suborigin: "none" }),
  ];
  expect(shown(both, [slot("a"), slot("b")])).toEqual([
    "b/shop > a/shop and back by back",
    "a/shop > b/shop and back by feed",
  ]);
});

test("of two subscriptions of one publisher each goes both ways with what comes back, and that with both", () => {
  const three = [
    subscription("eu", { subname: "from_us", subslotname: "from_us", suborigin: "none" }),
    subscription("us", { subname: "from_eu", subslotname: "from_eu", suborigin: "none" }),
    subscription("us", { subname: "s2", subslotname: "s2", suborigin: "none" }),
  ];
  const slots = [
    slot("us", { slot_name: "from_us" }),
    slot("eu", { slot_name: "from_eu" }),
    slot("eu", { slot_name: "s2" }),
  ];
  expect(shown(three, slots)).toEqual([
    "us/shop > eu/shop and back by from_eu and s2",
    "eu/shop > us/shop and back by from_us",
    "eu/shop > us/shop and back by from_us",
  ]);
});

test("a pair is two ways between the same databases, not between two servers", () => {
  const across = [
    subscription("a", { subslotname: "one" }),
    subscription("b", { datname: "sales", subslotname: "two" }),
  ];
  const slots = [slot("b", { slot_name: "one" }), slot("a", { slot_name: "two" })];
  expect(shown(across, slots)).toEqual(["b/shop > a/shop", "a/shop > b/sales"]);
  const within = [
    subscription("a", { datname: "x", subslotname: "one", suborigin: "none" }),
    subscription("a", { datname: "y", subslotname: "two", suborigin: "none" }),
  ];
  const own = [
    slot("a", { database: "y", slot_name: "one" }),
    slot("a", { database: "x", slot_name: "two" }),
  ];
  expect(shown(within, own)).toEqual(["a/y > a/x and back by feed", "a/x > a/y and back by feed"]);
});

test("a pair is found also where one of the two ways goes through a standby", () => {
  const both = [subscription("a", { suborigin: "none" }), subscription("b", { suborigin: "none" })];
  const slots = [slot("a2"), slot("b")];
  const edges = shown(both, slots, (node) => node.charAt(0));
  expect(edges).toEqual(["b/shop > a/shop and back by feed", "a2/shop > b/shop and back by feed"]);
});

test("a way may loop unless both of its servers can leave out what others changed, and it does", () => {
  const loops = (suborigin: string | null, versionNum: number | null) =>
    logicalEdges(
      [subscription("a", { suborigin }), subscription("b", { suborigin: "none" })],
      [slot("a"), slot("b", { versionNum })],
      (node) => node,
    )[0]?.mayLoop;
  expect(loops("none", 160000)).toBeNull();
  expect(loops("none", null)).toBeNull();
  expect(loops("any", 160000)).toBe("changes may loop: origin is any, not none");
  expect(loops(null, 150000)).toBe("changes may loop: no origin = none before 16");
  expect(loops("none", 150000)).toBe(
    "changes may loop: the publisher is older than 16, which knows no origin",
  );
  expect(logicalEdges([subscription("a")], [slot("b")], (node) => node)[0]?.mayLoop).toBeNull();
});
