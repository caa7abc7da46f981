import { describe, expect, test } from "bun:test";
import { listed } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";

/** On the connections screen. */
function atConnections() {
  const desk = sitDown(badDay);
  desk.store.setState({ connections: listed });
  desk.press("o");
  expect(desk.place).toEqual({ kind: "connections" });
  return desk;
}

describe("the connections screen", () => {
  test("is one key away from everywhere, and is left as it was when one came through it", () => {
    const desk = atConnections();
    desk.press("j", "j", "enter");
    expect(desk.place).toEqual({ kind: "node", node: "orders-2" });
    desk.press("a", "o");
    expect(desk.place).toEqual({ kind: "connections" });
    expect(desk.line).toBe("n:orders-2");
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("lists groups in the order of the config and nodes without one last", () => {
    const desk = atConnections();
    const lines: (string | undefined)[] = [];
    for (let at = 0; at < 13; at++) {
      lines.push(desk.line);
      desk.press("j");
    }
    expect(lines).toEqual([
      "g:shop",
      "n:orders-1",
      "n:orders-2",
      "n:orders-3",
      "g:new",
      "g:office",
      "n:billing-1",
      "n:billing-2",
      "n:archive",
      "n:reports",
      "n:parked",
      "n:vault",
      "n:hr",
    ]);
  });

  test("folds a group with Enter and unfolds it again", () => {
    const desk = atConnections();
    desk.press("enter", "j");
    expect(desk.line).toBe("g:new");
    desk.press("k", "enter", "j");
    expect(desk.line).toBe("n:orders-1");
  });

  test("is filtered by name, address, group and state", () => {
    const desk = atConnections();
    desk.press("/");
    desk.type("office stale");
    desk.press("enter", "G");
    expect(desk.line).toBe("n:billing-2");
    desk.press("g");
    expect(desk.line).toBe("g:office");
  });

  test("connects and disconnects the node under the cursor, and no group", () => {
    const desk = atConnections();
    desk.press("d", "c", "j", "d", "G", "c");
    expect(desk.asked).toEqual(["disconnect orders-1", "connect hr", "refresh"]);
  });

  test("shows views over all nodes with Tab", () => {
    const desk = atConnections();
    desk.press("tab");
    expect(desk.place).toMatchObject({ kind: "view", scope: { kind: "all" } });
  });
});
