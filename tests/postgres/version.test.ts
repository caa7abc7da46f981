import { expect, test } from "bun:test";
import { major, printVersion } from "../../src/postgres/version.ts";

test.each([
  [170002, 17, "17.2"],
  [180000, 18, "18.0"],
  [100023, 10, "10.23"],
  [90624, 9, "9.6.24"],
])("%i is version %i, printed %s", (versionNum, number, printed) => {
  expect(major(versionNum)).toBe(number);
  expect(printVersion(versionNum)).toBe(printed);
});
