import { expect, test } from "bun:test";
import { nearest } from "../../src/text/nearest.ts";

test.each([
  ["prot", "port"],
  ["databse", "database"],
  ["HOST", "host"],
  ["idletimeout", "idle_timeout"],
  ["zebra", null],
])("%p was meant to be %p", (word, meant) => {
  expect(nearest(word, ["host", "port", "database", "idle_timeout"])).toBe(meant);
});
