import { expect, test } from "bun:test";
import { statementLines } from "../../src/commands/row/statement.ts";
import { width as cellsOf } from "../../src/text/cells.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed, stateOf } from "../support/screens/fixtures.ts";
import { draw, drawRaw } from "../support/screens/screens.tsx";

const lines = Array.from({ length: 60 }, (_, at) => `line ${at + 1}`);

/** At the row of a backend that runs this statement. */
function reading(query: string, size = { columns: 80, rows: 24 }) {
  const desk = sitDown(observed([node("a")], undefined, activityOf({ a: [backend(1, { query })] })), size);
  desk.press("a", "enter");
  return desk;
}

test("a long statement scrolls line by line, by pages and to its ends, and no further", () => {
  const desk = reading(lines.join("\n"));
  const screen = () => draw(desk.state()).join("\n");
  expect(screen()).toContain("  line 1\n");
  expect(screen()).toMatch(/\d+ more lines below/);
  desk.press("j", "down");
  expect(screen()).toContain("  2 lines above\n  line 3\n");
  desk.press("pagedown");
  expect(desk.spot.top).toBeGreaterThan(2);
  desk.press("G", "j", "j");
  expect(screen()).toContain("  59 lines above\n  line 60\n");
  desk.press("k");
  expect(screen()).toContain("  line 59\n");
  desk.press("g", "k");
  expect(screen()).toContain("  line 1\n");
});

test.each([80, 70])(
  "a page is what is shown of it at %s columns: the next begins where this one ended",
  (columns) => {
    const desk = reading(lines.join("\n"), { columns, rows: 36 });
    const seen = () => draw(desk.state()).flatMap((line) => /^ {2}line (\d+)$/.exec(line)?.[1] ?? []);
    const first = seen();
    desk.press("pagedown");
    const second = seen();
    expect(Number(second[0])).toBe(Number(first.at(-1)) + 1);
    expect(desk.spot.top).toBe(first.length);
    desk.press("pageup");
    expect(seen()).toEqual(first);
  },
);

test("a statement that fits has nothing to scroll", () => {
  const desk = reading("select 1");
  desk.press("j", "G");
  expect(desk.spot.top).toBe(0);
  expect(draw(desk.state()).join("\n")).not.toContain("more lines");
});

test("is wrapped to the terminal's width, wide characters whole, and made safe", () => {
  const desk = reading(`select '${"漢".repeat(60)}' -- \u001b[31m`, { columns: 60, rows: 20 });
  const wrapped = statementLines(desk.state()).map((line) => line.map(({ text }) => text).join(""));
  for (const line of wrapped) expect(cellsOf(line)).toBeLessThanOrEqual(56);
  expect(wrapped.join("")).toBe(`select '${"漢".repeat(60)}' -- \\x1b[31m`);
});

test("there is none where no row is on screen", () => {
  expect(statementLines(stateOf(observed([])))).toEqual([]);
});

test("keywords, strings and comments look different, also where a line is broken", () => {
  const desk = reading("select 'it''s from a string', n -- from here\nfrom t", { columns: 80, rows: 24 });
  const lines = statementLines(desk.state());
  expect(lines.map((line) => line.map(({ kind, text }) => `${kind}:${text}`))).toEqual([
    ["keyword:select", "plain: ", "string:'it''s from a string'", "plain:, n ", "comment:-- from here"],
    ["keyword:from", "plain: t"],
  ]);
  const raw = drawRaw(desk.state()).join("\n");
  expect(raw).toMatch(/\u001b\[96mselect\u001b\[\d+m/);
  expect(raw).toContain("\u001b[32m'it''s from a string'");
  expect(raw).toContain("\u001b[90m-- from here");
});
