import { expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import type { OkSample } from "../../src/views/sample.ts";
import { statements } from "../../src/views/statements/statements.ts";
import { facts, node, nowMs, observed, standby, stateOf } from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

type Told = { id: string; ms: bigint; calls: bigint; userid?: number; query?: string };

/** Answers of a node, each with counters that began at zero a second before. */
function samples(told: readonly Told[], all: bigint, grown: bigint, atMs: number): OkSample {
  const rows = told.map(({ id, ms, calls, userid = 10, query = `select ${id}` }) => ({
    ...{ queryid: id, userid, dbid: 5, toplevel: true, datname: "shop", usename: "app", query },
    ...{ total_exec_time: ms * 1000n * grown, calls: calls * grown, node_exec_time: all * 1000n * grown },
    ...{ rows: calls * grown, shared_blks_hit: 9n * grown, shared_blks_read: 1n * grown },
    ...{ temp_blks_written: 0n, wal_bytes: null, stats_since: 1, asked_at: 2 },
  }));
  return { state: "ok", rows, atMs, clockMs: atMs, epoch: "1" };
}

const ofNodes = {
  a: [
    { id: "1", ms: 100n, calls: 10n },
    { id: "1", ms: 100n, calls: 10n, userid: 11 },
  ],
  b: [
    { id: "1", ms: 300n, calls: 10n },
    { id: "2", ms: 50n, calls: 1n },
  ],
  c: [{ id: "1", ms: 10n, calls: 1n }],
} as const;

const seen = {
  ...observed([node("a"), standby("b"), node("c", { facts: facts({ versionNum: 130000 }) })], undefined, {
    [statements.name]: Object.fromEntries(
      Object.entries(ofNodes).map(([name, told]) => [name, samples(told, 1000n, 1n, nowMs)]),
    ),
  }),
  earlier: {
    [statements.name]: Object.fromEntries(
      Object.entries(ofNodes).map(([name, told]) => [name, samples(told, 1000n, 0n, nowMs - 1000)]),
    ),
  },
};

test("a statement stands above the nodes of its major version that ran it, the most costly first", () => {
  const state = stateOf(seen, at({ kind: "view", view: "statements_across", scope: { kind: "all" } }));
  const lines = currentTable(state)?.lines ?? [];
  const told = lines.map(({ node: of, depth, row }) => [
    ...[of?.name ?? null, depth, row["queryid"], row["total_exec_time"], row["calls"]],
    ...[row["call_time"], row["share"]],
  ]);
  expect(told).toEqual([
    [null, 0, "1", 500, 30, 500 / 30, 25],
    ["b", 1, "1", 300, 10, 30, 30],
    ["a", 1, "1", 200, 20, 10, 20],
    [null, 0, "2", 50, 1, 50, 5],
    ["b", 1, "2", 50, 1, 50, 5],
    // Its query ids are of another major version.
    [null, 0, "1", 10, 1, 10, 1],
    ["c", 1, "1", 10, 1, 10, 1],
  ]);
  expect(lines[0]?.row).toMatchObject({ nodes: 2, spread: 3, query: "select 1", hit_ratio: 90 });
  const drawn = draw(state).join("\n");
  expect(drawn).toMatch(/shop .*500 .*select 1/);
  // The node says what it is, and leaves to its heading what is said there.
  expect(drawn).toMatch(/b .*shop +standby/);
  expect(drawn.match(/select 1/g)).toHaveLength(2);
  expect(lines[1]?.row).toMatchObject({ datname: "shop", nodes: 2, spread: 3, query: "select 1" });
  const found = { kind: "view", view: "statements_across", scope: { kind: "all" } } as const;
  expect(currentTable(stateOf(seen, at(found, { filter: "query:2" })))?.keys).toHaveLength(2);
});
