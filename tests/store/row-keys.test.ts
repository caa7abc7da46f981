import { expect, test } from "bun:test";
import { rowOnScreen } from "../../src/store/last-row.ts";
import { statementStart } from "../../src/views/columns.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, nowMs, observed } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const seen = (pids: readonly number[], later = 0) => ({
  ...observed(
    [node("a")],
    undefined,
    activityOf({ a: pids.map((pid) => backend(pid, { xact_seconds: 100 - pid, query: `select ${pid}` })) }),
  ),
  nowMs: nowMs + later * 1000,
});
const pidOf = (desk: ReturnType<typeof sitDown>) => rowOnScreen(desk.state())?.["pid"];

test("→ and ← go through the rows of the table, and Esc leads back to the row that was looked at", () => {
  const desk = sitDown(seen([1, 2, 3]));
  desk.press("a", "enter");
  expect(pidOf(desk)).toBe(1);
  desk.press("right");
  expect(pidOf(desk)).toBe(2);
  desk.press("l", "l", "l");
  expect(pidOf(desk)).toBe(3);
  desk.press("left");
  expect(pidOf(desk)).toBe(2);
  desk.press("escape");
  expect(desk.place).toMatchObject({ kind: "view", view: "activity" });
  expect(desk.line).toContain("\u00002\u0000");
});

test("rows that the table hides are passed over", () => {
  const rows = [backend(1), backend(2, { state: "idle", xact_seconds: null }), backend(3)];
  const desk = sitDown(observed([node("a")], undefined, activityOf({ a: rows })));
  desk.press("a", "enter", "right");
  expect(pidOf(desk)).toBe(3);
});

test("a session that ends keeps its last state, with the time since", () => {
  const desk = sitDown(seen([1, 2]));
  desk.press("a", "enter");
  desk.observe(seen([2], 1));
  desk.observe(seen([2], 12));
  const screen = draw(desk.state()).join("\n");
  expect(screen).toContain("ended 12s ago; this is its last state");
  expect(screen).toContain("select 1");
  // Its neighbour is the row that stands where it did.
  desk.press("right");
  expect(pidOf(desk)).toBe(2);
  expect(draw(desk.state()).join("\n")).not.toContain("ended");
});

test("y copies the statement and Y the row, exactly", () => {
  const desk = sitDown(seen([1]));
  desk.press("a", "y", "enter", "Y");
  expect(desk.asked[0]).toBe("copy the statement: select 1");
  expect(desk.asked[1]).toStartWith("copy the row: pid: 1\ndatname: shop\nusename: app\n");
  expect(desk.asked[1]).toContain("\nquery: select 1");
});

test("where the table has the beginning of a statement only, that is said", () => {
  const query = `select '${"x".repeat(statementStart)}'`.slice(0, statementStart);
  const desk = sitDown(observed([node("a")], undefined, activityOf({ a: [backend(1, { query })] })));
  desk.press("a", "y", "enter", "y");
  expect(desk.asked.map((one) => one.split(":")[0])).toEqual([
    "copy the statement's beginning (Enter shows all of it)",
    "copy the statement",
  ]);
});
