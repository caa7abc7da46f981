import { expect, test } from "bun:test";
import { nodesOnScreen } from "../../src/store/on-screen.ts";
import { spotAt } from "../../src/store/screen.ts";
import { stateOf } from "../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../support/screens/fleet-fixtures.ts";
import { activityOn, at } from "../support/screens/screens.tsx";

const names = (state: Parameters<typeof nodesOnScreen>[0]) => [...nodesOnScreen(state)];
const fleet = spotAt({ kind: "fleet" });
const low = { columns: 80, rows: 10 };

test("on the fleet screen the user looks at the nodes within a screen of the cursor", () => {
  const all = names(stateOf(twentyNodes, { columns: 80, rows: 50 }));
  expect(all).toHaveLength(20);
  expect(names(stateOf(twentyNodes, low))).toEqual(all.slice(0, 7));
  expect(names(stateOf(twentyNodes, { ...low, stack: [{ ...fleet, index: 19 }] }))).toEqual(all.slice(13));
  expect(names(stateOf(twentyNodes, { ...low, stack: [{ ...fleet, index: 10 }] }))).toEqual(all.slice(4, 17));
});

test("a folded cluster is looked at as a whole", () => {
  const state = stateOf(badDay, { columns: 80, rows: 40, folded: new Set(["orders", "billing"]) });
  expect(names(state).slice(0, 4)).toEqual(["orders-1", "orders-2", "orders-3", "billing-1"]);
});

test("on other screens the user looks at the nodes of the place", () => {
  expect(names(stateOf(badDay, at({ kind: "node", node: "vault" })))).toEqual(["vault"]);
  expect(names(stateOf(badDay, at(activityOn("orders-1"))))).toEqual(["orders-1"]);
  expect(names(stateOf(badDay, at(activityOn(null)))).length).toBe(10);
});
