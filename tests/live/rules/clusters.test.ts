import { beforeAll, describe, expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeNotes } from "../../../src/store/selectors.ts";
import { replication } from "../../../src/views/replication/replication.ts";
import { horizon } from "../../../src/views/server/horizon.ts";
import { keyOf } from "../../../src/views/view.ts";
import { judgedNode, type Levels, rounds, session } from "../../support/rules/rounds.ts";
import { receiving } from "../../support/servers/receiver.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const at = "orders";
/** Without the time that a level must hold, so that two rounds are enough. */
const levels: Levels = {
  receiver_down: { forMs: 0 },
  standby_missing: { forMs: 0 },
  timeline_diverged: { forMs: 0 },
};
const watching = (nodes: readonly ThrowawayServer[]) =>
  rounds(nodes.map((server) => judgedNode(server, levels, { cluster: at })));
type Watched = ReturnType<typeof rounds>;
const untilRound = (watched: Watched, condition: () => boolean) =>
  until(async () => {
    await watched.round();
    return condition();
  });
const two = async (watched: Watched) => {
  await watched.round();
  await watched.round();
};

describe("a cluster of three", () => {
  let primary: ThrowawayServer;
  let second: ThrowawayServer;
  let third: ThrowawayServer;
  const names = () => [primary, second, third].map(({ name }) => name);

  beforeAll(async () => {
    const cluster = await servers.cluster("three", 2);
    primary = cluster.primary;
    [second = primary, third = primary] = cluster.standbys;
  });

  test("that is well has no alert", async () => {
    await using watched = watching([primary, second, third]);
    await untilRound(watched, () => names().every((name) => watched.node(name).pulse?.receiver !== "none"));
    for (let round = 0; round < 4; round++) await watched.round();
    for (const name of names()) expect([name, watched.node(name).alerts]).toEqual([name, []]);
  });

  test("replay that is paused, and replay that is late on purpose, are named as such", async () => {
    await using watched = watching([primary, second]);
    await second.query("select pg_catalog.pg_wal_replay_pause()");
    await two(watched);
    expect(watched.alerts(second.name, "replay_paused")).toMatchObject([
      { text: "replay is paused", subject: { kind: "standby", id: second.name } },
    ]);
    await second.query("select pg_catalog.pg_wal_replay_resume()");
    await second.query("alter system set recovery_min_apply_delay = '1h'");
    await second.query("select pg_catalog.pg_reload_conf()");
    await primary.query("create table late (a int)");
    await untilRound(watched, () => watched.node(second.name).pulse?.apply_delay === 3600);
    await untilRound(watched, () => (watched.node(second.name).lag?.seconds ?? 0) > 1);
    await untilRound(watched, () => watched.node(second.name).alerts.length === 0);
    expect(nodeNotes(watched.node(second.name))).toEqual([
      "replays 1h late on purpose (recovery_min_apply_delay)",
    ]);
    await second.query("alter system reset recovery_min_apply_delay");
    await second.query("select pg_catalog.pg_reload_conf()");
    await untilRound(watched, () => watched.node(second.name).lag?.bytes === 0n);
  });

  test("a lag is named by its standby, in time and in bytes", async () => {
    const low: Levels = {
      replication_lag: { warning: 1, critical: null },
      replication_lag_bytes: { warning: 1000, critical: null },
    };
    await using watched = rounds([primary, second].map((server) => judgedNode(server, low, { cluster: at })));
    await untilRound(watched, () => watched.node(second.name).lag?.bytes === 0n);
    await second.query("select pg_catalog.pg_wal_replay_pause()");
    await primary.query("create table behind as select pg_catalog.generate_series(1, 10000) as a");
    for (const rule of ["replication_lag", "replication_lag_bytes"] as const) {
      await untilRound(watched, () => watched.alerts(second.name, rule).length > 0);
      expect(watched.alerts(second.name, rule)).toMatchObject([
        { subject: { kind: "standby", id: second.name } },
      ]);
    }
    await second.query("select pg_catalog.pg_wal_replay_resume()");
    await untilRound(watched, () => watched.node(second.name).alerts.length === 0);
  });

  test("a lag that was larger does not outlive the receiver, where the primary tells what it is now", async () => {
    const low: Levels = { replication_lag: { warning: 2, critical: null } };
    await using watched = rounds([primary, second].map((server) => judgedNode(server, low, { cluster: at })));
    await untilRound(watched, () => watched.node(second.name).lag?.bytes === 0n);
    await second.query("select pg_catalog.pg_wal_replay_pause()");
    await primary.query("create table public.late_once (a int)");
    await untilRound(watched, () => watched.alerts(second.name, "replication_lag").length > 0);
    await second.query("alter system set primary_conninfo = 'host=127.0.0.1 port=1'");
    await second.query("select pg_catalog.pg_reload_conf()");
    await second.query("select pg_catalog.pg_wal_replay_resume()");
    await untilRound(watched, () => watched.node(second.name).pulse?.receiver === "none");
    await untilRound(watched, () => watched.alerts(second.name, "replication_lag").length === 0);
    expect(watched.node(second.name).pulse?.receiver).toBe("none");
    await second.query("alter system reset primary_conninfo");
    await second.query("select pg_catalog.pg_reload_conf()");
    await untilRound(watched, () => watched.node(second.name).pulse?.receiver === "streaming");
  });

  test("the horizon that a standby's query holds is named by the standby", async () => {
    await second.query("alter system set hot_standby_feedback = on");
    await second.query("alter system set wal_receiver_status_interval = '1s'");
    await second.query("select pg_catalog.pg_reload_conf()");
    await using reader = await session(second);
    await reader.client.query("begin isolation level repeatable read; select 1");
    await using watched = rounds([judgedNode(primary, { horizon: { warning: 10, critical: null } })]);
    await until(async () => {
      await primary.query("select pg_catalog.txid_current()");
      await watched.round();
      return watched.alerts(primary.name, "horizon").length > 0;
    });
    expect(watched.alerts(primary.name, "horizon")).toMatchObject([
      { subject: { kind: "standby", id: second.name }, view: "horizon" },
    ]);
    const sender = watched
      .rows(primary.name, replication)
      .find(({ application_name }) => application_name === second.name);
    const [holder] = watched.rows(primary.name, horizon).filter(({ kind }) => kind === "standby");
    expect(horizon.opens?.(holder ?? {}, primary.name)).toEqual({
      node: primary.name,
      row: { view: "replication", key: keyOf(replication, sender ?? {}) },
    });
    for (const name of ["hot_standby_feedback", "wal_receiver_status_interval"])
      await second.query(`alter system reset ${name}`);
    await second.query("select pg_catalog.pg_reload_conf()");
  });

  test("commits that wait for a standby that is not there are named, with its name", async () => {
    await primary.query("alter system set synchronous_standby_names = 'FIRST 1 (nobody)'");
    await primary.query("select pg_catalog.pg_reload_conf()");
    await using watched = watching([primary, second, third]);
    await untilRound(watched, () => watched.node(primary.name).pulse?.sync_standbys !== null);
    await two(watched);
    expect(watched.alerts(primary.name, "standby_missing")).toMatchObject([
      {
        text: "commits wait: 0 of 1 synchronous standbys stream, nobody is missing",
        subject: { kind: "standby", id: "nobody" },
      },
    ]);
    await primary.query("alter system reset synchronous_standby_names");
    await primary.query("select pg_catalog.pg_reload_conf()");
  });

  test("where commits wait for no standby by synchronous_commit, none is missing", async () => {
    for (const setting of ["synchronous_standby_names = 'nobody'", "synchronous_commit = 'local'"])
      await primary.query(`alter system set ${setting}`);
    await primary.query("select pg_catalog.pg_reload_conf()");
    await using watched = watching([primary, second, third]);
    await until(async () => {
      const [row] = await primary.query<{ setting: string }>("show synchronous_commit");
      return JSON.stringify(row).includes("local");
    });
    await two(watched);
    expect(watched.node(primary.name).pulse?.sync_standbys).toBeNull();
    expect(watched.alerts(primary.name, "standby_missing")).toEqual([]);
    for (const name of ["synchronous_standby_names", "synchronous_commit"])
      await primary.query(`alter system reset ${name}`);
    await primary.query("select pg_catalog.pg_reload_conf()");
  });

  test("a commit that waits for a standby that streams and does not replay is named by its session", async () => {
    await primary.query(`alter system set synchronous_standby_names = '"${second.name}"'`);
    await primary.query("select pg_catalog.pg_reload_conf()");
    await second.query("select pg_catalog.pg_wal_replay_pause()");
    await using writer = await session(primary);
    await until(async () => {
      const [row] = await primary.query<{ n: string }>(
        "select pg_catalog.count(*) as n from pg_catalog.pg_stat_replication where sync_state = 'sync'",
      );
      return row?.n === "1";
    });
    await writer.client.query("set synchronous_commit = 'remote_apply'");
    const committed = writer.client.query("create table public.waits ()");
    const low: Levels = { commit_waits: { warning: 1, critical: null, forMs: 0 } };
    {
      await using watched = rounds(
        [primary, second].map((server) => judgedNode(server, low, { cluster: at })),
      );
      await untilRound(watched, () => watched.alerts(primary.name, "commit_waits").length > 0);
      expect(watched.alerts(primary.name, "commit_waits")).toMatchObject([
        {
          text: expect.stringMatching(/^commit waits for a standby of .+ [\d.]+s > 1s, pid/),
          subject: { kind: "backend", id: String(writer.pid) },
          view: "activity",
        },
      ]);
      await second.query("select pg_catalog.pg_wal_replay_resume()");
      await committed;
      await untilRound(watched, () => watched.alerts(primary.name, "commit_waits").length === 0);
    }
    await primary.query("alter system reset synchronous_standby_names");
    await primary.query("select pg_catalog.pg_reload_conf()");
  });

  test("a standby that stops is missing on its primary, and down itself", async () => {
    await using watched = watching([primary, second, third]);
    await untilRound(watched, () => watched.node(third.name).pulse?.receiver === "streaming");
    await using _archive = await receiving(primary, { flushes: true });
    await third.stop();
    await untilRound(watched, () => watched.alerts(primary.name, "standby_missing").length > 0);
    expect(watched.alerts(primary.name, "standby_missing")).toMatchObject([
      { subject: { kind: "standby", id: third.name } },
    ]);
    expect(watched.alerts(third.name, "node_down")).toHaveLength(1);
    await third.start();
    await untilRound(watched, () => watched.alerts(primary.name, "standby_missing").length === 0);
  });

  test("a dead primary, its idle standbys, and the failover from it are told as what they are", async () => {
    await using watched = watching([primary, second, third]);
    await untilRound(watched, () => watched.node(third.name).pulse?.receiver === "streaming");
    await primary.stop();
    await untilRound(watched, () => watched.alerts(third.name, "receiver_down").length > 0);
    await two(watched);
    const [dead] = watched.alerts(third.name, "receiver_down");
    expect(dead?.text).toMatch(new RegExp(`(is|runs).*: its primary ${primary.name} is down$`));
    await second.promote();
    await untilRound(watched, () => watched.node(second.name).facts?.inRecovery === false);
    await two(watched);
    const promoted = new RegExp(`${second.name} was promoted .* ago`);
    expect(watched.alerts(primary.name, "node_down")[0]?.text).toMatch(promoted);
    expect(watched.clusters[0]?.problem).toMatch(new RegExp(`${promoted.source}; ${primary.name} is down$`));
    expect(watched.node(second.name).alerts.filter(({ rule }) => rule === "split_brain")).toEqual([]);
    await untilRound(watched, () => watched.node(second.name).facts?.timeline === 2);
    await two(watched);
    expect(watched.alerts(third.name, "timeline_diverged")).toMatchObject([
      {
        text: `is on timeline 1, its primary ${second.name} on 2`,
        subject: { kind: "standby", id: third.name },
      },
    ]);
  });

  test("the old primary that comes back makes a split brain: critical on both, and exit 2 of check", async () => {
    await primary.start();
    await using watched = watching([primary, second, third]);
    await two(watched);
    for (const [name, other] of [
      [primary.name, `${second.name} is primary too, on the newer timeline 2`],
      [second.name, `${primary.name} is primary too, on the older timeline 1`],
    ] as const)
      expect(watched.alerts(name, "split_brain")).toMatchObject([
        {
          severity: "critical",
          text: `split brain: ${other}`,
          subject: { kind: "node", id: name },
        },
      ]);
    const file = `${primary.folder}/../split.yaml`;
    const target = ({ name, port }: ThrowawayServer) =>
      `  ${name}: postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable\n`;
    await Bun.write(file, `nodes:\n${target(primary)}${target(second)}`);
    const { code, stdout } = await runProgram(["check", "--config", file]);
    expect([code, stdout.match(/critical .*split brain/g)?.length]).toEqual([2, 2]);
    const excepted = await runProgram(["check", "--config", file, "--except", "split_brain"]);
    expect(excepted.stdout).not.toContain("split brain");
    const shown = await runProgram([
      "show",
      "alerts",
      "--config",
      file,
      "--format",
      "json",
      "--interval",
      "0s",
    ]);
    const { nodes } = JSON.parse(shown.stdout) as { nodes: { name: string; rows: object[] }[] };
    for (const { name, rows } of nodes)
      expect(rows).toContainEqual(
        expect.objectContaining({
          severity: "critical",
          rule: "split_brain",
          subject_kind: "node",
          subject: name,
          view: null,
          since_seconds: expect.any(Number),
        }),
      );
  });
});
