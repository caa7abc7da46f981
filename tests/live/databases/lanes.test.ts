import { expect, test } from "bun:test";
import type { PoolSettings } from "../../../src/config/settings.ts";
import { ConnectionManager, type NodeEvent } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { narrowRelayTo } from "../../support/servers/relays.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const where = { text: "select pg_catalog.current_database(), pg_catalog.pg_backend_pid()" };
const sleeping = { text: "select pg_catalog.pg_sleep(10)" };
const names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

async function serverWithDatabases(): Promise<ThrowawayServer> {
  const server = await servers.lone("databases", { settings: { log_connections: "on" } });
  const [known] = await server.query("select from pg_catalog.pg_database where datname = 'one'");
  if (known) return server;
  for (const name of [...names, "private", "closed"]) await server.query(`create database ${name}`);
  await server.query("revoke connect on database private from public");
  await server.query("alter database closed allow_connections false");
  return server;
}

function managing(server: Pick<ThrowawayServer, "name" | "port">, pool: Partial<PoolSettings> = {}) {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { pool, statementTimeoutMs: 60_000 }));
  const states: NodeEvent[] = [];
  manager.on((event) => event.type === "state" && states.push(event));
  const ask = async (database: string, statement = where, signal?: AbortSignal) => {
    const options = { database, signal, deadlineMs: 60_000 };
    const outcome = await manager.query(server.name, statement, options);
    return outcome.ok ? outcome.answer.rows[0]?.[0] : outcome.error;
  };
  return { manager, states, ask, [Symbol.asyncDispose]: () => manager.stop(0) };
}

/** The databases that our sessions are in, by the server's own account. */
async function ours(server: ThrowawayServer): Promise<string[]> {
  const rows = await server.query<{ datname: string }>(
    `select datname from pg_catalog.pg_stat_activity
     where application_name = 'pgparade' and backend_type = 'client backend' order by datname`,
  );
  return rows.map(({ datname }) => datname);
}

const logins = async (server: ThrowawayServer, database: string) =>
  (await Bun.file(server.logFile).text()).split(`user=monitor database=${database} `).length - 1;

test("each database is asked in a session of its own, the node's own in the node's", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server);
  expect(await Promise.all(["one", "two", "postgres", "one"].map((name) => node.ask(name)))).toEqual([
    "one",
    "two",
    "postgres",
    "one",
  ]);
  expect(await ours(server)).toEqual(["one", "postgres", "two"]);
  const backends = await server.query<{ pid: number }>(
    "select pid from pg_catalog.pg_stat_activity where application_name = 'pgparade'",
  );
  expect([...node.manager.ownProcesses(server.name)].sort()).toEqual(backends.map(({ pid }) => pid).sort());
});

test("a login to another database counts in what the question took, as far as it may be the server's time", async () => {
  const server = await serverWithDatabases();
  await using relay = await narrowRelayTo(server.port, 500);
  await using node = managing({ name: server.name, port: relay.port }, { databases: 1 });
  const took = async (database: string) => {
    const startMs = performance.now();
    const { ms } = await node.manager.query(server.name, where, { database, deadlineMs: 60_000 });
    return { ms: ms ?? 0, wholeMs: performance.now() - startMs };
  };
  await node.ask("postgres");
  for (const database of ["one", "two", "one"]) {
    const { ms, wholeMs } = await took(database);
    expect(ms).toBeGreaterThanOrEqual(20);
    // A server takes no longer for one: the rest is the way there.
    expect(wholeMs - ms).toBeGreaterThan(300);
  }
});

test("a database that lets nobody in fails alone, and is not tried again at once", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server);
  expect(await node.ask("one")).toBe("one");
  const [before, loginsBefore] = [node.states.length, await logins(server, "private")];
  for (let round = 0; round < 3; round += 1) {
    expect(await node.ask("private")).toMatchObject({ kind: "auth", sqlstate: "42501" });
    expect(await node.ask("closed")).toMatchObject({ kind: "auth", sqlstate: "55000" });
    expect(await node.ask("missing")).toMatchObject({ kind: "auth", sqlstate: "3D000" });
    expect(await node.ask("one")).toBe("one");
    expect(await node.ask("postgres")).toBe("postgres");
  }
  expect(node.states.slice(before)).toEqual([]);
  expect(node.manager.health(server.name)).toMatchObject({ state: "connected", error: null, failures: 0 });
  expect((await logins(server, "private")) - loginsBefore).toBe(1);
  // A person who asks for the node may have mended it.
  await server.query("grant connect on database private to monitor");
  node.manager.connect(server.name);
  expect(await node.ask("private")).toBe("private");
  await server.query("revoke connect on database private from monitor");
});

test("sessions in other databases end after the idle time, the node's own stays", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server, { databaseIdleMs: 300 });
  await node.ask("one");
  expect(await ours(server)).toEqual(["one", "postgres"]);
  await until(async () => (await ours(server)).join() === "postgres");
  expect(await node.ask("one")).toBe("one");
});

test("there are never more than pool.databases of them at once, however many are asked", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server, { acquireTimeoutMs: 60_000 });
  let most = 0;
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const others = (await ours(server)).filter((name) => name !== "postgres");
      most = Math.max(most, others.length);
    }
  })();
  for (let round = 0; round < 3; round += 1)
    expect(await Promise.all(names.map((name) => node.ask(name)))).toEqual(names);
  isOver = true;
  await looking;
  expect(most).toBe(3);
});

test("no other database is asked where pool.databases is 0", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server, { databases: 0 });
  expect(await node.ask("postgres")).toBe("postgres");
  expect(await node.ask("one")).toMatchObject({ message: expect.stringContaining("pool.databases is 0") });
});

test("a question in another database can be cancelled, which keeps its session", async () => {
  const server = await serverWithDatabases();
  await using node = managing(server);
  const stop = new AbortController();
  const asked = node.ask("one", sleeping, stop.signal);
  const sleeps = "select from pg_catalog.pg_stat_activity where datname = 'one' and wait_event = 'PgSleep'";
  await until(async () => (await server.query(sleeps)).length === 1);
  stop.abort();
  expect(await asked).toMatchObject({ kind: "cancelled", sqlstate: "57014" });
  expect(await ours(server)).toEqual(["one", "postgres"]);
});

test.each(["removed", "parked", "renamed"])("a node that is %s has no session left in them", async (how) => {
  const server = await serverWithDatabases();
  await using node = managing(server);
  await Promise.all(["one", "two"].map((name) => node.ask(name)));
  const running = how === "renamed" ? null : node.ask("three", sleeping);
  await until(async () => (await ours(server)).length === (running ? 4 : 3));
  if (how === "removed") await node.manager.remove(server.name);
  if (how === "parked") node.manager.disconnect(server.name);
  if (how === "renamed")
    node.manager.reconcile([{ ...nodeSettings(server, { statementTimeoutMs: 60_000 }), name: "other" }]);
  const left = how === "renamed" ? "postgres" : "";
  await until(async () => (await ours(server)).join() === left);
  if (running) expect(await running).not.toBe("");
});
