import { isMap, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import {
  aboveComments,
  endOf,
  type ItemLines,
  isBlankLine,
  isComment,
  itemLines,
  lineEnd,
  lineStart,
  placeOf,
  rangeOf,
  type Splice,
} from "./layout.ts";

/** An entry with the comments that are its own. Of the last one `{}` is left behind the key of `parent`. */
export function removeEntry(text: string, map: YAMLMap, pair: Pair, parent: Pair | null): Splice | null {
  const place = placeOf(pair);
  if (!place) return null;
  const index = map.items.indexOf(pair);
  if (map.flow) {
    const places = map.items.map((item) => placeOf(item));
    return removeInline(
      map,
      places.map((each) => each && { from: each.keyStart, to: each.valueEnd }),
      index,
    );
  }
  const lines = itemLines(text, place.keyStart, place.valueEnd);
  const isFirst = index === 0;
  const own = withOwnComments(text, lines, { isFirst, isLast: index === map.items.length - 1 });
  if (map.items.length > 1 || !parent) return removeLines(text, own, lines.end, isFirst);
  const colonEnd = placeOf(parent)?.colonEnd;
  if (colonEnd === undefined) return null;
  return { from: colonEnd, to: lines.end, text: ` {}${text.slice(colonEnd, own)}` };
}

/** An item of a list of scalars that has others. */
export function removeItem(text: string, list: YAMLSeq, index: number): Splice | null {
  const item = list.items[index];
  if (isMap(item)) return null;
  const spans = list.items.map((each) => ({ from: rangeOf(each)?.[0] ?? 0, to: endOf(each) }));
  if (list.flow) return removeInline(list, spans, index);
  const span = spans[index];
  if (!span || list.items.length === 1) return null;
  const start = lineStart(text, span.from);
  return removeLines(text, start, itemLines(text, start, span.to).end, index === 0);
}

type Span = { readonly from: number; readonly to: number };

function removeInline(
  collection: YAMLMap | YAMLSeq,
  spans: readonly (Span | null)[],
  index: number,
): Splice | null {
  const [before, span, next] = [spans[index - 1], spans[index], spans[index + 1]];
  if (!span || !collection.range) return null;
  if (before) return { from: before.to, to: span.to, text: "" };
  if (next) return { from: span.from, to: next.from, text: "" };
  return { from: collection.range[0], to: collection.range[1], text: isMap(collection) ? "{}" : "[]" };
}

/**
 * Where an entry begins with the comments directly above it. They are not its own when they may be the heading of a
 * paragraph that goes on with the next entry.
 */
function withOwnComments(
  text: string,
  { start, end }: ItemLines,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): number {
  const above = aboveComments(text, start);
  if (above === start) return start;
  const beginsParagraph = isFirst || above === 0 || isBlankLine(text, lineStart(text, above - 1));
  const goesOn = !isLast && !isBlankLine(text, end) && !isComment(text, end);
  return beginsParagraph && goesOn ? start : above;
}

/** Two blank lines that would meet become one; none is left above what is first now. */
function removeLines(text: string, from: number, to: number, isFirst: boolean): Splice {
  const before = from === 0 ? -1 : lineStart(text, from - 1);
  const isAfterBlank = before >= 0 && isBlankLine(text, before);
  if ((isAfterBlank || isFirst) && isBlankLine(text, to)) return { from, to: lineEnd(text, to), text: "" };
  if (isAfterBlank && to === text.length) return { from: before, to, text: "" };
  return { from, to, text: "" };
}
