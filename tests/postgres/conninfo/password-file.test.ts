import { expect, test } from "bun:test";
import { findPassword } from "../../../src/postgres/conninfo/password-file.ts";

const key = { host: "db1", port: 5432, dbname: "app", user: "ana" };

test.each<[string, string | null]>([
  ["db1:5432:app:ana:s3cret", "s3cret"],
  ["db1:5432:app:ana:s3cret\r\n", "s3cret"],
  ["*:*:*:*:any", "any"],
  ["*:*:*:*:any\ndb1:5432:app:ana:exact", "any"],
  ["db2:5432:app:ana:other\ndb1:*:app:ana:mine", "mine"],
  ["# db1:5432:app:ana:comment\n*:*:*:*:real", "real"],
  [" db1:5432:app:ana:blank", null],
  ["db*:5432:app:ana:part", null],
  ["DB1:5432:app:ana:case", null],
  ["db1:05432:app:ana:port", null],
  ["db1:5432:app:ana:a\\:b\\\\c", "a:b\\c"],
  ["db1:5432:app:ana:a:b", "a"],
  ["db1:5432:app:ana:ends ", "ends "],
  ["db1:5432:app:ana:slash\\", "slash\\"],
  ["\\d\\b1:5432:app:ana:escaped", "escaped"],
  ["\\*:5432:app:ana:star", null],
  ["db1:5432:app:ana:", null],
  ["db1:5432:app:ana:\n*:*:*:*:later", null],
  ["db1:5432:app:ana", null],
  ["db1:5432:app", null],
  ["", null],
  ["db1:5432:replication:ana:x", null],
])("%p", (file, password) => {
  expect(findPassword(file, key)).toBe(password);
});

test.each([
  ["::1", "\\:\\:1:5432:app:ana:six", "six"],
  ["::1", "::1:5432:app:ana:six", null],
  ["*", "\\*:5432:app:ana:star", "star"],
  ["/tmp", "localhost:5432:app:ana:local", "local"],
  ["/tmp", "/tmp:5432:app:ana:path", "path"],
  ["/var/run/postgresql", "localhost:5432:app:ana:local", "local"],
  ["/srv/db", "localhost:5432:app:ana:local", null],
  ["@db", "@db:5432:app:ana:abstract", "abstract"],
])("for the host %p, %p", (host, file, password) => {
  expect(findPassword(file, { ...key, host })).toBe(password);
});
