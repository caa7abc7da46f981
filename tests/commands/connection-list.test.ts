import { describe, expect, test } from "bun:test";
import { listed } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";

/** On the first line of the connections screen. */
function atList() {
  const desk = sitDown(badDay);
  desk.store.setState({ connections: listed });
  desk.press("o");
  return desk;
}

describe("the list's own keys", () => {
  test("test, duplicate, edit and group the connection under the cursor", () => {
    const desk = atList();
    desk.press("j", "t", "t", "escape");
    expect(desk.asked.filter((what) => what.startsWith("test"))).toEqual(["test orders-1", "test orders-1"]);
    desk.press("m");
    desk.type("off");
    desk.press("enter", "enter");
    expect(desk.asked.at(-1)).toBe("stop the test");
    desk.press("m");
    desk.type("off");
    desk.press("enter", "y");
    expect(desk.asked.at(-1)).toBe("move orders-1 to office");
    desk.press("m");
    desk.type("brand new");
    desk.press("enter", "y", "m", "up", "down", "down", "down", "enter", "y");
    expect(desk.asked.slice(-2)).toEqual(["move orders-1 to brand new", "move orders-1 to no group"]);
  });

  test("delete asks, and only y is a yes", () => {
    const desk = atList();
    desk.press("j", "D", "enter", "ctrl-d", "escape", "D", "n", "D");
    desk.paste("y");
    expect(desk.asked.filter((what) => what.startsWith("remove"))).toEqual([]);
    desk.press("y");
    expect(desk.asked.at(-1)).toBe("remove node orders-1");
    expect(desk.place).toEqual({ kind: "connections" });
  });

  test("test nothing on a group's heading", () => {
    const desk = atList();
    desk.press("t", "m", "y");
    expect(desk.state().screen.overlay).toBeNull();
  });
});
