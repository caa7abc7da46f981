import { describe, expect, test } from "bun:test";
import { drawText } from "../../../scripts/picture.ts";
import { activityOf, backend, node, observed, stateOf } from "../../support/screens/fixtures.ts";
import { isRuleOf } from "../../support/screens/rule.ts";
import { activityOn, at, drawRaw } from "../../support/screens/screens.tsx";

/** Names that terminals measure differently, as people give them, and as somebody does who means ill. */
const names: Readonly<Record<string, string>> = {
  plain: "shop",
  wide: "漢字漢字漢字",
  Hindi: "हिन्दी बिक्री",
  Tamil: "தமிழ் கடை",
  Bengali: "বাংলা দোকান",
  Thai: "ร้านค้าน้ำ",
  Burmese: "မြန်မာဆိုင်",
  Korean: "한글",
  flags: "🇩🇪🇫🇷🇮🇳",
  family: "👩‍👩‍👧‍👦 home",
  "skin tones": "👍🏽👍🏿 ok",
  heart: "❤️ ☎️",
  "forty vowels without a letter": "\u093e".repeat(40),
  "forty clusters": "क्षि".repeat(40),
  "forty skin tones": "👍🏽".repeat(40),
  "forty letters with vowels": "का".repeat(40),
};

const rows = Object.values(names).map((name, pid) =>
  backend(pid + 1, {
    datname: name,
    usename: name,
    application_name: name,
    query: `select ${name} from ${name} -- end`,
  }),
);
const all = (columns: number) =>
  stateOf(observed([node("a")], undefined, activityOf({ a: rows })), {
    columns,
    rows: rows.length + 6,
    title: names["Hindi"] ?? "",
    ...at(activityOn("a")),
  });

const anchoredWord = /(\u001b\[\?7l( +)\u001b\[\d+G)([^\u001b]*)(\u001b\[\d+G\u001b\[\?7h)/g;

/** What terminals with other tables of widths make of a word: nothing, a cell, all of its cells, more than those. */
const tables: Readonly<Record<string, (output: string) => string>> = {
  "xterm's": (output) => output,
  "one that joins all": (output) => output.replace(anchoredWord, "$1x$4"),
  "one that knows no such letters": (output) => output.replace(anchoredWord, "$1$4"),
  "one as wide as ours": (output) =>
    output.replace(
      anchoredWord,
      (_, start, blanks: string, _word, end) => `${start}${"x".repeat(blanks.length)}${end}`,
    ),
  "one that is wider than any": (output) =>
    output.replace(
      anchoredWord,
      (_, start, blanks: string, _word, end) => `${start}${"x".repeat(blanks.length * 2 + 9)}${end}`,
    ),
};

describe.each(Object.entries(tables))("with the table of widths of %s", (_, seenBy) => {
  test.each([60, 80, 100, 120, 160, 200])(
    "columns stand below one another at %d columns",
    async (columns) => {
      const state = all(columns);
      const cells = await drawText(seenBy(drawRaw(state).join("\n")), columns, rows.length + 6);
      const shown = cells.map((line) => line.map((cell) => (cell.width === 0 ? "" : cell.text || " ")));
      const text = shown.map((line) => line.join(""));
      // Nothing has scrolled away: the frame is where it belongs.
      expect(text[0]).toStartWith(" pgparade ");
      for (const rule of [1, rows.length + 4]) expect(isRuleOf(columns, text[rule])).toBe(true);
      const startOf = (line: readonly string[], word: string) =>
        line.findIndex((_, x) => line.slice(x, x + word.length).join("") === word);
      const lines = cells.slice(3, 3 + rows.length).map((line) => line.map((cell) => cell.text || " "));
      const heading = (cells[2] ?? []).map((cell) => cell.text || " ");
      expect(startOf(heading, "STATE ")).toBeGreaterThan(0);
      for (const word of ["active", "select"]) {
        const starts = lines.map((line) => startOf(line, word));
        expect([...new Set(starts)]).toEqual([startOf(heading, word === "active" ? "STATE " : "STATEMENT")]);
      }
    },
  );
});
