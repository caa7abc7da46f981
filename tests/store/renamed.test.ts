import { expect, test } from "bun:test";
import { withNames } from "../../src/store/renamed.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw, nodeKey } from "../support/screens/screens.tsx";

const renamed = [{ from: "orders-1", to: "orders-one" }];

test("a place follows its node when that is renamed, and so do those before it", () => {
  const desk = sitDown(badDay);
  desk.press("j", "enter", "a", "/");
  desk.type("state:active");
  desk.press("enter");
  desk.store.setState(withNames(desk.state(), renamed));
  expect(desk.place).toMatchObject({ view: "activity", scope: { kind: "node", node: "orders-one" } });
  expect(desk.spot.filter).toBe("state:active");
  desk.press("[");
  expect(desk.place).toMatchObject({ kind: "node", node: "orders-one" });
  expect(Object.keys(desk.state().observed.nodes)).toContain("orders-one");
  desk.press("[");
  expect(desk.line).toBe(nodeKey("orders-one"));
  desk.press("]", "]");
  expect(desk.place).toMatchObject({ view: "activity", scope: { kind: "node", node: "orders-one" } });
});

test("the row on screen stays on it", () => {
  const desk = sitDown(observed([node("a")], undefined, activityOf({ a: [backend(815)] })));
  desk.press("a", "enter");
  desk.store.setState(withNames(desk.state(), [{ from: "a", to: "aa2" }]));
  const drawn = draw(desk.state()).join("\n");
  expect(drawn).toMatch(/aa2 .*815/);
  expect(drawn).not.toMatch(/gone|ended/);
});

test("a screen that stands still shows the node under its new name too", () => {
  const desk = sitDown(badDay);
  desk.press("j", "space");
  expect(desk.state().frozen).not.toBeNull();
  desk.store.setState(withNames(desk.state(), renamed));
  expect(desk.line).toBe(nodeKey("orders-one"));
});

test("what was acknowledged stays so under the new name", () => {
  const desk = sitDown(badDay);
  desk.press("!", "Z");
  const [id = ""] = desk.state().quieted.keys();
  const [node = ""] = id.split("\u0000");
  desk.store.setState(withNames(desk.state(), [{ from: node, to: "other" }]));
  expect([...desk.state().quieted.keys()]).toEqual([id.replace(node, "other")]);
});
