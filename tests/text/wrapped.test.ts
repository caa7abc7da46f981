import { expect, test } from "bun:test";
import { safe } from "../../src/text/safe-text.ts";
import { wrapped } from "../../src/text/wrapped.ts";

test("text is broken at blanks", () => {
  expect<string[]>(wrapped(safe`one two three`, 7)).toEqual(["one two", "three"]);
  expect<string[]>(wrapped(safe``, 7)).toEqual([""]);
});

test("what is longer than a line goes on in the next, and nothing of it is lost", () => {
  expect<string[]>(wrapped(safe`shows SHA256:abcdefgh now`, 8)).toEqual([
    "shows",
    "SHA256:a",
    "bcdefgh",
    "now",
  ]);
  expect<string[]>(wrapped(safe`名前名前`, 5)).toEqual(["名前", "名前"]);
});
