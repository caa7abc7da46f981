import { width } from "./cells.ts";
import type { SafeText } from "./safe-text.ts";

/** A text in lines of at most `room` cells, broken at blanks, and where a word is longer than a line. */
export function wrapped(text: SafeText, room: number): SafeText[] {
  const lines: string[] = [];
  for (const word of text.split(" ").flatMap((one) => pieces(one as SafeText, room))) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && width(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines as SafeText[];
}

/** A text broken where each line is full. A fingerprint or a path that is cut cannot be compared or typed. */
function pieces(word: SafeText, room: number): SafeText[] {
  if (width(word) <= room) return [word];
  const lines: string[] = [];
  let used = room;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const cells = width(segment);
    const line = lines.at(-1);
    if (line === undefined || used + cells > room) {
      lines.push(segment);
      used = cells;
    } else {
      lines[lines.length - 1] = line + segment;
      used += cells;
    }
  }
  return lines as SafeText[];
}

/** A piece of a text that looks different from its neighbours. */
export type Span<Kind> = { readonly kind: Kind; readonly text: SafeText };

/** The pieces of one line in lines of at most `room` cells, broken where a line is full. One empty line for none. */
export function wrappedSpans<Kind>(spans: readonly Span<Kind>[], room: number): Span<Kind>[][] {
  const lines: Span<Kind>[][] = [[]];
  let left = room;
  for (const { kind, text } of spans) {
    const cells = width(text);
    if (cells <= left) {
      lines.at(-1)?.push({ kind, text });
      left -= cells;
      continue;
    }
    let part = "";
    for (const { segment } of new Intl.Segmenter().segment(text)) {
      const more = width(segment);
      if (more > left) {
        if (part !== "") lines.at(-1)?.push({ kind, text: part as SafeText });
        lines.push([]);
        part = "";
        left = room;
      }
      part += segment;
      left -= more;
    }
    lines.at(-1)?.push({ kind, text: part as SafeText });
  }
  return lines;
}
