import { isDeepStrictEqual } from "node:util";
import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Splice } from "./layout.ts";
import { orderEntries } from "./order.ts";
import { blockScalar, inlineValue } from "./print.ts";
import { removeEntry, removeItem } from "./remove.ts";
import { appendItem, appendSection, insertEntry, replaceValue } from "./splice.ts";
import {
  type Values,
  valueAt,
  withItem,
  withName,
  withoutValue,
  withValue,
  type YamlPath,
} from "./values.ts";

/** The text is written in a way that does not allow an edit, such as an alias on the way: nothing is guessed. */
export class NotEditable extends Error {}

/**
 * A YAML text to be edited in place: what an edit does not name stays byte for byte, comments and blank lines too.
 * Each edit gives a new text, or throws {@link NotEditable}.
 */
export class YamlText {
  readonly text: string;
  /** What it says, as JSON knows it; null when it is no valid YAML. */
  readonly values: Values;
  readonly #contents: unknown;
  readonly #eol: string;

  constructor(text: string) {
    this.text = text;
    this.#eol = text.includes("\r\n") ? "\r\n" : "\n";
    const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false });
    this.#contents = document.contents;
    this.values = document.errors.length > 0 ? null : plainValues(document);
  }

  /** Sets the value at a path, making the maps on the way. A new key stands behind the last of `after` there is. */
  set(path: YamlPath, value: unknown, after?: readonly string[]): YamlText {
    const expected = withValue(this.values, path, new Document(value).toJS());
    return this.#edited([this.#setting(path, value, after)], expected);
  }

  /** Sets the same value at paths that are there. */
  setEach(paths: readonly YamlPath[], value: string): YamlText {
    const splices = paths.map((path) => this.#setting(path, value));
    const expected = paths.reduce((values, path) => withValue(values, path, value), this.values);
    return this.#edited(splices, expected);
  }

  /** Removes entries or items. A map that is left empty becomes `{}`. Comments go with what they belong to. */
  remove(...paths: readonly YamlPath[]): YamlText {
    const splices = paths.map((path) => this.#removal(path));
    return this.#edited(splices, paths.reduce(withoutValue, this.values));
  }

  /** Gives a key another name, or an item of a list another text. */
  rename(path: YamlPath, name: string): YamlText {
    const key = path.at(-1) ?? "";
    const holder = this.#collection(path.slice(0, -1));
    const found = isMap(holder) ? pairOf(holder, key)?.key : isSeq(holder) ? holder.items[Number(key)] : null;
    if (!isCollection(holder) || !isScalar(found) || !found.range) throw new NotEditable();
    const [from, to] = found.range;
    const text = holder.flow ? inlineValue(name) : blockScalar(name);
    return this.#edited([{ from, to, text }], withName(this.values, path, name));
  }

  /** Adds a text to the list at a path, behind its items. */
  append(path: YamlPath, text: string): YamlText {
    const list = this.#collection(path);
    const splice = isSeq(list) ? appendItem(this.text, list, text, this.#eol) : null;
    return this.#edited([splice], withItem(this.values, path, text));
  }

  /** Brings the entries of a map into this order; those that are not named come last, in theirs. */
  order(path: YamlPath, names: readonly string[]): YamlText {
    const holder = this.#collection(path);
    return this.#edited([isMap(holder) ? orderEntries(this.text, holder, names) : null], this.values);
  }

  /** What stands at a path, to be put elsewhere: quotes and brackets as they are; comments, anchors and aliases gone. */
  copy(path: YamlPath): unknown {
    const holder = this.#collection(path.slice(0, -1));
    const found = isMap(holder) ? pairOf(holder, path.at(-1) ?? "")?.value : null;
    if (!isNode(found)) return null;
    // Its type forgets that a copy of a node is such a node.
    const copied = found.clone() as typeof found;
    let isLinked = false;
    visit(copied, {
      Node: (_, node) => {
        isLinked ||= isAlias(node) || Boolean(node.anchor);
        node.comment = node.commentBefore = null;
        node.spaceBefore = false;
      },
    });
    return isLinked ? valueAt(this.values, path) : copied;
  }

  #setting(path: YamlPath, value: unknown, after?: readonly string[]): Splice | null {
    let holder = this.#contents;
    for (const [depth, key] of path.entries()) {
      const nested = nest(path.slice(depth + 1), value);
      if (!isMap(holder) || holder.items.length === 0)
        return depth === 0 ? appendSection(this.text, holder, String(key), nested, this.#eol) : null;
      const pair = pairOf(holder, key);
      if (!pair) return insertEntry(this.text, holder, String(key), nested, after, this.#eol);
      const goesOn = depth < path.length - 1 && isMap(pair.value) && pair.value.items.length > 0;
      if (!goesOn) return replaceValue(this.text, holder, pair, nested, this.#eol);
      holder = pair.value;
    }
    return null;
  }

  #removal(path: YamlPath): Splice | null {
    const key = path.at(-1) ?? "";
    const holder = this.#collection(path.slice(0, -1));
    if (isSeq(holder)) return removeItem(this.text, holder, Number(key));
    const pair = isMap(holder) && pairOf(holder, key);
    if (!isMap(holder) || !pair) return null;
    const above = this.#collection(path.slice(0, -2));
    const parent = path.length > 1 && isMap(above) ? pairOf(above, path.at(-2) ?? "") : undefined;
    return removeEntry(this.text, holder, pair, parent ?? null);
  }

  /** The map or list at a path; null when there is none, or an alias on the way. */
  #collection(path: YamlPath): YAMLMap | YAMLSeq | null {
    let found = this.#contents;
    for (const key of path)
      found = isMap(found) ? pairOf(found, key)?.value : isSeq(found) ? found.items[Number(key)] : null;
    return isMap(found) || isSeq(found) ? found : null;
  }

  #edited(splices: readonly (Splice | null)[], expected: Values): YamlText {
    if (splices.length === 0) return this;
    const known = splices.filter((splice) => splice !== null);
    if (this.values === null || known.length < splices.length) throw new NotEditable();
    let text = this.text;
    let end = text.length;
    for (const { from, to, text: replacement } of known.toSorted((one, other) => other.from - one.from)) {
      // Two entries may both take the blank line between them along.
      text = text.slice(0, from) + replacement + text.slice(Math.min(to, end));
      end = from;
    }
    // The splices know the usual ways to write YAML; any other shows here.
    const edited = new YamlText(text);
    if (!isDeepStrictEqual(edited.values, expected)) throw new NotEditable();
    return edited;
  }
}

function plainValues(document: Document): Values {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 1000 }) ?? {}));
  } catch {
    // An alias bomb, or an alias inside itself.
    return null;
  }
}

function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find(
    (pair) => isScalar(pair.key) && (pair.key.source ?? String(pair.key.value)) === String(key),
  );
}

function nest(path: YamlPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}
