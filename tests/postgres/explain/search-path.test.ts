import { expect, test } from "bun:test";
import { pathOf, schemasFor } from "../../../src/postgres/explain/search-path.ts";

test.each([
  ['"$user", public', "app", '"app", "public"'],
  ['"$user", public', null, '"public"'],
  ["$user,Public", "My App", '"My App", "public"'],
  ['"a, ""b""" , c', "app", '"a, ""b""", "c"'],
  ['""', "app", '""'],
  ["", "app", ""],
])("%p for %p is %p", (path, role, expected) => {
  expect(pathOf(schemasFor(path, role))).toBe(expected);
});
