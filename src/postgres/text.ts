/** Written Vietnamese, Hebrew and Thai need two or three; the rest is an attack on the lines around. */
const marksPerCell = 3;

/** Code units that one cell can need: a base and its marks, each a surrogate pair. */
const unitsPerCell = 2 * (1 + marksPerCell);

/** Text of which each code unit is one cell: Latin, typographic marks, box drawing and block elements. */
const oneCellEach = /^[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2500-\u259f]*$/;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

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

/** Terminal cells that a text takes, by the table that lays out the screen. The text must be safe already. */
export function width(text: string): number {
  return oneCellEach.test(text) ? text.length : Bun.stringWidth(text);
}

/**
 * A text in exactly `cells` terminal cells: cut with the ellipsis or padded with blanks. A wide character
 * that does not fit whole is left out. The text must be safe already.
 */
export function fit(text: string, cells: number, align: "left" | "right" = "left", ellipsis = "…"): string {
  if (cells <= 0) return "";
  const limit = (cells + 1) * unitsPerCell;
  const start = text.length > limit ? head(text, limit) : text;
  const used = width(start);
  if (start.length === text.length && used <= cells) return pad(start, cells - used, align);
  const shortened = cut(start, cells, ellipsis);
  return pad(shortened, cells - width(shortened), align);
}

function pad(text: string, blanks: number, align: "left" | "right"): string {
  if (blanks <= 0) return text;
  return align === "left" ? text + " ".repeat(blanks) : " ".repeat(blanks) + text;
}
