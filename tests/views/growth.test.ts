import { expect, test } from "bun:test";
import { growth, hitRatio } from "../../src/views/compared.ts";

test.each([
  ["grows", 100n, 120n, 20n],
  ["stands still", 100n, 100n, 0n],
  ["was reset", 100n, 3n, null],
  ["was null", null, 3n, null],
  ["became null", 3n, null, null],
  ["was not there", undefined, 3n, null],
])("a counter that %s", (_, before, now, expected) => {
  expect(growth(before, now)).toBe(expected);
});

test("the hit ratio is that of the whole window, and unknown when nothing was read or the counters went back", () => {
  const at = (blks_hit: bigint, blks_read: bigint) => ({ blks_hit, blks_read });
  expect(hitRatio(at(100n, 10n), at(190n, 20n))).toBe(90);
  expect(hitRatio(at(100n, 10n), at(100n, 10n))).toBeNull();
  expect(hitRatio(at(100n, 10n), at(5n, 1n))).toBeNull();
  expect(hitRatio(null, at(5n, 1n))).toBeNull();
});
