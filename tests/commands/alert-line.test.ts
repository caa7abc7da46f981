import { expect, test } from "bun:test";
import { subjectHere } from "../../src/store/on-screen.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { lockKey, locks } from "../../src/views/backends/locks.ts";
import { idText, rowId } from "../../src/views/row-id.ts";
import { keyOf } from "../../src/views/view.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, alert, backend, node, observed } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const guilty = backend(81);
const blocked = alert("blocked_sessions", "critical", "sessions blocked: 3", {
  view: activity.name,
  key: keyOf(activity, guilty),
});

test("Enter on an alert leads to the guilty line, also when its rows come later", () => {
  const nodes = [node("a", { alerts: [blocked] }), node("b")];
  const desk = sitDown(observed(nodes));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("enter");
  expect(desk.place).toEqual({ kind: "view", view: "activity", scope: { kind: "node", node: "a" } });
  desk.observe(observed(nodes, undefined, activityOf({ a: [backend(7), guilty] })));
  expect(desk.line).toBe(idText(rowId("a", activity, guilty)));
});

test("where the guilty line is gone that is said, and no key acts on the line in its place", () => {
  const nodes = [node("a", { alerts: [blocked] })];
  const desk = sitDown(observed(nodes, undefined, activityOf({ a: [backend(7), backend(8)] })));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("enter");
  expect(draw(desk.state()).join("\n")).toContain(
    "▲ the line that you came for is not here: it is over, or hidden",
  );
  expect(subjectHere(desk.state())).toMatchObject({ node: "a", row: null });
  desk.press("down");
  expect(draw(desk.state()).join("\n")).not.toContain("you came for");
  expect(subjectHere(desk.state()).row).not.toBeNull();
});

test("Enter on an alert about the node itself leads to its page", () => {
  const down = alert("certificate_expiry", "warning", "certificate ends in 3 days");
  const desk = sitDown(observed([node("a", { alerts: [down] })]));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("enter");
  expect(desk.place).toEqual({ kind: "node", node: "a" });
});

test.each([
  ["of its session", activity.name, keyOf(activity, guilty)],
  ["of the lock tree", locks.name, lockKey(guilty) ?? ""],
])("L on an alert that knows a line %s leads to it among the locks, and Esc back", (_, view, key) => {
  const nodes = [node("a", { alerts: [alert("blocked_sessions", "critical", "3 blocked", { view, key })] })];
  const desk = sitDown(observed(nodes));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("L");
  expect(desk.place).toEqual({ kind: "view", view: "locks", scope: { kind: "node", node: "a" } });
  expect(desk.spot.cursor).toBe(idText({ node: "a", view: locks.name, key: lockKey(guilty) ?? "" }));
  desk.press("escape");
  expect(desk.place).toMatchObject({ view: "alerts" });
});

test.each(["alerts", "events"])("L, a and S on a line of %s of all nodes open what its node has", (view) => {
  const down = alert("certificate_expiry", "warning", "certificate ends in 3 days");
  const day = observed([node("b"), node("a", { alerts: [down] })]);
  const said = { clockMs: 5, node: "a", kind: "restart", severity: "warning", text: "restarted" } as const;
  const desk = sitDown({ ...day, events: [said] });
  desk.open({ kind: "view", view, scope: { kind: "all" } });
  for (const [key, opened] of [
    ["L", "locks"],
    ["a", "activity"],
    ["S", "replication"],
  ] as const) {
    desk.press(key);
    expect(desk.place).toEqual({ kind: "view", view: opened, scope: { kind: "node", node: "a" } });
    desk.press("escape");
    expect(desk.place).toMatchObject({ view, scope: { kind: "all" } });
  }
  desk.press("E", "!");
  expect(desk.place).toMatchObject({ view: "alerts", scope: { kind: "all" } });
});

test("a on an alert about a session leads to it among those of its node", () => {
  const nodes = [node("a", { alerts: [blocked] }), node("b")];
  const desk = sitDown(observed(nodes, undefined, activityOf({ a: [backend(7), guilty] })));
  desk.open({ kind: "view", view: "alerts", scope: { kind: "all" } });
  desk.press("a");
  expect(desk.line).toBe(idText(rowId("a", activity, guilty)));
});
