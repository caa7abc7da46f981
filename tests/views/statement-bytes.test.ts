import { expect, test } from "bun:test";
import { commentedStart, statementStart } from "../../src/views/columns.ts";
import { decodeStatement } from "../../src/views/statement-bytes.ts";

const utf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
const escaped = (bytes: string) =>
  bytes.replace(/[\\\x80-\xff]/g, (byte) =>
    byte === "\\" ? "\\\\" : `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );

test.each([
  ["LATIN1:select 'caf\\351'", "select 'café'"],
  ["UTF8:select E'\\\\n'", "select E'\\n'"],
  ["UTF8:caf\\303\\251", "café"],
  ["SQL_ASCII:caf\\303\\251", "café"],
  ["SQL_ASCII:caf\\351", "caf\ufffd"],
  ["EUC_JP:\\306\\374\\313\\334", "日本"],
  [":a backend without a database", "a backend without a database"],
  ["UTF8:", ""],
  ["UTF8:a:b", "a:b"],
])("the statement %p is %p", (raw, text) => {
  expect(decodeStatement(raw)).toBe(text);
});

test.each(
  ["é", "日", "😀"].flatMap((character) =>
    [statementStart, commentedStart].map((cut) => [character, cut] as const),
  ),
)("a cut within %p at %d bytes leaves the character out", (character, cut) => {
  const text = character.repeat(cut);
  for (const before of ["", "a", "ab", "abc"]) {
    const bytes = utf8(before + text).slice(0, cut);
    const shown = decodeStatement(`UTF8:${escaped(bytes)}`);
    expect(shown).not.toContain("\ufffd");
    expect(utf8(shown).length).toBeGreaterThan(cut - 4);
    expect(before + text).toStartWith(shown);
  }
});
