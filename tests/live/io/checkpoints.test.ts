import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { bgwriter } from "../../../src/views/io/bgwriter.ts";
import { checkpoints } from "../../../src/views/io/checkpoints.ts";
import { slru } from "../../../src/views/io/slru.ts";
import { wal } from "../../../src/views/replication/wal.ts";
import type { AskedView } from "../../../src/views/view.ts";
import { binariesOf, installMajors, nodeOf } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

describe.each([10, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { autovacuum: "off", checkpoint_timeout: "1h" };
    server = await startServer(scratch, { name: "one", settings, bootstrap: ["create role bare login"] });
    manager.add(nodeOf(server, "bare"));
  });
  afterAll(async () => {
    await manager.stop(0);
    await scratch.destroy();
  }, 30_000);

  /** The counters as they are. */
  async function rowsOf(view: AskedView) {
    const sample = await sampleView(manager, "one bare", view, {
      viewOptions: { idle: true, wholeText: true },
    });
    return sample.state === "ok" ? sample.rows : [];
  }
  const rowOf = async (view: AskedView) => (await rowsOf(view))[0] ?? {};

  test("a checkpoint that is asked for is counted, and says how much WAL is to be replayed no more", async () => {
    await server.query("create table filled as select repeat('x', 1000) from generate_series(1, 3000)");
    const before = await until(async () => {
      const row = await rowOf(checkpoints);
      return Number(row["redo_bytes"]) > 3_000_000 && row;
    });
    await server.query("checkpoint");
    const after = await until(async () => {
      const row = await rowOf(checkpoints);
      return Number(row["num_requested"]) === Number(before["num_requested"]) + 1 && row;
    });
    expect(after).toMatchObject({ num_timed: before["num_timed"], checkpoint_timeout: 3600 });
    expect(Number(after["redo_lsn"])).toBeGreaterThan(Number(before["redo_lsn"]));
    expect(Number(after["redo_bytes"])).toBeLessThan(100_000);
    expect(Number(after["checkpoint_age"])).toBeLessThan(60);
    await until(
      async () =>
        Number((await rowOf(checkpoints))["buffers_written"]) >= Number(before["buffers_written"]) + 100,
    );
    expect(after["num_done"] === null).toBe(major < 18);
  });

  test("where the control file is withheld the last checkpoint is unknown, and the rest is not", async () => {
    await server.query("revoke execute on function pg_catalog.pg_control_checkpoint() from public");
    const row = await rowOf(checkpoints);
    expect(row).toMatchObject({ checkpoint_age: null, checkpoint_lsn: null, redo_bytes: null });
    expect(row["num_requested"]).toBeGreaterThan(0n);
    expect(checkpoints.unknownIn?.([row])).toEqual([
      expect.stringContaining("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_checkpoint()"),
    ]);
    await server.query("grant execute on function pg_catalog.pg_control_checkpoint() to public");
  });

  test("buffers that were taken are counted, and before 17 who wrote what had been in them", async () => {
    const before = Number((await rowOf(bgwriter))["buffers_alloc"]);
    await server.query("create table more as select repeat('x', 1000) from generate_series(1, 3000)");
    const row = await until(async () => {
      const now = await rowOf(bgwriter);
      return Number(now["buffers_alloc"]) > before && now;
    });
    expect(row["buffers_backend"] === null).toBe(major >= 17);
  });

  test.skipIf(major < 14)("what WAL writing and SLRU caches do is counted", async () => {
    const notified = async () => {
      const row = (await rowsOf(slru)).find(({ name }) => name === "notify") ?? {};
      return Number(row["blks_zeroed"]) + Number(row["blks_hit"]);
    };
    const [pages, writes] = [await notified(), Number((await rowOf(wal))["wal_write"])];
    await server.query("notify somebody");
    await until(async () => (await notified()) > pages);
    const row = await until(async () => {
      const now = await rowOf(wal);
      return Number(now["wal_write"]) > writes && now;
    });
    // track_wal_io_timing is off; these servers call no fsync, which takes no time.
    expect(row).toMatchObject({ wal_write_time: null, wal_sync: 0n, wal_sync_time: 0n });
  });
});
