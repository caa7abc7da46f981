import { isAlias, isMap, isScalar, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import {
  itemLines,
  lineEnd,
  lineStart,
  pastComments,
  placeOf,
  rangeOf,
  type Splice,
  stepWithin,
} from "./layout.ts";
import { blockScalar, blockValue, inlineValue, isFilledMap } from "./print.ts";

const usualStep = 2;

/** Another value for an entry; the comment on its line stays there. */
export function replaceValue(
  text: string,
  map: YAMLMap,
  pair: Pair,
  value: unknown,
  eol: string,
): Splice | null {
  const place = placeOf(pair);
  if (!place) return null;
  const { colonEnd, valueStart, valueEnd } = place;
  const old = pair.value;
  const isEmpty = old === null || valueStart >= valueEnd;
  const isOnLine = isAlias(old) || (isScalar(old) && !isBlockScalar(old));
  if (map.flow || !isFilledMap(value)) {
    const printed = (map.flow || Array.isArray(value) ? inlineValue : blockScalar)(likeBefore(value, old));
    if (!isEmpty && (map.flow || isOnLine)) return { from: valueStart, to: valueEnd, text: printed };
    return { from: colonEnd, to: withoutBreak(text, valueEnd), text: ` ${printed}` };
  }
  if (isMap(old) && old.items.length > 0) return null;
  const column = place.keyStart - lineStart(text, place.keyStart);
  const block = blockValue(value, column, stepWithin(text, map) ?? usualStep, eol);
  const end = withoutBreak(text, lineEnd(text, withoutBreak(text, valueEnd)));
  return { from: colonEnd, to: end, text: text.slice(withoutBreak(text, valueEnd), end) + block };
}

/** A text in the quotes that the old one had. */
function likeBefore(value: unknown, old: unknown): unknown {
  if (typeof value !== "string" || !isScalar(old) || !old.type || isBlockScalar(old)) return value;
  const scalar = new Scalar(value);
  scalar.type = old.type;
  return scalar;
}

function isBlockScalar({ type }: Scalar): boolean {
  return type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
}

/** Where the line ends before its break. */
function withoutBreak(text: string, end: number): number {
  const line = text[end - 1] === "\n" ? end - 1 : end;
  return text[line - 1] === "\r" ? line - 1 : line;
}

/** A new entry behind the last that is named in `after`, else before all when `after` is given, else behind all. */
export function insertEntry(
  text: string,
  map: YAMLMap,
  key: string,
  value: unknown,
  after: readonly string[] | undefined,
  eol: string,
): Splice | null {
  const at = after
    ? map.items.findLastIndex(({ key }) => isScalar(key) && after.includes(String(key.value)))
    : map.items.length - 1;
  const neighbour = map.items[Math.max(at, 0)];
  const place = neighbour && placeOf(neighbour);
  if (!place) return null;
  if (map.flow) {
    const entry = `${inlineValue(key)}: ${inlineValue(value)}`;
    return at < 0
      ? { from: place.keyStart, to: place.keyStart, text: `${entry}, ` }
      : { from: place.valueEnd, to: place.valueEnd, text: `, ${entry}` };
  }
  const { start, end, column } = itemLines(text, place.keyStart, place.valueEnd);
  const margin = " ".repeat(column);
  const entry = `${margin}${blockScalar(key)}:${blockValue(value, column, stepWithin(text, map) ?? usualStep, eol)}`;
  if (at < 0) return { from: start, to: start, text: `${entry}${eol}` };
  const to = after ? end : pastComments(text, end, column);
  const lead = text[to - 1] === "\n" ? "" : eol;
  const gap = !after && isSpaced(text, map, column) ? eol : "";
  return { from: to, to, text: `${lead}${gap}${entry}${eol}` };
}

/** One more text behind the last item of a list, in its form; null for an empty list. */
export function appendItem(text: string, list: YAMLSeq, item: string, eol: string): Splice | null {
  const range = rangeOf(list.items.at(-1));
  if (!range) return null;
  const [start, last] = range;
  if (list.flow) return { from: last, to: last, text: `, ${inlineValue(item)}` };
  const lead = text.slice(lineStart(text, start), start);
  if (!/^ *- +$/.test(lead)) return null;
  const { end } = itemLines(text, start, last);
  const line = `${lead}${blockScalar(item)}${eol}`;
  return { from: end, to: end, text: text[end - 1] === "\n" ? line : `${eol}${line}` };
}

/** True where a blank line stands between entries, or would between the first two sections of a file. */
function isSpaced(text: string, map: YAMLMap, column: number): boolean {
  const [one, other] = map.items.slice(-2).map((pair) => placeOf(pair));
  if (!one || !other) return column === 0;
  return /\n[ \t\r]*\n/.test(text.slice(one.valueEnd, other.keyStart));
}

/** The first entry of a file that has none. */
export function appendSection(
  text: string,
  contents: unknown,
  key: string,
  value: unknown,
  eol: string,
): Splice | null {
  const entry = `${blockScalar(key)}:${blockValue(value, 0, usualStep, eol)}${eol}`;
  if (isMap(contents) && contents.range)
    return { from: contents.range[0], to: contents.range[1], text: withoutLast(entry, eol) };
  const isNothing = contents === null || (isScalar(contents) && contents.value === null);
  if (!isNothing) return null;
  const lead = text === "" ? "" : text.endsWith("\n") ? eol : `${eol}${eol}`;
  return { from: text.length, to: text.length, text: `${lead}${entry}` };
}

function withoutLast(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
