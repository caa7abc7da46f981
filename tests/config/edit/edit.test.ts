import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { editConfig } from "../../../src/config/edit/edit.ts";
import { draftOf } from "../../../src/config/edit/entry.ts";
import { Secret } from "../../../src/text/secret.ts";
import { changed, edited } from "./edited.ts";

const draft = (name: string, change: Partial<NodeDraft> = {}): NodeDraft => ({
  ...emptyDraft,
  name,
  ...change,
});

const db1 = draft("db1", {
  parameters: { host: "db1.example.com", port: "5433", dbname: "app", user: "ann" },
});

describe("a new node", () => {
  const written = `nodes:
  db1:
    host: db1.example.com
    port: 5433
    database: app
    user: ann
`;
  test("begins a file", () => {
    expect(edited("", { kind: "add", draft: db1 })).toBe(written);
    expect(edited("nodes:\n", { kind: "add", draft: db1 })).toBe(written);
    expect(edited("nodes: {}\n", { kind: "add", draft: db1 })).toBe(written);
    expect(edited("{}\n", { kind: "add", draft: db1 })).toBe(written);
    expect(edited("# mine\n", { kind: "add", draft: db1 })).toBe(`# mine\n\n${written}`);
    expect(edited("refresh: 2s", { kind: "add", draft: db1 })).toBe(`refresh: 2s\n\n${written}`);
  });

  test("has what was given, in the usual order and without needless quotes", () => {
    const all = draft("2", {
      group: "warehouse",
      colour: "red",
      production: true,
      parameters: {
        sslmode: "verify-full",
        sslrootcert: "system",
        user: "yes: no",
        dbname: "12",
        host: `\${HOST}`,
      },
    });
    expect(edited("", { kind: "add", draft: all })).toBe(`nodes:
  "2":
    host: \${HOST}
    database: "12"
    user: "yes: no"
    sslmode: verify-full
    sslrootcert: system
    group: warehouse
    colour: red
    production: true
`);
  });

  test("is a string where fields cannot say it", () => {
    const bound = { host: "db1", user: "a b", application_name: "mine", port: `\${PORT}` };
    expect(edited("", { kind: "add", draft: draft("db1", { parameters: bound }) })).toBe(
      `nodes:\n  db1: postgresql://a%20b@db1:\${PORT}/?application_name=mine\n`,
    );
    expect(edited("", { kind: "add", draft: draft("db1", { parameters: bound, group: "g" }) })).toBe(
      `nodes:\n  db1:\n    connection: postgresql://a%20b@db1:\${PORT}/?application_name=mine\n    group: g\n`,
    );
  });

  test("holds its password only when asked", () => {
    const secret = { parameters: { host: "h" }, password: new Secret(`p\${w"d`) };
    for (const passwordPlace of ["keyring", "none", "kept"] as const)
      expect(edited("", { kind: "add", draft: draft("a", { ...secret, passwordPlace }) })).toBe(
        "nodes:\n  a:\n    host: h\n",
      );
    expect(edited("", { kind: "add", draft: draft("a", { ...secret, passwordPlace: "file" }) })).toBe(
      `nodes:\n  a:\n    host: h\n    password: "p$\${w\\"d"\n`,
    );
  });

  test("comes last, as far from the others as they are from each other", () => {
    const close = "nodes:\n    a: host=a # one\n    b:\n        host: b\n        # port: 1\n\nclusters: {}\n";
    const host = draft("c", { parameters: { host: "c" } });
    expect(edited(close, { kind: "add", draft: host })).toBe(
      "nodes:\n    a: host=a # one\n    b:\n        host: b\n        # port: 1\n    c:\n        host: c\n\nclusters: {}\n",
    );
    const spaced = "nodes:\n  a: host=a\n\n  b: host=b\n  # c: host=c\n# end\n";
    expect(edited(spaced, { kind: "add", draft: host })).toBe(
      "nodes:\n  a: host=a\n\n  b: host=b\n  # c: host=c\n\n  c:\n    host: c\n# end\n",
    );
    expect(edited("nodes: { a: host=a }\n", { kind: "add", draft: host })).toBe(
      "nodes: { a: host=a, c: { host: c } }\n",
    );
    expect(edited("\uFEFFnodes: {}\n", { kind: "add", draft: host })).toBe(
      "\uFEFFnodes:\n  c:\n    host: c\n",
    );
    expect(edited("nodes:\r\n  a: host=a\r\n", { kind: "add", draft: host })).toBe(
      "nodes:\r\n  a: host=a\r\n  c:\r\n    host: c\r\n",
    );
  });

  test("is not put over another", () => {
    expect(editConfig("nodes:\n  db1: host=a\n", { kind: "add", draft: db1 })).toEqual({
      ok: false,
      problem: "the file has a node of this name already",
    });
  });

  test("made like another has what no form shows", () => {
    const text = 'nodes:\n  a:\n    host: a\n    password: "pw"\n    pool: { max: 1 }\n    group: g\n';
    const copy = { ...(draftOf(text, "a") ?? emptyDraft), name: "b", parameters: { host: "b" } };
    expect(edited(text, { kind: "add", draft: copy, like: "a" })).toBe(
      `${text}  b:\n    host: b\n    password: "pw"\n    pool: { max: 1 }\n    group: g\n`,
    );
  });
});

const fleet = `# The fleet.

nodes:
  # the primary
  db1: &first
    host:   db1.example.com      # moved in May
    port: 5433
    user: 'ann'
    pool: { max: 1 }             # small

  # the others
  db2: "postgresql://ann:p%40ss@db2/app?sslmode=require"  # by string
  db3: { host: db3, group: shop }
  db4:
    connection: host=db4 user=\${ME} password='a b'
    colour: red

clusters:
  main:
    nodes: [db1, db2]  # both
    production: true
  rest:
    nodes:
      - db3
      - db4   # last
`;

describe("a changed node", () => {
  test("differs in what was changed and nowhere else", () => {
    expect(changed(fleet, "db1", {})).toBe(fleet);
    expect(
      changed(fleet, "db1", { parameters: { host: "new", port: "5433", user: "bob", dbname: "app" } }),
    ).toBe(
      fleet
        .replace("db1.example.com ", "new ")
        .replace("'ann'", "'bob'")
        .replace("port: 5433\n", "port: 5433\n    database: app\n"),
    );
    expect(changed(fleet, "db1", { parameters: { user: "ann" }, group: "shop" })).toBe(
      fleet
        .replace("    host:   db1.example.com      # moved in May\n    port: 5433\n", "")
        .replace("    pool:", "    group: shop\n    pool:"),
    );
    expect(changed(fleet, "db3", { parameters: { host: "h,i", port: "1" }, group: null })).toBe(
      fleet.replace("{ host: db3, group: shop }", '{ host: "h,i", port: 1 }'),
    );
  });

  test("keeps the quotes that a value had, in braces too", () => {
    const text = `nodes:\n  a: { host: "db1", user: 'app', group: shop }\n`;
    const parameters = { host: "db2", user: "me" };
    expect(changed(text, "a", { parameters, group: "office" })).toBe(
      `nodes:\n  a: { host: "db2", user: 'me', group: office }\n`,
    );
  });

  test("stays a string that keeps its password", () => {
    const before = draftOf(fleet, "db2");
    expect(before?.parameters).toEqual({ user: "ann", host: "db2", dbname: "app", sslmode: "require" });
    expect(changed(fleet, "db2", { parameters: { ...before?.parameters, host: "db9", port: "1" } })).toBe(
      fleet.replace("ann:p%40ss@db2/app", "ann:p%40ss@db9:1/app"),
    );
    expect(changed(fleet, "db2", { group: "shop" })).toBe(
      fleet.replace(
        'db2: "postgresql://ann:p%40ss@db2/app?sslmode=require"  # by string',
        'db2:  # by string\n    connection: "postgresql://ann:p%40ss@db2/app?sslmode=require"\n    group: shop',
      ),
    );
    expect(changed(fleet, "db4", { parameters: { host: "db5", user: `\${ME}` }, colour: null })).toBe(
      fleet.replace("host=db4", "host=db5").replace("\n    colour: red", ""),
    );
  });

  test("gives its password away to the keyring, or takes a new one into the file", () => {
    const password = new Secret("new one");
    expect(changed(fleet, "db2", { password, passwordPlace: "keyring" })).toBe(
      fleet.replace(":p%40ss@", "@"),
    );
    expect(changed(fleet, "db2", { password: null, passwordPlace: "keyring" })).toBe(fleet);
    expect(changed(fleet, "db2", { password, passwordPlace: "none" })).toBe(fleet.replace(":p%40ss@", "@"));
    const elsewhere = "nodes:\n  a:\n    host: a\n    password_env: PW\n    password_file: /p\n";
    expect(changed(elsewhere, "a", { password, passwordPlace: "keyring" })).toBe(
      "nodes:\n  a:\n    host: a\n",
    );
    expect(changed(elsewhere, "a", { passwordPlace: "kept" })).toBe(elsewhere);
    expect(changed(fleet, "db4", { password, passwordPlace: "file" })).toBe(
      fleet.replace(`host=db4 user=\${ME} password='a b'`, `"host=db4 user=\${ME} password='new one'"`),
    );
    expect(changed(fleet, "db1", { password, passwordPlace: "file" })).toBe(
      fleet.replace("user: 'ann'\n", `user: 'ann'\n    password: "new one"\n`),
    );
  });

  test("is production by its cluster unless it says otherwise", () => {
    expect(draftOf(fleet, "db1")?.production).toBe(true);
    const off = changed(fleet, "db1", { production: false });
    expect(off).toBe(fleet.replace("    pool:", "    production: false\n    pool:"));
    expect(changed(off, "db1", { production: true })).toBe(fleet);
  });

  test("takes its new name to its place and to the clusters", () => {
    expect(changed(fleet, "db2", { name: "db 2: b" })).toBe(
      fleet.replace('db2: "post', '"db 2: b": "post').replace("[db1, db2]", '[db1, "db 2: b"]'),
    );
    expect(changed(fleet, "db4", { name: "db40" })).toBe(
      fleet.replace("  db4:\n", "  db40:\n").replace("- db4 ", "- db40 "),
    );
  });

  test("that is one variable becomes fields once they are given", () => {
    const text = `nodes:\n  a: "\${DATABASE_URL}"\n  b: host=b\n`;
    expect(draftOf(text, "a")?.parameters).toEqual({});
    expect(changed(text, "a", { group: "g" })).toBe(
      `nodes:\n  a:\n    connection: "\${DATABASE_URL}"\n    group: g\n  b: host=b\n`,
    );
    expect(draftOf(text, "a")?.variable).toBe(`\${DATABASE_URL}`);
    expect(changed(text, "b", { parameters: {}, variable: `\${B}` })).toBe(text.replace("host=b", `\${B}`));
    expect(changed(text, "a", { variable: null, parameters: { host: "x" } })).toBe(
      "nodes:\n  a:\n    host: x\n  b: host=b\n",
    );
  });

  test("gets a string when fields cannot say it", () => {
    expect(
      changed("nodes:\n  a:\n    host: x # h\n    colour: red\n", "a", {
        parameters: { host: "x", application_name: "mine" },
      }),
    ).toBe("nodes:\n  a:\n    connection: postgresql://x/?application_name=mine\n    colour: red\n");
  });
});

describe("a deleted node", () => {
  test("goes with its comments and out of its cluster", () => {
    expect(edited(fleet, { kind: "delete", node: "db1" })).toBe(
      fleet.replace(/ {2}# the primary\n[\s\S]*small\n\n/, "").replace("[db1, db2]", "[db2]"),
    );
    expect(edited(fleet, { kind: "delete", node: "db4" })).toBe(
      fleet.replace(/ {2}db4:\n[\s\S]*red\n/, "").replace("      - db4   # last\n", ""),
    );
  });

  test("leaves the heading that others stand under", () => {
    expect(edited(fleet, { kind: "delete", node: "db2" })).toBe(
      fleet.replace(/ {2}db2: .*\n/, "").replace("[db1, db2]", "[db1]"),
    );
  });

  test("that was the last leaves no node and no cluster", () => {
    const text = "nodes: # all\n  a: host=a # it\n\nclusters:\n  main: { nodes: [a] }\n";
    expect(edited(text, { kind: "delete", node: "a" })).toBe("nodes: {} # all\n");
  });
});

describe("what cannot be edited is left alone", () => {
  const cases: [string, string][] = [
    ["an alias in the way", "x: &n { host: h }\nnodes:\n  a: *n\n"],
    ["an anchor that others use", "nodes:\n  a: &n { host: h }\n  b: *n\n"],
    ["an explicit key", "nodes:\n  ? a\n  : host=a\n  b: host=b\n"],
    ["no YAML", "nodes: [\n"],
  ];
  test.each(cases)("%s", (_, text) => {
    expect(editConfig(text, { kind: "move", node: "a", group: "g" })).toMatchObject({ ok: false });
  });
});

test("the example keeps every byte but those of the edit", () => {
  const example = readFileSync(new URL("../../../config.example.yaml", import.meta.url), "utf8");
  const added = edited(example, { kind: "add", draft: db1 });
  expect(edited(added, { kind: "delete", node: "db1" })).toBe(example);
  for (const node of ["sales-1", "sales-2", "stock-1", "stock-2"]) {
    const renamed = changed(example, node, { name: "other" });
    expect(renamed).not.toBe(example);
    expect(changed(renamed, "other", { name: node })).toBe(example);
    const moved = edited(example, { kind: "move", node, group: "elsewhere" });
    expect(moved.split("\n").filter((line) => !example.split("\n").includes(line)).length).toBeLessThan(4);
  }
});
