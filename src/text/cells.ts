import type { SafeText } from "./safe-text.ts";

/** Text of which each code unit is one cell: Latin, typographic marks, box drawing and block elements. */
export const oneCellEach = /^[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2500-\u259f]*$/;

/**
 * Text of which all terminals think alike, colour codes included: letters and signs that have been narrow, wide or a mark
 * of Latin letters for long, and form no cluster that one terminal draws in fewer cells than another.
 */
const agreed = new RegExp(
  `^[${[
    String.raw` -~\u001b\xa0-\xac\xae-\u0377\u037a-\u0482\u048a-\u0556\u0559-\u058f\u05d0-\u05ea`,
    String.raw`\u0620-\u064a\u0660-\u066f\u0671-\u06d3\u10a0-\u10ff\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf`,
    String.raw`\u2100-\u218b\u2190-\u2319\u2460-\u24ff\u2500-\u25fc\u2713-\u2718\u276c-\u2775`,
    String.raw`\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u3000-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u3105-\u312f`,
    String.raw`\u3131-\u318e\u31f0-\u31ff\u3200-\u3247\u3250-\u4dbf\u4e00-\u9fff\ua000-\ua48c\uac00-\ud7a3`,
    String.raw`\uf900-\ufad9\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{2a6d6}`,
  ].join("")}]*$`,
  "v",
);

/** Marks that add no cell in any terminal; other marks do in some. */
const zero = new RegExp(
  `^[${[
    String.raw`\u0300-\u036f\u0483-\u0486\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065e\u0670\u06d6-\u06dc`,
    String.raw`\u0901\u0902\u093c\u0941-\u0948\u094d\u0981\u09bc\u09c1-\u09c4\u09cd\u0a01\u0a02\u0a3c\u0a41\u0a42\u0a47\u0a48`,
    String.raw`\u0a4b-\u0a4d\u0a70\u0a71\u0a81\u0a82\u0abc\u0ac1-\u0ac5\u0ac7\u0ac8\u0acd\u0b01\u0b3c\u0b3f\u0b41-\u0b43\u0b4d`,
    String.raw`\u0b82\u0bc0\u0bcd\u0c3e-\u0c40\u0c46-\u0c48\u0c4a-\u0c4d\u0cbc\u0cbf\u0cc6\u0ccc\u0ccd\u0d41-\u0d43\u0d4d`,
    String.raw`\u0dca\u0dd2-\u0dd4\u0dd6\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0eb9\u0ebb\u0ebc\u0ec8-\u0ecd`,
    String.raw`\u0f71-\u0f7e\u0f80-\u0f84\u0f90-\u0f97\u0f99-\u0fbc\u102d-\u1030\u1032\u1036\u1037\u1039\u17b7-\u17bd\u17c6\u17c9-\u17d3`,
  ].join("")}]$`,
  "v",
);

/** Narrow by the table of one terminal and wide by that of another: numbers on black squares, halves of flags. */
const twoSomewhere = /^[\u3248-\u324f\p{RI}]$/v;

/** Whether some terminal draws this text, which may hold colour codes, in another number of cells than {@link width}. */
export function isDisputed(text: string): boolean {
  return !oneCellEach.test(text) && !agreed.test(text);
}

/**
 * Terminal cells that a text takes, without its colour codes: what all terminals agree on, or where they do not, the most
 * that one of them takes; {@link anchored} sees to it that the next column begins there in all of them. The text must be
 * safe already.
 */
export function width(text: string): number {
  if (oneCellEach.test(text)) return text.length;
  if (agreed.test(text)) return Bun.stringWidth(text);
  let cells = 0;
  for (const character of text.includes("\u001b") ? Bun.stripANSI(text) : text) {
    const code = character.codePointAt(0) ?? 0;
    const known = knownCells[code];
    if (known === undefined) cells += most(character);
    else {
      if (known === 0) knownCells[code] = most(character) + 1;
      cells += (knownCells[code] ?? 1) - 1;
    }
  }
  return cells;
}

/** Cells plus one by code point, 0 where they have not been asked for: a table of thousand rows measures in no time. */
const knownCells = new Uint8Array(0x20000);

/** A terminal that joins characters into one takes fewer cells than their sum, and none takes more. */
function most(character: string): number {
  if (zero.test(character)) return 0;
  return twoSomewhere.test(character) ? 2 : Math.max(1, Bun.stringWidth(character));
}

/** The form of a link: Ink carries it around its text unchanged, and repaints a line that has one as a whole. */
const open = "\u001b]8;;@";
const close = "\u001b]8;;\u0007";

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

const codeWordOrBlanks = /\u001b\[[\d;]*m|[^ \u001b]+| +/g;

/**
 * A finished line from the first column on, in which each word that terminals may measure differently carries its place:
 * the first cell and how many cells are kept for it. {@link anchored} turns that into what a terminal obeys.
 */
export function withAnchors(line: SafeText): SafeText {
  if (!isDisputed(line)) return line;
  let column = 0;
  const parts = line.replace(codeWordOrBlanks, (part) => {
    if (part.startsWith("\u001b")) return part;
    const cells = width(part);
    const start = column;
    column += cells;
    return isDisputed(part) ? `${open}${start},${cells}\u0007${part}${close}` : part;
  });
  return parts as SafeText;
}

/** The first `cells` of a finished line with its colour codes. */
export function sliced(line: SafeText, cells: number): SafeText {
  if (!isDisputed(line)) return Bun.sliceAnsi(line, 0, cells) as SafeText;
  let kept = "";
  let left = cells;
  for (const [part] of line.matchAll(codeWordOrBlanks)) {
    if (part.startsWith("\u001b")) {
      kept += part;
      continue;
    }
    for (const { segment } of graphemes.segment(part)) {
      left -= width(segment);
      if (left < 0) return `${kept}\u001b[0m` as SafeText;
      kept += segment;
    }
  }
  return kept as SafeText;
}

/** A text without colour codes and without its first `cells`. */
export function beyond(text: SafeText, cells: number): SafeText {
  if (cells <= 0) return text;
  let left = cells;
  for (const { segment, index } of graphemes.segment(text)) {
    if (left <= 0) return text.slice(index) as SafeText;
    left -= width(segment);
  }
  return "" as SafeText;
}

const anchoredWord = /\u001b\]8;;@(\d+),(\d+)\u0007([^\u001b]*)\u001b\]8;;\u0007/g;

/**
 * Output of Ink as a terminal gets it. A word of disputed width is drawn over blanks, with wrapping off, and the cursor is
 * put to the cell behind it: whatever the terminal makes of the word, what follows stands in its column.
 */
export function anchored(output: string): string {
  if (!output.includes(open)) return output;
  return output.replace(anchoredWord, (_, start: string, cells: string, word: string) => {
    const [first, count] = [Number(start) + 1, Number(cells)];
    return `\u001b[?7l${" ".repeat(count)}${to(first)}${word}${to(first + count)}\u001b[?7h`;
  });
}

const to = (column: number) => `\u001b[${column}G`;
