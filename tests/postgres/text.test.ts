import { describe, expect, test } from "bun:test";
import { fit, width } from "../../src/postgres/text.ts";

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
    expect(fit(text, cells, align)).toBe(shown);
  });

  test("ASCII terminals choose the ellipsis", () => {
    expect(fit("abcdef", 4, "left", "~")).toBe("abc~");
    expect(fit("abcdef", 5, "left", "...")).toBe("ab...");
    expect(fit("abcdef", 2, "left", "...")).toBe("..");
  });

  test("always exactly as wide as asked", () => {
    const texts = ["naïve", "日本 orders", "🐘🐘🐘", "👍🏽 ok", "🇩🇪🇫🇷", "क्षि", "하하", "▁▂▃ –", "ｱｲｳ", "กำ"];
    for (const text of texts) {
      for (let cells = 1; cells < 20; cells++) expect(width(fit(text, cells))).toBe(cells);
    }
  });
});
