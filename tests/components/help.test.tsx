import { expect, test } from "bun:test";
import { filterOf } from "../../src/store/table.ts";
import { fleet } from "../../src/views/server/fleet.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

/** All pages of the help where these keys were pressed. */
function pages(size: { columns: number; rows: number }, ...keys: string[]) {
  const desk = sitDown(badDay, size);
  desk.press(...keys, "?");
  const seen = [draw(desk.state()).join("\n")];
  for (;;) {
    desk.press("space");
    const page = draw(desk.state()).join("\n");
    if (seen.includes(page)) return { desk, seen, text: seen.join("\n") };
    seen.push(page);
  }
}

test.each([
  { columns: 60, rows: 8 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 200, rows: 50 },
])(
  "on $columns x $rows the help explains the filter and the columns of the view, over as many pages as it takes",
  (size) => {
    const { text } = pages(size, "a");
    for (const said of [
      "FILTER",
      "/^or.*1$/",
      "~odr1",
      "database:app",
      "tx>1min",
      "COLUMNS",
      "BLOCKED BY",
      "quit",
      "unknown",
    ])
      expect(text).toContain(said);
  },
);

test("the examples of a filter ask for columns that the view has", () => {
  const help = pages({ columns: 200, rows: 50 });
  const examples = [
    ...help.text.matchAll(
      / ([a-z_]+)(?:[:<>]=?)\S+ +(?:in this|compares|the same of|a regular expression in)/g,
    ),
  ];
  expect(examples.length).toBeGreaterThan(1);
  for (const [, column = ""] of examples) {
    const { error } = filterOf(fleet, `${column}:x`);
    expect({ column, error }).toEqual({ column, error: null });
  }
});

test("where a view has moments the help says how they are asked for", () => {
  const events = pages({ columns: 200, rows: 50 }, "E");
  expect(events.text).toMatch(/time<5min +TIME less than 5 min ago/);
  expect(pages({ columns: 200, rows: 50 }, "a").text).not.toContain("ago");
});

test("a screen without a table has neither, and one page where all fits", () => {
  const { text, seen } = pages({ columns: 200, rows: 50 }, "j", "enter");
  expect(text).not.toContain("COLUMNS");
  expect(text).not.toContain("FILTER");
  expect(seen).toHaveLength(1);
  expect(text).not.toContain("page 1");
});

test("space turns the page and says which it is; any other key closes the help", () => {
  const { desk, seen } = pages({ columns: 80, rows: 24 }, "a");
  expect(seen.length).toBeGreaterThan(1);
  expect(seen[0]).toContain(`page 1 of ${seen.length}: space and arrows turn it, Esc closes this`);
  for (const [on, back] of [
    ["space", "pageup"],
    ["pagedown", "up"],
    ["down", "left"],
    ["right", "pageup"],
  ] as const) {
    desk.press(on);
    expect(draw(desk.state()).join("\n")).toContain(`page 2 of ${seen.length}`);
    desk.press(back);
  }
  desk.press("pageup");
  expect(draw(desk.state()).join("\n")).toContain(`page ${seen.length} of ${seen.length}`);
  desk.press("j");
  expect(desk.state().screen.overlay).toBeNull();
});

test("/ leaves the lines that a filter finds, by their keys, names and words; Esc shows all again, then closes", () => {
  const desk = sitDown(badDay, { columns: 80, rows: 24 });
  const shown = () => draw(desk.state());
  const body = () =>
    shown()
      .slice(2, -2)
      .filter((line) => line !== "");
  desk.press("a", "?");
  const all = shown();
  expect(all.at(-1)).toContain("/ filter");
  desk.press("/");
  desk.type("copy");
  expect(body()).toEqual(["  VIEW", "  y         Copy the statement", "  Y         Copy the row"]);
  expect(shown().at(-1)).toBe(" /copy   ↵ keep  Esc drop");
  desk.press("enter");
  expect(shown().at(-1)).toBe(" filter /copy  / filter  Esc drop  q quit");
  desk.press("/", "ctrl-u");
  // By the name of a key, and of a command.
  desk.type("shift-tab");
  expect(body()).toEqual(["  VIEW", expect.stringContaining("Previous view")]);
  desk.press("ctrl-u");
  desk.type("qqq");
  expect(body()).toEqual(["  nothing matches /qqq; Esc shows all again"]);
  desk.press("escape");
  expect(shown()).toEqual(all);
  desk.press("escape");
  expect(desk.state().screen.overlay).toBeNull();
  // What is no filter is looked for as it is.
  desk.press("?", "/");
  desk.type(">");
  expect(body().join("\n")).toContain("Sort by the next column");
});

test("nothing is cut at 80 columns: what a key, a filter or a column means is wrapped", () => {
  for (const keys of [[], ["a"], ["j", "enter"], ["a", "enter"], ["o"], ["!"], ["L"]]) {
    const { seen, text } = pages({ columns: 80, rows: 24 }, ...keys);
    const help = seen.flatMap((page) => page.split("\n").slice(2, -2));
    expect(help.filter((line) => line.includes("…"))).toEqual([]);
    expect(text.replace(/\s+/g, " ")).toContain("Esc closes this");
  }
  const { seen } = pages({ columns: 80, rows: 24 }, "a");
  // The ends of the longest titles.
  for (const end of ["unlock a node", "production asks first", "/regex/, ~letters"])
    expect(seen.join("\n")).toContain(end);
});

test.each([80, 120, 200])(
  "on %d columns explanations have room, and a command without a key is no key",
  (columns) => {
    const { seen } = pages({ columns, rows: 36 }, "a");
    const lines = seen.flatMap((page) => page.split("\n"));
    expect(lines.find((line) => line.includes(":read-only"))).toMatch(/:read-only +\S+ \S+ \S+/);
    expect(lines.filter((line) => line.trim().startsWith(":  "))).toEqual([]);
    expect(lines.some((line) => line.includes("process ids and prepared transactions"))).toBe(true);
  },
);
