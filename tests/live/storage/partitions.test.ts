import { describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { headerOf, printValue } from "../../../src/views/cells.ts";
import { functions } from "../../../src/views/storage/functions.ts";
import { partitions } from "../../../src/views/storage/partitions.ts";
import { type AnyColumn, type AskedView, keyOf, type Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = found.filter((major) => major === found[0] || major === found.at(-1));

/** The rows of a view as a bare role sees them, and what the view says to be unknown. */
async function seen(server: ThrowawayServer, view: AskedView) {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user: "bare" } }));
  try {
    const sample = await sampleView(manager, server.name, view, {
      viewOptions: { idle: true, wholeText: true },
    });
    if (sample.state !== "ok") throw new Error(sample.state === "failed" ? sample.error.message : sample.why);
    const named = (name: string): Row => sample.rows.find((row) => row[view.rowName ?? ""] === name) ?? {};
    return { rows: sample.rows, named, notes: view.unknownIn?.(sample.rows) ?? [] };
  } finally {
    await manager.stop(0);
  }
}

const made = [
  "create table event (n int, k int) partition by range (n)",
  "create table low partition of event for values from (1) to (5)",
  "create table high partition of event for values from (5) to (9) partition by list (k)",
  "create table high_few partition of high for values in (1, 2)",
  "create table bare (n int) partition by list (n)",
  "insert into event values (1, 1), (2, 1), (5, 2)",
];
const withDefault = ["create table rest partition of event default", "insert into event values (100, 1)"];

describe.each(majors)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers = serversForTests({
    settings: { autovacuum: "off" },
    ...(binaries && { binaries: async () => binaries }),
  });

  test("a partitioned table has its partitions below it, and what they take and hold", async () => {
    const server = await servers.lone("partitioned");
    for (const statement of [...made, ...(major >= 11 ? withDefault : [])]) await server.query(statement);
    const leaves = ["low", "high_few", ...(major >= 11 ? ["rest"] : [])];
    for (const leaf of leaves) await server.query(`analyze ${leaf}`);
    const { rows, named, notes } = await seen(server, partitions);
    const nameOf = new Map(rows.map((row) => [keyOf(partitions, row), row["relname"]]));
    const above = (name: string) => nameOf.get(String(partitions.parent?.(named(name)))) ?? null;
    expect(["event", "low", "high", "high_few", "bare"].map(above)).toEqual([
      null,
      "event",
      "event",
      "high",
      null,
    ]);
    expect(named("event")).toMatchObject({
      ...{ kind: "partitioned", partkey: "RANGE (n)", partitions: leaves.length, measured: leaves.length },
      ...{ total_bytes: BigInt(leaves.length * 8192), rows: major >= 11 ? 4n : 3n },
      issue: major >= 11 ? "a default partition has rows" : null,
    });
    expect(named("high")).toMatchObject({
      partkey: "LIST (k)",
      partbound: "FOR VALUES FROM (5) TO (9)",
      rows: 1n,
    });
    expect(named("low")).toMatchObject({
      partbound: "FOR VALUES FROM (1) TO (5)",
      rows: 2n,
      total_bytes: 8192n,
    });
    expect(named("bare")).toMatchObject({ partitions: 0, issue: "no partition: INSERT fails" });
    if (major >= 11)
      expect(named("rest")).toMatchObject({ is_default: true, issue: "the default partition has rows" });
    expect(notes).toEqual([]);
  });

  test("what is locked is not measured and its size is a lower bound; a detach that was left says so", async () => {
    const server = await servers.lone("partitioned");
    const { socketDirectory: host, port } = server;
    const holder = new pg.Client({ host, port, user: "postgres", database: "postgres" });
    await holder.connect();
    try {
      await holder.query("begin; lock table low");
      const { named } = await seen(server, partitions);
      expect(named("low")).toMatchObject({ total_bytes: null, rows: 2n, partbound: null });
      expect(partitions.columns.total_bytes.atLeast?.(named("event"))).toBe(true);
      await holder.query("rollback");
      if (major < 14) return;
      await server.query("create table left_over (n int) partition by range (n)");
      await server.query("create table detached partition of left_over for values from (1) to (5)");
      await holder.query("begin; select from left_over");
      const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
      await client.connect();
      const [{ pid } = { pid: 0 }] = (await client.query("select pg_backend_pid() as pid")).rows;
      const detaching = client
        .query("alter table left_over detach partition detached concurrently")
        .catch(() => {});
      // Whether the role may see the statement of that session or not.
      await until(
        async () =>
          (await seen(server, partitions)).named("detached")["issue"] ===
          `detach pending: queries leave it out; session ${pid} still runs DETACH, and waits for others`,
      );
      await server.query(`select pg_cancel_backend(${pid})`);
      await detaching;
      await client.end();
      await holder.query("rollback");
      const now = await seen(server, partitions);
      expect(now.named("detached")).toMatchObject({
        inhdetachpending: true,
        issue: expect.stringMatching(/^detach pending: .* FINALIZE ends it$/),
      });
      expect(now.named("left_over")["issue"]).toBe("a partition is detach pending");
    } finally {
      await holder.end();
    }
  });

  test("functions are counted where track_functions says so, and that it is none is said", async () => {
    const server = await servers.lone("partitioned");
    await server.query(
      "create function worked(n int, out result int) language plpgsql as 'begin result := n; end'",
    );
    expect((await seen(server, functions)).rows).toEqual([]);
    expect(functions.none).toContain("track_functions is none");
    await server.query("set track_functions = 'pl'; select worked(n) from generate_series(1, 100) as n");
    const { named, notes } = await until(async () => {
      const now = await seen(server, functions);
      return now.rows.length === 1 && now;
    });
    expect(named("worked")).toMatchObject({
      schemaname: "public",
      arguments: "integer",
      calls: 100n,
      lanname: "plpgsql",
    });
    // A hundred calls of a function that does nothing take less than a second.
    const { mean_ms, total_time } = named("worked");
    // It comes in whole microseconds.
    expect(Number(mean_ms)).toBeCloseTo(Number(total_time) / 1000 / 100, 5);
    expect(Number(total_time)).toBeGreaterThan(0);
    expect(String(printValue(functions, "mean_ms", named("worked")))).toMatch(/^\d+\.\d/);
    const headings = Object.values<AnyColumn>(functions.columns).map((one) => headerOf(one, "total"));
    expect(new Set(headings).size).toBe(headings.length);
    expect(notes).toEqual(["postgres: track_functions is none: calls are not counted any more"]);
  });
});
