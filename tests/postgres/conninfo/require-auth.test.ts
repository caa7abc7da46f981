import { expect, test } from "bun:test";
import { parseRequireAuth } from "../../../src/postgres/conninfo/require-auth.ts";

test.each([
  ["none", ["none"]],
  ["scram-sha-256", ["scram-sha-256"]],
  ["md5,password", ["md5", "password"]],
  ["none,gss,sspi", ["none", "gss", "sspi"]],
  ["!password", ["none", "md5", "scram-sha-256", "gss", "sspi", "oauth"]],
  ["!none,!md5,!password", ["scram-sha-256", "gss", "sspi", "oauth"]],
])("%s allows what libpq allows", (text, allowed) => {
  expect(parseRequireAuth(text)).toMatchObject({ text, allowed });
});

test.each([
  ["", "a method that libpq does not know"],
  ["scram", "a method that libpq does not know"],
  ["SCRAM-SHA-256", "a method that libpq does not know"],
  ["md5, password", "a method that libpq does not know"],
  ["md5,", "a method that libpq does not know"],
  ["!", "a method that libpq does not know"],
  ["!!md5", "a method that libpq does not know"],
  ["md5,md5", "a method twice"],
  ["!none,!none", "a method twice"],
  ["md5,!password", "methods with and without !"],
  ["!md5,password", "methods with and without !"],
  ["!md5,", "methods with and without !"],
])("%p is refused: %s", (text, found) => {
  expect(parseRequireAuth(text)).toEqual({ found });
});
