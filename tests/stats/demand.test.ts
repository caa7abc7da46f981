import { describe, expect, test } from "bun:test";
import { type Demand, due, paceOf, type Ran, united } from "../../src/stats/demand.ts";

const demand = (change: Partial<Demand> & { readonly name?: string } = {}): Demand => ({
  node: "a",
  view: { name: change.name ?? "activity" },
  everyMs: 1000,
  share: 0.1,
  sinceMs: 0,
  ...change,
});

/** The names of what is due at a moment, after these runs by view. */
const dueAt = (
  nowMs: number,
  demands: readonly Demand[],
  ran: Readonly<Record<string, Ran>> = {},
  busy: readonly string[] = [],
) =>
  due(demands, {
    ran: ({ node, view }) => ran[`${node} ${view.name}`] ?? ran[view.name],
    isBusy: (node) => busy.includes(node),
    nowMs,
    earlyMs: 0,
  }).map(({ node, view }) => `${node} ${view.name}`);

describe("a view is asked again", () => {
  test.each([
    ["at each refresh", demand(), { atMs: 0, tookMs: 5 }, 1000],
    [
      "no faster than its own cadence",
      demand({ view: { name: "activity", everyMs: 15_000 } }),
      { atMs: 0, tookMs: 5 },
      15_000,
    ],
    ["no faster than it is wanted", demand({ everyMs: 60_000 }), { atMs: 0, tookMs: 5 }, 60_000],
    ["no faster than its share of the server allows", demand(), { atMs: 0, tookMs: 800 }, 8000],
    ["less often where it runs unasked", demand({ share: 0.02 }), { atMs: 0, tookMs: 800 }, 40_000],
    [
      "as soon as it can be afforded where it is wanted anew",
      demand({ sinceMs: 40 }),
      { atMs: 0, tookMs: 5 },
      50,
    ],
    ["not before that, however often it is opened", demand({ sinceMs: 300 }), { atMs: 0, tookMs: 800 }, 8000],
  ] as const)("%s", (_, one, ran, atMs) => {
    expect(dueAt(atMs - 1, [one], { activity: ran })).toEqual([]);
    expect(dueAt(atMs, [one], { activity: ran })).toEqual(["a activity"]);
  });

  test("at once where it was never asked", () => {
    expect(dueAt(0, [demand({ view: { name: "activity", everyMs: 15_000 } })])).toEqual(["a activity"]);
  });

  test("on a tick that comes a little early, if it costs next to nothing", () => {
    const at = (tookMs: number) =>
      due([demand()], { ran: () => ({ atMs: 0, tookMs }), isBusy: () => false, nowMs: 990, earlyMs: 500 });
    expect(at(5)).toHaveLength(1);
    expect(at(100)).toHaveLength(0);
  });
});

test("of one node one at a time, the one that was asked longest ago", () => {
  const demands = [demand({ name: "activity" }), demand({ name: "locks" }), demand({ name: "slots" })];
  const ran = { activity: { atMs: 10, tookMs: 1 }, locks: { atMs: 5, tookMs: 1 } };
  expect(dueAt(5000, demands, ran)).toEqual(["a slots"]);
  expect(dueAt(5000, demands, { ...ran, slots: { atMs: 20, tookMs: 1 } })).toEqual(["a locks"]);
  expect(dueAt(5000, demands, ran, ["a"])).toEqual([]);
});

test("of many nodes each, the oldest first, and a busy one holds up no other", () => {
  const demands = ["a", "b", "c"].map((node) => demand({ node }));
  const ran = { "a activity": { atMs: 3, tookMs: 1 }, "b activity": { atMs: 1, tookMs: 1 } };
  expect(dueAt(5000, demands, ran)).toEqual(["c activity", "b activity", "a activity"]);
  expect(dueAt(5000, demands, ran, ["b"])).toEqual(["c activity", "a activity"]);
});

test("a view that both the screen and a rule want is asked once, as often as either wants", () => {
  const screen = demand({ everyMs: 60_000, sinceMs: 500 });
  const rule = demand({ everyMs: 15_000, share: 0.02 });
  expect(united([screen, rule])).toEqual([{ ...screen, everyMs: 15_000 }]);
  expect(united([screen, demand({ node: "b" }), demand({ name: "slots" })])).toHaveLength(3);
});

test("a view that is slowed down says how far, in whole ticks; one that keeps its cadence says nothing", () => {
  expect(paceOf(demand(), { atMs: 0, tookMs: 100 }, 1000)).toBeNull();
  expect(paceOf(demand(), { atMs: 0, tookMs: 801 }, 1000)).toEqual({ everyMs: 9000, tookMs: 801 });
  expect(paceOf(demand({ everyMs: 60_000 }), { atMs: 0, tookMs: 801 }, 1000)).toBeNull();
});
