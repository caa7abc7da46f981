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
  ) ?? { stretches: [] };
/** Samples and sessions of each window. */
const told = (history: WaitHistory) =>
  windowsOf(history).map(
    (window) => window && [window.samples, window.counted.reduce((sum, { sessions }) => sum + sessions, 0)],
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
  expect(told(gap)).toEqual([[1, 1], [2, 10], null]);
  expect(told(remembered(gap, [], 905_000))).toEqual([[1, 0], null, [2, 1]]);
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
    sessions: 4 * mostGroups,
    group: { wait_event: "DataFileRead", query: null },
  });
});
