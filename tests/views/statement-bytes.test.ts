import { expect, test } from "bun:test";
import { commentedStart, statementStart } from "../../src/views/columns.ts";
import { decodeStatement } from "../../src/views/statement-bytes.ts";

const utf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
const escaped = (bytes: string) =>
  bytes.replace(/[\\\x80-\xff]/g, (byte) =>
    byte === "\\" ? "\\\\" : `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );

test.each([
  ["LATIN1 escape:select 'caf\\351'", "select 'café'"],
  ["UTF8 escape:select E'\\\\n'", "select E'\\n'"],
  ["UTF8 escape:caf\\303\\251", "café"],
  ["SQL_ASCII escape:caf\\303\\251", "café"],
  ["SQL_ASCII escape:caf\\351", "caf\ufffd"],
  ["EUC_JP escape:\\306\\374\\313\\334", "日本"],
  [" escape:a backend without a database", "a backend without a database"],
  ["UTF8 escape:", ""],
  ["UTF8 escape:a:b", "a:b"],
  ["UTF8 base64:Y2Fm\nw6k=", "café"],
  ["LATIN1 base64:Y2Fm\n6Q==", "café"],
  [" base64:", ""],
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
    const shown = decodeStatement(`UTF8 escape:${escaped(bytes)}`);
    expect(shown).not.toContain("\ufffd");
    expect(utf8(shown).length).toBeGreaterThan(cut - 4);
    expect(before + text).toStartWith(shown);
  }
});
