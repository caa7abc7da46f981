import { describe, expect, test } from "bun:test";
import { isDisputed, width } from "../../../src/text/cells.ts";
import { safeText } from "../../../src/text/text.ts";
import { cellsInTmux, cellsInXterm } from "../../support/terminal/measured.ts";
import { hasTmux } from "../../support/terminal/tmux.ts";

/** Every character that is drawn as itself behind a letter; of the many thousand that are written in squares, some. */
const drawn = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter(
    (code) =>
      code > 0xa0 &&
      !(code >= 0x3400 && code < 0xd800 && code % 97 > 0) &&
      !(code >= 0x20000 && code % 997 > 0),
  )
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => safeText(`a${character}`) === `a${character}`);

const clusters = [
  ["Hindi", "हिन्दी क्षत्रिय"],
  ["Marathi", "ऱ्हास"],
  ["Bengali", "বাংলা ক্ষ"],
  ["Tamil", "தமிழ் கொ ஸ்ரீ"],
  ["Telugu", "తెలుగు క్ష్మ"],
  ["Kannada", "ಕನ್ನಡ"],
  ["Malayalam", "മലയാളം ന്ത്ര"],
  ["Sinhala", "සිංහල"],
  ["Thai", "ภาษาไทย น้ำ"],
  ["Lao", "ພາສາລາວ ຄຳ"],
  ["Tibetan", "བོད་སྐད"],
  ["Burmese", "မြန်မာဘာသာ"],
  ["Khmer", "ភាសាខ្មែរ"],
  ["Korean in letters", "한글 각"],
  ["Vietnamese in marks", "Tie\u0302\u0301ng Vie\u0323\u0302t"],
  ["Hebrew with points", "שָׁלוֹם"],
  ["Arabic with marks", "مَرْحَبًا"],
  ["a skin tone", "👍🏽 👩🏿"],
  ["a family", safeText("👩‍👩‍👧‍👦")],
  ["flags", "🇩🇪🇫🇷 🇩 🏴"],
  ["a keycap", safeText("1️⃣ #⃣")],
  ["a heart", safeText("❤️ ❤ ☎")],
  ["numbers on squares", "㉈㉏"],
  ["braille", "⠁⠿"],
  ["squares", "㍿ ㎏ ㌔"],
  ["old and new emoji", "⌚ 🫠 🪿 ☰"],
] as const;

const models = [
  ["tmux", cellsInTmux, hasTmux],
  ["xterm", cellsInXterm, true],
] as const;

describe.each(models)("the table of widths in %s", (_, cellsIn, isHere) => {
  test.skipIf(!isHere)("is exact where it says so, and nowhere too small", async () => {
    const cells = await cellsIn(drawn);
    const wrong = drawn.filter((character, at) => {
      const real = cells[at] ?? Number.NaN;
      const ours = width(`a${character}`) - 1;
      return isDisputed(character) ? !(real <= ours) : real !== ours;
    });
    expect(wrong.map((character) => character.codePointAt(0)?.toString(16))).toEqual([]);
    expect(cells).toHaveLength(drawn.length);
  });

  test.skipIf(!isHere)("holds for words of many scripts", async () => {
    const cells = await cellsIn(clusters.map(([, text]) => text));
    const wrong = clusters.filter(([, text], at) => !((cells[at] ?? Number.NaN) <= width(text)));
    expect(wrong).toEqual([]);
  });
});
