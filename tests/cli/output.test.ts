import { expect, test } from "bun:test";
import { toCsv, toJson } from "../../src/cli/output.ts";

/** What a terminal obeys, hides, turns around or draws over its neighbours. */
const awkward = {
  "C0 and DEL": "\u0000\u0007\b\u001b[31m\u007f",
  "C1, of which some begin a sequence": "\u0080\u0085\u009b31m\u009d0;title\u009c\u009f",
  "marks of direction": "\u061c\u200e\u200f\u202a\u202e\u2066\u2069",
  "separators of lines": "a\u2028b\u2029c\r\n\v\f",
  "no width": "\u00ad\u200b\u2060\ufeff\u115f\u3164\uffa0\u180e",
  "tags and private use": "\u{e0001}\u{e0061}\ue000\u{f0000}\u{10fffd}",
  "half a pair": "a\ud800b\udc00",
  "marks without end": `e${"\u0301".repeat(20)}`,
  "variation selectors": "a\ufe0f\u{e0100}",
};

test.each(Object.entries(awkward))("JSON escapes %s and keeps the value", (_, text) => {
  const value = { [text]: [text, { deep: text }], more: `x${text}` };
  const json = toJson(value);
  expect(json).toMatch(/^(?:[ -~\n]|[\p{L}\p{N}]|\p{M}(?!\p{M}{3}))*$/u);
  expect(json).not.toMatch(/[^\P{C}\n]|\p{Zl}|\p{Zp}|\p{DI}/u);
  expect(JSON.parse(json)).toEqual(value);
});

test("JSON writes a C1 control as its code, and leaves letters of all scripts alone", () => {
  expect(toJson([Number.POSITIVE_INFINITY, 1.5])).toContain('"Infinity"');
  expect(toJson("\u009b")).toBe('"\\u009b"');
  expect(toJson("\u{e0001}")).toBe('"\\udb40\\udc01"');
  const plain = "Zürich Ελλάδα कार्यक्रम தமிழ் ไทย 日本語 한국어 Tiếng Việt 👍🏽 – …";
  expect(toJson(plain)).toBe(`"${plain}"`);
});

test.each(Object.entries(awkward))("CSV is exact in a pipe and escapes %s on a terminal", (_, text) => {
  const unquoted = (csv: string) => csv.replace(/\r\n$/, "").replace(/^"(.*)"$/s, "$1");
  expect(unquoted(toCsv([[text]], false))).toBe(text);
  expect(toCsv([[text]], true).slice(0, -2)).not.toMatch(/\p{C}|\p{Zl}|\p{Zp}|\p{DI}/u);
});

test("CSV keeps the texts of a list apart", () => {
  expect(toCsv([[["shop", "my shop", 'q"', ""]]], false)).toBe('"shop ""my shop"" ""q"""""" """""\r\n');
});

test("CSV on a terminal keeps its fields apart", () => {
  expect(toCsv([["a,b", 'q"', "l\nm", 7n, null, [1, 2]]], true)).toBe('"a,b","q""",l\\nm,7,,1 2\r\n');
  expect(toCsv([["a,b", 'q"', "l\nm", 7n, null, [1, 2]]], false)).toBe('"a,b","q""","l\nm",7,,1 2\r\n');
});
