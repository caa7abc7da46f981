import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { replicationSlots } from "../../../src/views/replication/replication-slots.ts";
import { judgedNode, type Levels, rounds, session } from "../../support/rules/rounds.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

describe.each([10, 13, 17, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = {
      autovacuum: "off",
      deadlock_timeout: "10ms",
      max_replication_slots: "4",
    };
    const bootstrap = [
      "create role monitor login in role pg_monitor",
      "create role stats login in role pg_read_all_stats",
      "create table t (a int)",
    ];
    server = await startServer(scratch, { name: "one", settings, bootstrap });
  });
  afterAll(() => scratch.destroy(), 30_000);

  const watching = (levels: Levels = {}) => rounds([judgedNode(server, levels)]);
  const reload = () => server.query("select pg_catalog.pg_reload_conf()");

  test("an abandoned slot and the WAL that it keeps are named within two rounds", async () => {
    await server.query("select pg_catalog.pg_create_physical_replication_slot('abandoned', true)");
    await server.query("insert into t select pg_catalog.generate_series(1, 1000)");
    await using watched = watching({
      slot_inactive: { forMs: 0 },
      slot_retained: { warning: 1000, critical: null },
    });
    await watched.round();
    await watched.round();
    const subject = { kind: "slot", id: "abandoned" } as const;
    expect(watched.alerts("one", "slot_inactive")).toMatchObject([
      { subject, view: "slots", key: "abandoned" },
    ]);
    expect(watched.alerts("one", "slot_retained")).toMatchObject([{ subject, view: "slots" }]);
    // Without max_slot_wal_keep_size no slot is near its end, and "0" would say that it is.
    expect(watched.rows("one", replicationSlots)).toMatchObject([
      { slot_name: "abandoned", safe_wal_size: null },
    ]);
    await server.query("select pg_catalog.pg_drop_replication_slot('abandoned')");
    await watched.round();
    await watched.round();
    expect(watched.node("one").alerts).toEqual([]);
  });

  test("ages of transactions and multixacts are named by database", async () => {
    const level = { warning: 0, critical: null };
    await using watched = watching({ xid_age: level, mxid_age: level });
    await watched.round();
    await watched.round();
    const subject = { kind: "database", id: "postgres" } as const;
    for (const rule of ["xid_age", "mxid_age"] as const)
      expect(watched.alerts("one", rule)).toContainEqual(
        expect.objectContaining({ subject, view: "databases" }),
      );
  });

  test("a setting that waits for a restart is named", async () => {
    await server.query("alter system set max_connections = 120");
    await reload();
    await using watched = watching();
    await until(async () => {
      const rows = await server.query("select from pg_catalog.pg_settings where pending_restart");
      return rows.length > 0;
    });
    await watched.round();
    await watched.round();
    expect(watched.alerts("one", "pending_restart")).toMatchObject([
      { subject: { kind: "setting", id: "max_connections" }, view: "restart", key: "max_connections" },
    ]);
    await server.query("alter system reset max_connections");
    await reload();
  });

  test("a role that may see sessions and not all settings is told that one may wait unseen", async () => {
    await using watched = rounds([judgedNode(server, {}, { connection: { user: "stats" } })]);
    await watched.round();
    await watched.round();
    expect(watched.alerts("one", "pending_restart")).toEqual([]);
    expect(watched.node("one").unknowns.flatMap(({ rules }) => rules)).toContain("pending_restart");
  });

  test("checkpoints that are asked for are named when they go on", async () => {
    await using watched = watching();
    await watched.round();
    const source = major < 17 ? "pg_stat_bgwriter" : "pg_stat_checkpointer";
    const column = major < 17 ? "checkpoints_req" : "num_requested";
    const requested = async () => {
      const [row] = await server.query<{ count: string }>(
        `select ${column} as count from pg_catalog.${source}`,
      );
      return Number(row?.count);
    };
    for (let beat = 0; beat < 2; beat++) {
      const before = await requested();
      await server.query("checkpoint");
      // Until 14 another process collects the counts, after a while.
      await until(async () => (await requested()) > before);
      await watched.round();
    }
    expect(watched.alerts("one", "checkpoints_requested")).toMatchObject([{ view: "checkpoints" }]);
  });

  test("a deadlock is named by database at the next sample", async () => {
    await server.query("create table if not exists d (a int primary key)");
    await server.query("insert into d values (1), (2) on conflict do nothing");
    await using watched = watching();
    await watched.round();
    await using one = await session(server);
    await using two = await session(server);
    for (const [client, row] of [
      [one.client, 1],
      [two.client, 2],
    ] as const)
      await client.query(`begin; update d set a = a where a = ${row}`);
    // The victim counts it when it leaves its transaction.
    const crossed = [
      one.client.query("update d set a = a where a = 2"),
      two.client.query("update d set a = a where a = 1"),
    ];
    await Promise.allSettled(crossed);
    for (const { client } of [one, two]) await client.query("rollback");
    await until(async () => {
      await watched.round();
      return watched.alerts("one", "deadlocks").length > 0;
    });
    expect(watched.alerts("one", "deadlocks")).toMatchObject([
      { subject: { kind: "database", id: "postgres" } },
    ]);
  });

  test("many rollbacks and large temporary files are named by database", async () => {
    await using watched = watching({ temp_files: { warning: 1024 ** 2, critical: null } });
    await watched.round();
    await using busy = await session(server);
    await busy.client.query("set work_mem = '64kB'");
    const subject = { kind: "database", id: "postgres" } as const;
    const counts = async () => {
      const [row] = await server.query<{ undone: string; temp: string }>(
        "select xact_rollback as undone, temp_bytes as temp from pg_catalog.pg_stat_database where datname = 'postgres'",
      );
      return [Number(row?.undone), Number(row?.temp)] as const;
    };
    for (let beat = 0; beat < 2; beat++) {
      const [undone, temp] = await counts();
      // A session tells its counts once a second.
      await until(async () => {
        for (let count = 0; count < 400; count++) await busy.client.query("begin; rollback");
        await busy.client.query(
          "select a from pg_catalog.generate_series(1, 100000) as a order by -a limit 1 offset 50000",
        );
        const now = await counts();
        return now[0] > undone + 400 && now[1] > temp;
      });
      await watched.round();
    }
    expect(watched.alerts("one", "rollbacks")).toMatchObject([{ subject }]);
    expect(watched.alerts("one", "temp_files")).toMatchObject([{ subject }]);
  });

  // From 18 a new server has checksums.
  const withChecksums = major < 18 ? () => {} : test;
  withChecksums("a page whose checksum fails is critical, by database", async () => {
    await server.query("create table torn as select pg_catalog.generate_series(1, 2000) as a");
    const [{ path } = { path: "" }] = await server.query<{ path: string }>(
      "select pg_catalog.pg_relation_filepath('torn') as path",
    );
    await server.stop();
    const file = openSync(join(server.dataDirectory, path), "r+");
    writeSync(file, Buffer.alloc(64, 0xa5), 0, 64, 4096);
    closeSync(file);
    await server.start();
    await server.query("select pg_catalog.count(*) from torn").catch(() => {});
    await using watched = watching();
    await until(async () => {
      await watched.round();
      return watched.alerts("one", "checksum_failures").length > 0;
    });
    expect(watched.alerts("one", "checksum_failures")).toMatchObject([
      { severity: "critical", subject: { kind: "database", id: "postgres" } },
    ]);
  });
});
