import { expect, test } from "bun:test";
import { allViews } from "../../src/views/all.ts";
import { printCell } from "../../src/views/cells.ts";
import { above } from "../../src/views/columns.ts";

test("a level colours from its own value on, the worse one first", () => {
  const severity = above(10, 60);
  expect([9.9, 10, 59.9, 60, 61n].map(severity)).toEqual([
    "ok",
    "warning",
    "warning",
    "critical",
    "critical",
  ]);
});

test("a moment has room for its date and time in each view", () => {
  const narrow = allViews().flatMap(({ name, columns }) =>
    Object.entries(columns).flatMap(([key, column]) =>
      column.kind === "epoch" && printCell(column, 1.8e9).length > (column.maxWidth ?? 12)
        ? `${name}.${key}`
        : [],
    ),
  );
  expect(narrow).toEqual([]);
});
