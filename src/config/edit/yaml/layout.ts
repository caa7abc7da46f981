import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** Text to put in the place of what stands from one offset to another. */
export type Splice = { readonly from: number; readonly to: number; readonly text: string };

/** Where an entry of a map stands in the text, in UTF-16 units from 0. */
export type EntryPlace = {
  readonly keyStart: number;
  /** After the colon. */
  readonly colonEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
};

/** Null for an entry of a form that nobody writes by hand, such as one with an explicit key. */
export function placeOf(pair: Pair): EntryPlace | null {
  const { key, value, srcToken } = pair;
  if (!isScalar(key) || !key.range || key.anchor || srcToken === undefined) return null;
  if (srcToken.start.some(({ type }) => type === "explicit-key-ind")) return null;
  const colon = srcToken.sep?.find(({ type }) => type === "map-value-ind");
  if (!colon) return null;
  const colonEnd = colon.offset + 1;
  const [keyStart] = key.range;
  const valueStart = isNode(value) && value.range ? value.range[0] : colonEnd;
  return { keyStart, colonEnd, valueStart, valueEnd: Math.max(colonEnd, endOf(value)) };
}

/** Where a value ends, without comments and blank lines after it. */
export function endOf(value: unknown): number {
  if ((isMap(value) || isSeq(value)) && !value.flow) {
    const last: unknown = value.items.at(-1);
    if (isPair(last)) return placeOf(last)?.valueEnd ?? endOf(last.value);
    return last === undefined ? (value.range?.[1] ?? 0) : endOf(last);
  }
  return isNode(value) ? (value.range?.[1] ?? 0) : 0;
}

export function rangeOf(value: unknown): readonly [number, number, number] | null {
  return isNode(value) ? (value.range ?? null) : null;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isAlias(value) || isMap(value) || isSeq(value);
}

/** The lines of a block collection's item: where they begin and end, line break included, and the item's column. */
export type ItemLines = { readonly start: number; readonly end: number; readonly column: number };

/** The lines from `first` to `last`, with the comments below that are indented deeper. */
export function itemLines(text: string, first: number, last: number): ItemLines {
  const start = lineStart(text, first);
  const column = first - start;
  // A block scalar ends behind its last line break.
  let end = text[last - 1] === "\n" ? last : lineEnd(text, last);
  while (commentColumn(text, end) > column) end = lineEnd(text, end);
  return { start, end, column };
}

/** Past the comments, at this column or deeper, that follow without a blank line. */
export function pastComments(text: string, from: number, column: number): number {
  let end = from;
  while (commentColumn(text, end) >= column) end = lineEnd(text, end);
  return end;
}

/** Where the comments directly above a line begin; the line itself when there are none. */
export function aboveComments(text: string, start: number): number {
  let above = start;
  while (above > 0) {
    const line = lineStart(text, above - 1);
    if (commentColumn(text, line) < 0) break;
    above = line;
  }
  return above;
}

export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** After the line break that comes next. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf("\n", at);
  return found < 0 ? text.length : found + 1;
}

export function isBlankLine(text: string, at: number): boolean {
  return at < text.length && /^[ \t\r]*$/.test(text.slice(at, lineEnd(text, at)).replace(/\n$/, ""));
}

export function isComment(text: string, at: number): boolean {
  return commentColumn(text, at) >= 0;
}

/** The column of the comment that alone fills the line that starts here; -1 when it is another line. */
function commentColumn(text: string, at: number): number {
  if (at >= text.length || at !== lineStart(text, at)) return -1;
  return /^ *(?=#)/.exec(text.slice(at, lineEnd(text, at)))?.[0].length ?? -1;
}

/** How far the entries of a nested map are indented from their key; null when there is none to learn from. */
export function stepWithin(text: string, map: YAMLMap | YAMLSeq): number | null {
  for (const item of map.items) {
    if (!isPair(item) || !isMap(item.value) || item.value.flow) continue;
    const [inner] = item.value.items;
    const [outer, nested] = [placeOf(item), inner && placeOf(inner)];
    if (!outer || !nested) continue;
    const step =
      nested.keyStart - lineStart(text, nested.keyStart) - (outer.keyStart - lineStart(text, outer.keyStart));
    if (step > 0) return step;
  }
  return null;
}
