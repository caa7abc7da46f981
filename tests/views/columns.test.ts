import { expect, test } from "bun:test";
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
