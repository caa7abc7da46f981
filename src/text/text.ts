import { oneCellEach, width } from "./cells.ts";
import type { SafeText } from "./safe-text.ts";

/**
 * Characters that a terminal obeys, hides or measures as nothing: controls (C0, C1, DEL), bidi and other
 * format characters, zero-width and default-ignorable ones, lone surrogates, private use, unassigned and
 * line and paragraph separators.
 */
const hidden = String.raw`[\p{C}\p{DI}\p{Zl}\p{Zp}]`;

/** What a terminal draws into the cell before it: marks, conjoining jamo, skin tones. */
const mark = String.raw`[[\p{M}\p{EMod}\u1160-\u11ff\ud7b0-\ud7ff]--[\p{DI}\p{C}]]`;

/** Written Vietnamese, Hebrew and Thai need two or three; the rest is an attack on the lines around. */
const marksPerCell = 3;

/** A mark without a base of its own would land in the neighbour's cell, so it counts as hidden too. */
const unsafe = new RegExp(`^${mark}+|${hidden}+${mark}*|(${mark}{${marksPerCell}})(${mark}+)`, "gv");

/** In JSON, whose own signs are ASCII: all of that but the ends of its lines. */
const unsafeInJson = new RegExp(`[${hidden}--\\n]|(?<=${mark}{${marksPerCell}})${mark}`, "gv");

/** Code units that one cell can need: a base and its marks, each a surrogate pair. */
const unitsPerCell = 2 * (1 + marksPerCell);

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

const named: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };

function escapeCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return named[code] ?? `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

const controls = Array.from({ length: 0x100 }, (_, code) => escapeCode(code));

function escapeAll(characters: string): string {
  let escaped = "";
  for (const character of characters) {
    const code = character.codePointAt(0) ?? 0;
    escaped += controls[code] ?? escapeCode(code);
  }
  return escaped;
}

/** The first `length` code units, without half a surrogate pair at the end. */
function head(text: string, length: number): string {
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length);
}

/** As many whole characters as fit before the ellipsis; the result is at most `cells` wide. */
function cut(text: string, cells: number, ellipsis: string): string {
  const mark = ellipsis.slice(0, cells);
  const room = cells - width(mark);
  if (oneCellEach.test(text)) return text.slice(0, room) + mark;
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += width(segment);
    if (used > room) break;
    end = index + segment.length;
  }
  return text.slice(0, end) + mark;
}

/**
 * Any text from outside, made safe to show: what a terminal would obey or hide becomes a visible escape
 * (`\n`, `\x1b`, `\u202e`, `\u{e0001}`), and so do combining marks beyond three in a cell or without a base.
 * A backslash stays as it is. Apply it to each field, never to fields already joined.
 * With `maxCells`, text that is wider ends in the ellipsis, and what lies beyond is not even looked at.
 */
export function safeText(text: string, maxCells = Number.POSITIVE_INFINITY, ellipsis = "…"): SafeText {
  const limit = (maxCells + 1) * unitsPerCell;
  const start = text.length > limit ? head(text, limit) : text;
  const safe = oneCellEach.test(start)
    ? start
    : start.replace(unsafe, (found: string, kept?: string, excess?: string) =>
        kept === undefined ? escapeAll(found) : kept + escapeAll(excess ?? ""),
      );
  const isWhole =
    start.length === text.length && (maxCells === Number.POSITIVE_INFINITY || width(safe) <= maxCells);
  return (isWhole ? safe : cut(safe, maxCells, ellipsis)) as SafeText;
}

/** Space separators, and the braille pattern without dots: a terminal draws nothing. */
const blank = /^[\p{Zs}\u2800]$/v;
/** Blanks that written text uses between words; Japanese has the wide one. */
const usualBlanks = " \u3000";

/**
 * A name from a server or a user, made safe to show. Beyond what `safeText` does, a blank that would make two names
 * look alike is a visible escape: any blank at the start or the end (`\x20app`), and inside each that is neither
 * U+0020 nor U+3000 (`a\xa0b`). A name of blanks alone is thus not an empty cell.
 */
export function safeName(text: string, maxCells = Number.POSITIVE_INFINITY, ellipsis = "…"): SafeText {
  const limit = (maxCells + 1) * unitsPerCell;
  const start = text.length > limit ? head(text, limit + 1) : text;
  let from = 0;
  let to = start.length;
  while (from < to && blank.test(start.charAt(from))) from += 1;
  while (to > from && blank.test(start.charAt(to - 1))) to -= 1;
  const inner = start
    .slice(from, to)
    .replace(/[\p{Zs}\u2800]/gv, (found) => (usualBlanks.includes(found) ? found : escapeAll(found)));
  return safeText(escapeAll(start.slice(0, from)) + inner + escapeAll(start.slice(to)), maxCells, ellipsis);
}

/**
 * JSON in which nothing is left that a terminal would obey, hide or draw over its neighbours: that is written as
 * `\u009b`, which stands for the same value.
 */
export function safeJson(json: string): string {
  return json.replace(unsafeInJson, (found) =>
    Array.from({ length: found.length }, (_, at) => unitEscape(found.charCodeAt(at))).join(""),
  );
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/**
 * A text in exactly `cells` terminal cells: cut with the ellipsis or padded with blanks. A wide character
 * that does not fit whole is left out.
 */
export function fit(
  text: SafeText,
  cells: number,
  align: "left" | "right" = "left",
  ellipsis = "…",
): SafeText {
  if (cells <= 0) return "" as SafeText;
  const limit = (cells + 1) * unitsPerCell;
  const start = text.length > limit ? head(text, limit) : text;
  const used = width(start);
  if (start.length === text.length && used <= cells) return pad(start, cells - used, align);
  const shortened = cut(start, cells, ellipsis);
  return pad(shortened, cells - width(shortened), align);
}

function pad(text: string, blanks: number, align: "left" | "right"): SafeText {
  const space = blanks <= 0 ? "" : " ".repeat(blanks);
  return (align === "left" ? text + space : space + text) as SafeText;
}
