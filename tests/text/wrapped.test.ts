import { expect, test } from "bun:test";
import { safe } from "../../src/text/safe-text.ts";
import { safeText } from "../../src/text/text.ts";
import { wrapped, wrappedSpans } from "../../src/text/wrapped.ts";

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

test("pieces that look different fill lines together, and wide characters stay whole", () => {
  const lines = wrappedSpans(
    [
      { kind: "a", text: safeText("one two ") },
      { kind: "b", text: safeText("漢字漢字") },
      { kind: "a", text: safeText("!") },
    ],
    11,
  );
  expect(lines.map((line) => line.map(({ kind, text }) => `${kind}:${text}`))).toEqual([
    ["a:one two ", "b:漢"],
    ["b:字漢字", "a:!"],
  ]);
  expect(wrappedSpans([], 10)).toEqual([[]]);
});
