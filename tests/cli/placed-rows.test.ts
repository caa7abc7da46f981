import { expect, test } from "bun:test";
import { exactNames, exactRow, placedRows } from "../../src/cli/placed-rows.ts";
import { compared } from "../../src/views/compared.ts";
import { log } from "../../src/views/log/log.ts";
import { statementsAcross } from "../../src/views/statements/statements-across.ts";
import { databases } from "../../src/views/storage/databases.ts";
import { functions } from "../../src/views/storage/functions.ts";
import type { Row, View } from "../../src/views/view.ts";
import { node, okSample } from "../support/screens/fixtures.ts";

/** The rows of nodes "a" and "b" in the order in which they are printed. */
function printed(view: View, rows: Readonly<Record<string, readonly Row[]>>, sortBy: string | null = null) {
  const readings = Object.entries(rows).map(([name, rows]) => ({
    entry: node(name),
    sample: { state: "ok" as const, rows, atMs: performance.now() },
    ...{ notes: [], failed: [], without: [] },
  }));
  return placedRows(view, readings, { matches: () => true, sortBy, limit: 3 }).map((one) => one.row["n"]);
}

test("what follows from all nodes is printed in its own order over them, what a server is asked for by node", () => {
  const at = (n: number) => ({ n, file: "log", position: n, log_time: n, datname: `d${n}`, numbackends: n });
  const rows = { a: [at(1), at(4)], b: [at(2), at(3)] };
  expect(printed(log, rows)).toEqual([4, 3, 2]);
  expect(printed(log, rows, "log_time")).toEqual([1, 2, 3]);
  expect(printed(databases, rows)).toEqual([4, 1, 3]);
});

test("what hangs below a heading, which is not printed, stays together unless another order is asked for", () => {
  const of = (n: number, statement: string) => ({ n, statement, role: "standby", total_exec_time: n });
  const rows = { a: [of(1, "x"), of(3, "y")], b: [of(4, "x"), of(2, "y")] };
  expect(printed(statementsAcross, rows)).toEqual([4, 1, 3]);
  expect(printed(statementsAcross, rows, "-total_exec_time")).toEqual([4, 3, 2]);
});

test("a program reads the total of a counter under its name and the rate beside it, which may not be known yet", () => {
  const at = (calls: bigint, atMs: number) =>
    okSample([{ funcid: 1, calls, self_time: 500n * calls, mean_ms: 0.5, stats_reset: 1 }], atMs);
  const [before, now] = [at(100n, 1000), at(120n, 3000)];
  const read = (rows: readonly Row[]) =>
    rows.map((row) => exactRow(functions, { node: "a", ageMs: 0, row, depth: 0, parent: null }));
  const known = { calls: 120n, calls_per_second: 10, self_time: 60, self_time_per_second: 5, mean_ms: 0.5 };
  expect(read(compared(functions, now, before, "rate"))).toMatchObject([known]);
  const first = { ...known, calls_per_second: null, self_time_per_second: null };
  expect(read(compared(functions, now, null, "rate"))).toMatchObject([first]);
  // The column that draws the total would be the same once more.
  expect(exactNames(functions).filter((name) => /call|self/.test(name))).toEqual([
    ...["calls", "calls_per_second", "self_time", "self_time_per_second"],
  ]);
});
