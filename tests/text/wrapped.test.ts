import { expect, test } from "bun:test";
import { wrapped } from "../../src/text/wrapped.ts";

test("text is broken at blanks", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("", 7)).toEqual([""]);
});

test("what is longer than a line goes on in the next, and nothing of it is lost", () => {
  expect(wrapped("shows SHA256:abcdefgh now", 8)).toEqual(["shows", "SHA256:a", "bcdefgh", "now"]);
  expect(wrapped("名前名前", 5)).toEqual(["名前", "名前"]);
});
