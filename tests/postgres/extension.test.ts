import { expect, test } from "bun:test";
import { extensionQuestion, foundExtension, lowestFitting } from "../../src/postgres/extension.ts";

const needed = { name: "pglogical", major: 2 };
const fields = ["version", "usage", "unreadable", "missing"];
const lack = (...row: (string | null)[]) =>
  foundExtension(
    needed,
    { fields, rows: row.length === 0 ? [] : [row] },
    { user: "my monitor", inRecovery: false },
  );

test("only relations of the extension are asked for", () => {
  const relations = "pglogical.node, pglogical.local_node, pg_stat_activity";
  expect(extensionQuestion(needed, relations).values).toEqual(["pglogical", "{node,local_node}"]);
});

test("an extension that is absent, or of another major version, is a reason and no error", () => {
  expect(lack()).toEqual({ state: "notApplicable", why: "needs the extension pglogical", isAbsent: true });
  for (const version of ["1.2.2", "3.7.16", "dev", ""])
    expect(lack(version, "t", null)).toMatchObject({
      state: "notApplicable",
      why: `needs the extension pglogical 2: ${version} is installed`,
    });
});

test("so is a relation that this version of it lacks", () => {
  expect(lack("2.4.2", "f", null, "conflict_history")).toMatchObject({
    state: "notApplicable",
    why: "needs pglogical.conflict_history, which pglogical 2.4.2 lacks",
  });
});

test("the GRANT that is missing is named, and no other", () => {
  expect(lack("2.4.2", "t", null)).toBeNull();
  const grantsFor = (usage: string, unreadable: string | null) => {
    const lacking = lack("2.4.2", usage, unreadable);
    return lacking?.state === "failed" ? lacking.error.detail : lacking;
  };
  const [usage, select] = [
    'GRANT USAGE ON SCHEMA pglogical TO "my monitor"',
    'GRANT SELECT ON pglogical.local_node, pglogical.node TO "my monitor"',
  ];
  expect(grantsFor("f", null)).toBe(usage);
  expect(grantsFor("t", "local_node,node")).toBe(select);
  expect(grantsFor("f", "local_node,node")).toBe(`${usage}; ${select}`);
});

test("the statement for a version is the newest that it fits, by number and not by letter", () => {
  const sql = { "1.6": "", "1.9": "", "1.10": "" };
  const fitting = ["1.5", "1.6", "1.8", "1.9", "1.9.1", "1.10", "1.12", "2.0", "dev"].map((version) =>
    lowestFitting({ sql }, version),
  );
  expect(fitting).toEqual([null, "1.6", "1.6", "1.9", "1.9", "1.10", "1.10", "1.10", null]);
});

test("what is missing of an extension in any schema is said: the library, CREATE EXTENSION, a newer version", () => {
  const sql = { "1.8": "select from {schema}.pg_stat_statements(false)" };
  const anywhere = { name: "pg_stat_statements", sql, reads: ["pg_stat_statements"], librarySetting: "a.b" };
  const of = (row: Readonly<Record<string, string | null>>, inRecovery = false) =>
    foundExtension(
      anywhere,
      { fields: Object.keys(row), rows: [Object.values(row)] },
      { user: "monitor", inRecovery },
    );
  const there = { version: "1.10", schema_oid: "7", schema: 'my "ext"', usage: "t", loaded: "t" };
  const rights = { unexecutable: null, unreadable: null };
  expect(of({ ...there, ...rights })).toMatchObject({
    ...{ state: "there", mark: "1.8 7" },
    text: 'select from "my ""ext""".pg_stat_statements(false)',
  });
  const load = "add pg_stat_statements to shared_preload_libraries and restart the server";
  for (const [row, why, inRecovery] of [
    [
      { version: null, loaded: "f" },
      `needs the extension pg_stat_statements: ${load}, then CREATE EXTENSION pg_stat_statements`,
    ],
    [
      { version: null, loaded: "t" },
      "needs the extension pg_stat_statements: CREATE EXTENSION pg_stat_statements on the primary",
      true,
    ],
    [{ ...there, loaded: "f" }, `the library of pg_stat_statements is not loaded: ${load}`],
    [
      { ...there, version: "1.7" },
      "needs pg_stat_statements 1.8: 1.7 is installed, see ALTER EXTENSION pg_stat_statements UPDATE",
    ],
  ] as const)
    expect(of(row, inRecovery)).toMatchObject({ state: "notApplicable", why });
  expect(of({ ...there, usage: "f", unexecutable: "ext.f(boolean)", unreadable: "ext.v" })).toMatchObject({
    error: {
      detail:
        'GRANT USAGE ON SCHEMA "my ""ext""" TO monitor; GRANT EXECUTE ON FUNCTION ext.f(boolean) TO monitor; ' +
        "GRANT SELECT ON ext.v TO monitor",
    },
  });
});
