import { describe, expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import type { Samples } from "../../src/views/sample.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, nowMs, observed, okSample } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

type Desk = ReturnType<typeof sitDown>;

/** A round of polls, `seconds` after the first. */
function after(seconds: number, databases: readonly number[] | null) {
  const atMs = nowMs + seconds * 1000;
  const rows = databases?.map((datid) => ({ datid, datname: `shop-${datid}` }));
  const samples: Samples = rows
    ? { databases: { a: okSample(rows, atMs) }, replication: { a: okSample([], atMs) } }
    : {};
  return { ...observed([node("a")], undefined, samples), nowMs: atMs };
}

const databases = (desk: Desk) => currentTable(desk.state())?.lines.map(({ row }) => row["datid"]);

test("a row that is opened while the screen is paused stays as it was seen, and is not said to have ended", () => {
  const seen = observed([node("a")], undefined, activityOf({ a: [backend(8017)] }));
  const desk = sitDown(seen);
  desk.press("a", "space", "enter");
  const screen = () => draw(desk.state()).join("\n");
  expect(screen()).toContain("8017");
  expect(screen()).not.toMatch(/gone|ended/);
  // The session has ended since the pause began, and the row was asked anew.
  desk.observe({ ...after(2, []), samples: activityOf({ a: [] }, nowMs + 2000) });
  expect(screen()).toContain("8017");
});

describe("a view that is opened while the screen is paused", () => {
  test("is asked once, which is said, and then stands still", () => {
    const desk = sitDown(after(0, null));
    desk.press("space", "b");
    expect(desk.state().screen.notice).toContain("paused: what is new here is asked once");
    expect(databases(desk)).toEqual([]);
    desk.observe(after(1, [1, 2]));
    expect(databases(desk)).toEqual([1, 2]);
    desk.observe(after(2, [3]));
    expect(databases(desk)).toEqual([1, 2]);
    desk.press("space");
    expect(databases(desk)).toEqual([3]);
  });

  test("does not show what was seen before the pause", () => {
    const desk = sitDown(after(0, [1]));
    desk.store.setState({ observed: { ...after(9, null), samples: after(0, [1]).samples } });
    desk.press("space", "b");
    expect(databases(desk)).toEqual([]);
    desk.observe(after(10, [2]));
    expect(databases(desk)).toEqual([2]);
  });

  test("is asked once more when it is opened again, and not for moving about in it", () => {
    const desk = sitDown(after(0, null));
    desk.press("space", "b");
    desk.observe(after(1, [1]));
    desk.press("j", "R", "/", "s", "enter");
    desk.observe(after(2, [2]));
    expect(databases(desk)).toEqual([1]);
    desk.press("S", "b");
    desk.observe(after(3, [3]));
    expect(databases(desk)).toEqual([3]);
  });
});
