import { expect, test } from "bun:test";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { judgedNode, type Levels, rounds } from "../../support/rules/rounds.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests({ settings: { wal_keep_size: "256MB", max_wal_senders: "10" } });
const levels: Levels = { timeline_diverged: { forMs: 0 }, receiver_down: { forMs: 0 } };

const watching = (nodes: readonly ThrowawayServer[], user = "monitor") =>
  rounds(nodes.map((server) => judgedNode(server, levels, { cluster: "orders", connection: { user } })));
const untilRound = (watched: ReturnType<typeof rounds>, condition: () => boolean) =>
  until(async () => {
    await watched.round();
    return condition();
  });

/** Where the standby gets its WAL from now on. */
async function follow(standby: ThrowawayServer, port: number): Promise<void> {
  const conninfo = `host=127.0.0.1 port=${port} user=replicator application_name=${standby.name}`;
  await standby.query(`alter system set primary_conninfo = '${conninfo}'`);
  await standby.query("select pg_catalog.pg_reload_conf()");
}

const receivers = async (standby: ThrowawayServer, where: string) => {
  const rows = await standby.query(`select 1 from pg_catalog.pg_stat_wal_receiver where ${where}`);
  return rows.length;
};

test("a standby that follows the new timeline is none that diverged, also where no receiver tells it", async () => {
  const { primary, standbys } = await servers.cluster("cascade");
  const [second = primary] = standbys;
  const third = await startStandby(second, { name: "cascade-3" });
  await until(() => receivers(third, "status = 'streaming'"));
  await primary.stop();
  await second.promote();
  await second.query("create table public.written_since (a int)");
  await until(() => receivers(third, "received_tli = 2"));
  {
    // The role may not see the receiver, and the control file is of before the failover.
    await using bare = watching([second, third], "bare");
    await untilRound(bare, () => bare.node(third.name).lag?.bytes === 0n);
    await bare.round();
    expect(bare.node(third.name).facts).toMatchObject({ timeline: 1, timelineAtLeast: true });
    expect(bare.node(third.name).alerts).toEqual([]);
    const target = `postgres://bare@127.0.0.1:${third.port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram(["check", "--format", "json", target]);
    expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ role: "standby", timeline: null }] });
  }
  await follow(third, 1);
  await until(async () => (await receivers(third, "true")) === 0);
  await using monitor = watching([second, third]);
  await untilRound(monitor, () => monitor.alerts(third.name, "receiver_down").length > 0);
  await monitor.round();
  expect(monitor.node(third.name).facts?.timeline).toBe(2);
  expect(monitor.alerts(third.name, "timeline_diverged")).toEqual([]);
}, 120_000);

test("a standby that went too far on the old timeline is told, and has no lag, while the old primary is up", async () => {
  const { primary, standbys } = await servers.cluster("fork", 2);
  const [second = primary, third = primary] = standbys;
  await until(() => receivers(third, "status = 'streaming'"));
  await second.promote();
  await primary.query("create table public.old as select pg_catalog.generate_series(1, 10000) as a");
  await second.query("create table public.new (a int)");
  await using watched = watching([primary, second, third]);
  await untilRound(watched, () => watched.node(third.name).lag?.bytes === 0n);
  await watched.round();
  expect(watched.alerts(third.name, "timeline_diverged")).toEqual([]);
  await follow(third, second.port);
  await untilRound(watched, () => watched.alerts(third.name, "timeline_diverged").length > 0);
  expect(watched.alerts(third.name, "timeline_diverged")).toMatchObject([
    { severity: "critical", text: `is on timeline 1, its primary ${second.name} on 2` },
  ]);
  expect(watched.node(third.name).lag).toMatchObject({ bytes: null, seconds: null });
}, 120_000);
