import { expect, test } from "bun:test";
import { parseConninfo } from "../../../src/postgres/conninfo/conninfo.ts";
import { printKeywords, printUri } from "../../../src/postgres/conninfo/print.ts";

const cases = [
  {},
  { host: "db1", port: "5433", dbname: "app", user: "ann" },
  { user: "a b@c:d/e?f#g", password: "p'\\ %s&=é!()*", host: "/tmp/a b", dbname: "x/y" },
  { host: "::1", port: "1", sslmode: "verify-full", options: "-c a=b" },
  { host: "a,b", port: "1,2" },
  { host: "a,b", port: "1" },
  { host: "a,b", port: "1,", user: "u" },
  { password: "only" },
];

test.each(cases)("%j is read as it was printed", (parameters) => {
  expect(parseConninfo(printUri(parameters))).toMatchObject({ ok: true, parameters });
  expect(parseConninfo(printKeywords(parameters))).toMatchObject({ ok: true, parameters });
});

test("a usual one looks usual", () => {
  const parameters = { host: "db1.example.com", user: "ann", dbname: "app", sslmode: "require" };
  expect(printUri(parameters)).toBe("postgresql://ann@db1.example.com/app?sslmode=require");
  expect(printKeywords(parameters)).toBe("host=db1.example.com user=ann dbname=app sslmode=require");
});
