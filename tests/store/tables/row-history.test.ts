import { describe, expect, test } from "bun:test";
import { chartStretches } from "../../../src/stats/history.ts";
import type { Observed } from "../../../src/store/store.ts";
import { figuresOf } from "../../../src/store/tables/figures.ts";
import { figureNow, seriesOf } from "../../../src/store/tables/row-history.ts";
import { viewNamed } from "../../../src/views/all.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { idText, nodeLine, rowId } from "../../../src/views/row-id.ts";
import { sitDown } from "../../support/screens/desk.ts";
import { activityOf, backend, node, nowMs, observed, pulse } from "../../support/screens/fixtures.ts";

/** One node at a moment, with so many connections and a transaction of so many seconds in each of these sessions. */
function at(seconds: number, connections: number, pids: readonly number[] = [1]): Observed {
  const moment = nowMs + seconds * 1000;
  const rows = pids.map((pid) => backend(pid, { xact_seconds: connections }));
  const seen = observed([node("a", { pulse: pulse({ connections }), pulseAtMs: moment })], undefined, {
    ...activityOf({ a: rows }, moment),
  });
  return { ...seen, nowMs: moment };
}

const keyOf = (pid: number) => idText(rowId("a", activity, backend(pid)));

const known = (desk: ReturnType<typeof sitDown>, key: string, figure: string) => {
  const { history, nowMs: now } = desk.state().observed;
  const series = seriesOf(history.lines.get(key), figure, now);
  expect(series).toHaveLength(chartStretches);
  return series.slice(series.findIndex((value) => value !== null));
};

/** The next moment, with what was remembered before it, as a round has it. */
function go(desk: ReturnType<typeof sitDown>, next: Observed): void {
  desk.observe({ ...next, history: desk.state().observed.history });
}

describe("the numbers of a row", () => {
  test("are remembered from when its view is looked at, the highest of each ten seconds", () => {
    const desk = sitDown(at(0, 1));
    go(desk, at(5, 2));
    desk.press("a");
    for (const [seconds, value] of [
      [10, 3],
      [13, 9],
      [16, 4],
      [21, 5],
    ] as const)
      go(desk, at(seconds, value));
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([9, 5]);
    expect(known(desk, nodeLine("a"), "connections")).toEqual([3, 5]);
    go(desk, at(24, 2));
    const { history, nowMs: now } = desk.state().observed;
    expect(figureNow(history.lines.get(keyOf(1)), "xact_seconds", now)).toBe(2);
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([9, 5]);
  });

  test("have a gap for the time in which nobody looked, and those of a node have none", () => {
    const desk = sitDown(at(0, 1));
    desk.press("a");
    go(desk, at(1, 1));
    desk.press("escape");
    for (let seconds = 5; seconds < 60; seconds += 5) go(desk, at(seconds, 2));
    desk.press("a");
    go(desk, at(61, 3));
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([1, null, null, null, null, null, 3]);
    expect(known(desk, nodeLine("a"), "connections")).not.toContain(null);
  });

  test("stay what they were until the next answer is due, and are unknown from then on", () => {
    const desk = sitDown(at(0, 1));
    desk.press("a");
    go(desk, at(1, 7));
    const later = (seconds: number) => ({ ...at(1, 7), nowMs: nowMs + seconds * 1000, clusters: [] });
    go(desk, later(12));
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([7, 7]);
    go(desk, later(35));
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([7, null, null, null]);
  });

  test("stand still while the screen is paused, and go on behind it", () => {
    const desk = sitDown(at(0, 1));
    desk.press("a");
    go(desk, at(1, 1));
    desk.press("space");
    go(desk, at(12, 5));
    expect(desk.state().frozen?.history.lines.get(keyOf(1))?.atMs).toBe(nowMs + 1000);
    expect(known(desk, keyOf(1), "xact_seconds")).toEqual([1, 5]);
  });

  test("are those of a hundred rows around the cursor, and forgotten after a quarter of an hour", () => {
    const pids = Array.from({ length: 3000 }, (_, pid) => pid + 1);
    const desk = sitDown(at(0, 1));
    desk.press("a");
    go(desk, at(1, 1, pids));
    expect(desk.state().observed.history.lines.size).toBe(101);
    desk.press("escape");
    for (let minutes = 1; minutes <= 16; minutes += 1) go(desk, at(minutes * 60, 1));
    expect([...desk.state().observed.history.lines.keys()]).toEqual([nodeLine("a")]);
  });
});

test("numbers that are names are not drawn over time", () => {
  const of = (name: string) => {
    const view = viewNamed(name);
    return view ? figuresOf(view) : [];
  };
  expect(of("activity")).not.toContain("pid");
  expect(of("activity")).toContain("xact_seconds");
  expect(of("fleet").slice(0, 5)).toEqual(["connections", "active", "blocked", "transactions", "hit_ratio"]);
  expect(of("fleet")).not.toContain("position");
  expect(of("fleet")).not.toContain("timeline");
  expect(of("databases")).toContain("xact_commit");
});
