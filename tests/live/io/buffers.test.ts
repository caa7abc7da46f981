import { afterAll, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { buffers } from "../../../src/views/io/buffers.ts";
import { nodeOf, type Role } from "../../support/servers/majors.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const settings = { shared_buffers: "16MB", autovacuum: "off", bgwriter_lru_maxpages: "0" };
const servers = serversForTests({ settings });
const manager = new ConnectionManager();
afterAll(() => manager.stop(0));

async function seen(server: ThrowawayServer, role: Role) {
  const node = nodeOf(server, role);
  if (!manager.get(node.name)) manager.add(node);
  return sampleView(manager, node.name, buffers, { viewOptions: { idle: false, wholeText: false } });
}

test("pages that are written are used and dirty, and after a checkpoint used alone", async () => {
  const server = await servers.lone("one");
  expect(await seen(server, "monitor")).toMatchObject({
    state: "notApplicable",
    why: "needs the extension pg_buffercache: CREATE EXTENSION pg_buffercache",
  });
  await server.query('create schema "my schema"; grant usage on schema "my schema" to monitor');
  await server.query('create extension pg_buffercache with schema "my schema"');
  const row = async () => {
    const sample = await seen(server, "monitor");
    if (sample.state !== "ok") throw new Error("no answer");
    return sample.rows[0] ?? {};
  };
  await server.query("checkpoint");
  const before = await row();
  const all = { shared_buffers: 16n << 20n, buffers: 2048n };
  expect(before).toMatchObject(all);
  expect(Number(before["buffers_used"]) + Number(before["buffers_unused"])).toBe(2048);
  await server.query("create table filled (t text)");
  await server.query("insert into filled select repeat('x', 1000) from generate_series(1, 3500)");
  // Seven rows a page.
  const written = await until(async () => {
    const now = await row();
    return Number(now["buffers_dirty"]) >= 500 && now;
  });
  expect(Number(written["buffers_used"])).toBeGreaterThanOrEqual(Number(before["buffers_used"]) + 500);
  expect(Number(written["dirty_share"])).toBeGreaterThan(30);
  await server.query("checkpoint");
  const after = await row();
  expect(Number(after["buffers_dirty"])).toBeLessThan(100);
  expect(after).toMatchObject(all);
  expect(Number(after["hot_share"]) + Number(after["cold_share"])).toBeLessThanOrEqual(100.001);
  for (let look = 0; look < 6; look += 1) await server.query("select pg_catalog.count(*) from filled");
  expect(Number((await row())["hot_share"])).toBeGreaterThan(Number(after["hot_share"]));
  expect(await seen(server, "bare")).toMatchObject({
    state: "failed",
    error: {
      message: "permission denied for schema my schema and functions of pg_buffercache",
      detail: expect.stringContaining('GRANT USAGE ON SCHEMA "my schema" TO bare'),
    },
  });
  await server.query('grant usage on schema "my schema" to bare');
  const ungranted = await seen(server, "bare");
  expect(ungranted).toMatchObject({
    state: "failed",
    error: { message: "permission denied for functions of pg_buffercache" },
  });
  const grants = ungranted.state === "failed" ? (ungranted.error.detail ?? "") : "";
  expect(grants).toStartWith("GRANT EXECUTE ON FUNCTION");
  await server.query(grants);
  expect(await seen(server, "bare")).toMatchObject({ state: "ok" });
});
