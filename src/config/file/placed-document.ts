import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from "yaml";
import { optionName, type Problem } from "../error.ts";
import { type Environment, interpolate } from "../interpolate.ts";
import { isReservedName } from "../values.ts";
import { type Document, maxDepth, maxValues, type Path, type Place } from "./document.ts";

class TooMuch extends Error {}

type Placed = Place & { readonly key: number; readonly value: number };

/** Parses any YAML, and knows the place of each value. What is wrong inside is in `problems`. */
export function readPlacedDocument(
  file: string,
  text: string,
  mode: number,
  environment: Environment,
): Document {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const places = new Map<string, Placed>();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const place = (path: Path) => places.get(JSON.stringify(path));
  const where = (path: Path, part: "key" | "value" = "value"): string => {
    for (let length = path.length; length > 0; length--) {
      const found = place(path.slice(0, length));
      if (found) return at(length === path.length ? found[part] : found.key);
    }
    return at(0);
  };
  const refuse = (where: string, expected: string, found: string, fix: string, path: Path = []) => {
    problems.push({ where, option: optionName(path), expected, found, fix });
  };
  const done = (values: unknown): Document => ({ file, mode, values, problems, where, place });

  let count = 0;
  try {
    // Its search for names that are there twice compares each with each: 30 ms for 200 nodes. Ours is below.
    const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, uniqueKeys: false });
    for (const error of [...document.errors, ...document.warnings]) {
      const [expected, found, fix] = explain(error);
      // One slip makes the parser stumble many times after it.
      if (problems.some((earlier) => earlier.expected === expected)) continue;
      refuse(at(error.pos[0]), expected, found, fix);
    }
    // After a syntax error the rest would be guesses.
    if (problems.length > 0) return done({});

    const read = (node: unknown, path: Path, key: number): unknown => {
      count += 1;
      if (count > maxValues || path.length > maxDepth) throw new TooMuch();
      if (isAlias(node)) {
        const target = node.resolve(document);
        if (target) return read(target, path, key);
        refuse(
          at(node.range?.[0] ?? key),
          "an alias of an anchor above",
          "an unknown one",
          "Quote the value.",
          path,
        );
        return undefined;
      }
      const value = hasRange(node) ? node.range[0] : key;
      const note = (rest: Partial<Placed>) =>
        places.set(JSON.stringify(path), { key, value, source: null, quoted: false, filled: false, ...rest });
      if (isMap(node)) {
        note({});
        const map: Record<string, unknown> = Object.create(null);
        for (const pair of node.items) {
          const offset = hasRange(pair.key) ? pair.key.range[0] : value;
          const name = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : null;
          const isReserved = name !== null && isReservedName(name);
          if (name === null || isReserved || !/^\P{Cc}+$/u.test(name)) {
            const found = isReserved ? "a reserved one" : "something else";
            refuse(at(offset), "a plain name", found, "Choose another name.", path);
          } else if (Object.hasOwn(map, name))
            // 1 and "1" are one name to us.
            refuse(
              at(offset),
              "each name once",
              "the same name again",
              "Rename or remove one of the two.",
              path,
            );
          else map[name] = read(pair.value, [...path, name], offset);
        }
        return map;
      }
      if (isSeq(node)) {
        note({});
        return node.items.map((item, index) =>
          read(item, [...path, index], hasRange(item) ? item.range[0] : value),
        );
      }
      if (!isScalar(node)) {
        note({});
        return null;
      }
      const quoted = node.type !== undefined && node.type !== "PLAIN";
      if (typeof node.value !== "string") {
        note({ source: node.source ?? null, quoted });
        return node.value;
      }
      const { text, filled, missing, malformed } = interpolate(node.value, environment);
      note({ source: node.value, quoted, filled });
      for (const name of missing)
        refuse(
          at(value),
          `${name} to be set`,
          "no such variable",
          `Export it, or write \${${name}:-default}.`,
          path,
        );
      if (malformed)
        refuse(
          at(value),
          `\${VAR} or \${VAR:-default}`,
          "another use of ${",
          "Write $${ for a plain ${.",
          path,
        );
      return missing.length > 0 || malformed ? undefined : text;
    };
    return done(document.contents === null ? {} : read(document.contents, [], 0));
  } catch (cause) {
    if (!(cause instanceof TooMuch || cause instanceof RangeError)) throw cause;
    // Aliases of aliases, an alias inside itself, or brackets without end.
    refuse(
      at(0),
      `at most ${maxDepth} levels and ${maxValues} values`,
      "more",
      "Use fewer aliases and brackets.",
    );
    return done({});
  }
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}

/** The parser's own messages quote the source, which may be a password. */
function explain(error: YAMLError): readonly [expected: string, found: string, fix: string] {
  switch (error.code) {
    case "TAG_RESOLVE_FAILED":
      return ["plain values", "a YAML tag", "Remove the word that starts with an exclamation mark."];
    case "MULTIPLE_DOCS":
      return ["one document", "a second one", "Remove the line that is only ---."];
    case "TAB_AS_INDENT":
      return ["indentation with spaces", "a tab", "Replace the tab by spaces."];
    case "BAD_INDENT":
      return [
        "lines of one map to start in one column",
        "another indentation",
        "Align the line, or close the bracket or quote above.",
      ];
    case "BAD_SCALAR_START":
      return ["a value", "a character that means something to YAML", "Put the value in quotes."];
    default:
      return [
        "valid YAML",
        "a syntax error",
        `Check quotes, colons and indentation here and above; within { } put \${VAR} in quotes.`,
      ];
  }
}
