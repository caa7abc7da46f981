import { describe, expect, test } from "bun:test";
import { commands } from "../../src/commands/all.ts";
import { applies } from "../../src/commands/command.ts";
import { isProductionHere, subjectHere } from "../../src/store/on-screen.ts";
import type { State } from "../../src/store/store.ts";
import { sitDown } from "../support/screens/desk.ts";
import { node, observed, stateOf } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { activityOn, at, screens, victimRow } from "../support/screens/screens.tsx";

const size = { columns: 120, rows: 40 };
const everywhere: [string, State][] = Object.entries(screens).map(([name, stateAt]) => [name, stateAt(size)]);

describe("what the cursor is about", () => {
  test("is a node on its line, all nodes of a cluster on its heading, and nothing where there is no line", () => {
    const desk = sitDown(badDay);
    expect(subjectHere(desk.state())).toMatchObject({
      node: null,
      nodes: ["orders-1", "orders-2", "orders-3"],
      row: null,
    });
    desk.press("j");
    expect(subjectHere(desk.state())).toMatchObject({ node: "orders-1", nodes: ["orders-1"], row: null });
    expect(subjectHere(stateOf(observed([])))).toMatchObject({ node: null, nodes: [], row: null });
  });

  test("is a row with its node in a table and on the row's own screen", () => {
    const table = subjectHere(stateOf(badDay, at(activityOn("orders-1"))));
    expect(table).toMatchObject({ node: "orders-1", row: { node: "orders-1", view: "activity" } });
    const detail = subjectHere(stateOf(badDay, at(victimRow)));
    expect(detail).toMatchObject({ node: "orders-1", row: { node: "orders-1", view: "activity" } });
  });

  test("is the node alone in the table of a node without rows, and nothing in one of all nodes", () => {
    expect(subjectHere(stateOf(badDay, at(activityOn("vault"))))).toMatchObject({ node: "vault", row: null });
    const all = at(activityOn(null), { filter: "nothing like this" });
    expect(subjectHere(stateOf(badDay, all))).toMatchObject({ node: null, row: null });
  });
});

test.each(everywhere)("on the screen %s commands are off that need what the cursor is not on", (_, state) => {
  const subject = subjectHere(state);
  const wrong = commands.filter(
    (command) => command.needs && subject[command.needs] === null && applies(command, state),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test.each(["d", "c", "p", "T", "K", "C"])("%s does nothing where the cursor is on no node", (key) => {
  for (const [, state] of everywhere) {
    if (state.screen.overlay || subjectHere(state).node !== null) continue;
    const desk = sitDown(state.observed);
    desk.store.setState(state);
    desk.press(key);
    expect(desk.asked).toEqual([]);
  }
});

test("production is marked where the cursor is, on the fleet too", () => {
  const production = observed([node("a"), node("b", { production: true })]);
  const desk = sitDown(production);
  expect(isProductionHere(desk.state())).toBe(false);
  desk.press("j");
  expect(isProductionHere(desk.state())).toBe(true);
  desk.press("enter");
  expect(isProductionHere(desk.state())).toBe(true);
});
