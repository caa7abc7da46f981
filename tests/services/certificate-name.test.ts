import { expect, test } from "bun:test";
import { otherNames } from "../../src/services/wire/certificate-name.ts";

/** Alternative names, common name, host, and whether libpq takes the certificate for that host. */
const cases: readonly (readonly [string, string, string, boolean])[] = [
  ["DNS:db.example", "", "db.example", true],
  ["DNS:db.example", "", "DB.Example", true],
  ["DNS:db.example", "", "other.example", false],
  ["DNS:a.example, DNS:db.example", "", "db.example", true],
  ["DNS:*.example", "", "db.example", true],
  ["DNS:*.example", "", "a.db.example", false],
  ["DNS:*.example", "", "example", false],
  ["DNS:*.example", "", ".example", false],
  ["DNS:*", "", "db", false],
  ["DNS:d*.example", "", "db.example", false],
  ["DNS:*.db.*", "", "a.db.b", false],
  ["", "db.example", "db.example", true],
  ["", "*.example", "db.example", true],
  ["", "127.0.0.1", "127.0.0.1", true],
  ["", "", "db.example", false],
  // The common name counts when no alternative name is of the host's kind.
  ["DNS:other.example", "db.example", "db.example", false],
  ["IP Address:10.0.0.1", "db.example", "db.example", true],
  ["DNS:other.example", "127.0.0.1", "127.0.0.1", true],
  ["IP Address:10.0.0.1", "127.0.0.1", "127.0.0.1", false],
  ["IP Address:127.0.0.1", "", "127.0.0.1", true],
  ["IP Address:127.0.0.1", "", "localhost", false],
  ["DNS:127.0.0.1", "", "127.0.0.1", true],
  ["IP Address:0:0:0:0:0:0:0:1", "", "::1", true],
  ["IP Address:2001:DB8:0:0:0:FF00:42:8329", "", "2001:db8::ff00:42:8329", true],
  // Certificates know no zones.
  ["IP Address:FE80:0:0:0:0:0:0:1", "", "fe80::1%lo", false],
  ["URI:https://db.example/x", "db.example", "db.example", true],
  // One name that looks like two, as the runtime quotes it.
  [String.raw`DNS:"a\u002c DNS:db.example"`, "", "db.example", false],
  [String.raw`DNS:"a\u002c DNS:db.example", DNS:db.example`, "", "db.example", true],
  [String.raw`DNS:"db.example\u0000.evil"`, "", "db.example", false],
];

test.each(cases)("%p with CN %p for %p: %p", (subjectaltname, CN, host, taken) => {
  expect(otherNames({ subjectaltname, ...(CN && { subject: { CN } }) }, host) === null).toBe(taken);
});

test("only the first of several common names counts", () => {
  expect(otherNames({ subject: { CN: ["a", "b"] } }, "a")).toBeNull();
  expect(otherNames({ subject: { CN: ["a", "b"] } }, "b")).toEqual(["a"]);
});
