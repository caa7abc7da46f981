import { describe, expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, nowMs, observed } from "../support/screens/fixtures.ts";

type Desk = ReturnType<typeof sitDown>;

/** A round of polls, `seconds` after the first. */
function after(seconds: number, pids: readonly number[] | null) {
  const atMs = nowMs + seconds * 1000;
  const rows = pids?.map((pid) => backend(pid));
  const samples = rows ? activityOf({ a: rows }, atMs) : {};
  return { ...observed([node("a")], undefined, samples), nowMs: atMs };
}

const pids = (desk: Desk) => currentTable(desk.state())?.lines.map(({ row }) => row["pid"]);

describe("a view that is opened while the screen is paused", () => {
  test("is asked once, which is said, and then stands still", () => {
    const desk = sitDown(after(0, null));
    desk.press("space", "a");
    expect(desk.state().screen.notice).toContain("paused: what is new here is asked once");
    expect(pids(desk)).toEqual([]);
    desk.observe(after(1, [1, 2]));
    expect(pids(desk)).toEqual([1, 2]);
    desk.observe(after(2, [3]));
    expect(pids(desk)).toEqual([1, 2]);
    desk.press("space");
    expect(pids(desk)).toEqual([3]);
  });

  test("does not show what was seen before the pause", () => {
    const desk = sitDown(after(0, [1]));
    desk.observe(after(9, [1]));
    desk.store.setState(({ observed: seen }) => ({
      observed: { ...seen, samples: after(0, [1]).samples },
    }));
    desk.press("space", "a");
    expect(pids(desk)).toEqual([]);
    desk.observe(after(10, [2]));
    expect(pids(desk)).toEqual([2]);
  });

  test("is asked once more with other options, and not for moving about in it", () => {
    const desk = sitDown(after(0, null));
    desk.press("space", "a");
    desk.observe(after(1, [1]));
    desk.press("j", "R");
    desk.observe(after(2, [2]));
    expect(pids(desk)).toEqual([1]);
    desk.press("i");
    desk.observe(after(3, [3]));
    expect(pids(desk)).toEqual([3]);
  });
});
