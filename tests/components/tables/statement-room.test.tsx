import { describe, expect, test } from "bun:test";
import { sitDown } from "../../support/screens/desk.ts";
import { activityOf, alert, backend, node, observed } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const words = Array.from({ length: 40 }, (_, at) => `word${at}`);
const long = `select ${words.join(" ")} end`;

/** The activity of two nodes on a small screen, the session with the long statement under the cursor. */
function atActivity(sessions = 1) {
  const others = Array.from({ length: sessions - 1 }, (_, at) => backend(200 + at, { xact_seconds: 1 }));
  const rows = [backend(100, { xact_seconds: 900, query: long }), ...others];
  const seen = observed([node("a"), node("b")], undefined, activityOf({ a: rows, b: [] }));
  const desk = sitDown(seen, { columns: 80, rows: 24 });
  desk.press("a", "0");
  return Object.assign(desk, { lines: () => draw(desk.state()) });
}

describe("what a line has no room for", () => {
  test("stands in the lines below that are free: the statement whole, then the columns that left", () => {
    const { lines } = atActivity();
    const seen = lines();
    const from = seen.findIndex((line) => line.startsWith("── a 100 ─"));
    const below = seen.slice(from + 1, -2).map((line) => line.trim());
    expect(below.join(" ")).toStartWith(long);
    expect(below.join(" ")).toMatch(/ database \S+ +client \S+/);
  });

  test("is whole also where it is longer than a line", () => {
    const said = `subscription s fails: ${words.join(" ")} end`;
    const alerts = [alert("subscription_failing", "critical", said)];
    const desk = sitDown(observed([node("a", { alerts }), node("b")]), { columns: 80, rows: 24 });
    desk.press("!");
    const shown = draw(desk.state()).map((line) => line.trim());
    expect(shown.join(" ")).toContain(`what ${said}`);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("is left out where the lines are taken, and ends in an ellipsis where few are free", () => {
    expect(atActivity(30).lines().join("\n")).not.toContain("── a 100 ─");
    expect(atActivity(16).lines().at(-3)).toMatch(/…$/);
  });
});

test("each press to the right moves the table, to the end of the longest statement and no further", () => {
  const desk = atActivity(30);
  const line = () => desk.lines().find((one) => one.startsWith("❯")) ?? "";
  const seen: string[] = [line()];
  while (!line().includes(" end") && seen.length < 60) {
    desk.press("right");
    expect(line()).not.toBe(seen.at(-1) ?? "");
    seen.push(line());
  }
  const text = seen.join("\n");
  for (const word of words) expect(text).toContain(word);
  desk.press("right", "right", "right");
  expect(line()).toBe(seen.at(-1) ?? "");
  desk.press("left");
  expect(line()).toBe(seen.at(-2) ?? "");
});
