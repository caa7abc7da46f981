import { describe, expect, test } from "bun:test";
import { statementLine } from "../../src/postgres/statement-line.ts";
import { cpuMsOf } from "../support/cpu-time.ts";

const line = (sql: string) => statementLine(sql, "↵");

describe("a statement on one line", () => {
  test.each([
    ["white space of six kinds", "  select *\n\tfrom t\r\n where\f x\v = 1\n", "select * from t where x = 1"],
    ["nothing", "", ""],
    ["blanks alone", " \n\t", ""],
    ["the line goes on behind a comment", "select 1 -- all\n  from t", "select 1 -- all ↵ from t"],
    ["a comment that ends with a return", "select 1 -- all\r from t", "select 1 -- all ↵ from t"],
    ["two comments behind one another", "select 1 -- a\n\n  -- b\n, 2", "select 1 -- a ↵ -- b ↵ , 2"],
    ["a comment at the end", "select 1 -- route:/orders\n", "select 1 -- route:/orders"],
    ["a comment that was cut", "select 1 -- rou", "select 1 -- rou"],
    ["a block comment inside", "select /* a\n b */ 1", "select /* a b */ 1"],
    ["sqlcommenter", "select 1 /*route='%2Fa',db='x'*/", "select 1 /*route='%2Fa',db='x'*/"],
    ["an operator in front", "select 1 +-- plus\n 2", "select 1 +-- plus ↵ 2"],
  ])("%s", (_, sql, shown) => {
    expect(line(sql)).toBe(shown);
  });
});

describe("comments before a statement are left out", () => {
  test.each([
    ["of a line", "-- by billing\nselect 1", "select 1"],
    ["of many lines", `${"-- licence\n".repeat(200)}\n select 1`, "select 1"],
    ["a block", "/* app: web */ select 1", "select 1"],
    ["nested blocks", "/* a /* b */ -- c\n */ select 1", "select 1"],
    ["a hint", "/*+ SeqScan(t) */ select 1 from t", "select 1 from t"],
    ["of both kinds", "/* a */-- b\r\n/* c */\n-- d\nselect 1 -- e\n", "select 1 -- e"],
    ["unless nothing follows", "-- ping\n-- pong\n", "-- ping ↵ -- pong"],
    ["unless it was cut inside", "/* a long story /* of */ which", "/* a long story /* of */ which"],
    ["unless the slashes are code", "select 1 - - 1 / * 2", "select 1 - - 1 / * 2"],
  ])("%s", (_, sql, shown) => {
    expect(line(sql)).toBe(shown);
  });
});

describe("what only looks like a comment is none", () => {
  test.each([
    ["in a string", "select '-- no\n', 1", "select '-- no ', 1"],
    ["behind a doubled quote", "select 'it''s -- no\n', 1", "select 'it''s -- no ', 1"],
    [
      "behind an escaped quote",
      `${String.raw`select E'it\'s -- no`}\n', 1`,
      String.raw`select E'it\'s -- no ', 1`,
    ],
    ["behind a backslash at a string's end", "select 'a\\' -- yes\n, 1", "select 'a\\' -- yes ↵ , 1"],
    ["in a Unicode string", "select U&'\\0041 -- no\n', 1", "select U&'\\0041 -- no ', 1"],
    ["in a quoted name", 'select "a""-- no\n", 1', 'select "a""-- no ", 1'],
    ["in dollar quotes", "select $$ -- no\n $$, 1", "select $$ -- no $$, 1"],
    ["in tagged dollar quotes", "do $b$ -- $$ no\n $b$", "do $b$ -- $$ no $b$"],
    ["in dollar quotes with a tag of letters beyond ASCII", "do $ä$ -- no\n $ä$", "do $ä$ -- no $ä$"],
    ["a name with dollars begins no quote", "select a$b$ -- yes\n, c$b$", "select a$b$ -- yes ↵ , c$b$"],
    ["a parameter begins no quote", "select $1 -- yes\n, $2", "select $1 -- yes ↵ , $2"],
    [
      "a name that ends in e begins no escapes",
      "select tabl\u00e9'\\' -- yes\n",
      "select tabl\u00e9'\\' -- yes",
    ],
    ["a string that was cut", "select 1, 'a -- no\n b", "select 1, 'a -- no b"],
    ["a name that was cut", 'select 1, "a -- no\n b', 'select 1, "a -- no b'],
    ["a body that was cut", "do $x$ begin -- no\n", "do $x$ begin -- no"],
    ["stars in a line comment", "-- /* \nselect 1", "select 1"],
    ["dashes in a block comment", "/* -- */ select 1", "select 1"],
    ["a quote in a comment", "-- don't\nselect 1 -- 'x\n, 2", "select 1 -- 'x ↵ , 2"],
  ])("%s", (_, sql, shown) => {
    expect(line(sql)).toBe(shown);
  });
});

const mebibyte = 1024 * 1024;
test.each([
  ["block comments that open", "/*".repeat(mebibyte / 2)],
  ["block comments side by side", "/**/".repeat(mebibyte / 4)],
  ["dashes", "-".repeat(mebibyte)],
  ["line comments", "--\n".repeat(mebibyte / 3)],
  ["quotes", `--\n${"'".repeat(mebibyte)}`],
  ["quotes and backslashes", `--\nE'${"\\'".repeat(mebibyte / 2)}`],
  ["dollars", `--\n${"$".repeat(mebibyte)}`],
  ["tags that never end", `--\n${"$a$b".repeat(mebibyte / 4)}`],
])("1 MiB of %s takes a time that grows with its length alone", (_, sql) => {
  expect(cpuMsOf(() => line(sql))).toBeLessThan(5000);
});
