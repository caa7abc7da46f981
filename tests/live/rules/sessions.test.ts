import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import type { Alert } from "../../../src/stats/alerts.ts";
import { currentTable } from "../../../src/store/table.ts";
import { idText } from "../../../src/views/row-id.ts";
import { horizon } from "../../../src/views/server/horizon.ts";
import { judgedNode, type Levels, rounds, session } from "../../support/rules/rounds.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();
const bootstrap = [
  "create role monitor login in role pg_monitor",
  "create role bare login",
  "create table held (a int)",
];

describe.each([10, 13, 14, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { max_prepared_transactions: "5", autovacuum: "off" };
    server = await startServer(scratch, { name: "busy", settings, bootstrap });
  });
  afterAll(() => scratch.destroy(), 30_000);

  /** Two rounds of a node with these levels. */
  const twoRounds = async (levels: Levels, user = "monitor") => {
    const watched = rounds([judgedNode(server, levels, { connection: { user } })]);
    await watched.round();
    await watched.round();
    return watched;
  };
  /** Awaits that a condition of pg_stat_activity holds for a session. */
  const seen = (pid: number, condition: string) =>
    until(async () => {
      const rows = await server.query(
        `select from pg_catalog.pg_stat_activity where pid = ${pid} and ${condition}`,
      );
      return rows.length > 0;
    });

  /** Awaits the line that an alert leads to, in the view that it names. */
  const seenOnScreen = async (alert: Alert | undefined) => {
    const { view, key } = alert ?? { view: null, key: null };
    if (view === null || key === null) throw new Error("the alert leads nowhere");
    await using screen = watch([judgedNode(server)], { refreshMs: 200 });
    screen.lookAt(view);
    const id = idText({ node: "busy", view, key });
    await until(() => currentTable(screen.store.getState())?.lines.some((line) => line.key === id));
  };

  test("the root of a chain of locks is named, which waits for nothing itself", async () => {
    await using root = await session(server);
    await using middle = await session(server);
    await using last = await session(server);
    await root.client.query("begin; lock table held in access exclusive mode");
    middle.start("begin; select from held for update");
    await seen(middle.pid, "wait_event_type = 'Lock'");
    last.start("begin; lock table held in access exclusive mode");
    await seen(last.pid, "wait_event_type = 'Lock'");
    await seen(middle.pid, "state_change < pg_catalog.clock_timestamp() - interval '1500 ms'");
    await using watched = await twoRounds({ blocked_sessions: { warning: 1, critical: null } });
    const [alert] = watched.alerts("busy", "blocked_sessions");
    expect(alert).toMatchObject({
      severity: "warning",
      text: expect.stringMatching(new RegExp(`^longest of 2 lock waits .*, root pid ${root.pid}$`)),
      subject: { kind: "backend", id: String(root.pid) },
      view: "locks",
    });
    await seenOnScreen(alert);
    await root.client.query("rollback");
    await middle[Symbol.asyncDispose]();
    await until(async () => {
      await watched.round();
      return watched.alerts("busy", "blocked_sessions").length === 0;
    });
  });

  test("a prepared transaction at the root of a chain is called that", async () => {
    await server.query("begin; lock table held in access exclusive mode; prepare transaction 'holds it'");
    await using waiter = await session(server);
    waiter.start("select from held");
    await seen(
      waiter.pid,
      "wait_event_type = 'Lock' and state_change < pg_catalog.clock_timestamp() - interval '1500 ms'",
    );
    await using watched = await twoRounds({
      blocked_sessions: { warning: 1, critical: null },
      prepared_transaction: { warning: 0.001, critical: null },
    });
    const [blocked] = watched.alerts("busy", "blocked_sessions");
    expect(blocked).toMatchObject({
      text: expect.stringContaining("root prepared holds it"),
      subject: { kind: "backend", id: "holds it" },
    });
    await seenOnScreen(blocked);
    const [held] = watched.alerts("busy", "prepared_transaction");
    expect(held).toMatchObject({ subject: { kind: "backend", id: "holds it" }, view: "activity" });
    await seenOnScreen(held);
    await server.query("rollback prepared 'holds it'");
  });

  test("the session that is idle in transaction, or has the oldest open, is named and found in the activity view", async () => {
    await using idle = await session(server);
    await idle.client.query("begin; select 1");
    await seen(
      idle.pid,
      "state = 'idle in transaction' and state_change < pg_catalog.clock_timestamp() - interval '50 ms'",
    );
    const level = { warning: 0.01, critical: null };
    await using watched = await twoRounds({ idle_in_transaction: level, oldest_transaction: level });
    const subject = { kind: "backend", id: String(idle.pid) } as const;
    const found = [
      ...watched.alerts("busy", "idle_in_transaction"),
      ...watched.alerts("busy", "oldest_transaction"),
    ];
    expect(found).toMatchObject([{ subject }, { subject }]);
    for (const alert of found) await seenOnScreen(alert);
  });

  test("a long statement is named with its session, and an idle one or one that waits for a lock is not", async () => {
    await using idle = await session(server);
    await using victim = await session(server);
    await idle.client.query("select pg_catalog.pg_advisory_lock(11)");
    victim.start("select pg_catalog.pg_advisory_lock(11)");
    await seen(victim.pid, "wait_event_type = 'Lock'");
    await using busy = await session(server);
    await idle.client.query("select 1");
    busy.start("select pg_catalog.pg_sleep(60)");
    await seen(
      busy.pid,
      "state = 'active' and query_start < pg_catalog.clock_timestamp() - interval '50 ms'",
    );
    await using watched = await twoRounds({ long_query: { warning: 0.02, critical: null } });
    expect(watched.alerts("busy", "long_query")).toMatchObject([
      { subject: { kind: "backend", id: String(busy.pid) } },
    ]);
  });

  test("who holds the horizon is named: a session, or a prepared transaction that is older", async () => {
    await using reader = await session(server);
    await reader.client.query("begin isolation level repeatable read; select 1");
    for (let spent = 0; spent < 20; spent++) await server.query("select pg_catalog.txid_current()");
    const levels: Levels = {
      horizon: { warning: 10, critical: null },
      idle_in_transaction: { warning: 0, critical: null },
      prepared_transaction: { warning: 0, critical: null },
    };
    /** Where Enter leads from the row of a holder. */
    const opened = (now: typeof watched, kind: string) =>
      horizon.opens?.(now.rows("busy", horizon).find((row) => row["kind"] === kind) ?? {}, "busy")?.row;
    await using watched = await twoRounds(levels);
    expect(watched.alerts("busy", "horizon")).toMatchObject([
      { subject: { kind: "backend", id: String(reader.pid) }, view: "horizon" },
    ]);
    const [idle] = watched.alerts("busy", "idle_in_transaction");
    expect(opened(watched, "session")).toEqual({ view: "activity", key: String(idle?.key) });
    await reader[Symbol.asyncDispose]();
    await server.query("begin; insert into held values (1); prepare transaction 'forgotten'");
    for (let spent = 0; spent < 20; spent++) await server.query("select pg_catalog.txid_current()");
    await using later = await twoRounds(levels);
    expect(later.alerts("busy", "horizon")).toMatchObject([
      { subject: { kind: "backend", id: "forgotten" } },
    ]);
    const [prepared] = later.alerts("busy", "prepared_transaction");
    expect(opened(later, "prepared")).toEqual({ view: "activity", key: String(prepared?.key) });
    await server.query("rollback prepared 'forgotten'");
  });

  test("of those that hold back the same xmin the oldest comes first, with what it is", async () => {
    await using oldest = await session(server);
    await oldest.client.query("set application_name = 'import'");
    await oldest.client.query("begin; select pg_catalog.txid_current()");
    await using younger = await session(server);
    await younger.client.query("begin isolation level repeatable read; select 1");
    for (let spent = 0; spent < 20; spent++) await server.query("select pg_catalog.txid_current()");
    await using watched = await twoRounds({ horizon: { warning: 10, critical: null } });
    const [first, second] = watched.rows("busy", horizon);
    expect(first).toMatchObject({
      ...{ pid: oldest.pid, application_name: "import", state: "idle in transaction" },
    });
    expect(second).toMatchObject({ pid: younger.pid, age: first?.["age"] });
    expect(watched.alerts("busy", "horizon")).toMatchObject([{ subject: { id: String(oldest.pid) } }]);
  });

  test("a VACUUM that runs holds no horizon back, and is not blamed", async () => {
    await server.query("create table large as select g from pg_catalog.generate_series(1, 20000) as g");
    await server.query("delete from large where g % 2 = 0");
    await using vacuum = await session(server);
    await vacuum.client.query("set vacuum_cost_delay = 100; set vacuum_cost_limit = 1");
    vacuum.start("vacuum large");
    await until(
      async () => (await server.query("select from pg_catalog.pg_stat_progress_vacuum")).length > 0,
    );
    for (let spent = 0; spent < 20; spent++) await server.query("select pg_catalog.txid_current()");
    await using watched = await twoRounds({ horizon: { warning: 10, critical: null } });
    expect(watched.alerts("busy", "horizon")).toEqual([]);
    expect(await server.query("select from pg_catalog.pg_stat_progress_vacuum")).toHaveLength(1);
    await vacuum[Symbol.asyncDispose]();
    await server.query("drop table large");
  });

  test("a bare role is told what cannot be judged, and none of it is said to be well", async () => {
    await using idle = await session(server);
    await idle.client.query("begin; select 1");
    await using watched = await twoRounds({ idle_in_transaction: { warning: 0.001 } }, "bare");
    expect(watched.node("busy").alerts).toEqual([]);
    const rules = watched.node("busy").unknowns.flatMap((unknown) => unknown.rules);
    expect(rules).toEqual(
      expect.arrayContaining([
        "blocked_sessions",
        "idle_in_transaction",
        "oldest_transaction",
        "long_query",
        "horizon",
        "pending_restart",
      ]),
    );
  });

  test("a server with nothing wrong has no alert and nothing unknown", async () => {
    await using watched = await twoRounds({});
    for (let round = 0; round < 4; round++) await watched.round();
    expect(watched.node("busy")).toMatchObject({ alerts: [], unknowns: [] });
  });
});
