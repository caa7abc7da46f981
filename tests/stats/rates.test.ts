import { expect, test } from "bun:test";
import { growth, hitRatio, toRates } from "../../src/stats/rates.ts";

const byName = (row: Readonly<Record<string, unknown>>) => String(row["name"]);
const rates = (before: unknown, now: unknown, seconds = 2) =>
  toRates([{ name: "a", n: now }], ["n"], byName, {
    before: new Map([["a", { name: "a", n: before }]]),
    seconds,
  })[0]?.["n"];

test.each([
  ["grows", 100n, 120n, 10],
  ["stands still", 100n, 100n, 0],
  ["was reset", 100n, 3n, null],
  ["was null", null, 3n, null],
  ["became null", 3n, null, null],
])("a counter that %s", (_, before, now, expected) => {
  expect(rates(before, now)).toBe(expected);
});

test("no rate without an earlier sample, for a new row or for no time at all", () => {
  expect(toRates([{ name: "a", n: 5n }], ["n"], byName, null)[0]?.["n"]).toBeNull();
  expect(
    toRates([{ name: "b", n: 5n }], ["n"], byName, { before: new Map(), seconds: 1 })[0]?.["n"],
  ).toBeNull();
  expect(rates(1n, 2n, 0)).toBeNull();
});

test("other columns pass through untouched", () => {
  expect(toRates([{ name: "a", pid: 7, n: 1n }], ["n"], byName, null)[0]?.["pid"]).toBe(7);
});

test("the hit ratio is that of the whole window, and unknown when nothing was read or the counters went back", () => {
  const at = (blks_hit: bigint, blks_read: bigint) => ({ blks_hit, blks_read });
  expect(hitRatio(at(100n, 10n), at(190n, 20n))).toBe(90);
  expect(hitRatio(at(100n, 10n), at(100n, 10n))).toBeNull();
  expect(hitRatio(at(100n, 10n), at(5n, 1n))).toBeNull();
  expect(hitRatio(null, at(5n, 1n))).toBeNull();
});

test.each([
  ["grows", 100n, 120n, 20n],
  ["stands still", 100n, 100n, 0n],
  ["was reset", 100n, 3n, null],
  ["was null", null, 3n, null],
  ["was not there", undefined, 3n, null],
])("what came to a counter that %s", (_, before, now, expected) => {
  expect(growth(before, now)).toBe(expected);
});
