import { describe, expect, test } from "bun:test";
import { tornByPassword } from "../../../src/postgres/conninfo/mask.ts";

describe("a password that is not escaped is looked for where libpq puts its pieces", () => {
  test.each([
    ["a slash in it", "postgresql://me:SE/CRET@db1:5432/app", ["port", "dbname"]],
    ["digits before the slash", "postgresql://me:12/CRET@db1/app", ["port", "dbname"]],
    ["an at sign in it", "postgresql://me:SE@CRET@db1/app", ["port", "dbname", "host"]],
    ["at sign and colon in it", "postgres://me:SE@CR:ET@db1/app", ["port", "dbname", "host"]],
    ["at sign, then slash", "postgres://me:SE@CR/ET@db1/app", ["port", "dbname", "host"]],
    ["a comma in it", "postgres://me:SE,CR/ET@db1/app", ["port", "dbname"]],
    ["a parameter of another program", "postgresql://me:SE/CRET@db1/app?schema=x", ["port", "dbname"]],
    ["JDBC's scheme", "jdbc:postgresql://me:SE@CRET@db1/app", ["port", "dbname", "host"]],
    ["a driver's scheme", "postgresql+asyncpg://me:12/CRET@db1/app", ["port", "dbname"]],
    ["a line of an .env file", `DB_URL="postgres://me:SE/CRET@db1/app"`, ["port", "dbname"]],
  ] as const)("%s", (_, text, keywords) => {
    expect([...tornByPassword(text)].sort()).toEqual([...keywords].sort());
  });

  test.each([
    "postgresql://me:SE%2FCR%40ET@db1:5432/app",
    "postgresql://me@db1,db2:5433,[::1]:5434/app?sslmode=require",
    "postgresql:///app?host=/run/a@b",
    "postgresql://me@/app%40x",
    "jdbc:postgresql://db1,[::1]:5434/app?currentSchema=a@b",
    "postgresql://me:SE%2FCR%40ET@db1:5432/app?schema=x",
    "host=db1,db2 port=5432, dbname=a@b",
    "host=db1 port=x",
    "not a connection string",
  ])("%s is whole", (text) => {
    expect(tornByPassword(text).size).toBe(0);
  });
});
