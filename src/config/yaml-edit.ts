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
import type { Splice } from "./yaml-layout.ts";
import { orderEntries } from "./yaml-order.ts";
import { removeEntry, removeItem } from "./yaml-remove.ts";
import { appendSection, insertEntry, replaceValue } from "./yaml-splice.ts";
import { blockScalar, inlineValue } from "./yaml-value.ts";

/** Keys of maps, and numbers from 0 in lists, from the root on. */
export type YamlPath = readonly (string | number)[];

/**
 * A YAML text after an edit in place: what the edit does not name stays byte for byte, comments and blank lines too.
 * Null when the text is written in a way that does not allow it, such as an alias on the way: nothing is guessed.
 */
type Edited = string | null;

/** Sets the value at a path of keys, making the maps on the way. A new key stands behind the last of `after` there is. */
export function setIn(text: string, path: YamlPath, value: unknown, after?: readonly string[]): Edited {
  const expected = (values: Values) => withValue(values, path, new Document(value).toJS());
  return edited(text, expected, ({ document, eol }) => {
    let holder: unknown = document.contents;
    for (const [depth, key] of path.entries()) {
      const nested = nest(path.slice(depth + 1), value);
      if (!isMap(holder) || holder.items.length === 0)
        return depth === 0 ? appendSection(text, holder, String(key), nested, eol) : null;
      const pair = pairOf(holder, key);
      if (!pair) return insertEntry(text, holder, String(key), nested, after, eol);
      const goesOn = depth < path.length - 1 && isMap(pair.value) && pair.value.items.length > 0;
      if (!goesOn) return replaceValue(text, holder, pair, nested, eol);
      holder = pair.value;
    }
    return null;
  });
}

/** Removes the entry or item at a path. A map that is left empty becomes `{}`. Comments go with what they belong to. */
export function removeIn(text: string, path: YamlPath): Edited {
  return edited(
    text,
    (values) => without(values, path),
    ({ document }) => {
      const key = path.at(-1) ?? "";
      const holder = collectionAt(document.contents, path.slice(0, -1));
      if (isSeq(holder)) return removeItem(text, holder, Number(key));
      const pair = isMap(holder) && pairOf(holder, key);
      if (!isMap(holder) || !pair) return null;
      const above = collectionAt(document.contents, path.slice(0, -2));
      const parent = path.length > 1 && isMap(above) ? pairOf(above, path.at(-2) ?? "") : undefined;
      return removeEntry(text, holder, pair, parent ?? null);
    },
  );
}

/** Gives a key another name, or an item of a list another text. */
export function renameIn(text: string, path: YamlPath, name: string): Edited {
  return edited(
    text,
    (values) => renamed(values, path, name),
    ({ document }) => {
      const key = path.at(-1) ?? "";
      const holder = collectionAt(document.contents, path.slice(0, -1));
      const found = isMap(holder)
        ? pairOf(holder, key)?.key
        : isSeq(holder)
          ? holder.items[Number(key)]
          : null;
      if (!isCollection(holder) || !isScalar(found) || !found.range) return null;
      const [from, to] = found.range;
      return { from, to, text: holder.flow ? inlineValue(name) : blockScalar(name) };
    },
  );
}

/** What stands at a path, to be put elsewhere: quotes and brackets as they are, comments, anchors and aliases gone. */
export function copyOf(text: string, path: YamlPath): unknown {
  const { document, values } = read(text) ?? {};
  const holder = collectionAt(document?.contents, path.slice(0, -1));
  const found = isMap(holder) ? pairOf(holder, path.at(-1) ?? "")?.value : null;
  if (!isNode(found)) return null;
  let isLinked = false;
  visit(found, {
    Node: (_, node) => {
      isLinked ||= isAlias(node) || Boolean(node.anchor);
      node.comment = node.commentBefore = null;
      node.spaceBefore = false;
    },
  });
  return isLinked
    ? path.reduce<Values>((value, key) => (isHolder(value) ? value[key] : null), values)
    : found;
}

/** Brings the entries of a map into this order; those that are not named come last, in theirs. */
export function orderIn(text: string, path: YamlPath, names: readonly string[]): Edited {
  return edited(
    text,
    (values) => values,
    ({ document }) => {
      const holder = collectionAt(document.contents, path);
      return isMap(holder) ? orderEntries(text, holder, names) : null;
    },
  );
}

type Values = unknown;
type Source = {
  readonly document: ReturnType<typeof parseDocument>;
  readonly values: Values;
  readonly eol: string;
};

function edited(
  text: string,
  expect: (values: Values) => Values,
  splice: (source: Source) => Splice | null,
): Edited {
  const before = read(text);
  const change = before && splice(before);
  if (!change) return null;
  const result = text.slice(0, change.from) + change.text + text.slice(change.to);
  // The splices know the usual ways to write YAML; any other shows here.
  const after = read(result);
  return after && isDeepStrictEqual(after.values, expect(before.values)) ? result : null;
}

/** The plain values of a text, as JSON knows them; null when it is no valid YAML. */
export function valuesOf(text: string): Values {
  return read(text)?.values ?? null;
}

function read(text: string): Source | null {
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false });
  if (document.errors.length > 0) return null;
  try {
    const values: Values = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 1000 }) ?? {}));
    return { document, values, eol: text.includes("\r\n") ? "\r\n" : "\n" };
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

/** The map or list at a path; null when there is none, or an alias on the way. */
function collectionAt(contents: unknown, path: YamlPath): YAMLMap | YAMLSeq | null {
  let found = contents;
  for (const key of path)
    found = isMap(found) ? pairOf(found, key)?.value : isSeq(found) ? found.items[Number(key)] : null;
  return isMap(found) || isSeq(found) ? found : null;
}

function nest(path: YamlPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

type Holder = Record<string, unknown>;

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null;
}

function withValue(values: Values, path: YamlPath, value: unknown): Values {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const holder = isHolder(values) ? values : {};
  return { ...holder, [key]: withValue(holder[key], rest, value) };
}

/** The values with the holder of a path's last key replaced by what `change` makes of it. */
function changed(values: Values, path: YamlPath, change: (holder: Holder, key: string) => Values): Values {
  const [key, ...rest] = path;
  if (key === undefined || !isHolder(values)) return values;
  if (rest.length === 0) return change(values, String(key));
  const inner = changed(values[key], rest, change);
  return Array.isArray(values) ? values.with(Number(key), inner) : { ...values, [key]: inner };
}

function without(values: Values, path: YamlPath): Values {
  return changed(values, path, (holder, key) =>
    Array.isArray(holder)
      ? holder.toSpliced(Number(key), 1)
      : Object.fromEntries(Object.entries(holder).filter(([name]) => name !== key)),
  );
}

function renamed(values: Values, path: YamlPath, name: string): Values {
  return changed(values, path, (holder, key) =>
    Array.isArray(holder)
      ? holder.with(Number(key), name)
      : Object.fromEntries(Object.entries(holder).map(([old, value]) => [old === key ? name : old, value])),
  );
}
