import { expect, test } from "bun:test";
import { major, numberOfVersion, printVersion } from "../../src/postgres/version.ts";

test.each([
  [170002, 17, "17.2"],
  [180000, 18, "18.0"],
  [100023, 10, "10.23"],
  [90624, 9, "9.6.24"],
])("%i is version %i, printed %s", (versionNum, number, printed) => {
  expect(major(versionNum)).toBe(number);
  expect(printVersion(versionNum)).toBe(printed);
});

test.each([
  ["18.4", 180_004],
  ["15.18 (Debian 15.18-0+deb12u1)", 150_018],
  ["19beta1", 190_000],
  ["9.6.24", null],
  ["", null],
  ["PgBouncer 1.25", null],
])("%s is the number %p", (version, number) => {
  expect(numberOfVersion(version)).toBe(number);
});
