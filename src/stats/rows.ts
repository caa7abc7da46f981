import { parseLsn } from "../postgres/lsn.ts";
import { parseDuration, parseSize } from "../text/units.ts";

type Row = Readonly<Record<string, unknown>>;

/** What sorting and filtering need to know of a column. */
export type FilterColumn = {
  readonly key: string;
  readonly header: string;
  readonly kind: string;
  /** Not drawn: found by name, not by plain text. */
  readonly hidden?: boolean | undefined;
};

/** How a row's value looks in a column, which is what plain words are searched in. */
type Print = (row: Row, key: string) => string;

/** Whether a row is shown. */
export type Filter = (row: Row, print: Print) => boolean;

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  /** `position` is the offset in the text where the trouble begins. */
  | { readonly ok: false; readonly message: string; readonly position: number };

const natural = new Intl.Collator("en", { numeric: true });

function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || Number.isNaN(value) || (Array.isArray(value) && !value.length)
  );
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  return natural.compare(String(a), String(b));
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/**
 * Rows in the order of a column, "-" in front for falling order. Stable; text in natural order (node2 before
 * node10); rows without a value last either way.
 * @param cell the value of a row in a column, where the row is more than its columns
 */
export function sortRows<R>(
  rows: readonly R[],
  spec: string,
  cell: (row: R, key: string) => unknown = (row, key) => (row as Row)[key],
): R[] {
  const falling = spec.startsWith("-");
  const key = falling ? spec.slice(1) : spec;
  return rows.toSorted((left, right) => {
    const [a, b] = [cell(left, key), cell(right, key)];
    const [noA, noB] = [isNothing(a), isNothing(b)];
    if (noA || noB) return Number(noA) - Number(noB);
    return falling ? compare(b, a) : compare(a, b);
  });
}

type Operator = ":" | "=" | ">" | ">=" | "<" | "<=";
/** A piece of the filter with its offset; quoted text loses its quotes and its operators. */
type Word = {
  readonly position: number;
  readonly negated: boolean;
  readonly name: string;
  readonly operator: Operator | null;
  readonly value: string;
  /** A regular expression between slashes, `~` and letters that stand in this order, or text. */
  readonly form: "text" | "regex" | "letters";
};

class FilterError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * `!`, then a column's name and an operator if there are, then a value: in quotes ("" is a quote), between slashes up to
 * the end of the word, or bare.
 */
const wordPattern =
  /\s*(!?)(?:([A-Za-z_][\w%/-]*)?(:?(?:>=|<=|[=<>])|:))?(?:"((?:[^"]|"")*)"|\/((?:[^/\\]|\\.)+)\/(?=\s|$)|([^\s"]*))/y;

function split(text: string): Word[] {
  const words: Word[] = [];
  wordPattern.lastIndex = 0;
  while (wordPattern.lastIndex < text.length) {
    const start = wordPattern.lastIndex;
    const [whole = "", not, name = "", sign = "", quoted, regex, rest = ""] = wordPattern.exec(text) ?? [];
    // `column:>5s` means `column>5s`; without a column it is text that begins so.
    const isText = name === "" && sign.length > 1 && sign.startsWith(":");
    const operator = isText ? ":" : sign.replace(/^:(?=.)/, "");
    const bare = isText ? sign.slice(1) + rest : rest;
    const position = start + whole.length - whole.trimStart().length;
    const end = start + whole.length;
    if (text.charAt(end) === '"') {
      throw new FilterError(bare ? "quotes go around a whole value" : "a quote is not closed", end);
    }
    wordPattern.lastIndex = end;
    const isLetters = /^~./.test(bare);
    const value = quoted?.replaceAll('""', '"') ?? regex ?? (isLetters ? bare.slice(1) : bare);
    const form = regex !== undefined ? "regex" : isLetters ? "letters" : "text";
    const known = operators.find((candidate) => candidate === operator) ?? null;
    if (whole.trim() === "") break;
    if (value === "" && known === null && quoted === undefined)
      throw new FilterError("a word is missing", end);
    words.push({ position, negated: not === "!", name, operator: known, value, form });
  }
  return words;
}

const operators: readonly Operator[] = [":", "=", ">", ">=", "<", "<="];

/**
 * A filter as typed after `/`. Words are all required; `!` in front of one refuses what it matches.
 * `text` is in any drawn column, whatever the case; `column:text` in that one; `column=text` is all of it;
 * `column>5s`, `column:<=1GB`, `column>=0/3000000` compare by value, and `>5s` alone compares the column
 * `duration`; a moment is compared by how long ago it is. `/expression/` is a regular expression of few repeats and `~abc` letters in this order, in any column or in one.
 * Columns go by name or header (`_` for a blank), or by what one begins with. Quotes hold blanks and operators.
 */
export function parseFilter(
  text: string,
  columns: readonly FilterColumn[],
  duration: string | null = null,
  clockMs: () => number = Date.now,
): ParsedFilter {
  try {
    const tests = split(text).map((word) => {
      const test = testOf(word, columns, duration, clockMs);
      return word.negated ? (row: Row, print: Print) => !test(row, print) : test;
    });
    return { ok: true, filter: (row, print) => tests.every((test) => test(row, print)) };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { ok: false, message: error.message, position: error.position };
  }
}

function testOf(
  word: Word,
  columns: readonly FilterColumn[],
  duration: string | null,
  clockMs: () => number,
): Filter {
  const { operator } = word;
  if (operator === null || (word.name === "" && operator === ":")) {
    const drawn = columns.filter((column) => !column.hidden);
    const isIn = textTest(operator === null ? word : { ...word, value: `${operator}${word.value}` });
    return (row, print) => drawn.some(({ key }) => isIn(print(row, key)));
  }
  if (operator === ":" || operator === "=") {
    const { key, kind } = named(word, columns);
    const truth = kind === "bool" ? truths.get(word.value.toLowerCase()) : undefined;
    if (truth !== undefined) return (row) => row[key] === truth;
    const isIn = textTest(word);
    return (row, print) => isIn(print(row, key));
  }
  const measurable = columns.filter((column) => column.kind in readers);
  const column = word.name === "" ? mainDuration(word, columns, duration) : named(word, measurable);
  const limit = readers[column.kind]?.(word.value) ?? null;
  if (limit === null) {
    const isHeading = column.header.toLowerCase().startsWith(word.name.toLowerCase());
    const message = `${isHeading ? column.header : column.key} is compared with ${examples[column.kind] ?? "a number, such as 100"}`;
    throw new FilterError(message, word.position);
  }
  return (row) => {
    const value = row[column.key];
    if (!isNumeric(value)) return false;
    return holds(column.kind === "epoch" ? clockMs() / 1000 - Number(value) : value, operator, limit);
  };
}

/** Whether what a column shows is what a word means, whatever the case. */
function textTest({ form, operator, value, position }: Word): (shown: string) => boolean {
  const wanted = value.toLowerCase();
  if (form === "regex") {
    // The first frame waits for no filter.
    const { boundedPattern }: typeof import("./bounded-pattern.ts") = require("./bounded-pattern.ts");
    const pattern = boundedPattern(value);
    if (!pattern.ok) throw new FilterError(pattern.why, position);
    return pattern.test;
  }
  if (form === "letters") return (shown) => hasLetters(shown.toLowerCase(), wanted);
  return operator === "="
    ? (shown) => shown.toLowerCase() === wanted
    : (shown) => shown.toLowerCase().includes(wanted);
}

/** Whether all letters stand in a text in their order, with anything between them. */
function hasLetters(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    const at = text.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
}

function holds(value: number | bigint, operator: Operator, limit: number | bigint): boolean {
  if (operator === ">") return value > limit;
  if (operator === ">=") return value >= limit;
  return operator === "<" ? value < limit : value <= limit;
}

function mainDuration(word: Word, columns: readonly FilterColumn[], duration: string | null): FilterColumn {
  const column = columns.find(({ key }) => key === duration);
  if (column) return column;
  throw new FilterError(`say which column: name${word.operator}${word.value}`, word.position);
}

function named(word: Word, columns: readonly FilterColumn[]): FilterColumn {
  const [only, another] = columnsNamed(word.name, columns);
  if (only && !another) return only;
  const names = columnsNamed(word.name, columns).map(({ key }) => key);
  const none = `no column ${word.name} to ask; put quotes around text with ${word.operator}`;
  throw new FilterError(only ? `${word.name} may be ${names.join(" or ")}` : none, word.position);
}

/** The column of that name or header, else all that begin like it. */
export function columnsNamed(written: string, columns: readonly FilterColumn[]): readonly FilterColumn[] {
  const plain = (label: string) => label.toLowerCase().replaceAll(" ", "_");
  const name = plain(written);
  const labels = ({ key, header, kind }: FilterColumn) =>
    [key, header, ...(kind === "perSecond" ? [`${key}_per_second`] : [])].map(plain);
  const exact =
    columns.find((column) => plain(column.key) === name) ??
    columns.find((column) => labels(column).includes(name));
  return exact ? [exact] : columns.filter((column) => labels(column).some((label) => label.startsWith(name)));
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["yes", "true", "t", "on"].map((text) => [text, true] as const),
  ...["no", "false", "f", "off"].map((text) => [text, false] as const),
]);

type Reader = (text: string) => number | bigint | null;

/** A number and a unit's letters, in whatever case; without a unit the column's own. */
function measure(text: string): { readonly digits: string; readonly unit: string } | null {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([a-z%]*)$/.exec(text.toLowerCase()) ?? [];
  return digits === undefined ? null : { digits, unit };
}

function readSeconds(text: string): number | null {
  const parts = measure(text);
  if (!parts) return null;
  const ms = parseDuration(parts.digits + (parts.unit === "m" ? "min" : parts.unit || "s"));
  return ms === null ? null : ms / 1000;
}

function readBytes(text: string): number | null {
  const parts = measure(text);
  const unit = /^([kmgt]?)b?$/.exec(parts?.unit ?? "-");
  if (!parts || !unit) return null;
  const prefix = unit[1] === "k" ? "k" : (unit[1] ?? "").toUpperCase();
  return parseSize(`${parts.digits}${prefix}B`);
}

const thousands: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["%", 1],
  ["k", 1e3],
  ["m", 1e6],
  ["g", 1e9],
]);

function readNumber(text: string): number | null {
  const parts = measure(text);
  const factor = thousands.get(parts?.unit ?? "-");
  return parts && factor !== undefined ? Number(parts.digits) * factor : null;
}

const readers: Readonly<Record<string, Reader>> = {
  seconds: readSeconds,
  epoch: readSeconds,
  bytes: readBytes,
  lsn: parseLsn,
  integer: readNumber,
  count: readNumber,
  percent: readNumber,
  number: readNumber,
  perSecond: readNumber,
  average: readNumber,
};

const examples: Readonly<Record<string, string>> = {
  seconds: "a time, such as 5s or 10min",
  epoch: "how long ago it was, such as 5min",
  bytes: "a size, such as 16MB",
  lsn: "a WAL position, such as 0/3000000",
};
