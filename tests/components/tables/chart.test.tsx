import { expect, test } from "bun:test";
import type { Observed } from "../../../src/store/store.ts";
import { choosable } from "../../../src/store/tables/looks.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { atActivity } from "../../support/screens/at-activity.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { cluster, node, nowMs, observed, okSample, pulse } from "../../support/screens/fixtures.ts";
import { badDay } from "../../support/screens/fleet-fixtures.ts";
import { ascii, draw } from "../../support/screens/screens.tsx";

/** Two nodes at a moment, with so many connections. */
function at(seconds: number, a: number, b: number): Observed {
  const moment = nowMs + seconds * 1000;
  const one = (name: string, connections: number) =>
    node(name, { pulse: pulse({ connections }), pulseAtMs: moment });
  return { ...observed([one("a", a), one("b", b)]), nowMs: moment };
}

/** Fifteen minutes: a climbs to 90, b stays at 45; nothing is known of the minutes 5 to 7. */
function watched(size = { columns: 120, rows: 40 }) {
  const desk = sitDown(at(0, 0, 45), size);
  for (let stretch = 0; stretch < 90; stretch += 1) {
    if (stretch >= 30 && stretch < 42) continue;
    desk.observe({ ...at(stretch * 10 + 1, stretch, 45), history: desk.state().observed.history });
  }
  return desk;
}

test("the numbers of a node are drawn over 15 minutes, with a gap where they are unknown", () => {
  const desk = watched();
  desk.press("H");
  const lines = draw(desk.state());
  expect(lines[0]).toContain("a ▸ chart");
  expect(lines[2]).toMatch(/^ conns {2}client backends/);
  expect(lines[3]).toMatch(/^ {3}a {3}now 89 {3}min 0 {3}max 89$/);
  expect(lines[4]).toMatch(/^ {7}89 /);
  const zero = lines.findIndex((line) => /^ {8}0 /.test(line));
  expect(zero).toBeGreaterThan(15);
  const bars = lines[zero]?.slice(10) ?? "";
  expect(bars.trimEnd()).toHaveLength(109);
  // Two minutes of fifteen.
  expect(/█( +)█/.exec(bars)?.[1]).toHaveLength(14);
  expect(lines[zero + 1]).toMatch(/^ {10}15 min ago ─+10 min ago ─+5 min ago ─+ now$/);
  expect(lines.find((line) => line.startsWith("❯"))).toMatch(/^❯conns +89 +0 +89 [▁▂▃▄▅▆▇█ ]+$/);
  desk.press("escape");
  expect(desk.place).toEqual({ kind: "fleet" });
});

test("what is least counts the value of now, also beside a higher one of the same ten seconds", () => {
  const desk = sitDown(at(0, 70, 45), { columns: 120, rows: 40 });
  desk.observe({ ...at(1, 70, 45), history: desk.state().observed.history });
  desk.observe({ ...at(7, 3, 45), history: desk.state().observed.history });
  desk.press("H");
  expect(draw(desk.state())[3]).toMatch(/^ {3}a {3}now 3 {3}min 3 {3}max 70$/);
});

test("two nodes that are marked are drawn together, each with a sign of its own, also without colours", () => {
  const desk = watched({ columns: 80, rows: 24 });
  desk.press("x", "x");
  expect(draw(desk.state()).filter((line) => line.startsWith("»"))).toHaveLength(2);
  desk.press("H");
  const lines = draw(desk.state());
  expect(lines[0]).toContain("a, b ▸ chart");
  expect(lines[3]).toMatch(/^ ● a {3}now 89 {3}min 0 {3}max 89$/);
  expect(lines[4]).toMatch(/^ ○ b {3}now 45 {3}min 45 {3}max 45$/);
  const plot = lines.slice(5, 14).map((line) => line.slice(10));
  expect(plot[0]).toMatch(/^ +●+$/);
  expect(plot.filter((line) => line.includes("○"))).toHaveLength(1);
  expect(plot.join("").match(/◉/g)?.length).toBeGreaterThan(3);
  expect(lines.find((line) => line.includes("FIGURE"))).toMatch(/● NOW +MIN +MAX +○ NOW +MIN +MAX$/);
  const plain = draw(desk.state(), ascii).slice(3, 14).join("\n");
  expect(plain).toMatch(/^ \* a .*\n o b /);
  expect(plain).toContain("@");
});

/** The same two nodes in a cluster of one name. */
const inCluster = (seen: Observed): Observed => ({
  ...seen,
  clusters: [
    cluster(
      "orders",
      ["a", "b"].map((name) => ({ name, depth: 0 })),
    ),
  ],
});

test("a cluster is drawn by its sums, under the cursor and marked, also beside a node", () => {
  const desk = sitDown(inCluster(at(0, 1, 45)), { columns: 120, rows: 40 });
  const go = (seconds: number, a: number) =>
    desk.observe({ ...inCluster(at(seconds, a, 45)), history: desk.state().observed.history });
  go(1, 5);
  go(11, 20);
  desk.press("H");
  expect(draw(desk.state())[0]).toContain("orders ▸ chart");
  expect(draw(desk.state())[3]).toMatch(/^ {3}orders {3}now 65 {3}min 50 {3}max 65$/);
  desk.press("escape", "x");
  go(22, 30);
  expect(draw(desk.state()).filter((line) => line.startsWith("»"))).toEqual([
    expect.stringContaining("orders"),
  ]);
  desk.press("H");
  expect(draw(desk.state())[3]).toMatch(/^ {3}orders {3}now 75 /);
  desk.press("escape", "x", "H");
  const lines = draw(desk.state());
  expect(lines[0]).toContain("orders, a ▸ chart");
  expect(lines[3]).toMatch(/^ ● orders {3}now 75 /);
  expect(lines[4]).toMatch(/^ ○ a {3}now 30 /);
  desk.press("a");
  expect(desk.place).toMatchObject({ kind: "view", view: "activity", scope: { nodes: ["a", "b"] } });
});

test("the sum of a statement over nodes is drawn, from its heading and where that is marked", () => {
  const answer = (calls: bigint, atMs: number) => {
    const row = { queryid: "1", userid: 10, dbid: 5, toplevel: true, datname: "shop", usename: "app", calls };
    return okSample([{ ...row, query: "select 1", stats_since: 1, asked_at: 2 }], atMs);
  };
  const seen = (seconds: number, calls: bigint): Observed => {
    const moment = nowMs + seconds * 1000;
    const both = (one: ReturnType<typeof answer>) => ({ statements: { a: one, b: one } });
    const nodes = [node("a"), node("b")];
    return {
      ...{ ...observed(nodes, undefined, both(answer(calls, moment))), nowMs: moment },
      earlier: both(answer(0n, moment - 1000)),
    };
  };
  const desk = sitDown(seen(0, 5n));
  desk.open({ kind: "view", view: "statements_across", scope: { kind: "all" } });
  desk.observe(seen(1, 7n));
  const legend = () => draw(desk.state()).find((line) => line.includes("shop select 1")) ?? "";
  desk.press("H");
  expect(draw(desk.state())[0]).toContain("2 nodes ▸ statements over nodes ▸ chart");
  const calls = () => draw(desk.state()).find((line) => line.includes("CALLS/s")) ?? "";
  expect([legend(), calls()]).toEqual([
    expect.stringMatching(/^ {3}shop select 1 /),
    expect.stringMatching(/ CALLS\/s +14 +14 +14 /),
  ]);
  // It goes on while it is on screen.
  desk.observe({ ...seen(12, 9n), history: desk.state().observed.history });
  expect(calls()).toMatch(/ CALLS\/s +18 +14 +18 /);
  desk.press("escape", "x", "H");
  expect(legend()).toMatch(/^ {3}shop select 1 /);
});

test("what is not known yet says so", () => {
  const desk = sitDown(at(0, 1, 1));
  desk.press("H");
  expect(draw(desk.state())[3]).toBe(
    "   a   nothing is known of it yet: it is remembered while it is looked at",
  );
});

test.each([
  [60, 15],
  [60, 8],
  [80, 24],
  [120, 40],
  [200, 50],
])("a chart fits %d x %d", (columns, rows) => {
  const desk = watched({ columns, rows });
  desk.press("H");
  const lines = draw(desk.state());
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
  expect(lines.some((line) => line.startsWith("❯"))).toBe(true);
});

test("a number has its course behind it where the user wants it, in the rows that are remembered", () => {
  const desk = atActivity();
  desk.press("v", "G");
  const { length } = choosable(activity, {});
  const xact = choosable(activity, {}).findIndex(([name]) => name === "xact_seconds");
  desk.press(...Array.from({ length: length - 1 - xact }, () => "up"), "s", "enter");
  expect(desk.state().looks["activity"]).toEqual({ sparks: { xact_seconds: true } });
  const row = () => draw(desk.state()).find((line) => line.includes(" 8017 ")) ?? "";
  expect(row()).not.toMatch(/[▁-█]/);
  desk.observe(badDay);
  expect(row()).toMatch(/\d:\d\d {8}[▁-█] /);
  desk.press("v", "s");
  expect(desk.notice()).toBe("this column has no numbers to draw over time");
});
