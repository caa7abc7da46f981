import { expect, test } from "bun:test";
import pg from "pg";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { progress } from "../../../src/views/maintenance/progress.ts";
import type { Row } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";

const servers = serversForTests({ settings: { autovacuum: "off", autovacuum_naptime: "1s" } });

async function connect(server: ThrowawayServer): Promise<pg.Client> {
  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A thousand pages and more. Each that is cleaned costs 20, which the limit lets pass once in the delay. */
const dirtyTable = (name: string) => `
  create table ${name} (n int, filler text) with (fillfactor = 20);
  insert into ${name} select n, repeat('x', 500) from generate_series(1, 4000) as n;
  delete from ${name} where n % 2 = 0`;

const rowsOf = ({ store }: Watched): readonly Row[] =>
  progress.rows(fleetSamples(store.getState().observed, ["one"]));

async function watched(server: ThrowawayServer) {
  const look = watch([nodeSettings({ name: "one", port: server.port })], { refreshMs: 500 });
  look.lookAt("progress");
  const row = (relation: string) => rowsOf(look).find((one) => one["relation"] === relation);
  return { look, row, [Symbol.asyncDispose]: () => look[Symbol.asyncDispose]() };
}

test("a vacuum says how far it is, how fast, and when this phase is done", async () => {
  const server = await servers.lone("one");
  await server.query(dirtyTable("big"));
  const client = await connect(server);
  try {
    await client.query("set vacuum_cost_delay = 20; set vacuum_cost_limit = 20");
    const vacuum = client.query("vacuum big").catch(() => null);
    await using seen = await watched(server);
    const row = await until(() => {
      const now = seen.row("public.big");
      return now?.["eta_seconds"] != null && now["phase"] === "scanning heap" && now;
    });
    expect(row).toMatchObject({
      ...{ command: "VACUUM", unit: "blocks", run_by: "postgres", datname: "postgres" },
      ...{ stalled_seconds: null, blocked_by: null, wraparound: false, query: "vacuum big" },
      ...{ done: row["heap_blks_scanned"], total: row["heap_blks_total"] },
    });
    const [done, total, share] = [row["done"], row["total"], row["share"]].map(Number) as [
      number,
      number,
      number,
    ];
    expect(share).toBeCloseTo((100 * done) / total, 6);
    expect(row["eta_seconds"]).toBeCloseTo((total - done) / Number(row["rate"]), 6);
    // It passes 50 pages a second at most.
    expect(row["rate"]).toBeWithin(1, 100);
    await until(() => Number(seen.row("public.big")?.["done"]) > done);
    // It sleeps, and nobody measures how long.
    expect(seen.row("public.big")?.["delay_time"]).toBeNull();
    await server.query(`select pg_catalog.pg_cancel_backend(${row["pid"]})`);
    await vacuum;
    await until(() => rowsOf(seen.look).length === 0);
  } finally {
    await client.end();
  }
});

test("an index build that waits for a transaction is stalled, and says whom it waits for", async () => {
  const server = await servers.lone("one");
  await server.query("create table held (n int)");
  const [holder, builder] = [await connect(server), await connect(server)];
  try {
    await holder.query("begin; insert into held values (1)");
    const { rows } = await holder.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
    const build = builder.query("create index concurrently slow on held (n)");
    await using seen = await watched(server);
    const row = await until(() => {
      const now = seen.row("public.held");
      return Number(now?.["stalled_seconds"]) > 0 && now;
    });
    expect(row).toMatchObject({
      ...{
        command: "CREATE INDEX CONCURRENTLY",
        index: "public.slow",
        phase: "waiting for writers before build",
      },
      ...{ unit: "lockers", done: 0n, total: 1n, share: 0, eta_seconds: null },
      ...{
        wait: "Lock:virtualxid",
        blocked_by: [rows[0]?.pid],
        current_locker_pid: BigInt(rows[0]?.pid ?? 0),
      },
    });
    await holder.query("commit");
    await build;
    await until(() => rowsOf(seen.look).length === 0);
  } finally {
    await Promise.all([holder.end(), builder.end()]);
  }
});

test("autovacuum is told from users, and one that prevents wraparound by name", async () => {
  const server = await servers.lone("one");
  const slow = "autovacuum_vacuum_cost_delay = 20, autovacuum_vacuum_cost_limit = 20";
  await server.query(dirtyTable("usual"));
  await server.query(
    `alter table usual set (${slow}, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)`,
  );
  await server.query(dirtyTable("aged"));
  await server.query(`alter table aged set (${slow}, autovacuum_freeze_max_age = 100000)`);
  // A block with a handler takes a transaction id of its own where it writes.
  await server.query(`create temp table burned (n int); do $$ begin for n in 1..100010 loop
    begin insert into burned values (n); exception when division_by_zero then null; end; end loop; end $$`);
  await server.query("alter system set autovacuum = on");
  await server.query("select pg_catalog.pg_reload_conf()");
  await using seen = await watched(server);
  const by = (relation: string) => seen.row(relation)?.["run_by"];
  await until(
    () => by("public.usual") === "autovacuum" && by("public.aged") === "autovacuum (to prevent wraparound)",
  );
  await server.query("alter system set autovacuum = off");
  await server.query("select pg_catalog.pg_reload_conf()");
  await server.query(
    "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where backend_type = 'autovacuum worker'",
  );
});
