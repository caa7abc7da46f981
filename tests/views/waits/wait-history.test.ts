import { expect, test } from "bun:test";
import {
  mostGroups,
  remembered,
  type WaitHistory,
  windowsOf,
} from "../../../src/views/backends/wait-history.ts";
import type { Row } from "../../../src/views/row.ts";

const group = (more: Row): Row => ({
  ...{ unknown: null, wait_event_type: "IO", wait_event: "DataFileRead", backend_type: "client backend" },
  ...{ usename: "app", datname: "shop", query_id: "1", statement_key: "1", query: "select", sessions: 1 },
  ...more,
});
const after = (samples: readonly (readonly [second: number, rows: readonly Row[]])[]) =>
  samples.reduce<WaitHistory | undefined>(
    (history, [second, rows]) => remembered(history, rows, second * 1000),
    undefined,
  ) ?? { stretches: [], atMs: 0, gapMs: 0 };
/** Samples of each window, and seconds of sessions. */
const told = (history: WaitHistory) =>
  windowsOf(history).map(
    (window) =>
      window && [window.samples, window.counted.reduce((sum, { sessionMs }) => sum + sessionMs, 0) / 1000],
  );
/** Average sessions in each window. */
const averages = (history: WaitHistory) =>
  windowsOf(history).map(
    (window) => window && window.counted.reduce((sum, { sessionMs }) => sum + sessionMs, 0) / window.ms,
  );

test("a window has the samples of its time, and is unknown until it has more than the shorter one", () => {
  const each = (from: number, to: number, sessions: number) =>
    Array.from({ length: to - from }, (_, at) => [from + at, [group({ sessions })]] as const);
  expect(told(after(each(0, 30, 2)))).toEqual([[30, 60], null, null]);
  expect(told(after(each(0, 120, 2)))).toEqual([[60, 120], [120, 240], null]);
  expect(told(after([...each(0, 900, 2), ...each(900, 960, 5)]))).toEqual([
    [60, 300],
    [300, 60 * 5 + 240 * 2],
    [900, 60 * 5 + 840 * 2],
  ]);
});

test("what nobody looked at is left out, and forgotten after a quarter of an hour", () => {
  const gap = after([
    [5, [group({ sessions: 9 })]],
    [200, [group({ sessions: 1 })]],
  ]);
  // What came after a break stands for no more than two seconds of it.
  expect(told(gap)).toEqual([[1, 2], [2, 11], null]);
  expect(told(remembered(gap, [], 905_000))).toEqual([[1, 0], null, [2, 2]]);
});

test("an average weighs samples by the time for which they stand, however often they come", () => {
  const every = (from: number, to: number, step: number, sessions: number) =>
    Array.from({ length: (to - from) / step }, (_, at) => [from + at * step, [group({ sessions })]] as const);
  // In the background each four seconds, then a minute on screen each second: of samples half are of each.
  const half = after([...every(0, 240, 4, 2), ...every(240, 300, 1, 12)]);
  expect(windowsOf(half).map((window) => window?.samples ?? null)).toEqual([60, 120, null]);
  const [minute, five] = averages(half);
  expect(minute).toBe(12);
  expect(five).toBeCloseTo((240 * 2 + 60 * 12) / 300, 0);
  expect(averages(after(every(0, 900, 30, 3)))).toEqual([3, 3, 3]);
  // Slowed down from one moment to the next.
  const slowed = after([...every(0, 150, 1, 0), ...every(150, 300, 10, 10)]);
  expect(averages(slowed)[1]).toBeWithin(4.5, 5.5);
});

test("a break between samples counts for none of them", () => {
  const each = (from: number, to: number, sessions: number) =>
    Array.from({ length: to - from }, (_, at) => [from + at, [group({ sessions })]] as const);
  const broken = after([...each(0, 30, 9), ...each(270, 300, 1)]);
  expect(averages(broken)[1]).toBeCloseTo(5, 0);
});

test("beyond the groups that a stretch tells apart what is waited for is counted all the same", () => {
  const many = Array.from({ length: 3 * mostGroups }, (_, at) =>
    group({ statement_key: String(at), query_id: String(at) }),
  );
  const history = after([
    [0, many],
    [1, many],
  ]);
  const [window] = windowsOf(history);
  expect(window?.counted.length).toBe(mostGroups + 1);
  const other = window?.counted.find(({ group: { statement_key } }) => statement_key === null);
  expect(other).toMatchObject({
    sessionMs: 4000 * mostGroups,
    group: { wait_event: "DataFileRead", query: null },
  });
});
