import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { replication } from "../../../src/views/replication/replication.ts";
import type { AskedView, RowOf } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { receiving } from "../../support/servers/receiver.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();

/** Roles whose sessions do not tell what they do, or that may not see what others do. */
const bootstrap = [
  "create role monitor login in role pg_monitor",
  "create role bare login",
  "create role becomes login in role pg_monitor",
  "grant bare to becomes",
  "alter role becomes set role = 'bare'",
  "create role aside login noinherit in role pg_monitor",
  "create role dark login",
  "alter role dark set track_activities = off",
  "create role uncounted login",
  "create role app login",
  "create table held (a int)",
  "insert into held values (1)",
  "grant all on held to app, dark, bare",
];

describe.each([...found])("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { max_prepared_transactions: "5", autovacuum: "off" };
    server = await startServer(scratch, { name: "unknown", settings, bootstrap });
  });
  afterAll(() => scratch.destroy(), 30_000);

  const session = async (user: string) => {
    const client = new pg.Client({
      host: server.socketDirectory,
      port: server.port,
      user,
      database: "postgres",
    });
    client.on("error", () => {});
    await client.connect();
    return { client, [Symbol.dispose]: () => void client.connection.stream.destroy() };
  };
  /** The first pulse in which the condition holds, and what is unknown of the node then. */
  const pulseOf = async (
    user: string,
    condition: (pulse: NonNullable<Entry["pulse"]>) => boolean = () => true,
  ) => {
    await using watched = watch([nodeSettings(server, { connection: { user } })], { refreshMs: 200 });
    return await until(() => {
      const { pulse, unknowns } = watched.node(server.name);
      return pulse && condition(pulse) ? { pulse, unknowns } : null;
    });
  };
  const sampleOf = async <V extends AskedView>(view: V) => {
    const manager = new ConnectionManager();
    manager.add(nodeSettings(server));
    const viewOptions = { idle: true, wholeText: true };
    const sample = await sampleView(manager, server.name, view, { viewOptions });
    await manager.stop(0);
    return (sample.state === "ok" ? sample.rows : []) as readonly RowOf<V>[];
  };
  type Entry = ReturnType<ReturnType<typeof watch>["node"]>;

  test("sessions with track_activities off make the counts unknown, with the reason, and not zero", async () => {
    expect((await pulseOf("monitor")).pulse).toMatchObject({
      active: 0,
      idle_in_transaction: 0,
      untracked_sessions: 0,
    });
    await using dark = await session("dark");
    await dark.client.query("begin; select 1");
    const { pulse, unknowns } = await pulseOf(
      "monitor",
      ({ untracked_sessions }) => untracked_sessions === 1,
    );
    expect(pulse).toMatchObject({ active: null, idle_in_transaction: null, blocked: major < 14 ? null : 0 });
    expect(unknowns).toMatchObject([
      {
        reason: "track_activities is off in 1 session",
        rules: [
          ...(major < 14 ? ["blocked_sessions"] : []),
          "idle_in_transaction",
          "oldest_transaction",
          "long_query",
        ],
      },
    ]);
    const rows = await sampleOf(activity);
    expect(activity.unknownIn?.(rows)).toEqual([
      "track_activities is off in 1 of these sessions: what they do is unknown",
    ]);
    expect(activity.unknownIn?.(rows.filter(({ usename }) => usename !== "dark"))).toEqual([]);
    // One of ours alone hides nothing: it is not counted.
    await server.query("alter role monitor set track_activities = off");
    await dark.client.query("commit");
    await dark.client.end();
    expect(
      (await pulseOf("monitor", ({ untracked_sessions }) => untracked_sessions === 0)).pulse.active,
    ).toBe(0);
    await server.query("alter role monitor reset track_activities");
  });

  test("rates are unknown while track_counts is off for a role, a database or all", async () => {
    const settings = [
      ["alter role uncounted set track_counts = 'no'", "alter role uncounted reset track_counts"],
      ["alter database template1 set track_counts = off", "alter database template1 reset track_counts"],
      [
        "alter system set track_counts = off",
        "alter system reset track_counts",
        "select pg_catalog.pg_reload_conf()",
      ],
    ] as const;
    expect((await pulseOf("monitor", ({ transactions }) => transactions !== null)).pulse.tracks_counts).toBe(
      true,
    );
    await using watched = watch([nodeSettings(server)], { refreshMs: 200 });
    for (const [off, on, reload] of settings) {
      await server.query(off);
      if (reload) await server.query(reload);
      const { pulse } = await until(() => {
        const { pulse, unknowns } = watched.node(server.name);
        return pulse?.tracks_counts === false && { pulse, unknowns };
      });
      expect(pulse).toMatchObject({ transactions: null, blks_hit: null, hit_ratio: null, deadlocks: null });
      expect(watched.node(server.name).unknowns.map(({ reason }) => reason)).toEqual([
        "track_counts is off: rates are unknown",
      ]);
      await server.query(on);
      if (reload) await server.query(reload);
      await until(() => watched.node(server.name).pulse?.transactions != null);
    }
  });

  test.each(["bare", "becomes"])(
    "%s sees less than all, which is said, and its counts are unknown",
    async (user) => {
      await using app = await session("app");
      await app.client.query("begin; select 1");
      const { pulse, unknowns } = await pulseOf(user);
      expect(pulse).toMatchObject({
        active: null,
        blocked: null,
        idle_in_transaction: null,
        oldest_transaction: null,
      });
      const becomes = user === "becomes" ? " (becomes runs as it)" : "";
      expect(unknowns).toMatchObject([
        { reason: `sessions of other roles are hidden: GRANT pg_monitor TO bare${becomes}` },
      ]);
      // The right counts from the next look on, and not from the next connect.
      await using watched = watch([nodeSettings(server, { connection: { user: "bare" } })], {
        refreshMs: 200,
      });
      await until(() => watched.node(server.name).unknowns.length === 1);
      await server.query("grant pg_monitor to bare");
      await until(() => watched.node(server.name).unknowns.length === 0);
      await until(() => watched.node(server.name).pulse?.idle_in_transaction === 1);
      await server.query("revoke pg_monitor from bare");
    },
  );

  test("an alert stays when its value is not seen any more, and goes when there is none", async () => {
    await using app = await session("app");
    await app.client.query("begin; select 1");
    await server.query("grant pg_monitor to bare");
    const plain = nodeSettings(server, { connection: { user: "bare" } });
    const idle = { idle_in_transaction: { warning: 1, critical: null, forMs: 0 } };
    const thresholds = { ...plain.thresholds, ...idle };
    await using watched = watch([{ ...plain, thresholds }], { refreshMs: 100 });
    const rules = () => watched.node(server.name).alerts.map(({ rule }) => rule);
    await until(() => rules().includes("idle_in_transaction"));
    await server.query("revoke pg_monitor from bare");
    await until(() => watched.node(server.name).unknowns.length > 0);
    const looks = new Set<number | null>();
    await until(() => looks.add(watched.node(server.name).pulseAtMs).size > 6);
    expect(rules()).toContain("idle_in_transaction");
    await server.query("grant pg_monitor to bare");
    await app.client.query("commit");
    await until(() => rules().length === 0);
    await server.query("revoke pg_monitor from bare");
  });

  test("a right that is not inherited counts where the server lets it count", async () => {
    const seen = await pulseOf("aside");
    expect(seen.unknowns.length).toBe(major < 15 ? 0 : 1);
    expect(seen.pulse.hidden_processes === 0).toBe(major < 15);
  });

  test("a prepared transaction is the oldest, and is named where it blocks, with what else does", async () => {
    await server.query(
      "begin; update held set a = 2; lock table pg_catalog.pg_ts_dict in share mode; prepare transaction 'order-77'",
    );
    await server.query("begin; select from held; prepare transaction 'only reads'");
    await using waiter = await session("app");
    const [updates, drops] = ["update held set a = 3", "lock table held in access exclusive mode"];
    quiet(waiter.client.query(`begin; ${updates}`));
    const rows = await until(async () => {
      const waiting = (await sampleOf(activity)).filter(({ blocked_by }) => blocked_by !== null);
      return waiting.length === 1 && waiting;
    });
    expect(rows).toMatchObject([
      { blocked_by: [0], blockers: expect.stringMatching(/^prepared order-77 \d+s$/) },
    ]);
    // Who waits in the queue blocks those behind it, as a process does.
    await using owner = await session("postgres");
    quiet(owner.client.query(`begin; ${drops}`));
    const all = /^\d+, prepared only reads \d+s, prepared order-77 \d+s$/;
    await until(async () =>
      (await sampleOf(activity)).some(
        ({ query, blockers }) => query?.includes(drops) && all.test(blockers ?? ""),
      ),
    );
    for (const user of ["monitor", "bare"]) {
      const { pulse } = await pulseOf(user);
      expect(pulse.oldest_prepared_gid).toBe("order-77");
      // The server reads its clock for each, and may be held up in between.
      expect(pulse.oldest_transaction).toBeCloseTo(pulse.oldest_prepared ?? -1, 0);
    }
    await server.query("rollback prepared 'order-77'");
    await server.query("rollback prepared 'only reads'");
  });

  test("a prepared transaction is named after a restart, and where a subtransaction of it holds the lock", async () => {
    await server.query("begin; savepoint s; update held set a = 4; release s; prepare transaction 'kept'");
    await server.restart();
    await using waiter = await session("app");
    quiet(waiter.client.query("update held set a = 5"));
    await until(async () =>
      (await sampleOf(activity)).some(({ blockers }) => /^prepared kept /.test(blockers ?? "")),
    );
    await server.query("rollback prepared 'kept'");
  });

  test("a receiver that never replays has no replay lag, whatever it writes", async () => {
    await using receiver = await receiving(server, { flushes: false });
    await using flushing = await receiving(server, { flushes: true });
    const senders = () => sampleOf(replication);
    await until(async () => (await senders()).filter(({ state }) => state === "streaming").length === 2);
    const raw = () =>
      server.query<{ grows: boolean }>(
        "select replay_lag > '1s' as grows from pg_catalog.pg_stat_replication where flush_lsn is null",
      );
    await until(async () => {
      await server.query("insert into held values (7)");
      for (const one of [receiver, flushing]) await one.report();
      return (await raw()).some(({ grows }) => grows);
    });
    const rows = await senders();
    expect(rows.map(({ replay_lag, replay_behind }) => [replay_lag, replay_behind])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(rows.filter(({ flush_behind }) => flush_behind !== null)).toHaveLength(1);
    expect(rows.find(({ flush_behind }) => flush_behind === null)?.flush_lag).toBeNull();
  });
});

/** It ends with the test, and its error is that its session did. */
function quiet(query: Promise<unknown>): void {
  query.catch(() => {});
}
