import { beforeAll, expect, test } from "bun:test";
import { readAll } from "../../../src/cli/headless.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
let primary: ThrowawayServer;
let standby: ThrowawayServer;

/** WAL without a commit: the last transaction that the standby replayed gets older and older. */
const write = "select pg_catalog.pg_logical_emit_message(false, 'idle', pg_catalog.repeat('x', 15000))";

beforeAll(async () => {
  const cluster = await servers.cluster("idle", 1);
  primary = cluster.primary;
  standby = cluster.standbys[0] ?? primary;
  const query = "select pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp() > '11s' as old";
  await primary.query("create table public.last_commit (a int)");
  await until(async () => (await standby.query<{ old: boolean }>(query))[0]?.old, 60_000);
}, 90_000);

const nodes = () => [nodeSettings(primary), nodeSettings(standby)];

/** One look, as `check` takes it. */
async function check(): Promise<NodeEntry> {
  const readings = await readAll({ nodes: nodes(), clusters: [] } as unknown as Settings, pulseView, {
    intervalMs: 0,
  });
  const found = readings.find(({ entry }) => entry.name === standby.name)?.entry;
  if (!found) throw new Error("no answer");
  return found;
}

/** Writes now and then while something else is done. */
async function writing(meanwhile: () => Promise<void>): Promise<void> {
  const [done, written] = [Promise.withResolvers<void>(), { times: 0 }];
  const writes = (async () => {
    for (let ended = false; !ended; written.times++) {
      await primary.query(write);
      ended = await Promise.race([done.promise.then(() => true), Bun.sleep(5).then(() => false)]);
    }
  })();
  await meanwhile().finally(done.resolve);
  await writes;
  expect(written.times).toBeGreaterThan(20);
}

test("an idle primary that writes now and then raises no alarm in 200 one-shot looks", async () => {
  await writing(async () => {
    for (let round = 0; round < 50; round++)
      for (const { alerts, unknowns, lag } of await Promise.all([check(), check(), check(), check()])) {
        expect({ alerts, unknowns }).toEqual({ alerts: [], unknowns: [] });
        expect(lag?.seconds).toBeWithin(0, 10);
      }
  });
}, 180_000);

test("nor on a screen, from its first look on", async () => {
  await writing(async () => {
    for (let start = 0; start < 20; start++) {
      await using watched = watch(nodes(), { refreshMs: 50 });
      const looks = new Set<number>();
      const unsubscribe = watched.store.subscribe(({ observed }) => {
        const seen = observed.nodes[standby.name];
        if (seen?.pulseAtMs == null) return;
        looks.add(seen.pulseAtMs);
        expect(seen.alerts).toEqual([]);
        expect(seen.lag?.seconds ?? 0).toBeLessThan(10);
      });
      await until(() => looks.size >= 10, 30_000);
      unsubscribe();
    }
  });
}, 180_000);

test("a standby whose replay stands still has a lag at one look, and alarms as time passes", async () => {
  await standby.query("select pg_catalog.pg_wal_replay_pause()");
  try {
    await primary.query(write);
    await until(async () => (await check()).lag?.source === "primary");
    const { lag, alerts, unknowns } = await check();
    expect(lag).toMatchObject({ source: "primary", atLeast: false });
    expect(lag?.seconds).toBeGreaterThan(1);
    expect(alerts).toContainEqual(expect.objectContaining({ rule: "replay_paused" }));
    expect(unknowns).toEqual([]);
    await using watched = watch(nodes(), { refreshMs: 250 });
    const isLag = ({ rule }: { rule: string }) => rule === "replication_lag";
    const alarm = await until(() => watched.node(standby.name).alerts.find(isLag), 40_000);
    expect(alarm).toMatchObject({ severity: "warning" });
  } finally {
    await standby.query("select pg_catalog.pg_wal_replay_resume()");
  }
}, 90_000);

test.each([
  ["rows", "insert into public.last_commit select n from pg_catalog.generate_series(1, 400) as n"],
  ["a long record", write.replace("false", "true")],
])(
  "a record that is written to the end of a page only is no lag: %s of an open transaction",
  async (_, change) => {
    const cut = async () => {
      const [at] = await primary.query<{ cut: boolean; lsn: string }>(`
        select pg_current_wal_lsn() as lsn, (pg_current_wal_lsn() - '0/0') % 8192 = 0
          and pg_current_wal_insert_lsn() > pg_current_wal_lsn() as cut`);
      const [got] = await standby.query<{ all: boolean }>(
        `select pg_last_wal_receive_lsn() = '${at?.lsn}' and pg_last_wal_replay_lsn() < '${at?.lsn}' as all`,
      );
      return at?.cut && got?.all ? at.lsn : null;
    };
    const looks = await until(async () => {
      const open = primary.query(`begin; ${change}; select pg_sleep(60)`).catch(() => {});
      const sleeps = "select pid from pg_stat_activity where wait_event = 'PgSleep'";
      const { pid } = await until(async () => (await primary.query<{ pid: number }>(sleeps))[0]);
      for (let tries = 0; tries < 20 && (await cut()) === null; tries++) await Bun.sleep(50);
      const before = await cut();
      const seen = before === null ? null : await check();
      const after = await cut();
      await primary.query(`select pg_terminate_backend(${pid})`);
      await open;
      return before !== null && before === after && seen;
    }, 60_000);
    expect(looks).toMatchObject({ alerts: [], unknowns: [], lag: { seconds: 0, atLeast: false } });
  },
);
