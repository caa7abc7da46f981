import { type Environment, interpolate } from "../interpolate.ts";
import { isReservedName } from "../values.ts";
import { type Document, maxDepth, maxValues, type Place } from "./document.ts";
import { at } from "./raw-values.ts";

/**
 * Reads a file of plain lines with Bun's own YAML parser: 1 ms for 200 nodes, where the parser that knows places takes
 * 40 ms (decision 27). Null when the text has anything in which the two may differ, or anything is wrong.
 * @param placed parses the same text with places; called when one is asked for
 */
export function readPlainDocument(
  file: string,
  text: string,
  mode: number,
  environment: Environment,
  placed: () => Document,
): Document | null {
  const keys = keysOf(text);
  const parsed = keys === null ? undefined : parse(text);
  if (parsed === undefined) return null;
  const copy = new Copy(environment);
  const values = copy.of(parsed ?? {});
  // The parser keeps the last of two equal names.
  if (!copy.sound || copy.keys !== keys) return null;
  let withPlaces: Document | undefined;
  return {
    file,
    mode,
    values,
    problems: [],
    where: (path, part) => {
      withPlaces ??= placed();
      return withPlaces.where(path, part);
    },
    place: (path) => placeOf(at(parsed ?? {}, path), environment),
  };
}

/*
 * Lines that both parsers read alike, and where a value's text is the value itself: no quotes, anchors or tags, and one
 * way only to write a number or a word.
 */
const special = String.raw`(?!(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[Nn]ull|NULL)\b)`;
const name = String.raw`${special}[A-Za-z][\w.-]*`;
const list = String.raw`\{\}|\[\]|\[${name}(?:, ${name})*\]`;
const number = String.raw`0|[1-9]\d{0,14}|\d+(?:ms|s|min|h|d|B|kB|MB|GB|TB|%)|\d+(?:\.\d+){3}`;
const word = String.raw`${special}(?!.*:(?: |$))[A-Za-z/$][^\p{Cc}]*`;
const value = String.raw`(?:${number}|true|false|${word}|${list})(?: +#[^\p{Cc}]*)?`;
const line = new RegExp(String.raw`^ *(?:#[^\p{Cc}]*|(${name}):(?: ${value})?|- ${value})?$`, "u");

/** How many keys the text has; null when a line is not plain. */
function keysOf(text: string): number | null {
  let keys = 0;
  for (const each of text.split("\n")) {
    const match = line.exec(each);
    if (match === null) return null;
    if (match[1] !== undefined) keys += 1;
  }
  return keys;
}

function parse(text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch {
    return undefined;
  }
}

/** Copies the values without prototypes, with variables filled in. */
class Copy {
  keys = 0;
  /** Whether each value is there, and there are not too many. */
  sound = true;
  #values = 0;
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  of(value: unknown, depth = 0): unknown {
    this.#values += 1;
    if (this.#values > maxValues || depth > maxDepth) this.sound = false;
    if (!this.sound) return undefined;
    if (typeof value === "string") return this.#filled(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.of(item, depth + 1));
    const map: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      this.keys += 1;
      if (isReservedName(key)) this.sound = false;
      map[key] = this.of(item, depth + 1);
    }
    return map;
  }

  #filled(source: string): string {
    const { text, missing, malformed } = interpolate(source, this.#environment);
    if (missing.length > 0 || malformed) this.sound = false;
    return text;
  }
}

/** How a value was written; nothing that has a place here stands in quotes. */
function placeOf(value: unknown, environment: Environment): Place | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") {
    const { filled } = interpolate(value, environment);
    return { source: value, filled, quoted: false };
  }
  const source = value === null ? "" : typeof value === "object" ? null : String(value);
  return { source, filled: false, quoted: false };
}
