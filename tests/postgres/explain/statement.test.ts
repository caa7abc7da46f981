import { expect, test } from "bun:test";
import { explainOf, hasParameters, refusalOf } from "../../../src/postgres/explain/statement.ts";

test.each([
  "select 1",
  "  SELECT 1;",
  "-- analyze\nselect 1",
  "/* drop /* nested */ */ (select 1) union (select 2)",
  "with a as (select 1) select * from a",
  "update t set a = $1",
  "create table t as select 1",
  "declare c cursor for select 1",
  "select execute from t",
])("%p is planned", (sql) => {
  expect(refusalOf(sql)).toBeNull();
});

test.each([
  ["", "no statement"],
  [" \n", "no statement"],
  ["; select 1", "not a statement"],
  ["<insufficient privilege>", "not a statement"],
  ["/* execute */ -- x\r execute p(pg_catalog.pg_sleep(1))", "prepared in its own session"],
  ["((execute p", "prepared in its own session"],
  ["create table t as /**/ EXECUTE p(f())", "another session prepared"],
  ["create temp table if not exists t as execute p", "another session prepared"],
  ["fetch 10 from c", "reads a cursor"],
  ["analyze select 1", "not ANALYZE"],
  ["(analyze) select 1", "not ANALYZE"],
  ["/**/ analyze verbose", "not ANALYZE"],
  ["(analyze, costs) select 1", "not ANALYZE"],
  ["explain analyze delete from t", "not EXPLAIN"],
  ["vacuum t", "not VACUUM"],
  ["copy (select 1) to program 'true'", "not COPY"],
  ["\u00a0select 1", "not \u00a0SELECT"],
  ["select 'caf\ufffd'", "bytes that are not known"],
  ["/* never ends select 1", "not a statement"],
])("%p is not sent", (sql, why) => {
  expect(refusalOf(sql)).toContain(why);
});

test.each([
  ["select $1", true],
  ["select a from t where b=$12", true],
  ["select '$1', e'\\'$1', $$ $1 $$, $a$ $1 $a$ -- $1", false],
  ['select "a $1", a$1 /* $1 */', false],
  ["select '\\', $1", true],
])("%p has parameters: %p", (sql, has) => {
  expect(hasParameters(sql)).toBe(has);
});

test("options stand in parentheses, those that the server has", () => {
  expect(explainOf("select 1", 100000, false)).toBe("explain (costs)\nselect 1");
  expect(explainOf("select $1", 160000, true)).toBe("explain (costs, settings, generic_plan)\nselect $1");
});
