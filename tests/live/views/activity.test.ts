import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { activity, type Backend } from "../../../src/views/backends/activity.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { keyOf } from "../../../src/views/view.ts";
import { binariesOf, installMajors, newest, nodeOf } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { sampleOf } from "../../support/servers/view-contract.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [10, 13, newest].includes(major));

describe.each(majors)("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  const clients: pg.Client[] = [];
  let scratch: Scratch;
  let server: ThrowawayServer;
  let name: string;

  async function session(application_name: string, ...statements: string[]) {
    const client = new pg.Client({
      host: server.socketDirectory,
      port: server.port,
      user: "postgres",
      database: "postgres",
      application_name,
    });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    for (const statement of statements) await client.query(statement);
    return client;
  }
  const rows = async () => (await sampleOf(manager, name, activity, new Map())) as readonly Backend[];
  const row = async (application: string) =>
    (await rows()).find(({ application_name }) => application_name === application);

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    server = await createServer(scratch, {
      name: "a",
      settings: { max_prepared_transactions: "2" },
      bootstrap: [
        "create role monitor login in role pg_monitor",
        "create table t as select generate_series(1, 200000) as n",
      ],
    });
    await server.start();
    const node = nodeOf(server, "monitor");
    name = node.name;
    manager.add(node);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await manager.stop(0);
    await scratch.destroy();
  });

  test("a session is known by its start to the microsecond, whatever the settings of who looks", async () => {
    await session("exact");
    const [said] = await server.query<{ text: string }>(`select
      to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as text
      from pg_stat_activity where application_name = 'exact'`);
    const text = String((await row("exact"))?.backend_start_text);
    expect(text).toEndWith("+00");
    expect(text.replace("+00", "").padEnd(26, "0")).toBe(said?.text ?? "");
  });

  test("a transaction that has written says its id, and both the age of that and of what it may see", async () => {
    await session("writes", "begin isolation level repeatable read", "insert into t values (1)", "select 1");
    for (let at = 0; at < 3; at += 1) await server.query("insert into t values (2)");
    const { xid, xid_age, xmin_age, xact_seconds, state_seconds, backend_seconds } =
      (await row("writes")) ?? {};
    expect(Number(xid)).toBeGreaterThan(0);
    expect(xid_age).toBeGreaterThanOrEqual(3n);
    expect(xmin_age).toBeGreaterThanOrEqual(3n);
    expect(backend_seconds).toBeGreaterThanOrEqual(xact_seconds ?? Number.NaN);
    expect(xact_seconds).toBeGreaterThanOrEqual(state_seconds ?? Number.NaN);
    const [pulse] = await sampleOf(manager, name, pulseView, new Map());
    expect(pulse?.["oldest_start"]).toBe((await row("writes"))?.backend_start_text);
    await clients.at(-1)?.query("rollback");
    expect(await row("writes")).toMatchObject({ xid: null, xid_age: null, xmin_age: null });
  });

  test("a prepared transaction is a row, by its name and its age, though it has no process", async () => {
    await session("prepares", "begin", "insert into t values (3)", "prepare transaction 'order ''77'''");
    const prepared = (await rows()).filter(({ gid }) => gid !== null);
    expect(prepared).toMatchObject([
      {
        pid: null,
        gid: "order '77'",
        state: "prepared",
        backend_type: "prepared transaction",
        datname: "postgres",
        usename: "postgres",
      },
    ]);
    expect(prepared[0]?.query).toBe("PREPARE TRANSACTION 'order ''77'''");
    expect(prepared[0]?.xact_seconds).toBeGreaterThan(0);
    await clients.at(-1)?.query("rollback prepared 'order ''77'''");
  });

  test.skipIf(major < 13)("parallel workers are below their leader", async () => {
    const force = [
      "set parallel_setup_cost = 0",
      "set parallel_tuple_cost = 0",
      "set min_parallel_table_scan_size = 0",
    ];
    const leader = await session("leads", ...force, "set max_parallel_workers_per_gather = 2");
    const sleeps =
      "create function slow(n int) returns int language sql volatile parallel safe as 'select n from pg_sleep(0.01)'";
    await server.query(sleeps);
    leader.query("select count(*) from t where slow(n) > 0").catch(() => {});
    await until(async () => {
      const seen = await rows();
      const top = seen.find(
        ({ application_name, leader_pid }) => application_name === "leads" && leader_pid === null,
      );
      const below = seen.filter(({ backend_type }) => backend_type === "parallel worker");
      return top && below.length > 0 && below.every((one) => activity.parent?.(one) === keyOf(activity, top));
    });
    await server.query(
      "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'leads'",
    );
  });

  test("of a long queue for one row each session leads to the one that holds it", async () => {
    await server.query("create table queue as select 1 as n");
    await session("holds", "begin", "update queue set n = 2");
    const root = (await row("holds"))?.pid ?? null;
    const waiters = await Promise.all(Array.from({ length: 65 }, (_, at) => session(`waits ${at}`)));
    for (const waiter of waiters) waiter.query("update queue set n = 3").catch(() => {});
    const blocked = await until(async () => {
      const all = (await rows()).filter(({ wait }) => wait?.startsWith("Lock:"));
      return all.length === 65 && all;
    });
    const ahead = new Map(blocked.map(({ pid, blocked_by }) => [pid, blocked_by?.[0] ?? null]));
    for (const { pid, blockers } of blocked) {
      const seen = new Set<number | null>();
      let at = pid;
      for (; at !== root && at !== null && !seen.has(at); at = ahead.get(at) ?? null) seen.add(at);
      expect([at, blockers]).toEqual([root, expect.stringMatching(/^\d+(,\d+)*$/)]);
    }
    await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ 'waits|holds'",
    );
  });

  test("a session through a socket says nothing of TLS, one over the network that it is off", async () => {
    await session("local");
    const remote = new pg.Client({
      host: "127.0.0.1",
      port: server.port,
      user: "monitor",
      database: "postgres",
      application_name: "remote",
    });
    await remote.connect();
    expect([(await row("local"))?.tls, (await row("remote"))?.tls]).toEqual([null, "off"]);
    await remote.end();
  });
});
