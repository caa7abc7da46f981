import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { tempFiles } from "../../../src/views/io/temp-files.ts";
import { keyOf } from "../../../src/views/view.ts";
import { binariesOf, installMajors, nodeOf, type Role } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const sorted = "select n, repeat('x', 200) as t from generate_series(1, 20000) as n order by md5(n::text)";

describe.each([12, 18].filter((major) => found.includes(major)))("temp files of PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = ["create role monitor login in role pg_monitor", "create role bare login"];
    const settings = { work_mem: "64kB" };
    server = await startServer(scratch, { name: "temp", settings, bootstrap });
    for (const role of ["monitor", "bare"] as const) manager.add(nodeOf(server, role));
  });
  afterAll(async () => {
    await manager.stop(0);
    await scratch.destroy();
  }, 30_000);

  const sampleFor = (role: Role) =>
    sampleView(manager, `temp ${role}`, tempFiles, { viewOptions: { idle: true, wholeText: true } });
  async function seen() {
    const sample = await sampleFor("monitor");
    if (sample.state !== "ok") throw new Error("no answer");
    return sample.rows;
  }
  /** A session with its process id. */
  async function session(application_name: string) {
    const address = { host: server.socketDirectory, port: server.port };
    const client = new pg.Client({ ...address, user: "postgres", database: "postgres", application_name });
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    return { client, pid: rows[0]?.pid ?? 0 };
  }

  test("a session whose sort is on disk stands there with its statement until it is done", async () => {
    expect(await seen()).toEqual([]);
    const { client, pid } = await session("reporting");
    try {
      await client.query(`begin; declare c cursor for ${sorted}`);
      await client.query("fetch 1 from c");
      const [row, ...others] = await until(async () => {
        const rows = await seen();
        return rows.length > 0 && rows;
      });
      expect(others).toEqual([]);
      expect(row).toMatchObject({
        ...{ pid, left_over: false, datname: "postgres", usename: "postgres", application_name: "reporting" },
        ...{ state: "idle in tx", query: "fetch 1 from c", tablespaces: ["pg_default"], workers: 0 },
      });
      expect(Number(row?.["size"])).toBeGreaterThan(4_000_000);
      expect(Number(row?.["files"])).toBeGreaterThan(0);
      expect(Number(row?.["written_age"])).toBeLessThan(60);
      const { backend_start_text } = row ?? {};
      const key = keyOf(activity, { pid, backend_start_text, gid: null });
      expect(row && tempFiles.opens?.(row, "a")).toEqual({ node: "a", row: { view: "activity", key } });
      await client.query("commit");
      await until(async () => (await seen()).length === 0);
    } finally {
      await client.end();
    }
  });

  test.skipIf(major < 13)("the files of parallel workers are their leader's", async () => {
    await server.query(`create table filled as ${sorted}; alter table filled set (parallel_workers = 2)`);
    const { client, pid } = await session("parallel");
    await client.query(
      "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0",
    );
    // The workers are held in the middle of their answers while nobody reads them.
    const { stream } = (client as unknown as { connection: { stream: { pause(): void; resume(): void } } })
      .connection;
    const done = client.query("select n, repeat(t, 20) from filled order by t, n").catch(() => {});
    stream.pause();
    const row = await until(async () => {
      const rows = await seen();
      return rows.find((one) => one["pid"] === pid && Number(one["workers"]) > 0);
    });
    expect(row).toMatchObject({ application_name: "parallel", left_over: false, state: "active" });
    expect((await seen()).map((one) => one["pid"])).toEqual([pid]);
    stream.resume();
    await server.query(`select pg_catalog.pg_terminate_backend(${pid})`);
    await done;
    await client.end().catch(() => {});
  });

  test("files of a process that is gone are said to be left", async () => {
    const left = join(server.dataDirectory, "base/pgsql_tmp/pgsql_tmp99999999.0");
    await writeFile(left, "12345", { mode: 0o644 });
    const rows = await until(async () => {
      const now = await seen();
      return now.some(({ left_over }) => left_over === true) && now;
    });
    expect(rows).toMatchObject([{ pid: 99999999, size: 5n, files: 1n, left_over: true, usename: null }]);
    expect(tempFiles.unknownIn?.(rows)).toEqual([expect.stringContaining("left from a crash")]);
    expect(rows[0] && tempFiles.opens?.(rows[0], "a")).toBeNull();
  });

  test("a role that may not list them is told the GRANT", async () => {
    expect(await sampleFor("bare")).toMatchObject({
      state: "failed",
      error: { detail: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_tmpdir(oid) TO bare" },
    });
  });
});
