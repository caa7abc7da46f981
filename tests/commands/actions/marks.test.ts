import { describe, expect, test } from "bun:test";
import { atActivity, sessionsOf } from "../../support/screens/at-activity.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

describe("marks", () => {
  test("x marks a session and goes one down; what is done then is done with all of them", () => {
    const desk = atActivity();
    desk.press("x", "x", "K");
    expect(desk.question()?.title).toBe("Terminate these 2 sessions");
    expect(draw(desk.state()).join("\n")).toMatch(/orders-1 +primary +orders +8123/);
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-1 8017, orders-1 8123"]);
  });

  test("the next node has none of those that were made on the node before", () => {
    const desk = atActivity();
    desk.press("1", "x", "x");
    expect(desk.marks()).toBe(2);
    desk.press(".");
    expect(desk.place).toMatchObject({ scope: { kind: "node", node: "orders-2" } });
    expect(desk.marks()).toBe(0);
  });

  test("x on a marked session takes its mark away", () => {
    const desk = atActivity();
    desk.press("x", "up", "x");
    expect(desk.marks()).toBe(0);
  });

  test("X marks what the filter shows, with what is marked already, and takes all away when all are", () => {
    const desk = atActivity();
    desk.press("/");
    desk.type("orders-1");
    desk.press("enter", "X");
    expect(desk.marks()).toBe(2);
    desk.press("/", "ctrl-u", "enter", "X");
    expect([desk.marks(), desk.notice()]).toEqual([4, "4 marked"]);
    desk.press("X");
    expect(desk.marks()).toBe(0);
  });

  test("X marks nothing while the filter cannot be used, and says why", () => {
    const desk = atActivity();
    desk.press("x", "/");
    desk.type("/[/");
    desk.press("enter", "X");
    expect(desk.marks()).toBe(1);
    expect(desk.notice()).toContain("the filter cannot be used: this is no regular expression");
    desk.press("/", "ctrl-u", "enter", "X");
    expect(desk.marks()).toBe(4);
  });

  test("are a hundred at most, and X says how many more there are", () => {
    const desk = atActivity(sessionsOf(130));
    desk.press("X");
    expect(desk.marks()).toBe(100);
    expect(desk.notice()).toBe("100 marked, 30 not: 100 is the limit");
    desk.press("G", "x");
    expect([desk.marks(), desk.notice()]).toEqual([100, "100 are marked: no more can be"]);
  });

  test("go with their rows, and not with those that the filter hides", () => {
    const desk = atActivity(sessionsOf(3));
    desk.press("X", "/");
    desk.type("nosuch");
    desk.press("enter");
    desk.observe(sessionsOf(3));
    expect(desk.marks()).toBe(3);
    const counts: number[] = [];
    const unsubscribe = desk.store.subscribe(() => counts.push(desk.marks()));
    desk.observe(sessionsOf(2));
    unsubscribe();
    // In one update: no frame shows the mark of a row that is gone.
    expect(counts).toEqual([2]);
    desk.observe(sessionsOf(3));
    expect(desk.marks()).toBe(2);
  });

  test("on a node that allows nothing are left out, and named", () => {
    const { "orders-1": orders } = badDay.nodes;
    if (!orders) throw new Error("no orders-1");
    const desk = atActivity({
      ...badDay,
      nodes: { ...badDay.nodes, "orders-1": { ...orders, actions: "none" } },
    });
    desk.press("X", "K");
    expect(desk.question()?.leftOut.map(({ id, why }) => [id.node, why])).toEqual([
      ["orders-1", "the config says actions: none"],
      ["orders-1", "the config says actions: none"],
    ]);
    desk.press("y");
    expect(desk.asked).toEqual(["terminate orders-2 2210, billing-2 77"]);
  });
});
