import { describe, expect, test } from "bun:test";
import { width } from "../../src/text/cells.ts";
import { safe } from "../../src/text/safe-text.ts";
import { fit, safeName, safeText } from "../../src/text/text.ts";
import { cpuMsOf } from "../support/cpu-time.ts";

describe("safeText", () => {
  test.each([
    ["plain", "select 1", "select 1"],
    ["accents and wide letters", "Größe 日本 naïve", "Größe 日本 naïve"],
    ["a backslash is not doubled", String.raw`C:\data`, String.raw`C:\data`],
    ["line feed, tab, return", "a\nb\tc\rd", String.raw`a\nb\tc\rd`],
    ["escape sequence", "\x1b[2J\x1b]0;owned\x07", String.raw`\x1b[2J\x1b]0;owned\x07`],
    ["NUL and DEL", "a\0b\x7f", String.raw`a\x00b\x7f`],
    ["C1 control sequence introducer", "\x9b31m", String.raw`\x9b31m`],
    ["bidi override", "user\u202etxt", String.raw`user\u202etxt`],
    ["bidi isolates and marks", "\u2066a\u2069\u200f\u061c", String.raw`\u2066a\u2069\u200f\u061c`],
    ["zero-width space and joiner", "prod\u200b\u200d", String.raw`prod\u200b\u200d`],
    ["byte order mark, soft hyphen", "\ufeffa\u00ad", String.raw`\ufeffa\xad`],
    ["line and paragraph separators", "a\u2028b\u2029", String.raw`a\u2028b\u2029`],
    ["variation selector", "prod\ufe0f", String.raw`prod\ufe0f`],
    ["tag characters", "a\u{e0041}", String.raw`a\u{e0041}`],
    ["lone surrogate", "a\ud800b", String.raw`a\ud800b`],
    ["noncharacter and private use", "\uffff\ue000", String.raw`\uffff\ue000`],
    ["decomposed letters stay", "e\u0301 a\u0302\u0301", "e\u0301 a\u0302\u0301"],
    ["marks beyond three", "e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302\u0303\\u0304\\u0305"],
    ["a mark that would land in the cell before", "\u0301x", String.raw`\u0301x`],
    ["a mark after an escape", "\u200b\u0301x", String.raw`\u200b\u0301x`],
  ])("%s", (_, text, shown) => {
    expect<string>(safeText(text)).toBe(shown);
  });

  test("what is shown holds nothing that a terminal obeys, whatever comes in", () => {
    for (let code = 0; code < 0x30000; code++) {
      const shown = safeText(`a${String.fromCodePoint(code)}`);
      expect(/[\p{Cc}\p{Cf}\p{Cs}\p{Bidi_Control}\p{DI}\p{Zl}\p{Zp}]/v.test(shown)).toBe(false);
    }
  });

  test("a limit cuts and says so", () => {
    expect<string>(safeText("abcdef", 6)).toBe("abcdef");
    expect<string>(safeText("abcdef", 5)).toBe("abcd…");
    expect<string>(safeText("abcdef", 5, "~")).toBe("abcd~");
    expect<string>(safeText("日本語", 4)).toBe("日…");
    expect<string>(safeText("ab\x1b[0m", 5)).toBe("ab\\x…");
  });

  test("no surrogate pair is torn at the limit", () => {
    for (let cells = 1; cells < 12; cells++) {
      expect<string>(safeText(`a${"🐘".repeat(200)}`, cells)).toMatch(/^a?🐘*…$/u);
    }
  });

  const mebibyte = 1024 * 1024;
  test.each([
    ["1 MiB of letters", "x".repeat(mebibyte)],
    ["1 MiB of escape characters", "\x1b".repeat(mebibyte)],
    ["1 MiB of wide letters", "語".repeat(mebibyte)],
    ["100 000 marks on one letter", `e${"\u0301".repeat(100_000)}`],
    ["100 000 zero-width spaces", "\u200b".repeat(100_000)],
    ["100 000 joined vowels", `ᄒ${"ᅡ".repeat(100_000)}`],
    ["100 000 joined consonants", "क्".repeat(100_000)],
  ])("%s: a cell of 80 without reading all of it again and again", (_, text) => {
    let cell = safeText("");
    expect(
      cpuMsOf(() => {
        cell = fit(safeText(text, 80), 80);
      }),
    ).toBeLessThan(2000);
    expect(width(cell)).toBe(80);
    expect(cell).toContain("…");
  });
});

describe("a name that would look empty, or like another name", () => {
  test.each([
    ["a braille pattern without dots", "\u2800", String.raw`\u2800`],
    ["a no-break space", "\u00a0", String.raw`\xa0`],
    ["a blank", " ", String.raw`\x20`],
    ["an ideographic space", "\u3000", String.raw`\u3000`],
    ["a Hangul filler", "\u3164", String.raw`\u3164`],
    ["a tab", "\t", String.raw`\t`],
    ["a blank in front", " postgres", String.raw`\x20postgres`],
    ["blanks behind", "postgres  ", String.raw`postgres\x20\x20`],
    ["a no-break space inside", "my\u00a0db", String.raw`my\xa0db`],
    ["a thin space inside", "my\u2009db", String.raw`my\u2009db`],
    ["an ogham space mark", "my\u1680db", String.raw`my\u1680db`],
    ["a blank inside stays", "my db", "my db"],
    ["a wide blank inside stays", "私の\u3000表", "私の\u3000表"],
    ["nothing stays nothing", "", ""],
    ["a letter stays", "é日\u0301", "é日\u0301"],
  ])("%s", (_, name, shown) => {
    expect<string>(safeName(name)).toBe(shown);
  });

  test("no blank but the usual two is left, wherever it stands", () => {
    for (let code = 0; code < 0x30000; code++)
      if (/\p{Zs}/u.test(String.fromCodePoint(code)))
        expect<string>(safeName(`a${String.fromCodePoint(code)}b`)).toMatch(/^a( |\u3000|\\x..|\\u....)b$/);
  });

  test("a limit cuts it like any text", () => {
    expect<string>(safeName(" app", 5)).toBe("\\x20…");
    expect<string>(safeName(" ".repeat(100_000), 80)).toHaveLength(80);
  });
});

describe("fit", () => {
  test.each([
    ["abc", 5, "left", "abc  "],
    ["abc", 5, "right", "  abc"],
    ["abc", 3, "left", "abc"],
    ["abcdef", 4, "left", "abc…"],
    ["abcdef", 4, "right", "abc…"],
    ["日本語", 6, "left", "日本語"],
    ["日本語", 5, "left", "日本…"],
    ["日本語", 4, "left", "日… "],
    ["日本語", 1, "left", "…"],
    ["e\u0301e\u0301e\u0301", 2, "left", "e\u0301…"],
    ["", 3, "left", "   "],
    ["abc", 0, "left", ""],
    ["abc", -1, "left", ""],
  ] as const)("%s in %i cells, %s", (text, cells, align, shown) => {
    expect<string>(fit(safeText(text), cells, align)).toBe(shown);
  });

  test("ASCII terminals choose the ellipsis", () => {
    expect<string>(fit(safe`abcdef`, 4, "left", "~")).toBe("abc~");
    expect<string>(fit(safe`abcdef`, 5, "left", "...")).toBe("ab...");
    expect<string>(fit(safe`abcdef`, 2, "left", "...")).toBe("..");
  });

  test("always exactly as wide as asked", () => {
    const texts = ["naïve", "日本 orders", "🐘🐘🐘", "👍🏽 ok", "🇩🇪🇫🇷", "क्षि", "하하", "▁▂▃ –", "ｱｲｳ", "กำ"];
    for (const text of texts) {
      for (let cells = 1; cells < 20; cells++) expect(width(fit(safeText(text), cells))).toBe(cells);
    }
  });
});
