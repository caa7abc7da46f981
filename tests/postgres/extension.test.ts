import { expect, test } from "bun:test";
import { extensionValues, lackOfExtension } from "../../src/postgres/extension.ts";

const needed = { name: "pglogical", major: 2 };
const fields = ["version", "usage", "unreadable", "missing"];
const lack = (...row: (string | null)[]) =>
  lackOfExtension(needed, { fields, rows: row.length === 0 ? [] : [row] }, { user: "my monitor" });

test("only relations of the extension are asked for", () => {
  const relations = "pglogical.node, pglogical.local_node, pg_stat_activity";
  expect(extensionValues(needed, relations)).toEqual(["pglogical", "{node,local_node}"]);
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
