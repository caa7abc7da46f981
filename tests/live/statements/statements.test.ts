import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { compared } from "../../../src/views/compared.ts";
import type { OkSample } from "../../../src/views/sample.ts";
import { type Statement, statements } from "../../../src/views/statements/statements.ts";
import { keyOf, notesOn } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { refusalsIn } from "../../support/servers/view-contract.ts";

const servers = serversForTests();
const manager = new ConnectionManager();
afterAll(() => manager.stop(0));

const viewOptions = { idle: false, wholeText: false };
const extension = [
  "create schema ext",
  "grant usage on schema ext to public",
  "create extension pg_stat_statements schema ext",
];

async function sampleOf(node: string): Promise<OkSample> {
  const sample = await sampleView(manager, node, statements, { viewOptions });
  if (sample.state !== "ok") throw new Error(JSON.stringify(sample));
  return sample;
}
const rowsOf = async (node: string) => (await sampleOf(node)).rows as readonly Statement[];
const notesOf = async (node: string) => {
  const facts = manager.facts(node);
  return facts ? notesOn(statements, await rowsOf(node), facts) : [];
};

describe("statements in a schema of their own", () => {
  let server: ThrowawayServer;
  beforeAll(async () => {
    server = await servers.lone("counted", { bootstrap: extension, settings: { track_io_timing: "on" } });
    manager.add(nodeSettings({ name: "counted", port: server.port }));
    manager.add(nodeSettings({ name: "bare", port: server.port }, { connection: { user: "bare" } }));
  });

  /** What pg_stat_statements itself says of the workload. */
  const told = async () => {
    const [row] = await server.query<{ calls: number; ms: number; rows: number; wal: number }>(`
      select calls::int4 as calls, total_exec_time as ms, rows::int4 as rows, wal_bytes::int4 as wal
      from ext.pg_stat_statements where query like 'insert into public.counted%'`);
    return row ?? { calls: 0, ms: 0, rows: 0, wal: 0 };
  };

  test("what a workload adds between two looks is right within 1 %, as deltas and as rates", async () => {
    await server.query("create table public.counted (n int, t text)");
    const client = new pg.Client({ host: server.socketDirectory, port: server.port, user: "postgres" });
    await client.connect();
    const run = async (times: number) => {
      for (let at = 0; at < times; at += 1)
        await client.query("insert into public.counted select g, 'x' from generate_series(1, 100) as g");
    };
    await run(5);
    const [first, before] = [await sampleOf("counted"), await told()];
    await run(300);
    const [second, after] = [await sampleOf("counted"), await told()];
    await client.end();
    const of = (as: "rate" | "delta") =>
      (compared(statements, second, first, as) as readonly Statement[]).find(({ query }) =>
        query?.startsWith("insert into public.counted"),
      );
    const delta = of("delta");
    expect(delta).toMatchObject({ calls: 300, rows: 30_000, datname: "postgres", usename: "postgres" });
    const near = (value: number | null | undefined, right: number) =>
      expect(Math.abs((value ?? Number.NaN) / right - 1)).toBeLessThan(0.01);
    near(delta?.total_exec_time, after.ms - before.ms);
    near(delta?.wal_bytes, after.wal - before.wal);
    near(delta?.call_time, (after.ms - before.ms) / 300);
    const seconds = (second.atMs - first.atMs) / 1000;
    const rate = of("rate");
    near(rate?.calls, 300 / seconds);
    near(rate?.total_exec_time, (after.ms - before.ms) / seconds);
    for (const one of [rate, delta]) {
      expect(one?.share).toBeGreaterThan(0);
      expect(one?.hit_ratio).toBeGreaterThan(50);
      near(one?.share, 100 * ((delta?.total_exec_time ?? 0) / (delta?.node_exec_time ?? 0)));
    }
    expect(delta?.query).toBe("insert into public.counted select g, $1 from generate_series($2, $3) as g");
  });

  test("texts are asked for once, whatever the number of looks", async () => {
    const asked = async () => {
      const [row] = await server.query<{ calls: number }>(`
        select coalesce(sum(calls), 0)::int4 as calls from ext.pg_stat_statements
        where query like '%textsend(t.query)%'`);
      return row?.calls ?? 0;
    };
    // The look at the texts is a new statement itself.
    for (let look = 0; look < 3; look += 1) await rowsOf("counted");
    const before = await asked();
    for (let look = 0; look < 3; look += 1)
      for (const row of await rowsOf("counted")) expect(row.query).not.toBeNull();
    expect((await asked()) - before).toBeLessThanOrEqual(1);
    expect(before).toBeGreaterThan(0);
  });

  test("a reset shows nothing negative and is said", async () => {
    const first = await sampleOf("counted");
    await server.query("select ext.pg_stat_statements_reset()");
    await server.query("insert into public.counted select 1, 'x' from generate_series(1, 100) as g");
    const rows = compared(statements, await sampleOf("counted"), first, "delta") as readonly Statement[];
    expect(rows.length).toBeGreaterThan(0);
    const known = new Set(first.rows.map((row) => keyOf(statements, row)));
    const again = rows.filter((row) => known.has(keyOf(statements, row)));
    expect(again.length).toBeGreaterThan(0);
    for (const { calls, total_exec_time } of again) expect([calls, total_exec_time]).toEqual([null, null]);
    // What is new since then counts from zero.
    for (const { calls } of rows) expect(calls ?? 0).toBeGreaterThanOrEqual(0);
    // Nobody has to have reset it: a server counts from its first start on.
    expect(await notesOf("counted")).toContainEqual(
      expect.stringMatching(/^counted for (\d\.\d|\d+)s, since \d{4}-\d\d-\d\d [\d:]{8}Z$/),
    );
  });

  test("that nothing is counted is said, with what to set, also where there is no row", async () => {
    const nothing = expect.stringMatching(
      /^pg_stat_statements.track is none: nothing is counted any more. ALTER SYSTEM SET pg_stat_statements.track = top/,
    );
    expect(await notesOf("counted")).not.toContainEqual(nothing);
    await server.query("alter system set pg_stat_statements.track = none");
    await server.query("select pg_reload_conf()");
    await until(async () => (await notesOf("counted")).some((note) => note.includes("track is none")));
    expect(await notesOf("counted")).toContainEqual(nothing);
    await until(async () => {
      await server.query("select ext.pg_stat_statements_reset()");
      return (await rowsOf("counted")).length === 0;
    });
    expect(statements.none).toContain("pg_stat_statements.track is none; set it to top");
    await server.query("alter system reset pg_stat_statements.track");
    await server.query("select pg_reload_conf()");
    await until(async () => (await rowsOf("counted")).some(({ track }) => track === "all"));
  });

  test("without pg_read_all_stats the statements of others are summed up, and the GRANT is said", async () => {
    await server.query("select * from public.counted limit 1");
    const rows = await rowsOf("bare");
    const [others] = rows.filter(({ usename }) => usename === "postgres");
    expect(rows.filter(({ usename }) => usename === "postgres")).toHaveLength(1);
    expect(others).toMatchObject({ queryid: null, query: null, datname: "postgres" });
    expect(Number(others?.calls)).toBeGreaterThan(0);
    expect(rows.some(({ query }) => query?.includes("<insufficient privilege>"))).toBe(false);
    expect(await notesOf("bare")).toContain(
      "statements of other roles are summed up, without their texts: GRANT pg_monitor TO bare",
    );
    expect(await refusalsIn(server)).toEqual([]);
  });
});

test("a server that counts few statements says that it drops some", async () => {
  const server = await servers.lone("few", {
    bootstrap: extension,
    settings: { "pg_stat_statements.max": "100" },
  });
  manager.add(nodeSettings({ name: "few", port: server.port }));
  await server.query(`do $$ begin
    for i in 1..130 loop execute 'select 1' || pg_catalog.repeat(', 1', i); end loop;
  end $$`);
  const [row] = await rowsOf("few");
  const notes = await notesOf("few");
  expect(notes.join()).toMatch(
    /\d+ of 100 entries are used \(pg_stat_statements\.max\): statements were dropped \d+ times/,
  );
  expect(row?.max_statements).toBe(100);
});

test("texts of a database in another encoding are read", async () => {
  const server = await servers.lone("encoded", {
    bootstrap: [
      ...extension,
      "create database latin1 encoding 'latin1' template template0 lc_collate 'C' lc_ctype 'C'",
    ],
  });
  await server.query('select 1 as "café"', "latin1");
  manager.add(nodeSettings({ name: "encoded", port: server.port }));
  const rows = await rowsOf("encoded");
  expect(rows.find(({ datname }) => datname === "latin1")?.query).toBe('select $1 as "café"');
  expect(await refusalsIn(server)).toEqual([]);
});
