import { describe, expect, test } from "bun:test";
import { tabsHere } from "../../../src/commands/tabs.ts";
import { viewKeys } from "../../../src/commands/views.ts";
import type { Place, Scope } from "../../../src/store/screen.ts";
import { nodesIn } from "../../../src/store/selectors.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { draw, screens } from "../../support/screens/screens.tsx";

type Desk = ReturnType<typeof sitDown>;

const activityOf = (scope: Scope): Place => ({ kind: "view", view: "activity", scope });
const names = (desk: Desk) => tabsHere(desk.state()).map(({ name }) => name);
const here = (desk: Desk) => tabsHere(desk.state()).find(({ isHere }) => isHere)?.name;

describe("Tab", () => {
  test("goes from a node through the views of that node and back to its page, never to other nodes", () => {
    const desk = sitDown(badDay);
    desk.press("j", "enter");
    const { length } = names(desk);
    const seen = names(desk).map(() => {
      desk.press("tab");
      return here(desk);
    });
    expect(seen).toEqual([...names(desk).slice(1), "node"]);
    expect(desk.place).toEqual({ kind: "node", node: "orders-1" });
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
    expect(length).toBe(seen.length);
  });

  test("shows the page of a node in the stead of a view that was not opened from it", () => {
    const desk = sitDown(badDay);
    desk.press("j", "a");
    desk.press(
      ...names(desk)
        .slice(0, names(desk).indexOf("activity"))
        .map(() => "shift-tab"),
    );
    expect(desk.place).toEqual({ kind: "node", node: "orders-1" });
    desk.press("escape");
    expect(desk.place).toEqual({ kind: "fleet" });
  });

  test("stays in a cluster, and with what the filter of the fleet shows", () => {
    const desk = sitDown(badDay);
    desk.press("a");
    expect(desk.place).toEqual(activityOf({ kind: "cluster", cluster: "orders" }));
    desk.press(...names(desk).map(() => "tab"));
    expect(desk.place).toEqual(activityOf({ kind: "cluster", cluster: "orders" }));
    desk.press("escape", "/");
    desk.type("standby");
    desk.press("enter", "tab");
    expect(desk.place).toMatchObject({ scope: { nodes: ["orders-2", "orders-3", "billing-2"] } });
  });
});

describe("the key of a view", () => {
  test("takes the node under the cursor, the cluster, or what the filter shows of it", () => {
    const desk = sitDown(badDay);
    desk.press("a");
    expect(desk.place).toEqual(activityOf({ kind: "cluster", cluster: "orders" }));
    desk.press("escape", "j", "S");
    expect(desk.place).toMatchObject({ view: "replication", scope: { kind: "node", node: "orders-1" } });
    desk.press("b");
    expect(desk.place).toMatchObject({ view: "databases", scope: { kind: "node", node: "orders-1" } });
    desk.press("escape", "/");
    desk.type("standby");
    desk.press("enter", "g", "a");
    const { place } = desk;
    expect(place.kind === "view" && nodesIn(desk.state(), place.scope)).toEqual(["orders-2", "orders-3"]);
    expect(draw(desk.state())[0]).toContain("orders /standby ▸ activity");
  });

  test("is off on its own view and never a key of another", () => {
    const keys = viewKeys.flatMap((command) => command.keys);
    expect(new Set(keys).size).toBe(keys.length);
    const desk = sitDown(badDay);
    desk.press("j", "a");
    const before = desk.place;
    desk.press("a");
    expect(desk.place).toBe(before);
  });
});

describe("the names of the views", () => {
  const bar = (name: string, columns: number) =>
    draw(screens[name]?.({ columns, rows: 24 }) ?? sitDown(badDay).state())[1] ?? "";

  test("stand in the rule with their keys, and the one on screen in brackets", () => {
    expect(bar("fleet", 1000)).toMatch(/^── \[fleet\] .* a activity .* E events /);
    expect(bar("activity of all nodes", 1000)).toMatch(/^── {2}fleet .* \[a activity\] /);
    expect(bar("node", 1000)).toMatch(/^── \[node\] .* a activity /);
    expect(bar("row", 1000)).toMatch(/^── {2}node .* \[a activity\] /);
  });

  test("lose their keys, then the views of other sections, where there is less room, and never the one on screen", () => {
    const widths = Array.from({ length: 60 }, (_, at) => 60 + at);
    for (const columns of widths) {
      const line = bar("activity of all nodes", columns);
      expect(line).toContain("activity]");
      expect(line).toHaveLength(columns);
    }
    expect(bar("activity of all nodes", 60)).not.toContain("a activity");
  });
});
