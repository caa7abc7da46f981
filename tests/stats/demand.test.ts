import { describe, expect, test } from "bun:test";
import {
  type Asked,
  type Demand,
  dearest,
  due,
  paceOf,
  type Ran,
  tasksOf,
  united,
} from "../../src/stats/demand.ts";

const demand = (change: Partial<Demand & Asked> & { readonly name?: string } = {}): Demand & Asked => ({
  node: "a",
  view: { name: change.name ?? "activity" },
  database: null,
  isApart: false,
  everyMs: 1000,
  share: 0.1,
  sinceMs: 0,
  ...change,
});

/** The names of what is due at a moment, after these runs by view. */
const dueAt = (
  nowMs: number,
  demands: readonly (Demand & Asked)[],
  ran: Readonly<Record<string, Ran>> = {},
  busy: readonly string[] = [],
) =>
  due(demands, {
    ran: ({ node, view }) => ran[`${node} ${view.name}`] ?? ran[view.name],
    isBusy: ({ node, database, isApart }) => busy.includes(isApart ? `${node} ${database}` : node),
    free: () => 2,
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
    [
      "soon, and at no cost, where it came to no session",
      demand({ view: { name: "activity", everyMs: 15_000 } }),
      { atMs: 0, tookMs: 3000, isUnasked: true },
      2000,
    ],
    ["four times less often under stress", demand({ slower: 4 }), { atMs: 0, tookMs: 5 }, 4000],
    [
      "for a quarter of its share under stress",
      demand({ slower: 4, share: 0.02 }),
      { atMs: 0, tookMs: 800 },
      160_000,
    ],
    [
      "not that soon under stress, where it came to no session",
      demand({ view: { name: "activity", everyMs: 15_000 }, slower: 4 }),
      { atMs: 0, tookMs: 3000, isUnasked: true },
      8000,
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
      due([demand()], {
        ran: () => ({ atMs: 0, tookMs }),
        isBusy: () => false,
        free: () => 0,
        nowMs: 990,
        earlyMs: 500,
      });
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
  expect(paceOf(demand(), [{ atMs: 0, tookMs: 100 }], 1000)).toBeNull();
  expect(paceOf(demand(), [{ atMs: 0, tookMs: 801 }], 1000)).toEqual({ everyMs: 9000, tookMs: 801 });
  expect(paceOf(demand({ everyMs: 60_000 }), [{ atMs: 0, tookMs: 801 }], 1000)).toBeNull();
  const stressed = (tookMs: number) => paceOf(demand({ slower: 4 }), [{ atMs: 0, tookMs }], 1000);
  expect(stressed(5)).toEqual({ everyMs: 4000, tookMs: 5 });
  expect(stressed(200)).toEqual({ everyMs: 8000, tookMs: 200 });
});

describe("the dearest view of a node", () => {
  const dearestOf = (tasks: readonly (Demand & Asked)[], ran: Readonly<Record<string, Ran>>) =>
    dearest(tasks, ({ view, database }) => ran[database ?? view.name], 1000);

  test("is the one with the largest share of its time, not the one that took longest", () => {
    const tasks = [demand({ name: "activity" }), demand({ name: "sizes", everyMs: 60_000, share: 0.02 })];
    const ran = { activity: { atMs: 0, tookMs: 50 }, sizes: { atMs: 0, tookMs: 900 } };
    expect(dearestOf(tasks, ran)).toEqual({ view: "activity", tookMs: 50, everyMs: 1000 });
    const slow = { ...ran, sizes: { atMs: 0, tookMs: 6000 } };
    expect(dearestOf(tasks, slow)).toEqual({ view: "activity", tookMs: 50, everyMs: 1000 });
    const slower = { ...ran, activity: { atMs: 0, tookMs: 801 } };
    expect(dearestOf(tasks, slower)).toEqual({ view: "activity", tookMs: 801, everyMs: 9000 });
  });

  test("is of all databases together, and none where nothing was asked or took any time", () => {
    const tasks = tasksOf(
      demand({ view: { name: "tables", everyMs: 15_000, scope: "database" } }),
      ["a", "b"],
      "a",
    );
    const ran = { a: { atMs: 0, tookMs: 100 }, b: { atMs: 0, tookMs: 200 } };
    expect(dearestOf(tasks, ran)).toEqual({ view: "tables", tookMs: 300, everyMs: 15_000 });
    expect(dearestOf(tasks, {})).toBeNull();
    expect(dearestOf(tasks, { a: { atMs: 0, tookMs: 0 } })).toBeNull();
  });
});

describe("a view of each database", () => {
  const view = { name: "tables", everyMs: 15_000, scope: "database" } as const;
  const names = ["app1", "app2", "app3", "postgres"];
  const tasks = tasksOf(demand({ view }), names, "postgres");
  const databasesDue = (ran: Readonly<Record<string, Ran>>, busy: readonly string[] = [], nowMs = 20_000) =>
    due(tasks, {
      ran: ({ database }) => ran[database ?? ""],
      isBusy: ({ database }) => busy.includes(database ?? ""),
      free: () => 2,
      nowMs,
      earlyMs: 0,
    }).map(({ database }) => database);

  test("is asked of each, the node's own in the node's session; another view of the server", () => {
    expect(tasks.map(({ database, isApart }) => [database, isApart])).toEqual([
      ["app1", true],
      ["app2", true],
      ["app3", true],
      ["postgres", false],
    ]);
    expect(tasksOf(demand(), names, "postgres")).toEqual([demand()]);
  });

  test("in as many others at once as may be, those first that were asked longest ago", () => {
    expect(databasesDue({})).toEqual(["app1", "app2", "postgres"]);
    const ran = { app1: { atMs: 3, tookMs: 1 }, app2: { atMs: 2, tookMs: 1 }, app3: { atMs: 1, tookMs: 1 } };
    expect(databasesDue(ran)).toEqual(["postgres", "app3", "app2"]);
    expect(databasesDue(ran, ["app3", "postgres"])).toEqual(["app2", "app1"]);
  });

  test("once their share allows what all of them took: the largest waits no longer than the others", () => {
    const dear = { atMs: 0, tookMs: 1997 };
    const cheap = { atMs: 0, tookMs: 1 };
    const ran = { app1: cheap, app2: cheap, app3: cheap, postgres: dear };
    expect(databasesDue(ran, [], 19_999)).toEqual([]);
    expect(databasesDue(ran, [], 20_000)).toEqual(["app1", "app2", "postgres"]);
    const lost = { ...ran, postgres: { ...dear, isUnasked: true } };
    expect(databasesDue(lost, [], 2000)).toEqual(["postgres"]);
    expect(databasesDue(lost, ["postgres"], 14_999)).toEqual([]);
  });

  test("at a pace that says what all of them take", () => {
    const all = [801, 99, 1000, 0].map((tookMs) => ({ atMs: 0, tookMs }));
    expect(paceOf(demand({ view }), all, 1000)).toEqual({ everyMs: 19_000, tookMs: 1900 });
    expect(paceOf(demand({ view }), all.slice(0, 2), 1000)).toBeNull();
  });

  test("in one session of the node with what else is asked there", () => {
    const both = [...tasks.filter(({ isApart }) => !isApart), demand({ name: "locks" })];
    expect(dueAt(20_000, both, { tables: { atMs: 0, tookMs: 1 } })).toEqual(["a locks"]);
  });
});
