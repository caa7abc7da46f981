import { expect, test } from "bun:test";
import { decodeBytes } from "../../src/postgres/encoding.ts";

const latin1 = (bytes: readonly number[]) => String.fromCharCode(...bytes);
const utf8 = (text: string) => latin1([...new TextEncoder().encode(text)]);
test.each([
  ["plain", [], "plain"],
  [utf8("é日😀"), ["UTF8"], "é日😀"],
  ["caf\xe9", ["UTF8", "LATIN1"], "café"],
  ["caf\xe9", ["UTF8", "SQL_ASCII"], "caf\ufffd"],
  ["caf\xe9", ["UTF8", null], "caf\ufffd"],
  ["\x80", ["WIN1252"], "€"],
  ["a\x80\x9b31m\x9f\xe9", ["LATIN1"], "a\x80\x9b31m\x9f\xe9"],
  ["\x9b\xfd", ["LATIN5"], "\x9bı"],
  ["\xae\xbe\xa4", ["KOI8U"], "╝╬є"],
  ["\xa4", ["LATIN9"], "€"],
  ["\xc6\xfc\xcb\xdc", ["EUC_JP"], "日本"],
  ["\xc6\xfc\xcb", ["EUC_JP", "UTF8"], "\ufffd\ufffd\ufffd"],
  ["\xf4\xe5\xf1\xf4", ["KOI8R"], "ТЕЯТ"],
  ["\xd4\xe5\xf1\xf2", ["WIN1251"], "Фест"],
  ["\xc7\xd1", ["EUC_KR"], "한"],
  ["\xd6\xd0", ["EUC_CN"], "中"],
  ["\xef\xbb\xbfx", ["UTF8"], "\ufeffx"],
  ["\xff", ["MULE_INTERNAL", "EUC_TW", "no such", "constructor"], "\ufffd"],
] as const)("%p in one of %p is %p", (bytes, encodings, text) => {
  expect(decodeBytes(bytes, encodings)).toBe(text);
});

test("every encoding that a database may have is known, but for those that no decoder here knows", () => {
  const unknown = ["SQL_ASCII", "EUC_TW", "EUC_JIS_2004", "MULE_INTERNAL"];
  for (const name of unknown) expect(decodeBytes("\xe9", [name])).toBe("\ufffd");
});
