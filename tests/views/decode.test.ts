import { expect, test } from "bun:test";
import * as columns from "../../src/views/columns.ts";
import { decode } from "../../src/views/decode.ts";
import { defineView } from "../../src/views/view.ts";

const view = defineView({
  name: "one",
  title: "One",
  source: "pg_stat_one",
  section: "server",
  scope: "server",
  runsOn: "any",
  rowKey: ["pid"],
  sortBy: "pid",
  columns: {
    pid: columns.integer("PID", { required: true }),
    name: columns.text("NAME"),
    newer: columns.text("NEWER", { since: 140000 }),
    derived: columns.text("DERIVED", { derive: () => null }),
  },
  sql: { 100000: "select 1" },
});

const ask = (fields: string[], row: (string | null)[], versionNum = 140000) =>
  decode(view, { fields, rows: [row] }, versionNum);

test("a statement is shown without its passwords", () => {
  const statements = defineView({
    ...{
      name: "two",
      title: "Two",
      source: "pg_stat_two",
      section: "server",
      scope: "server",
      runsOn: "any",
    },
    ...{ rowKey: ["pid"], sortBy: "pid", sql: { 100000: "select 1" } },
    columns: { pid: columns.integer("PID"), query: columns.query("QUERY") },
  });
  const shown = (text: string) => {
    const row = ["1", `UTF8 base64:${btoa(text)}`];
    return decode(statements, { fields: ["pid", "query"], rows: [row] }, 140000)[0]?.["query"];
  };
  expect(shown("alter role mon password 'open sesame'")).toBe("alter role mon password '***'");
  expect(shown("select 'open sesame'")).toBe("select 'open sesame'");
});

test("a column is absent where it is derived or newer than the server, and nowhere else", () => {
  expect(ask(["pid", "name"], ["1", "a"], 139999)).toEqual([
    { pid: 1, name: "a", newer: null, derived: null },
  ]);
  expect(() => ask(["pid", "name"], ["1", "a"])).toThrow(new RangeError("the answer lacks newer"));
  expect(() => ask(["pid", "newer"], ["1", "a"])).toThrow(new RangeError("the answer lacks name"));
  expect(() => ask([], [])).toThrow(new RangeError("the answer lacks pid"));
});

test("what a row is known by is never null", () => {
  expect(ask(["pid", "name", "newer"], ["1", null, null])).toHaveLength(1);
  expect(() => ask(["pid", "name", "newer"], [null, "a", "b"])).toThrow(
    new RangeError("the answer lacks pid"),
  );
});

test("a view of one row has one", () => {
  const pulse = { ...view, rowKey: [] };
  const fields = ["pid", "name", "newer"];
  const row = ["1", null, null];
  expect(decode(pulse, { fields, rows: [row] }, 140000)).toHaveLength(1);
  for (const rows of [[], [row, row]])
    expect(() => decode(pulse, { fields, rows }, 140000)).toThrow(/^the answer has \d rows instead of one$/);
});

const big = (2n ** 63n).toString();
test.each([
  [
    columns.integer("integer"),
    ["0", "1", "4294967295"],
    ["", " ", "-1", "1.5", "4294967296", "1e3", "0x10", "NaN"],
  ],
  [columns.count("count"), ["0", "9223372036854775807"], ["", "-1", big, "0x10", "1n", "Infinity"]],
  [columns.bytes("bytes"), ["0"], ["", "-1", "1.0"]],
  [columns.perSecond("perSecond"), ["0", "18"], ["", "-18", big]],
  [columns.seconds("seconds"), ["0", "0.5", "1e-05", "-299.9"], ["", "NaN", "1,5", "one"]],
  [columns.epoch("epoch"), ["1795696836.428795", "-1", "Infinity"], ["", "NaN", "2026-11-26", "0x1"]],
  [columns.percent("percent"), ["0", "100", "99.5"], ["", "-0.1", "100.1", "NaN", "Infinity"]],
  [columns.lsn("lsn"), ["0/0", "16/B374D848"], ["", "0", "-1/0", "FFFFFFFFF/0"]],
  [columns.bool("bool"), ["t", "f", "true", "false"], ["", "0", "1", "yes", "toString"]],
  [columns.pids("pids"), ["{}", "{1}", "{1,0,22}"], ["", "{", "1,2", "{-1}", "{{1}}", "{a}", "{1,}"]],
] as const)("the values of %o", (column, possible, impossible) => {
  for (const raw of possible) expect(() => column.parse(raw)).not.toThrow();
  for (const raw of impossible) expect(() => column.parse(raw)).toThrow();
});

test("a duration by a clock that was set back is nothing, never negative", () => {
  for (const raw of ["-299.9", "-1e-09", "-0", "-Infinity"])
    expect(columns.seconds("AGE").parse(raw)).toBe(0);
});
