import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Document, Path } from "../../src/config/file/document.ts";
import { readPlacedDocument } from "../../src/config/file/placed-document.ts";
import { readPlainDocument } from "../../src/config/file/plain-document.ts";
import { type Pick, picking, randomFile } from "./edit/random-files.ts";

const environment = { SET: "from the environment", EMPTY: "" };
const placed = (text: string) => readPlacedDocument("f.yaml", text, 0o600, environment);
const plain = (text: string) => readPlainDocument("f.yaml", text, 0o600, environment, () => placed(text));

test("a fleet of 200 nodes is read without places until one is asked for", () => {
  const nodes = Array.from(
    { length: 200 },
    (_, index) => `  node-${index}:\n    host: 127.0.0.1\n    port: ${5432 + index}`,
  );
  const text = `nodes:\n${nodes.join("\n")}\n  prod: postgres://monitor@db:5432/app?sslmode=require # main\nclusters: {}\n`;
  let parsed = 0;
  const document = readPlainDocument("f.yaml", text, 0o600, {}, () => {
    parsed += 1;
    return placed(text);
  });
  expect(document?.values).toEqual(placed(text).values);
  expect(document?.place(["nodes", "prod"])).toEqual({
    source: "postgres://monitor@db:5432/app?sslmode=require",
    quoted: false,
    filled: false,
  });
  expect(parsed).toBe(0);
  expect(document?.where(["nodes", "node-1", "port"])).toBe("f.yaml:7:11");
  expect(document?.where(["nodes", "node-2"], "key")).toBe("f.yaml:8:3");
  expect(parsed).toBe(1);
});

test.each([
  ["a name that is there twice", "nodes:\n  a:\n    port: 1\n  a:\n    port: 1\n"],
  ["quotes", 'nodes:\n  a:\n    password: "x"\n'],
  ["an anchor", "a: &x\n  b: 1\nc: *x\n"],
  ["a tag", "a: !!str 1\n"],
  ["a block of text", "a: |\n  b: 1\n"],
  ["a number in another form", "a: 010\n"],
  ["a word in another form", "a: True\n"],
  ["nothing in another form", "a: ~\n"],
  ["a missing variable", `a: x\${MISSING}\n`],
  ["a malformed variable", "a: x${\n"],
  ["wrong indentation", "a:\n    b: 1\n  c: 2\n"],
  ["two documents", "a: 1\n---\nb: 2\n"],
  ["a carriage return", "a: 1\r\nb: 2\r\n"],
  ["a name of JavaScript's own", "__proto__: 1\n"],
  ["a name that each object has", "nodes:\n  constructor:\n    port: 1\n"],
  ["depth beyond measure", Array.from({ length: 5000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ["values beyond measure", Array.from({ length: 20_001 }, (_, index) => `a${index}: 1`).join("\n")],
])("%s is left to the parser that knows places", (_, text) => {
  expect(plain(text)).toBeNull();
});

test("what is read as plain is what the parser with places reads", () => {
  const pick = picking(27);
  const texts = Array.from({ length: 6000 }, () => {
    const lines = Array.from(
      { length: pick([0, 1, 2, 3, 4, 5, 6]) },
      () => `${pick(["", "", "  ", "  ", "    ", " "])}${line(pick)}`,
    );
    return lines.join("\n");
  });
  const files = Array.from({ length: 300 }, () => randomFile(pick));
  const accepted = [...texts, ...files].filter((text) => {
    const fast = plain(text);
    if (fast) expect({ text, ...told(fast) }).toEqual({ text, ...told(placed(text)) });
    return fast !== null;
  });
  expect(accepted.length).toBeGreaterThan(600);
});

test.each(["config.example.yaml"])("%s is read alike", (name) => {
  const text = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const fast = plain(text);
  if (fast) expect(told(fast)).toEqual(told(placed(text)));
});

function line(pick: Pick): string {
  const key = pick(["a", "b", "node-1", "n.x", "true", "null", "on", "y", "a b", "1", "é", "<<"]);
  const value = pick([
    "",
    ..."0 1 10 01 1e3 0x1F 5s 10GB 50% 1.5 127.0.0.1 1_000 12:30 2024-01-01 true True no off null Null ~ .inf".split(
      " ",
    ),
    "a b",
    "a: b",
    "a:",
    "a #b",
    "a#b",
    "a,b",
    "[a, b]",
    "[a]",
    "[]",
    "{}",
    "[true, null]",
    "[a, a]",
    "{a: b}",
    "a]",
    "-a",
    "- a",
    "'a'",
    "a'b",
    'a"b',
    "postgres://u@h:5432/d?x=1&y=%20",
    "host=a port=b",
    "/var/run",
    "~/x",
    "$X",
    `\${SET}`,
    `x\${SET}y`,
    `\${EMPTY:-d}`,
    `\${MISSING}`,
    "$${",
    "é",
    "a|b",
    "a\\b",
    "a  b ",
    "a\tb",
    "a\u00a0b",
    "truer",
    "nullable",
    "true ",
    "false # no",
    "a -",
    "?",
    "a?",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "@a",
    "a\u2028b",
    "a\u0085b",
    "\ufeffa",
  ]);
  return pick([
    `${key}: ${value}`,
    `${key}: ${value}`,
    `${key}:`,
    `- ${value}`,
    `${key}:  ${value}`,
    `# ${value}`,
    "",
    `${value}`,
    `${key} : ${value}`,
  ]);
}

/** All that a reader of the document can see. */
function told(document: Document) {
  const paths: Path[] = [];
  const walk = (value: unknown, path: Path) => {
    if (path.length > 0) paths.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, item] of Object.entries(value))
      walk(item, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(document.values, []);
  const { values, problems } = document;
  return {
    values,
    problems,
    places: paths.map((path) => {
      const { source, quoted, filled } = document.place(path) ?? {};
      return { path, source, quoted, filled, key: document.where(path, "key"), value: document.where(path) };
    }),
  };
}
