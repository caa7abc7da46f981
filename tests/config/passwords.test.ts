import { describe, expect, test } from "bun:test";
import type { PasswordSource } from "../../src/config/settings.ts";
import { problemsOf, settingsOf } from "./config-file.ts";

const environment = { HOME: "/home/ana" };
const home = "passfile /home/ana/.pgpass";

/** The places in words, in order. */
function sources(node: string, extra: Record<string, string> = {}): string[] {
  const [only] = settingsOf(`nodes:\n  a: ${node}\n`, { environment: { ...environment, ...extra } }).nodes;
  return (only?.passwords ?? []).map(inWords);
}

function inWords(source: PasswordSource): string {
  switch (source.kind) {
    case "inline":
      return `inline ${source.secret.reveal()}`;
    case "environment":
      return `environment ${source.variable}`;
    case "file":
    case "passfile":
      return `${source.kind} ${source.path}`;
    case "command":
      return `command ${source.argv.join(" ")} ${source.ttlMs}`;
    case "keyring":
      return "keyring";
  }
}

describe("a password is looked for in the places of", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["{ host: h }", {}, ["keyring", home]],
    ["{ host: h, password: 'pw' }", {}, ["inline pw", "keyring", home]],
    ["{ host: h, password_env: DB }", {}, ["environment DB", "keyring", home]],
    ["{ host: h, password_file: /run/pw }", {}, ["file /run/pw", "keyring", home]],
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
    ["{ host: h }", { PGPASSWORD: "all" }, ["inline all", "keyring", home]],
    [
      "{ host: h, password_env: DB }",
      { PGPASSWORD: "all" },
      ["environment DB", "inline all", "keyring", home],
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
});

test.each(["pass show", "[]", "['']", "{ argv: [a], tll: 1s }", "{ argv: [a], ttl: 5 }", "[1]"])(
  "password_command: %s is refused",
  (command) => {
    const [problem] = problemsOf(`nodes:\n  a:\n    host: h\n    password_command: ${command}\n`);
    expect(problem).toContain("nodes.a.password_command: expected a list of a program");
  },
);
