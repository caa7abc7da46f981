import { describe, expect, test } from "bun:test";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { nodeKey } from "../support/screens/screens.tsx";

const node = (name: string) => ({ kind: "node", node: name });

describe("the places that were shown", () => {
  test("are gone back through and forward again, as they were left", () => {
    const desk = sitDown(badDay);
    desk.press("j", "enter", "a", "/");
    desk.type("state:active");
    desk.press("enter", "0");
    expect(desk.place).toMatchObject({ scope: { kind: "all" } });
    desk.press("[");
    expect(desk.place).toMatchObject({ view: "activity", scope: { kind: "node", node: "orders-1" } });
    expect(desk.spot.filter).toBe("state:active");
    desk.press("[");
    expect(desk.place).toMatchObject(node("orders-1"));
    desk.press("[");
    expect(desk.place).toEqual({ kind: "fleet" });
    expect(desk.line).toBe(nodeKey("orders-1"));
    desk.press("]", "]", "]");
    expect(desk.place).toMatchObject({ scope: { kind: "all" } });
  });

  test("end at both sides, and a new place takes what lay ahead", () => {
    const desk = sitDown(badDay);
    desk.press("[", "]");
    expect(desk.place).toEqual({ kind: "fleet" });
    desk.press("1", "[", "2");
    expect(desk.place).toMatchObject(node("orders-2"));
    desk.press("]");
    expect(desk.place).toMatchObject(node("orders-2"));
    desk.press("[", "[", "[");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("hold what Esc left, and moving in a place is no place of its own", () => {
    const desk = sitDown(badDay);
    desk.press("j", "j", "k", "enter", "escape", "[");
    expect(desk.place).toMatchObject(node("orders-1"));
  });

  test("are not without end", () => {
    const desk = sitDown(badDay);
    for (let turn = 0; turn < 200; turn += 1) desk.press("tab");
    expect(desk.state().screen.history.past).toHaveLength(50);
  });
});
