import { expect, test } from "bun:test";
import { lsnDifference, parseLsn, printLsn } from "../../src/postgres/lsn.ts";

test.each([
  ["0/0", 0n],
  ["0/1691F20", 0x1691f20n],
  ["16/B374D848", 0x16b374d848n],
  ["1/0", 0x100000000n],
  ["FFFFFFFF/FFFFFFFF", 0xffffffffffffffffn],
])("%s is read and printed unchanged", (text, lsn) => {
  expect(parseLsn(text)).toBe(lsn);
  expect(printLsn(lsn)).toBe(text);
});

test("what is not a position is unknown", () => {
  for (const text of [null, "", "/", "1/", "16-B3", "123456789/0", "0/0\n", " 0/0", "0x1/0"]) {
    expect(parseLsn(text)).toBeNull();
  }
  expect(parseLsn("ab/cd")).toBe(0xab000000cdn);
});

test("a difference is exact past 2^53 and unknown when a side is", () => {
  expect(lsnDifference(0xffffffff00000001n, 0xffffffff00000000n)).toBe(1n);
  expect(lsnDifference(1n, 3n)).toBe(-2n);
  expect(lsnDifference(null, 3n)).toBeNull();
  expect(lsnDifference(3n, null)).toBeNull();
});
