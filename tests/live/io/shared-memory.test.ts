import { afterAll, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { makePrivate } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { aio } from "../../../src/views/io/aio.ts";
import { sharedMemory } from "../../../src/views/io/shared-memory.ts";
import { tablespaces } from "../../../src/views/storage/tablespaces.ts";
import { type AskedView, notesOn } from "../../../src/views/view.ts";
import { nodeOf, type Role } from "../../support/servers/majors.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests({ settings: { shared_buffers: "8MB", autovacuum: "off" } });
const manager = new ConnectionManager();
afterAll(() => manager.stop(0));

/** What a role sees. */
async function seen(server: ThrowawayServer, role: Role, view: AskedView) {
  const node = nodeOf(server, role);
  if (!manager.get(node.name)) manager.add(node);
  const sample = await sampleView(manager, node.name, view, { viewOptions: { idle: true, wholeText: true } });
  const facts = manager.facts(node.name);
  const rows = sample.state === "ok" ? sample.rows : [];
  return { sample, rows, notes: facts ? notesOn(view, rows, facts) : [] };
}

test("shared memory is the sum of what it is taken for, and most of it is shared_buffers", async () => {
  const server = await servers.lone("one");
  const { rows } = await seen(server, "monitor", sharedMemory);
  const total = rows.find(({ name }) => name === "(total)");
  const parts = rows.filter(({ name }) => name !== "(total)");
  expect(total).toMatchObject({ share: 100, shared_buffers: 8n << 20n, huge_pages: "try" });
  expect(String(total?.["huge_pages_status"])).toMatch(/^(on|off)$/);
  expect(parts.reduce((sum, row) => sum + Number(row["allocated_size"]), 0)).toBe(
    Number(total?.["allocated_size"]),
  );
  const [buffers] = parts.filter(({ name }) => name === "Buffer Blocks");
  expect(Number(buffers?.["size"])).toBeGreaterThanOrEqual(8 << 20);
  expect(Math.round(parts.reduce((sum, row) => sum + Number(row["share"]), 0))).toBe(100);
});

test("a role that may not see it, or what is under way, is told the GRANT", async () => {
  const server = await servers.lone("one");
  for (const [view, called] of [
    [sharedMemory, "pg_get_shmem_allocations()"],
    [aio, "pg_get_aios()"],
  ] as const)
    expect((await seen(server, "bare", view)).sample).toMatchObject({
      state: "failed",
      error: { detail: `GRANT EXECUTE ON FUNCTION pg_catalog.${called} TO bare` },
    });
});

test("a read that no I/O worker gets on with stands there with who waits for it", async () => {
  const server = await servers.lone("one");
  await server.query("create table filled as select repeat('x', 1000) as t from generate_series(1, 20000)");
  const workers = await server.query<{ pid: number }>(
    "select pid from pg_catalog.pg_stat_activity where backend_type = 'io worker'",
  );
  expect(workers.length).toBeGreaterThan(0);
  for (const { pid } of workers) process.kill(pid, "SIGSTOP");
  try {
    const counted = server.query("select pg_catalog.count(*) from filled");
    const row = await until(async () => {
      const { rows } = await seen(server, "monitor", aio);
      return rows.find(({ state }) => state === "SUBMITTED");
    });
    expect(row).toMatchObject({ operation: "readv", target: "smgr", usename: "postgres", result: "UNKNOWN" });
    expect(Number(row["length"])).toBeGreaterThanOrEqual(8192);
    for (const { pid } of workers) process.kill(pid, "SIGCONT");
    await counted;
    await until(async () => (await seen(server, "monitor", aio)).rows.length === 0);
  } finally {
    for (const { pid } of workers) process.kill(pid, "SIGCONT");
  }
});

test("a tablespace says where it is and what is in it, and to whom it may be said", async () => {
  const server = await servers.lone("one");
  const location = `${server.folder}/fast`;
  await makePrivate(location, server.scratch.binaries.account);
  await server.query(`create tablespace fast location '${location}' with (random_page_cost = 1.1)`);
  await server.query(
    "create table there tablespace fast as select repeat('x', 1000) from generate_series(1, 2000)",
  );
  const [{ bytes } = { bytes: "" }] = await server.query<{ bytes: string }>(
    "select pg_catalog.pg_tablespace_size('fast') as bytes",
  );
  expect(Number(bytes)).toBeGreaterThan(2_000_000);
  const { rows, notes } = await seen(server, "monitor", tablespaces);
  const named = (name: string) => rows.find(({ spcname }) => spcname === name);
  const fast = { databases: 0, location, spcoptions: ["random_page_cost=1.1"], owner: "postgres" };
  expect(named("fast")).toMatchObject({ ...fast, size: BigInt(bytes) });
  expect(named("pg_default")).toMatchObject({ databases: 3, location: null, spcoptions: null });
  expect(Number(named("pg_global")?.["size"])).toBeGreaterThan(0);
  expect(notes).toEqual([]);
  const bare = await seen(server, "bare", tablespaces);
  expect(bare.rows.find(({ spcname }) => spcname === "fast")).toMatchObject({ ...fast, size: null });
  expect(Number(bare.rows.find(({ spcname }) => spcname === "pg_default")?.["size"])).toBeGreaterThan(0);
  expect(bare.notes).toEqual(["the size of some tablespaces may not be seen: GRANT pg_monitor TO bare"]);
});
