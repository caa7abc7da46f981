import { describe, expect, test } from "bun:test";
import type { PasswordSource } from "../../src/config/settings.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const environment = { HOME: "/home/ana" };
const usual = "ssl key /home/ana/.postgresql/postgresql.key";
const home = "passfile /home/ana/.pgpass";

/** The places in words, in order. */
function sources(node: string, extra: Record<string, string> = {}): string[] {
  const [only] = settingsOf(`nodes:\n  a: ${node}\n`, { environment: { ...environment, ...extra } }).nodes;
  return (only?.passwords ?? []).map(inWords);
}

function inWords(source: PasswordSource): string {
  switch (source.kind) {
    case "inline":
      return `inline ${source.secret.reveal()}${source.from ? ` of ${source.from}` : ""}`;
    case "environment":
      return `environment ${source.variable}`;
    case "file":
    case "passfile":
      return `${source.kind} ${source.path}`;
    case "command":
      return `command ${source.argv.join(" ")} ${source.ttlMs}`;
    case "keyring":
      return source.name ?? "keyring";
  }
}

describe("a password is looked for in the places of", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["{ host: h }", {}, ["keyring", home]],
    ["{ host: h, password: 'pw' }", {}, ["inline pw", "keyring", home]],
    ["{ host: h, password_env: DB }", {}, ["environment DB", "keyring", home]],
    ["{ host: h, password_file: /run/pw }", {}, ["file /run/pw", "keyring", home]],
    ["{ host: h, password_file: ~/pw }", {}, ["file /home/ana/pw", "keyring", home]],
    [
      "{ host: h, password_command: [pass, show, 'a b'] }",
      {},
      ["command pass show a b null", "keyring", home],
    ],
    [
      "{ host: h, password_command: { argv: [aws], ttl: 10min } }",
      {},
      ["command aws 600000", "keyring", home],
    ],
    [
      "{ host: h, password: 'pw', password_env: E, password_file: /f }",
      {},
      ["inline pw", "environment E", "file /f", "keyring", home],
    ],
    ["{ host: h }", { PGPASSWORD: "all" }, ["inline all of PGPASSWORD", "keyring", home]],
    [
      "{ host: h, password_env: DB }",
      { PGPASSWORD: "all" },
      ["environment DB", "inline all of PGPASSWORD", "keyring", home],
    ],
    ["{ host: h, password: 'pw' }", { PGPASSWORD: "all" }, ["inline pw", "keyring", home]],
    [
      "{ host: h, password: 'all', password_env: E }",
      { PGPASSWORD: "all" },
      ["inline all", "environment E", "keyring", home],
    ],
    ["{ host: h }", { PGPASSFILE: "/etc/pass" }, ["keyring", "passfile /etc/pass"]],
    ["'host=h passfile=/own'", { PGPASSFILE: "/etc/pass" }, ["keyring", "passfile /own"]],
  ])("%s with %p", (node, extra, expected) => {
    expect(sources(node, extra)).toEqual(expected);
  });

  test("defaults, when the node itself names none", () => {
    const text =
      "defaults: { password_env: ALL }\nnodes: { a: { host: a }, b: { host: b, password_file: /b } }";
    const kinds = settingsOf(text).nodes.map(({ passwords }) => passwords[0]?.kind);
    expect(kinds).toEqual(["environment", "file"]);
  });

  test("a node itself, before what defaults gives to all", () => {
    const text =
      "defaults: { password: 'all', password_file: /f }\nnodes: { a: { host: a }, b: { host: b, password_env: B } }";
    const places = settingsOf(text).nodes.map(({ passwords }) => passwords.slice(0, 2).map(inWords));
    expect(places).toEqual([
      ["inline all", "file /f"],
      ["environment B", "inline all"],
    ]);
  });
});

describe("the passphrase of a client's key is looked for in the places of", () => {
  test.each([
    ["{ host: h }", [usual]],
    ["{ host: h, sslpassword: 'ab #cd' }", ["inline ab #cd", usual]],
    ["'host=h sslpassword=ab'", ["inline ab of the connection string", usual]],
    ["{ host: h, sslpassword_env: KEY, sslpassword_file: /f }", ["environment KEY", "file /f", usual]],
    ["{ host: h, sslkey: /keys/a }", ["ssl key /keys/a"]],
    ["{ host: h, sslkey: ~/a, sslpassword_file: ~/b }", ["file /home/ana/b", "ssl key /home/ana/a"]],
    ["{ host: h, sslpassword_command: { argv: [aws], ttl: 1min } }", ["command aws 60000", usual]],
  ])("%s", (node, expected) => {
    const [only] = settingsOf(`nodes:\n  a: ${node}\n`, { environment }).nodes;
    expect(only?.keyPassphrases.map(inWords)).toEqual(expected);
  });

  test("defaults, when the node itself names none", () => {
    const text =
      "defaults: { sslpassword_env: ALL }\nnodes: { a: { host: a }, b: { host: b, sslpassword_file: /b } }";
    const kinds = settingsOf(text).nodes.map(({ keyPassphrases }) => keyPassphrases[0]?.kind);
    expect(kinds).toEqual(["environment", "file"]);
  });

  test("a node itself, before what defaults gives to all", () => {
    const text = "defaults: { sslpassword: 'all' }\nnodes: { a: { host: a, sslpassword_env: A } }";
    const [only] = settingsOf(text, { environment }).nodes;
    expect(only?.keyPassphrases.map(inWords)).toEqual(["environment A", "inline all", usual]);
  });

  test("a file that is its owner's alone, in quotes", () => {
    const unquoted = problemsOf("nodes: { a: { host: h, sslpassword: SECRETPW } }").join("\n");
    expect(unquoted).toContain("the key's passphrase in quotes");
    const shared = problemsOf("nodes: { a: { host: h, sslpassword: 'SECRETPW' } }", { mode: 0o644 }).join(
      "\n",
    );
    expect(shared).toContain("a file that only its owner can read");
    expect(unquoted + shared).not.toContain("SECRETPW");
  });
});

test.each(["pass show", "[]", "['']", "{ argv: [a], tll: 1s }", "{ argv: [a], ttl: 5 }", "[1]"])(
  "password_command: %s is refused",
  (command) => {
    const [problem] = problemsOf(`nodes:\n  a:\n    host: h\n    password_command: ${command}\n`);
    expect(problem).toContain("nodes.a.password_command: expected a list of a program");
  },
);

test("a NUL character in a password is refused, as in a connection string", () => {
  const [problem] = problemsOf('nodes: { a: { host: h, password: "SECRET\\0PW" } }');
  expect(problem).toContain("nodes.a.password: expected a password in quotes, found other text");
});
