import { expect, test } from "bun:test";
import {
  append,
  charted,
  chartStretches,
  columnLines,
  noChart,
  type Series,
  sparkline,
} from "../../src/stats/history.ts";

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

test("a chart keeps the highest value of each stretch of ten seconds, a quarter of an hour long", () => {
  const at = (chart: typeof noChart, second: number, value: number | null) =>
    charted(chart, value, 1_000_000 + second * 1000);
  let chart = at(noChart, 0, 1);
  chart = at(chart, 3, 7);
  chart = at(chart, 9, 2);
  chart = at(chart, 9.5, null);
  expect(chart.values).toEqual([7]);
  chart = at(chart, 10, 4);
  expect(chart.values).toEqual([7, 4]);
  // Two stretches without an answer.
  chart = at(chart, 41, 5);
  expect(chart.values).toEqual([7, 4, null, null, 5]);
  for (let second = 50; second < 3600; second += 10) chart = at(chart, second, 0);
  expect(chart.values).toHaveLength(chartStretches);
  expect(at(chart, 100_000, 3).values).toEqual([
    ...Array.from({ length: chartStretches - 1 }, () => null),
    3,
  ]);
});

test("columns stand on the last line, as high as their values", () => {
  const draw = (values: Series, floor = 0) => columnLines(values, 2, { floor, ascii: false });
  expect(draw([0, 8, 16, null])).toEqual(["  █ ", "▁██ "]);
  expect(draw([4, 12])).toEqual([" █", "▅█"]);
  expect(draw([1], 16)).toEqual([" ", "▁"]);
  expect(columnLines([1, 4], 2, { floor: 0, ascii: true })).toEqual([" :", ".:"]);
});
