import { describe, expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager, type NodeEvent } from "../../../src/services/nodes/connection-manager.ts";
import { fakeServer } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";

const servers = serversForTests();
/** Longer than another session takes to open on a busy machine. */
const nap = { text: "select pg_catalog.pg_sleep(2)" };
const sleeping = { text: "select pg_catalog.pg_sleep(30)" };
const one = { text: "select 1" };
const long = { statementTimeoutMs: 60_000 };

function managing(settings: NodeSettings): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  manager.add(settings);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

const pids = async (server: Awaited<ReturnType<typeof servers.lone>>) =>
  (await ourBackends(server)).map(({ pid }) => pid);

describe("a pool", () => {
  test("opens a second session for a second question, no third, and counts them right", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server));
    const asked = [nap, nap, nap].map((statement) => manager.query(server.name, statement));
    await until(() => manager.poolStatistics(server.name)?.waiting === 1);
    expect(manager.poolStatistics(server.name)).toEqual({ total: 2, idle: 0, waiting: 1, max: 2 });
    await until(async () => (await ourBackends(server)).length === 2);
    expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
    expect(manager.poolStatistics(server.name)).toEqual({ total: 2, idle: 2, waiting: 0, max: 2 });
  });

  test("opens none for questions that meet and are answered at once, whoever asks first", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server));
    await manager.query(server.name, one);
    const before = await pids(server);
    const asking = async () => {
      for (let round = 0; round < 50; round++)
        expect(await manager.query(server.name, one)).toMatchObject({ ok: true });
    };
    await Promise.all([asking(), asking()]);
    expect(await pids(server)).toEqual(before);
  });

  test("closes the second session when it has rested, and never the last", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server, { pool: { idleTimeoutMs: 100 } }));
    const asked = Promise.all([nap, nap].map((statement) => manager.query(server.name, statement)));
    await until(async () => (await pids(server)).length === 2);
    await asked;
    await until(async () => (await pids(server)).length === 1);
    await Bun.sleep(250); // nothing more may happen in this time
    expect(await pids(server)).toHaveLength(1);
    expect(manager.poolStatistics(server.name)).toMatchObject({ total: 1, idle: 1 });
  });

  test("keeps its session where a limit is longer than a timer can hold", async () => {
    const server = await servers.lone("pool");
    const dayMs = 24 * 60 * 60 * 1000;
    const pool = { maxLifetimeMs: 30 * dayMs, connectTimeoutMs: 1e12, acquireTimeoutMs: 1e12 };
    await using manager = managing(nodeSettings(server, { pool }));
    expect(await manager.query(server.name, one, { speaksForHealth: true })).toMatchObject({ ok: true });
    const before = await pids(server);
    await Bun.sleep(100);
    expect(await manager.query(server.name, one, { speaksForHealth: true })).toMatchObject({ ok: true });
    expect(await pids(server)).toEqual(before);
  });

  test("replaces a session of full age without a failure that anybody sees", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server, { pool: { maxLifetimeMs: 100 } }));
    const events: NodeEvent[] = [];
    await manager.query(server.name, one);
    const before = await pids(server);
    manager.on((event) => events.push(event));
    await until(async () => {
      expect(await manager.query(server.name, one, { speaksForHealth: true })).toMatchObject({ ok: true });
      const now = await pids(server);
      return now.length === 1 && now[0] !== before[0];
    });
    expect(events).toEqual([]);
  });

  test("says that all sessions are busy, and loses none of them over it", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server, { ...long, pool: { acquireTimeoutMs: 2000 } }));
    await manager.query(server.name, one);
    const fanOut = [0, 1].map(() => manager.queryAll(sleeping, { deadlineMs: 60_000 }));
    await until(async () => (await ourBackends(server)).filter(({ sleeps }) => sleeps).length === 2);
    const before = await pids(server);
    for (const speaksForHealth of [false, true]) {
      const startMs = performance.now();
      const outcome = await manager.query(server.name, one, { speaksForHealth });
      expect(outcome).toMatchObject({
        ok: false,
        error: { kind: "timeout", message: "no free session in 2 s" },
        ms: null,
      });
      expect(performance.now() - startMs).toBeLessThan(hangMs);
    }
    // A poll that waits that long is late, which is no loss.
    expect(["connected", "stale"]).toContain(manager.health(server.name)?.state ?? "gone");
    for (const { cancel } of fanOut) cancel();
    await Promise.all(fanOut.map(({ outcomes }) => outcomes));
    expect(await pids(server)).toEqual(before);
  });

  test("keeps its session when the server has no slot for a second", async () => {
    const server = await servers.lone("full", { settings: { max_connections: "5", max_wal_senders: "0" } });
    await using manager = managing(nodeSettings(server, long));
    await using others = managing(nodeSettings({ name: "others", port: server.port }, long));
    const before = await manager.query(server.name, one).then(() => pids(server));
    // Three of the five slots are for superusers; the other manager takes the last one.
    expect(await others.query("others", one)).toMatchObject({ ok: true });
    const busy = manager.query(server.name, nap);
    const refused = await manager.query(server.name, one);
    expect(refused).toMatchObject({ ok: false, error: { kind: "too-many-connections", sqlstate: "53300" } });
    expect(await busy).toMatchObject({ ok: true });
    expect(manager.health(server.name)?.state).toBe("connected");
    expect((await pids(server))[0]).toBe(before[0] ?? 0);
  });

  test("does not notice when its second session is ended from outside", async () => {
    const server = await servers.lone("pool");
    await using manager = managing(nodeSettings(server));
    await Promise.all([nap, nap].map((statement) => manager.query(server.name, statement)));
    const events: NodeEvent[] = [];
    manager.on((event) => events.push(event));
    await server.query(`select pg_terminate_backend(${(await pids(server))[1]}, 1000)`);
    await until(() => manager.poolStatistics(server.name)?.total === 1);
    expect(await manager.query(server.name, one)).toMatchObject({ ok: true });
    expect(events).toEqual([]);
  });
});

describe("an end", () => {
  test("lets what runs finish, and cancels on the server what takes too long", async () => {
    const server = await servers.lone("pool");
    const manager = managing(nodeSettings(server, long));
    const short = manager.query(server.name, nap);
    const endless = manager.query(server.name, sleeping, { deadlineMs: 60_000 });
    await until(async () => (await ourBackends(server)).filter(({ sleeps }) => sleeps).length === 2);
    const startMs = performance.now();
    await manager.stop(5000);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(await short).toMatchObject({ ok: true });
    expect(await endless).toMatchObject({ ok: false });
    await until(async () => (await pids(server)).length === 0);
  });

  test("waits for nobody when nothing runs", async () => {
    const server = await servers.lone("pool");
    const manager = managing(nodeSettings(server));
    await manager.query(server.name, one);
    const startMs = performance.now();
    await manager.stop(60_000);
    expect(performance.now() - startMs).toBeLessThan(hangMs);
    await until(async () => (await pids(server)).length === 0);
  });

  test("comes soon for a frozen server, whose backend goes when it thaws", async () => {
    const server = await servers.lone("pool");
    const manager = managing(nodeSettings(server, long));
    const endless = manager.query(server.name, sleeping, { deadlineMs: 60_000 });
    await until(async () => (await ourBackends(server))[0]?.sleeps);
    server.freeze();
    try {
      const startMs = performance.now();
      await manager.stop(200);
      expect(performance.now() - startMs).toBeLessThan(20_000);
    } finally {
      server.thaw();
    }
    expect(await endless).toMatchObject({ ok: false });
    await until(async () => (await pids(server)).length === 0);
  });

  test("comes soon while a login hangs, and closes its socket", async () => {
    await using silent = await fakeServer(null);
    const manager = managing(nodeSettings({ name: "silent", port: silent.port }));
    void manager.ready("silent");
    await until(() => silent.open === 1);
    await manager.stop(0);
    await until(() => silent.open === 0);
  });
});

test("a login that is refused is told at once, where there is no other session to wait for", async () => {
  const server = await servers.lone("pool");
  const took: number[] = [];
  // One of several is not held up by a busy machine.
  for (let index = 0; index < 5; index++) {
    await using manager = managing(nodeSettings(server, { connection: { user: "nobody_here" } }));
    const begunMs = performance.now();
    expect(await manager.ready(server.name)).toMatchObject({ kind: "auth" });
    took.push(performance.now() - begunMs);
  }
  expect(Math.min(...took)).toBeLessThan(900);
});
