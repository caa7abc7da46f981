import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { ioStatistics } from "../../../src/views/io/io-statistics.ts";
import type { Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors, nodeOf } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

describe.each([16, 18].filter((major) => found.includes(major)))("I/O of PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { track_io_timing: "off", autovacuum: "off" };
    server = await startServer(scratch, { name: "io", settings, bootstrap: ["create role bare login"] });
    manager.add(nodeOf(server, "bare"));
  });
  afterAll(async () => {
    await manager.stop(0);
    await scratch.destroy();
  }, 30_000);

  async function seen() {
    const viewOptions = { idle: true, wholeText: true };
    const sample = await sampleView(manager, "io bare", ioStatistics, { viewOptions });
    const rows = sample.state === "ok" ? sample.rows : [];
    const of = (backend: string, object = "relation"): Row =>
      rows.find(
        ({ backend_type, object: on, context }) =>
          backend_type === backend && on === object && context === "normal",
      ) ?? {};
    const bytesOf = (...who: Parameters<typeof of>) => Number(of(...who)["moved_bytes"]);
    return { of, bytesOf, notes: ioStatistics.unknownIn?.(rows) ?? [] };
  }

  test("counts the bytes that a session extends its table by, and those that a checkpoint writes", async () => {
    const before = await seen();
    await server.query("create table filled (text text)");
    await server.query("insert into filled select repeat('x', 1000) from generate_series(1, 10000)");
    const size = await server.query<{ bytes: string }>("select pg_catalog.pg_table_size('filled') as bytes");
    const bytes = Number(size[0]?.bytes);
    expect(bytes).toBeGreaterThan(8 << 20);
    const after = await until(async () => {
      const now = await seen();
      return now.bytesOf("client backend") - before.bytesOf("client backend") >= bytes && now;
    });
    // Files are extended by several pages at once, and catalogs are read.
    expect(after.bytesOf("client backend") - before.bytesOf("client backend")).toBeLessThan(1.5 * bytes);
    await server.query("checkpoint");
    await until(async () => {
      const now = await seen();
      return now.bytesOf("checkpointer") - before.bytesOf("checkpointer") >= bytes;
    });
  });

  test("does not say of what was not measured that it took no time", async () => {
    const unmeasured = await seen();
    expect(unmeasured.notes).toEqual([
      expect.stringMatching(
        /^times of some operations are unknown: track_io_timing .*was off for all of them$/,
      ),
    ]);
    await server.query("alter system set track_io_timing = on");
    await server.query("select pg_catalog.pg_reload_conf()");
    expect(unmeasured.of("client backend")["extend_time"]).toBeNull();
    await until(async () => {
      await server.query("insert into filled select repeat('x', 1000) from generate_series(1, 1000)");
      return Number((await seen()).of("client backend")["extend_time"]) > 0;
    });
  });

  test("has rows of WAL from 18 on, and none of what no process can do", async () => {
    const { of } = await seen();
    expect(of("client backend", "wal")["backend_type"]).toBe(major >= 18 ? "client backend" : undefined);
    expect(of("client backend")["reuses"]).toBeNull();
  });
});
