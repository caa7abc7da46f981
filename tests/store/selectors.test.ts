import { describe, expect, test } from "bun:test";
import { lineKeys, wantedViews } from "../../src/store/on-screen.ts";
import { spotAt } from "../../src/store/screen.ts";
import { fleetLines } from "../../src/store/screens/fleet.ts";
import { cursorIndex, nodeOrder, nodesIn, roleOf, shown } from "../../src/store/selectors.ts";
import type { State } from "../../src/store/store.ts";
import { parseRowId } from "../../src/views/row-id.ts";
import { health, node, observed, pulse, standby, stateOf, unreached } from "../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../support/screens/fleet-fixtures.ts";
import { activityOn, at, clusterKey, victimRow } from "../support/screens/screens.tsx";

/** The lines of the fleet by their names, "c:" before a cluster and "n:" before a node. */
const fleetKeys = (state: State) =>
  lineKeys(state).map((key) => parseRowId(key)?.key.replace(/^(.).*\u0000/, "$1:"));
const folded = new Set([clusterKey("orders")]);

const size = { columns: 120, rows: 40 };

describe("the fleet's lines", () => {
  test("put each cluster's nodes below its heading and leave lone nodes alone", () => {
    expect(fleetKeys(stateOf(badDay))).toEqual([
      "c:orders",
      "n:orders-1",
      "n:orders-2",
      "n:orders-3",
      "c:billing",
      "n:billing-1",
      "n:billing-2",
      "n:reports",
      "n:archive",
      "n:parked",
      "n:vault",
      "n:hr",
    ]);
    const depths = fleetLines(stateOf(badDay)).map((line) => (line.node ? line.depth : "heading"));
    expect(depths.slice(0, 5)).toEqual(["heading", 1, 2, 3, "heading"]);
  });

  test("leave out what is folded away, but numbers still count it", () => {
    const state = stateOf(badDay, { folded });
    expect(fleetKeys(state).slice(0, 3)).toEqual(["c:orders", "c:billing", "n:billing-1"]);
    expect(nodeOrder(state).indexOf("orders-2")).toBe(1);
  });

  test("keep a heading while one of its nodes matches the filter", () => {
    const filtered = (filter: string) =>
      fleetKeys(stateOf(badDay, { stack: [{ ...spotAt({ kind: "fleet" }), filter }] }));
    expect(filtered("orders-2")).toEqual(["c:orders", "n:orders-2"]);
    expect(filtered("BILLING stale")).toEqual(["c:billing", "n:billing-2"]);
    expect(filtered("!orders !billing primary")).toEqual(["n:reports"]);
    expect(filtered("example.com:5432")).toHaveLength(12);
    expect(filtered("nothing like this")).toEqual([]);
    expect(filtered("down")).toEqual(["c:billing", "n:billing-1", "n:vault", "n:hr"]);
    expect(filtered("role:standby !warning")).toEqual(["c:orders", "n:orders-2", "c:billing", "n:billing-2"]);
  });

  test("stand in the order of any column, nodes within their cluster", () => {
    const sorted = (sortBy: string) =>
      fleetKeys(stateOf(badDay, { stack: [{ ...spotAt({ kind: "fleet" }), sortBy }] }));
    expect(sorted("-name").slice(0, 4)).toEqual(["n:vault", "n:reports", "n:parked", "c:orders"]);
  });
});

test("a scope names its nodes in fleet order", () => {
  const state = stateOf(badDay);
  expect(nodesIn(state, { kind: "all" })).toEqual([...nodeOrder(state)]);
  expect(nodesIn(state, { kind: "cluster", cluster: "billing" })).toEqual(["billing-1", "billing-2"]);
  expect(nodesIn(state, { kind: "node", node: "gone" })).toEqual(["gone"]);
  expect(nodesIn(state, { kind: "cluster", cluster: "gone" })).toEqual([]);
});

test("a role that nobody has told is unknown", () => {
  expect(roleOf(node("a"))).toBe("primary");
  expect(roleOf(standby("a"))).toBe("standby");
  expect(roleOf(unreached("a", "connecting"))).toBe("unknown");
});

test("a paused screen shows what it was paused at", () => {
  const state = stateOf(twentyNodes);
  expect(shown(state)).toBe(twentyNodes);
  expect(shown({ ...state, frozen: badDay })).toBe(badDay);
});

describe("what is asked for", () => {
  const wanted = (state: ReturnType<typeof stateOf>) =>
    wantedViews(state).map(({ view, nodes, viewOptions }) => ({ view: view.name, nodes, ...viewOptions }));

  const calm = (more: Partial<Parameters<typeof pulse>[0]> = {}) =>
    node("calm", { pulse: pulse({ oldest_transaction: 12, ...more }) });

  test("is nothing beyond the pulse on the fleet while no node has anything to show", () => {
    const down = { ...node("down", { health: health("error"), pulse: pulse({ blocked: 4 }) }) };
    const unknown = calm({ oldest_transaction: null, blocked: null });
    expect(wanted(stateOf(observed([calm(), down, { ...unknown, name: "unknown" }]), size))).toEqual([]);
    expect(wanted(stateOf(twentyNodes, { columns: 80, rows: 24 }))).toEqual([]);
  });

  test("is on the fleet what goes on at the nodes whose pulse tells of it, and of no others", () => {
    const long = node("long", { pulse: pulse({ oldest_transaction: 31 }) });
    const blocked = node("blocked", { pulse: pulse({ oldest_transaction: 12, blocked: 2 }) });
    const seen = observed([calm(), long, blocked]);
    const options = { idle: false, wholeText: false };
    expect(wanted(stateOf(seen, size))).toEqual([
      { view: "activity", nodes: ["long"], ...options },
      { view: "lock_waits", nodes: ["blocked"], ...options },
    ]);
    const filtered = { ...spotAt({ kind: "fleet" }), filter: "calm" };
    expect(wanted(stateOf(seen, { ...size, stack: [filtered] }))).toEqual([]);
  });

  test("is on the fleet nothing for a panel that has no room below the nodes", () => {
    const nodes = Array.from({ length: 12 }, (_, n) =>
      node(`n${n}`, { pulse: pulse({ oldest_transaction: 99, blocked: 1 }) }),
    );
    const views = (rows: number) =>
      wanted(stateOf(observed(nodes), { columns: 80, rows })).map(({ view }) => view);
    expect(views(5 + 12 + 2)).toEqual([]);
    expect(views(5 + 12 + 3)).toEqual(["activity"]);
    expect(views(5 + 12 + 6)).toEqual(["activity", "lock_waits"]);
  });

  test("is the activity of that one node on its page", () => {
    expect(wanted(stateOf(badDay, at({ kind: "node", node: "orders-1" })))).toEqual([
      { view: "activity", nodes: ["orders-1"], idle: false, wholeText: false },
    ]);
  });

  test("is a view of the nodes on screen", () => {
    expect(wanted(stateOf(badDay, { ...size, ...at(activityOn("orders-1")) }))).toEqual([
      { view: "activity", nodes: ["orders-1"], idle: false, wholeText: false },
    ]);
    const everywhere = wanted(stateOf(badDay, { ...size, ...at(activityOn(null)), idle: true }));
    expect(everywhere).toEqual([
      { view: "activity", nodes: nodeOrder(stateOf(badDay)), idle: true, wholeText: false },
    ]);
  });

  test("is the whole statement of one node for a row, also while it idles", () => {
    expect(wanted(stateOf(badDay, at(victimRow)))).toEqual(
      ["activity", "lock_waits", "session_locks"].map((view) => ({
        ...{ view, nodes: ["orders-1"], idle: true, wholeText: true },
        ...(view === "session_locks" ? { pid: 8123 } : {}),
      })),
    );
  });
});

test.each([
  ["b", 0, ["a", "b", "c"], 1],
  [null, 2, ["a", "b", "c"], 2],
  ["gone", 1, ["a", "b", "c"], 1],
  ["gone", 9, ["a", "b", "c"], 2],
  ["gone", 9, [], 0],
])("a cursor on %p, once line %p, of %j is on line %p", (cursor, index, keys, line) => {
  expect(cursorIndex({ ...spotAt({ kind: "fleet" }), cursor, index }, keys)).toBe(line);
});
