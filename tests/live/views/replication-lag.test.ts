import { beforeAll, expect, test } from "bun:test";
import { stateLooks } from "../../../src/components/drawing/node-state.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
let primary: ThrowawayServer;
let standby: ThrowawayServer;

beforeAll(async () => {
  const cluster = await servers.cluster("lag", 1);
  primary = cluster.primary;
  standby = cluster.standbys[0] ?? primary;
  await primary.query("create table public.moved (at timestamptz default now(), filler text)");
});

async function watching(): Promise<Watched> {
  const watched = watch([nodeSettings(primary), nodeSettings(standby)], { refreshMs: 250 });
  await until(() => lagOf(watched)?.seconds === 0 && lagOf(watched)?.bytes === 0n);
  return watched;
}

const lagOf = (watched: Watched) => watched.node(standby.name).lag;
const write = () => primary.query("insert into public.moved (filler) values (repeat('x', 10000))");
const upToDate = (watched: Watched) => until(() => lagOf(watched)?.bytes === 0n);

/** The lag grows as time does, back by no more than the clock's grid. A busy machine asks late, so half is enough. */
async function expectGrowing(watched: Watched, forMs: number) {
  await until(() => (lagOf(watched)?.bytes ?? 0n) > 0n);
  const startMs = performance.now();
  const first = lagOf(watched)?.seconds ?? 0;
  let last = first;
  const unsubscribe = watched.store.subscribe(() => {
    const { seconds, bytes } = lagOf(watched) ?? { seconds: null, bytes: null };
    expect(seconds).not.toBeNull();
    expect(seconds ?? 0).toBeGreaterThanOrEqual(last - 1);
    expect(bytes ?? 0n).toBeGreaterThan(0n);
    last = seconds ?? 0;
  });
  await until(() => last - first > forMs / 1000);
  unsubscribe();
  const passed = (performance.now() - startMs) / 1000;
  expect(last - first).toBeGreaterThan(passed / 2 - 1);
  expect(last).toBeLessThan(passed + 10);
}

test("is nothing while the primary is idle, however old the last transaction is", async () => {
  await using watched = await watching();
  await until(() => (watched.node(standby.name).pulse?.seconds_since_replay ?? 0) > 3);
  const seen = new Set(watched.node(standby.name).trends.lagSeconds);
  // An idle primary logs its running transactions now and then, which takes a moment to arrive.
  expect([...seen].filter((seconds) => (seconds ?? 0) > 2)).toEqual([]);
  await until(() => lagOf(watched)?.bytes === 0n && lagOf(watched)?.seconds === 0);
});

test("grows by the second while replay is paused, and is gone after it", async () => {
  await using watched = await watching();
  await standby.query("select pg_catalog.pg_wal_replay_pause()");
  try {
    await write();
    await expectGrowing(watched, 2500);
    expect(watched.node(standby.name).pulse?.receiver).toBe("streaming");
  } finally {
    await standby.query("select pg_catalog.pg_wal_replay_resume()");
  }
  await upToDate(watched);
  expect(watched.negatives).toEqual([]);
});

test("grows by the second when the WAL receiver is dead and the primary moves on", async () => {
  await using watched = await watching();
  const [{ primary_conninfo: conninfo } = { primary_conninfo: "" }] = await standby.query<{
    primary_conninfo: string;
  }>("show primary_conninfo");
  const follow = async (where: string) => {
    await standby.query(`alter system set primary_conninfo = '${where}'`);
    await standby.query("select pg_catalog.pg_reload_conf()");
  };
  await follow(conninfo.replace(/port=\d+/, "port=1"));
  try {
    await until(() => watched.node(standby.name).pulse?.receiver === "none");
    // Nothing was missed yet; what the standby lacks counts from the first write.
    expect(lagOf(watched)?.seconds).toBeLessThan(2);
    // That it misses nothing yet is no health.
    const alone = await until(
      () => watched.node(standby.name).unknowns.length > 0 && watched.node(standby.name),
    );
    expect(alone.unknowns).toMatchObject([{ kind: "receiver", reason: "no WAL receiver runs" }]);
    expect(stateLooks(alone)).toMatchObject({ glyph: "warning", meaning: "warning" });
    // The alert and what it leaves unknown have one reason.
    const target = `postgres://monitor@127.0.0.1:${standby.port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram(["check", target]);
    expect(stdout.match(/no WAL receiver runs/g)).toHaveLength(1);
    await write();
    await expectGrowing(watched, 2500);
  } finally {
    await follow(conninfo);
  }
  await upToDate(watched);
  expect(watched.negatives).toEqual([]);
});

test("is nothing or unknown while the primary does not answer, and never negative", async () => {
  await using watched = await watching();
  primary.freeze();
  try {
    await until(() => watched.node(primary.name).health.state === "stale");
    expect([0, null]).toContain(lagOf(watched)?.seconds ?? null);
    await until(() => watched.node(primary.name).health.state === "reconnecting");
    expect([0, null]).toContain(lagOf(watched)?.seconds ?? null);
    expect(watched.node(standby.name).health.state).toBe("connected");
  } finally {
    primary.thaw();
  }
  await until(() => watched.node(primary.name).health.state === "connected");
  await write();
  await upToDate(watched);
  expect(watched.negatives).toEqual([]);
});
