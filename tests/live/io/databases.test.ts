import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { databaseSessions } from "../../../src/views/storage/database-sessions.ts";
import { databaseSizes } from "../../../src/views/storage/database-sizes.ts";
import { type AskedView, notesOn, type Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors, nodeOf } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

describe.each([10, 18].filter((major) => found.includes(major)))("databases of PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { work_mem: "64kB" };
    server = await startServer(scratch, { name: "one", settings, bootstrap: ["create role bare login"] });
    await server.query("create database closed");
    await server.query("revoke connect on database closed from public");
    manager.add(nodeOf(server, "bare"));
  });
  afterAll(async () => {
    await manager.stop(0);
    await scratch.destroy();
  }, 30_000);

  async function seen(view: AskedView) {
    const sample = await sampleView(manager, "one bare", view, {
      viewOptions: { idle: true, wholeText: true },
    });
    const facts = manager.facts("one bare");
    const rows = sample.state === "ok" ? sample.rows : [];
    return { rows, notes: facts ? notesOn(view, rows, facts) : [] };
  }
  const sizesOf = () => seen(databaseSizes);
  const sessionsOf = async (): Promise<Row> =>
    (await seen(databaseSessions)).rows.find(({ datname }) => datname === "postgres") ?? {};

  /** A session that a test ends. */
  async function session() {
    const address = { host: server.socketDirectory, port: server.port };
    const client = new pg.Client({ ...address, user: "postgres", database: "postgres" });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  test("each has its size where the role may know it, and what its sessions do", async () => {
    const sizes = await sizesOf();
    const [{ bytes } = { bytes: "" }] = await server.query<{ bytes: string }>(
      "select pg_catalog.pg_database_size('template1') as bytes",
    );
    const sizeOf = (name: string) => sizes.rows.find(({ datname }) => datname === name)?.["size"];
    expect([sizeOf("template1"), sizeOf("closed")]).toEqual([BigInt(bytes), null]);
    expect(sizes.notes).toEqual(["the size of some databases may not be seen: GRANT pg_monitor TO bare"]);
    const before = await sessionsOf();
    const sort = "select n from generate_series(1, 100000) as n order by md5(n::text)";
    await server.query(`select pg_catalog.pg_sleep(2), pg_catalog.count(*) from (${sort}) as s`);
    const grown = (row: Row, name: string) => Number(row[name]) - Number(before[name]);
    await until(async () => grown(await sessionsOf(), "temp_files") > 0);
    if (major < 14) expect(before).toMatchObject({ active_time: null, sessions: null });
    else {
      await until(async () => grown(await sessionsOf(), "active_time") >= 2_000_000);
      const client = await session();
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await server.query(`select pg_catalog.pg_terminate_backend(${rows[0]?.pid})`);
      await until(async () => grown(await sessionsOf(), "sessions_killed") === 1);
      await client.end().catch(() => {});
    }
  });
});
