import { describe, expect, test } from "bun:test";
import { currentTable } from "../../../src/store/table.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed } from "../../support/screens/fixtures.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { draw, drawRaw } from "../../support/screens/screens.tsx";

/** The nodes that a filter of the fleet shows. */
function found(filter: string, observed = badDay): string[] {
  const desk = sitDown(observed);
  desk.press("/");
  desk.type(filter);
  desk.press("enter");
  return currentTable(desk.state())?.lines.flatMap(({ node }) => node?.name ?? []) ?? [];
}

describe("the filter of the fleet", () => {
  test.each([
    ["down", ["billing-1", "vault", "hr"]],
    ["warning", ["orders-1", "orders-3"]],
    ["stale", ["billing-2"]],
    ["restarting", ["hr"]],
    ["role:standby", ["orders-2", "orders-3", "billing-2"]],
    ["role:standby !stale", ["orders-2", "orders-3"]],
    ["/^(orders|billing)-1$/", ["orders-1", "billing-1"]],
    ["node:~blg2", ["billing-2"]],
    ["cluster:orders lag>10s", ["orders-3"]],
  ])("finds by %s what the screen shows", (filter, nodes) => {
    expect(found(filter)).toEqual(nodes);
  });
});

test("a node that answers is found as up, whether or not every rule can be judged", () => {
  const unknowns = [{ kind: "sessions" as const, reason: "sessions are hidden", rules: ["long_query"] }];
  const seen = observed([node("a"), node("b", { unknowns })]);
  expect([found("state:up", seen), found("state:unjudged", seen)]).toEqual([["a", "b"], ["b"]]);
});

test("the fleet sorts by any column, marks it and says it", () => {
  const desk = sitDown(badDay, { columns: 160, rows: 40 });
  const seen = new Set<string>();
  for (let presses = 0; presses < 20; presses += 1) {
    desk.press(">");
    seen.add(desk.state().screen.notice ?? "");
    expect(draw(desk.state())[2]).toMatch(/ [⌄⌃]/);
  }
  expect(seen).toContain("sorted by LAG, highest first");
  expect(seen.size).toBeGreaterThan(8);
});

test("production is painted in the header for the line under the cursor of the fleet", () => {
  const desk = sitDown(badDay);
  const painted = () => drawRaw(desk.state())[0]?.includes("41m");
  expect(painted()).toBe(false);
  const production = { ...badDay.nodes["billing-1"], production: true };
  desk.observe({ ...badDay, nodes: { ...badDay.nodes, "billing-1": production } as typeof badDay.nodes });
  desk.press("j", "j", "j", "j", "j");
  expect(painted()).toBe(true);
});

test.each([80, 100, 160, 200])(
  "the columns of the fleet move at each press at %d columns, until the end",
  (columns) => {
    const desk = sitDown(badDay, { columns, rows: 30 });
    const body = () => draw(desk.state()).slice(2, 16).join("\n");
    const seen = [body()];
    for (let left = 1; ; left += 1) {
      desk.press("l");
      if (desk.spot.left < left) break;
      expect(body()).not.toBe(seen.at(-1));
      seen.push(body());
    }
    expect(seen.length).toBeGreaterThan(5);
    desk.press("h");
    expect(body()).toBe(seen.at(-2) ?? "");
  },
);
