import { expect, test } from "bun:test";
import { tableOf } from "../../src/store/table.ts";
import { printValue } from "../../src/views/cells.ts";
import { io } from "../../src/views/io/io.ts";
import { node, nowMs, observed, okSample } from "../support/screens/fixtures.ts";

/** What one kind of process has counted, where it never extends a file. */
const counted = (more: Readonly<Record<string, bigint | null>> = {}) => ({
  ...{ backend_type: "client backend", object: "relation", context: "normal", hit_ratio: 50, stats_reset: 1 },
  ...{ reads: 0n, read_bytes: 0n, read_time: 0n, writes: 0n, write_bytes: 0n, write_time: 0n },
  ...{ extends: null, extend_bytes: null, extend_time: null, writebacks: 0n, writeback_time: 0n },
  ...{ fsyncs: 0n, fsync_time: 0n, hits: 0n, evictions: 0n, reuses: null, moved_bytes: 0n },
  ...more,
});

/** The row after two seconds in which that came to it. */
function rowAfter(more: Readonly<Record<string, bigint | null>>) {
  const samples = { io_statistics: { a: okSample([counted(more)], nowMs) } };
  const earlier = { io_statistics: { a: okSample([counted()], nowMs - 2000) } };
  const seen = { ...observed([node("a")], undefined, samples), earlier };
  const { lines } = tableOf(io, seen, ["a"], { filter: "", sortBy: null, folded: new Set() });
  return lines[0]?.row ?? {};
}

test("the times of all operations are added, in milliseconds a second", () => {
  const row = rowAfter({ reads: 10n, read_time: 3000n, fsyncs: 1n, fsync_time: 1000n });
  expect(row).toMatchObject({ read_time: 1.5, write_time: 0, fsync_time: 0.5, io_time: 2, idle: false });
});

test("operations that took no time were not measured", () => {
  expect(rowAfter({ reads: 10n })).toMatchObject({ reads: 5, read_time: null, io_time: null, write_time: 0 });
});

test("what never happens is empty, and where nothing was counted the row is dimmed", () => {
  const row = rowAfter({});
  expect(row).toMatchObject({ extends: null, io_time: 0, idle: true });
  expect(io.isQuiet?.(row)).toBe(true);
  for (const name of ["extends", "extend_bytes", "extend_time", "reuses"])
    expect(`${printValue(io, name, row)}`).toBe("");
});

test("an fsync of a client backend is a warning, one of the checkpointer is none", () => {
  const severity = (backend_type: string) =>
    io.columns["fsyncs"]?.severity?.(1, { backend_type, object: "relation" });
  expect(["client backend", "checkpointer"].map(severity)).toEqual(["warning", "ok"]);
});
