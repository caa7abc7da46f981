import { describe, expect, test } from "bun:test";
import { makeTheme } from "../../src/components/drawing/theme.ts";
import { footerLine, noticeLine } from "../../src/components/Footer.tsx";
import type { Place } from "../../src/store/screen.ts";
import { sitDown } from "../support/screens/desk.ts";
import {
  activityOf,
  backend,
  cluster,
  health,
  node,
  observed,
  okSample,
} from "../support/screens/fixtures.ts";
import { badDay, twentyNodes } from "../support/screens/fleet-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const activityOn = (node: string): Place => ({
  kind: "view",
  view: "activity",
  scope: { kind: "node", node },
});

describe("going to a node", () => {
  test("by number opens it in fleet order", () => {
    const desk = sitDown(badDay);
    desk.press("4");
    expect(desk.place).toEqual({ kind: "node", node: "billing-1" });
    desk.press("1");
    expect(desk.place).toEqual({ kind: "node", node: "orders-1" });
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("keeps the view", () => {
    const desk = sitDown(badDay);
    desk.press("1", "a");
    expect(desk.place).toEqual(activityOn("orders-1"));
    desk.press(".");
    expect(desk.place).toEqual(activityOn("orders-2"));
    desk.press(",", ",");
    expect(desk.place).toEqual(activityOn("hr"));
    desk.press("6");
    expect(desk.place).toEqual(activityOn("reports"));
    desk.press("0");
    expect(desk.place).toEqual({ kind: "view", view: "activity", scope: { kind: "all" } });
  });

  test("keeps filter and sorting, and starts at the top", () => {
    const desk = sitDown(badDay);
    desk.press("1", "a", "R", "/", "s", "enter", "G", ".");
    expect(desk.spot).toMatchObject({ filter: "s", sortBy: "xact_seconds", cursor: null, top: 0 });
  });

  test("from a row goes to the view of the next node", () => {
    const desk = sitDown(badDay);
    desk.press("1", "a", "enter", ".");
    expect(desk.place).toEqual(activityOn("orders-2"));
  });

  test("a number beyond the last node does nothing", () => {
    const desk = sitDown({ ...twentyNodes, clusters: twentyNodes.clusters.slice(0, 2) });
    desk.press("3");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("the whole cluster of a node is one key away", () => {
    const desk = sitDown(badDay);
    desk.press("2", "a", "*");
    expect(desk.place).toEqual({
      kind: "view",
      view: "activity",
      scope: { kind: "cluster", cluster: "orders" },
    });
  });

  test("the row under the cursor stays there among those of the whole cluster", () => {
    const samples = activityOf({
      a: [backend(1, { query_seconds: 9 })],
      b: [backend(2, { query_seconds: 1 })],
    });
    const clusters = [
      cluster(
        "shop",
        ["a", "b"].map((name) => ({ name, depth: 0 })),
      ),
    ];
    const desk = sitDown(observed([node("a"), node("b")], clusters, samples));
    desk.press("2", "a");
    const line = desk.line;
    desk.press("*");
    expect(line).toContain("b");
    expect(desk.line).toBe(line);
  });
});

describe("connecting and disconnecting", () => {
  test("parks the node under the cursor", () => {
    const desk = sitDown(badDay);
    desk.press("j", "d");
    expect(desk.asked).toEqual(["disconnect orders-1"]);
  });

  test("asks on production, where every key but y leaves the node as it is", () => {
    const production = observed([node("a", { production: true }), node("b")]);
    const desk = sitDown(production);
    for (const key of ["escape", "n", "enter", "d", "space"]) {
      desk.press("d");
      expect(desk.state().screen.overlay).toEqual({ kind: "disconnect", node: "a" });
      expect(draw(desk.state()).join("\n")).toContain("Disconnect a, primary, production?");
      desk.press(key);
      expect(desk.state().screen.overlay).toBeNull();
    }
    expect(desk.asked).toEqual([]);
    desk.press("d", "y", "j", "d");
    expect(desk.asked).toEqual(["disconnect a", "disconnect b"]);
  });

  test("is said to connect again until it has", () => {
    const desk = sitDown(badDay);
    const notice = () => desk.state().screen.notice;
    const as = (state: "disconnected" | "connecting" | "connected") => {
      const before = badDay.nodes["orders-1"];
      if (before)
        desk.observe({
          ...badDay,
          nodes: { ...badDay.nodes, "orders-1": { ...before, health: health(state) } },
        });
    };
    desk.press("j", "d");
    as("disconnected");
    expect(notice()).toContain("orders-1: disconnected");
    desk.press("u");
    as("connecting");
    expect(notice()).toBe("orders-1: connecting again");
    as("connected");
    expect(notice()).toBeNull();
    as("connecting");
    expect(notice()).toBeNull();
  });

  test("is undone with one key that the footer names, step by step", () => {
    const desk = sitDown(badDay);
    const theme = makeTheme("dark", { color: false, ascii: false });
    const footer = () => footerLine(desk.state(), theme, 120);
    const notice = () => noticeLine(desk.state(), theme, 120);
    expect(footer()).not.toContain("undo");
    desk.press("u");
    desk.press("j", "d");
    expect(notice()).toContain("orders-1: disconnected; u undoes it");
    // By its name, which stays true beside what is said of something else later.
    expect(draw(desk.state()).at(-1)).toContain(" u undo disconnect of orders-1 ");
    expect(footer()).toContain(" undo ");
    desk.press("j");
    expect(footer()).toContain(" undo ");
    desk.press("d", "escape", "u");
    expect(notice()).toContain("orders-2: connecting again");
    desk.press("u", "u");
    expect(desk.asked.filter((what) => what !== "refresh")).toEqual([
      "disconnect orders-1",
      "disconnect orders-2",
      "connect orders-2",
      "connect orders-1",
    ]);
    expect(footer()).not.toContain("undo");
  });

  test("is not undone for a node that is gone", () => {
    const desk = sitDown(badDay);
    desk.press("j", "d", "j", "d");
    const { "orders-2": _, ...nodes } = badDay.nodes;
    desk.observe({ ...badDay, nodes });
    desk.press("u");
    expect(desk.asked.at(-2)).toBe("connect orders-1");
  });

  test("says why there is nothing to do, until the next key", () => {
    const desk = sitDown(badDay);
    desk.press("j", "c");
    expect(desk.asked).toEqual([]);
    expect(desk.state().screen.notice).toBe("connect: it is connected");
    desk.press("j");
    expect(desk.state().screen.notice).toBeNull();
    desk.press("8", "d");
    expect(desk.state().screen.notice).toContain("disconnected already");
  });

  test("connects a parked node and one that waits for its next try, and asks at once", () => {
    const desk = sitDown(badDay);
    desk.press("8", "c", "4", "c");
    expect(desk.asked).toEqual(["connect parked", "refresh", "connect billing-1", "refresh"]);
  });

  test("the node is left alone where the line is something on it, and the screen says where to go", () => {
    const slots = [{ slot_name: "one" }, { slot_name: "two" }].map((slot) => ({
      ...{ slot_type: "physical", database: null, active: false, ...slot },
    }));
    const desk = sitDown(observed([node("a")], undefined, { replication_slots: { a: okSample(slots) } }));
    for (const view of ["slots", "activity", "topology"]) {
      desk.open({ kind: "view", view, scope: { kind: "node", node: "a" } });
      if (view === "topology") desk.press("g");
      desk.press("d");
      if (view === "topology") break;
      expect(desk.asked).toEqual([]);
      expect(desk.state().screen.notice).toContain("press it in the fleet, or on the page of a (:node a)");
    }
    expect(desk.asked).toEqual(["disconnect a"]);
    desk.press("escape", "escape", "escape");
    desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
    desk.press("enter", "d");
    expect(desk.asked).toEqual(["disconnect a"]);
    desk.open({ kind: "node", node: "a" });
    desk.press("d");
    expect(desk.asked).toEqual(["disconnect a", "disconnect a"]);
  });

  test("a cluster's heading is no node", () => {
    const desk = sitDown(badDay);
    desk.press("d", "c");
    expect(desk.asked).toEqual([]);
  });

  test("refresh retries all that are down and leaves the parked ones alone", () => {
    const desk = sitDown(badDay);
    desk.press("r");
    expect(desk.asked).toEqual(["connect billing-1", "connect vault", "connect hr", "refresh"]);
  });
});
