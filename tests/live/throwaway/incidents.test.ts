import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { printConfig } from "../../../src/config/file/print.ts";
import { type DemoFleet, startDemoFleet } from "../../../src/services/throwaway/demo-cluster.ts";
import { demoThresholds } from "../../../src/services/throwaway/demo-thresholds.ts";
import { incidentNames } from "../../../src/services/throwaway/incidents/all.ts";
import { loadIncidents } from "../../../src/services/throwaway/incidents/stage.ts";
import { serverProcessesIn } from "../../../src/services/throwaway/processes.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

let fleet: DemoFleet;
const told: string[] = [];

const allButFailover = incidentNames.filter((name) => name !== "failover");

/** All at once, but for failover: it takes a server away from the others and has its turn at the end. */
beforeAll(async () => {
  const script = await loadIncidents(allButFailover.toReversed());
  fleet = await startDemoFleet({ settings: script.settings });
  await fleet.ready;
  fleet.startWorkload();
  await stage(script);
}, 240_000);
afterAll(() => fleet.stop());

const stage = (script: Awaited<ReturnType<typeof loadIncidents>>) =>
  script.stage(fleet, (name, problem) => told.push(problem === null ? name : `${name}: ${problem}`));

/** As pgparade sees it: the role monitor, through TCP. */
async function ask<Row extends object = Record<string, unknown>>(
  name: string,
  sql: string,
  ...values: unknown[]
): Promise<Row[]> {
  const node = fleet.nodes.find((each) => each.name === name);
  if (!node) throw new Error(`no node ${name}`);
  const { host, port, database, user } = node;
  const client = new pg.Client({ host, port, database, user });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query<Row & pg.QueryResultRow>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

type Session = { readonly pid: number; readonly state: string; readonly datname: string };

const sessions = (node: string, application: string, usual = false) =>
  ask<Session>(
    node,
    `select pid, state, datname from pg_stat_activity where application_name = $1 and (usename = 'app') = $2`,
    application,
    usual,
  );
const stateOf = async (node: string, application: string) =>
  (await sessions(node, application)).map(({ state }) => state);

/** Who waits for whom: `waiter ← blocker`, by application. */
async function waiting(node: string): Promise<string[]> {
  const rows = await ask(
    node,
    `select distinct a.application_name as waiter, b.application_name as blocker
     from pg_stat_activity a cross join unnest(pg_blocking_pids(a.pid)) as blocking(pid)
     join pg_stat_activity b on b.pid = blocking.pid where a.usename <> 'app'`,
  );
  return rows.map(({ waiter, blocker }) => `${waiter} ← ${blocker}`).sort();
}

/**
 * Terminates a session of an incident and one of the usual clients, and resolves when the usual one is back: by then
 * the other would be back too, were it a client that connects again.
 */
async function terminate(node: string, application: string, usual: string): Promise<void> {
  const own = await sessions(node, application);
  const [other] = await sessions(node, usual, true);
  await ask(
    node,
    "select pg_terminate_backend(pid::int4, 5000) from unnest($1::int4[]) as p(pid)",
    [...own, other].map((one) => one?.pid),
  );
  await until(async () => {
    const [back] = await sessions(node, usual, true);
    return back && back.pid !== other?.pid;
  });
  expect(await sessions(node, application)).toEqual([]);
}

test("all stand, staged in an order of their own", () => {
  expect(told).toEqual(allButFailover);
});

test("each raises the alert that is meant, but for a lag: that needs a longer look", async () => {
  const config = join(fleet.directory, "config.yaml");
  writeFileSync(config, printConfig(fleet.nodes, demoThresholds), { mode: 0o600 });
  const alarms = async (): Promise<readonly string[]> => {
    const { stdout } = await runProgram(["show", "alerts", "--format", "json", "--config", config]);
    const shown = JSON.parse(stdout) as { nodes: { name: string; rows?: { rule: string }[] }[] };
    return shown.nodes.flatMap(({ name, rows }) => (rows ?? []).map(({ rule }) => `${name} ${rule}`));
  };
  const wanted = [
    "orders-1 blocked_sessions",
    "billing-1 blocked_sessions",
    "reports blocked_sessions",
    "orders-1 idle_in_transaction",
    "billing-1 idle_in_transaction",
    "billing-1 slot_inactive",
    "billing-1 slot_retained",
    "billing-1 long_query",
    "reports connections_used",
  ];
  await until(async () => {
    const raised = await alarms();
    const missing = wanted.filter((alarm) => !raised.includes(alarm));
    if (missing.length > 0) throw new Error(`no alerts ${missing}`);
    return true;
  }, 180_000);
});

describe("lock-chain", () => {
  const shop = [
    "billing-job ← psql",
    "picking ← release-warehouse",
    "release-shop ← billing-job",
    "release-warehouse ← release-shop",
  ];

  test("an open transaction holds up four sessions in a row, two of them in another database", async () => {
    await until(async () => Bun.deepEquals(await waiting("orders-1"), shop));
    expect(await stateOf("orders-1", "psql")).toEqual(["idle in transaction"]);
    const [picking] = await sessions("orders-1", "picking");
    expect(picking).toMatchObject({ datname: "warehouse", state: "active" });
  });

  test("a job that reads something else holds up two", async () => {
    await until(async () =>
      Bun.deepEquals(await waiting("billing-1"), ["billing-job ← month-end", "dunning ← billing-job"]),
    );
    expect(await stateOf("billing-1", "month-end")).toEqual(["active"]);
  });

  test("a prepared transaction holds up a session, until it is rolled back", async () => {
    const held = `select blocked.pids, a.state from pg_stat_activity as a
      cross join lateral (select pg_blocking_pids(a.pid) as pids) as blocked where application_name = 'refunds'`;
    await until(async () => Bun.deepEquals(await ask("billing-1", held), [{ pids: [0], state: "active" }]));
    const names = await ask("billing-1", "select gid, owner from pg_prepared_xacts");
    expect(names).toEqual([{ gid: "payment-601", owner: "billing_job" }]);
    await fleet.servers.get("billing-1")?.query("rollback prepared 'payment-601'", "billing");
    await until(async () => (await stateOf("billing-1", "refunds")).join() === "idle");
  });

  test("an ALTER TABLE waits for a report, and fifteen readers wait for the ALTER TABLE", async () => {
    const queue = Array.from({ length: 15 }, (_, reader) => `web-${reader + 1} ← release-reports`);
    await until(async () =>
      Bun.deepEquals(await waiting("reports"), [...queue, "release-reports ← metabase"].sort()),
    );
  });

  test("ending the root frees all, and it does not come back", async () => {
    await terminate("orders-1", "psql", "web-1");
    await until(async () => (await waiting("orders-1")).length === 0);
    for (const application of ["billing-job", "release-shop", "release-warehouse", "picking"])
      await until(async () => (await stateOf("orders-1", application)).join() === "idle");
  });

  test("a cancelled ALTER TABLE lets the readers pass, and its session goes on idle", async () => {
    const [release] = await sessions("reports", "release-reports");
    await ask("reports", "select pg_cancel_backend($1::int4)", release?.pid);
    await until(async () => (await waiting("reports")).length === 0);
    await until(async () => (await stateOf("reports", "release-reports")).join() === "idle");
    expect(await stateOf("reports", "metabase")).toEqual(["active"]);
  });
});

test("idle-in-transaction: a job holds a row and does nothing", async () => {
  const rows = await ask(
    "billing-1",
    `select state, backend_xid is not null as writes from pg_stat_activity
     where application_name = 'billing-job' and wait_event = 'ClientRead'`,
  );
  expect(rows).toContainEqual({ state: "idle in transaction", writes: true });
});

describe("lag", () => {
  const behind = async () => {
    const [row] = await ask(
      "billing-2",
      "select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 as bytes",
    );
    return Number(row?.["bytes"]);
  };

  test("replay waits for a report on the standby, and falls behind what is received", async () => {
    // pg_blocking_pids() knows of no process but those that serve clients.
    const holders = `select distinct b.application_name from pg_locks w
      join pg_stat_activity a on a.pid = w.pid and a.backend_type = 'startup'
      join pg_locks h on h.granted and h.database = w.database and h.relation = w.relation
      join pg_stat_activity b on b.pid = h.pid where not w.granted`;
    await until(async () => (await ask("billing-2", holders))[0]?.["application_name"] === "metabase");
    const before = await behind();
    await until(async () => (await behind()) > before);
  });

  test("it catches up when the report is terminated, which does not come back", async () => {
    await terminate("billing-2", "metabase", "metabase");
    await until(async () => (await behind()) < 65_536);
  });
});

test("slot: WAL is kept for a slot that is not in use, but no more than a disk bears", async () => {
  const [slot] = await ask(
    "billing-1",
    `select active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes
     from pg_replication_slots where slot_name = 'billing_3'`,
  );
  expect(slot?.["active"]).toBe(false);
  expect(slot?.["bytes"]).toBeWithin(32 * 2 ** 20, 160 * 2 ** 20);
});

test("runaway: one backend burns processor time behind all others, and has a temporary file of bounded size", async () => {
  const [session, ...others] = await sessions("billing-1", "ad-hoc");
  expect([session?.state, others]).toEqual(["active", []]);
  expect(getPriority(session?.pid)).toBe(19);
  const written = "select coalesce(sum(size), 0)::float8 as bytes from pg_ls_tmpdir()";
  const bytes = await until(async () => Number((await ask("billing-1", written))[0]?.["bytes"]));
  expect(bytes).toBeLessThan(64 * 2 ** 20);
  await terminate("billing-1", "ad-hoc", "billing");
});

test("connections: clients have taken all slots but one, and monitoring has its own", async () => {
  const [row] = await ask(
    "reports",
    `select current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
       - current_setting('reserved_connections')::int4 as usable,
     count(*) filter (where usename <> 'monitor')::int4 as used
     from pg_stat_activity where backend_type = 'client backend'`,
  );
  expect(row).toEqual({ usable: 42, used: 41 });
});

describe("failover", () => {
  test("the primary is down, its standby is promoted and has its clients", async () => {
    await stage(await loadIncidents(["failover"]));
    expect(told.at(-1)).toBe("failover");
    expect(fleet.servers.get("orders-1")?.pid()).toBeNull();
    expect(await ask("orders-2", "select pg_is_in_recovery() as standby")).toEqual([{ standby: false }]);
    await until(async () => (await sessions("orders-2", "worker", true)).length);
  });

  test("the other standby receives nothing any more", async () => {
    await until(async () => (await ask("orders-3", "select pid from pg_stat_wal_receiver")).length === 0);
  });

  test("it follows the new primary as soon as it is told to, through the socket that it names", async () => {
    const { port } = fleet.nodes.find(({ name }) => name === "orders-2") ?? {};
    const other = fleet.servers.get("orders-3");
    const conninfo = `host=127.0.0.1 port=${port} user=replicator application_name=orders-3`;
    expect(await ask("orders-3", "show unix_socket_directories")).toEqual([
      { unix_socket_directories: other?.socketDirectory },
    ]);
    await other?.query(`alter system set primary_conninfo = '${conninfo}'`);
    await other?.query("select pg_reload_conf()");
    const streaming = "select application_name from pg_stat_replication where state = 'streaming'";
    await until(async () =>
      (await ask("orders-2", streaming)).some((row) => row["application_name"] === "orders-3"),
    );
  });
});

test("when the fleet is stopped, no process and no folder is left", async () => {
  await fleet.stop();
  expect(serverProcessesIn(fleet.directory)).toEqual([]);
  expect(existsSync(fleet.directory)).toBe(false);
});
