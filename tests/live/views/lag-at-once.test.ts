import { beforeAll, expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
let primary: ThrowawayServer;
let late: ThrowawayServer;
let file: string;

/** Longer than one look can tell by itself. */
const level = 4;
const write = "select pg_catalog.pg_logical_emit_message(false, 'late', pg_catalog.repeat('x', 15000))";

beforeAll(async () => {
  const cluster = await servers.cluster("once", 2);
  primary = cluster.primary;
  late = cluster.standbys[1] ?? primary;
  file = `${primary.folder}/../once.yaml`;
  const nodes = [primary, ...cluster.standbys].map(
    ({ name, port }) => `  ${name}: "postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable"\n`,
  );
  const levels = `thresholds: { replication_lag: { warning: ${level}s, critical: off } }\n`;
  await Bun.write(file, `${levels}nodes:\n${nodes.join("")}`);
});

type Line = { status: string; alerts: { rule: string; text: string }[]; unknown: unknown[]; notes: string[] };

/** What one look says of each node: the primary, a standby that follows, and one that is late. */
async function check(): Promise<readonly [Line, Line, Line]> {
  const { stdout } = await runProgram(["check", "--config", file, "--format", "json"]);
  return JSON.parse(stdout).nodes;
}

/** The late standby has had WAL for so long that it does not replay. */
async function untilLate(): Promise<void> {
  await primary.query(write);
  const fromMs = performance.now();
  await until(() => performance.now() - fromMs > (level + 1) * 1000);
}

test("one look tells how late a standby with a paused replay is, and that another follows", async () => {
  await late.query("select pg_catalog.pg_wal_replay_pause()");
  try {
    await untilLate();
    const [, follows, stands] = await check();
    expect(follows).toMatchObject({ status: "ok", alerts: [], unknown: [] });
    expect(stands.alerts).toEqual([
      expect.objectContaining({ rule: "replication_lag", text: expect.stringMatching(/^replay lag \d/) }),
      expect.objectContaining({ rule: "replay_paused" }),
    ]);
    expect(stands).toMatchObject({ status: "warning", unknown: [] });
    const shown = await runProgram(["show", "fleet", "--config", file, "--format", "json"]);
    const lags = JSON.parse(shown.stdout).nodes.map((node: { rows: { lag_seconds: number }[] }) =>
      Number(node.rows[0]?.lag_seconds ?? 0),
    );
    expect(lags[1]).toBe(0);
    expect(lags[2]).toBeGreaterThan(level);
  } finally {
    await late.query("select pg_catalog.pg_wal_replay_resume()");
  }
  const isWell = async () => {
    const [, , recovered] = await check();
    return recovered.status === "ok";
  };
  await until(isWell, 60_000);
}, 90_000);

test("a standby that is late on purpose is well, and is told as such", async () => {
  await late.query("alter system set recovery_min_apply_delay = '1h'");
  await late.query("select pg_catalog.pg_reload_conf()");
  await primary.query("create table public.delayed ()");
  await untilLate();
  const [, , delayed] = await check();
  expect(delayed).toMatchObject({ status: "ok", alerts: [], unknown: [] });
  expect(delayed.notes).toEqual(["replays 1h late on purpose (recovery_min_apply_delay)"]);
}, 60_000);
