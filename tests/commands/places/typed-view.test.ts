import { describe, expect, test } from "bun:test";
import { choices } from "../../../src/commands/prompts/choosing.ts";
import type { Place, Scope } from "../../../src/store/screen.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";

/** What `:` offers for a text, and where Enter goes. */
function typed(text: string, ...before: string[]) {
  const desk = sitDown(badDay);
  desk.press(...before, ":");
  desk.type(text);
  const { overlay } = desk.state().screen;
  const offered = overlay && "ranked" in overlay ? choices(desk.state(), overlay) : [];
  desk.press("enter");
  return { desk, offered: offered.map(({ label }) => label), notes: offered.map(({ note }) => note) };
}

const activity = (scope: Scope): Place => ({ kind: "view", view: "activity", scope });

describe("a view that is typed after :", () => {
  test.each(["activity", "act", "sessions", "ACT", "activ"])("is found by %s", (name) => {
    expect(typed(name).desk.place).toMatchObject({ kind: "view", view: "activity" });
  });

  test("is not offered where it only feeds others, and opens for who knows its name", () => {
    const { offered } = typed("");
    for (const name of ["lock_waits", "session_locks", "pulse"]) {
      expect(offered).not.toContain(name);
      expect(typed(name).desk.place).toMatchObject({ view: name });
    }
    expect(typed("lock").desk.place).toMatchObject({ view: "locks" });
  });

  test("takes a cluster, a node or all, whatever the case", () => {
    expect(typed("activity orders").desk.place).toEqual(activity({ kind: "cluster", cluster: "orders" }));
    expect(typed("act ORDERS-2").desk.place).toEqual(activity({ kind: "node", node: "orders-2" }));
    expect(typed("act all", "j", "enter").desk.place).toEqual(activity({ kind: "all" }));
    expect(typed("repl billing").desk.place).toMatchObject({ view: "replication" });
  });

  test("takes a filter behind the nodes or alone, and stays in scope without nodes", () => {
    const both = typed("activity orders-1 state:active >5s").desk;
    expect(both.place).toEqual(activity({ kind: "node", node: "orders-1" }));
    expect(both.spot.filter).toBe("state:active >5s");
    const alone = typed("act user:bi", "j", "enter").desk;
    expect(alone.place).toEqual(activity({ kind: "node", node: "orders-1" }));
    expect(alone.spot.filter).toBe("user:bi");
  });

  test("offers the nodes that what is typed may become, and says what Enter will do", () => {
    const { offered, notes } = typed("act ord");
    expect(offered.slice(0, 5)).toEqual([
      "activity orders",
      "activity orders-1",
      "activity orders-2",
      "activity orders-3",
      "activity /ord",
    ]);
    expect(notes.slice(0, 1)).toEqual(["of orders"]);
    expect(notes[4]).toBe("of the nodes here, filter ord");
  });

  test("is not filtered by a word that names nothing: that is said, with the nearest name", () => {
    const { desk, offered } = typed("locks ordres-1");
    expect(offered.slice(0, 2)).toEqual(["locks ordres-1", "locks /ordres-1"]);
    expect(desk.place).toEqual({ kind: "fleet" });
    expect(desk.state().screen.notice).toBe(
      "no node, cluster or group is called ordres-1; did you mean orders-1?",
    );
    expect(typed("locks ordres-1 state:active").desk.place).toEqual({ kind: "fleet" });
  });

  test("says what it is filtered by, also where that is meant by a slash", () => {
    for (const [text, filter] of [
      ["locks /nosuch", "nosuch"],
      ["locks /no.*such/", "/no.*such/"],
      ["locks orders-1 nosuch", "nosuch"],
    ] as const) {
      const { desk } = typed(text);
      expect(desk.spot.filter).toBe(filter);
      expect(desk.state().screen.notice).toBe(`filter: ${filter}`);
    }
  });

  test("takes a group of the config", () => {
    const one = badDay.nodes["vault"];
    if (!one) throw new Error("no such node");
    const desk = sitDown({ ...badDay, nodes: { ...badDay.nodes, vault: { ...one, group: "safe" } } });
    desk.press(":");
    desk.type("locks SAFE");
    desk.press("enter");
    expect(desk.place).toMatchObject({ scope: { kind: "nodes", nodes: ["vault"], called: "safe" } });
  });

  test("goes home as the fleet", () => {
    expect(typed("fleet", "j", "enter", "a").desk.place).toEqual({ kind: "fleet" });
  });
});

test(":q quits", () => {
  expect(typed("q").desk.asked).toEqual(["quit"]);
  expect(typed("q!").desk.asked).toEqual(["quit"]);
});

test("every view is offered once", () => {
  const { offered } = typed("activity");
  expect(offered.filter((label) => label === "activity")).toHaveLength(1);
});

describe(":node", () => {
  test("opens the page of the node of that name, also where another view of nodes is on screen", () => {
    expect(typed("node billing-1", "a").desk.place).toEqual({ kind: "node", node: "billing-1" });
    expect(typed("NODE Orders-2").desk.place).toEqual({ kind: "node", node: "orders-2" });
    expect(typed("node ord").offered.slice(0, 3)).toEqual([
      "node orders-1",
      "node orders-2",
      "node orders-3",
    ]);
  });

  test("says that no node is called so, and which one may be meant", () => {
    const { desk } = typed("node bilbing-1", "a");
    expect(desk.place).toMatchObject({ kind: "view", view: "activity" });
    expect(desk.state().screen.notice).toBe("no node is called bilbing-1; did you mean billing-1?");
  });
});
