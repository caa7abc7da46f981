import { expect, test } from "bun:test";
import { append, type Series, sparkline } from "../../src/stats/history.ts";

test("a series keeps its last values and leaves the one before alone", () => {
  let series: Series = [];
  for (let value = 1; value <= 5; value++) series = append(series, value, 3);
  expect(series).toEqual([3, 4, 5]);
  expect(append(series, null, 3)).toEqual([4, 5, null]);
  expect(append(series, 9, 2)).toEqual([5, 9]);
  expect(series).toEqual([3, 4, 5]);
});

test("what is not a number is a gap", () => {
  expect(append(append([], Number.NaN, 9), Number.POSITIVE_INFINITY, 9)).toEqual([null, null]);
});

test("bars rise from the lowest to the highest value", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([0, 1, 2, 3, 4, 5, 6], 7, { ascii: true })).toBe(".:-=+*#");
});

test("a gap is blank, a zero is a bar", () => {
  expect(sparkline([7, null, 0, 7], 4)).toBe("█ ▁█");
  expect(sparkline([6, null, 0, 6], 4, { ascii: true })).toBe("# .#");
  expect(sparkline([null, null], 2)).toBe("  ");
  expect(sparkline([0, 0], 2)).toBe("▁▁");
});

test("the newest value is on the right, and the width always the same", () => {
  expect(sparkline([7], 3)).toBe("  █");
  expect(sparkline([7000, 0, 7], 2)).toBe("▁█");
  expect(sparkline([], 3)).toBe("   ");
  expect(sparkline([1], 0)).toBe("");
});

test("a floor keeps small values small", () => {
  expect(sparkline([1, 1], 2, { floor: 7 })).toBe("▂▂");
  expect(sparkline([14, 7], 2, { floor: 7 })).toBe("█▅");
});
