import { expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { tables } from "../../../src/views/storage/tables.ts";
import type { Row } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests({ settings: { autovacuum: "off" } });
const viewOptions = { idle: true, wholeText: true };

/** The tables of a server as a bare role sees them, and what the view says to be unknown. */
async function tablesOf(server: ThrowawayServer) {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user: "bare" } }));
  try {
    const sample = await sampleView(manager, server.name, tables, { viewOptions });
    if (sample.state !== "ok") throw new Error(sample.state === "failed" ? sample.error.message : sample.why);
    const named = (name: string): Row => sample.rows.find(({ relname }) => relname === name) ?? {};
    return { rows: sample.rows, named, notes: tables.unknownIn?.(sample.rows) ?? [] };
  } finally {
    await manager.stop(0);
  }
}

test("a table says what it takes and what of it is dead; a standby says that it does not count", async () => {
  const { primary, standbys } = await servers.cluster("pair");
  await primary.query("create table half (n int primary key)");
  await primary.query("insert into half select generate_series(1, 10000)");
  await primary.query("analyze half");
  await primary.query("delete from half where n > 5000");
  await primary.query("create view seen as select 1");
  const onPrimary = await until(async () => {
    const seen = await tablesOf(primary);
    return seen.named("half")["n_dead_tup"] === 5000n && seen;
  });
  const [{ bytes } = { bytes: "" }] = await primary.query<{ bytes: string }>(
    "select pg_catalog.pg_total_relation_size('half') as bytes",
  );
  const half = onPrimary.named("half");
  expect(half).toMatchObject({
    schemaname: "public",
    total_bytes: BigInt(bytes),
    n_live_tup: 5000n,
    dead_share: 50,
    n_mod_since_analyze: 5000n,
    hot_share: null,
    vacuum_age: null,
    last_vacuum: null,
    uncounted: null,
  });
  expect(half["analyze_age"]).toBeNumber();
  expect(half["xid_age"]).toBeGreaterThan(0n);
  expect(onPrimary.rows.map(({ relname }) => relname)).toEqual(["half"]);
  expect(onPrimary.notes).toEqual([]);

  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  const onStandby = await until(async () => {
    const seen = await tablesOf(standby);
    return seen.named("half")["total_bytes"] === BigInt(bytes) && seen;
  });
  expect(onStandby.named("half")).toMatchObject({
    uncounted: "standby",
    n_live_tup: null,
    n_dead_tup: null,
    dead_share: null,
    n_mod_since_analyze: null,
    analyze_age: null,
  });
  expect(typeof onStandby.named("half")["seq_scan"]).toBe("bigint");
  expect(onStandby.notes).toEqual(["rows and vacuums are unknown on a standby: its primary counts them"]);
});

test("a table whose counters were reset is not said to be empty", async () => {
  const server = await servers.lone("reset");
  await server.query("create table full_of_rows as select generate_series(1, 100) as n");
  await server.query("analyze full_of_rows");
  await server.query("create table empty (n int)");
  await server.query("select pg_catalog.pg_stat_reset()");
  const seen = await until(async () => {
    const now = await tablesOf(server);
    return now.named("full_of_rows")["uncounted"] === "reset" && now;
  });
  expect(seen.named("full_of_rows")).toMatchObject({ n_live_tup: null, n_dead_tup: null });
  expect(seen.named("empty")).toMatchObject({ n_live_tup: 0n, n_dead_tup: 0n });
  expect(seen.notes).toEqual([expect.stringContaining("since the counters were reset")]);
});

test("a locked table is not measured, and keeps nobody waiting", async () => {
  const server = await servers.lone("locked");
  for (const name of ["held", "indexed", "free"])
    await server.query(`create table ${name} (n int primary key)`);
  const holder = new pg.Client({
    ...{ host: server.socketDirectory, port: server.port, user: "postgres", database: "postgres" },
  });
  await holder.connect();
  try {
    await holder.query("begin; lock table held; reindex index indexed_pkey");
    const { named } = await tablesOf(server);
    expect([named("held"), named("indexed")].map((row) => row["total_bytes"])).toEqual([null, null]);
    expect(named("free")["total_bytes"]).toBe(8192n);
  } finally {
    await holder.end();
  }
});

test("of many tables the largest by pages are shown, and how many there are", async () => {
  const server = await servers.lone("crowd");
  await server.query(
    "do $$ begin for n in 1..510 loop execute format('create table small%s (n int)', n); end loop; end $$",
  );
  await server.query("create table large as select generate_series(1, 10000) as n");
  await server.query("analyze large");
  const { rows, notes } = await tablesOf(server);
  expect(rows).toHaveLength(500);
  expect(rows.map(({ relname }) => relname)).toContain("large");
  expect(notes).toEqual(["postgres: the 500 largest of 511 tables by relpages are shown"]);
});
