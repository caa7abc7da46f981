import { describe, expect, test } from "bun:test";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { throttledRelayTo } from "../../support/servers/relays.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();
const megabyte = 1_000_000;

/** Writes two megabytes of WAL a second until it is disposed of. */
function writing(server: ThrowawayServer): AsyncDisposable {
  const stop = new AbortController();
  const run = async () => {
    const startMs = performance.now();
    for (let written = 0; !stop.signal.aborted; await Bun.sleep(50)) {
      const due = Math.floor((2 * megabyte * (performance.now() - startMs)) / 1000) - written;
      await server.query(
        `select pg_catalog.pg_logical_emit_message(true, 'load', pg_catalog.repeat('x', ${due}))`,
      );
      written += due;
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** What the primary says of its only standby: bytes that are not replayed, and their age in seconds. */
async function byPrimary(primary: ThrowawayServer): Promise<{ bytes: number; seconds: number }> {
  const [row] = await primary.query<{ bytes: string; seconds: string | null }>(
    `select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.replay_lsn) as bytes,
       extract(epoch from r.replay_lag) as seconds
     from pg_catalog.pg_stat_replication as r`,
  );
  return { bytes: Number(row?.bytes ?? Number.NaN), seconds: Number(row?.seconds ?? Number.NaN) };
}

const isNear = (one: number, other: number) => Math.abs(one - other) <= 0.1 * Math.max(one, other);

describe.each([10, 12, 15, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  test("the lag over a narrow link is what the primary says, and that of a dead receiver grows", async () => {
    await using scratch = Object.assign(await openScratch("test", binariesOf(major)), {
      [Symbol.asyncDispose]() {
        return scratch.destroy();
      },
    });
    const settings = { wal_level: "logical" };
    const bootstrap = ["create role monitor login in role pg_monitor"];
    const primary = await createServer(scratch, { name: "primary", settings, bootstrap });
    await primary.start();
    await using link = await throttledRelayTo(primary.port, megabyte);
    const conninfo = `host=127.0.0.1 port=${link.port} user=replicator application_name=standby`;
    const standby = await startStandby(primary, {
      name: "standby",
      settings: { wal_retrieve_retry_interval: "200ms" },
    });
    await standby.query("select 1");
    await follow(standby, conninfo, major);
    await using watched = watch([nodeSettings(primary), nodeSettings(standby)], { refreshMs: 250 });
    const lag = () => watched.node("standby").lag;
    await until(() => lag()?.bytes === 0n && lag()?.seconds === 0);
    {
      await using _load = writing(primary);
      await until(() => Number(lag()?.bytes ?? 0) > 8 * megabyte, 60_000);
      // One look may fall between two reports of the standby.
      await until(async () => {
        const told = await byPrimary(primary);
        const ours = lag();
        return isNear(Number(ours?.bytes ?? 0), told.bytes) && isNear(ours?.seconds ?? 0, told.seconds);
      });
      expect(watched.negatives).toEqual([]);
    }
    await until(() => lag()?.bytes === 0n && lag()?.seconds === 0, 60_000);
    await follow(standby, "host=127.0.0.1 port=1 user=replicator", major);
    await until(() => watched.node("standby").pulse?.receiver === "none");
    await primary.query("create table public.unseen (a int)");
    await until(() => (lag()?.seconds ?? 0) > 1);
    const before = lag()?.seconds ?? 0;
    await until(() => (lag()?.seconds ?? 0) > before + 2);
    // The alert waits for its `for`; the fleet says at once that it receives nothing.
    expect(watched.node("standby").unknowns.map(({ kind }) => kind)).toContain("receiver");
  });
});

/** Lets a standby stream from elsewhere. Before 13 that takes a restart. */
async function follow(standby: ThrowawayServer, conninfo: string, major: number): Promise<void> {
  if (major >= 13) {
    await standby.query(`alter system set primary_conninfo = '${conninfo}'`);
    await standby.query("select pg_catalog.pg_reload_conf()");
    return;
  }
  const file = `${standby.dataDirectory}/${major < 12 ? "recovery.conf" : "postgresql.auto.conf"}`;
  const text = await Bun.file(file).text();
  await standby.stop();
  await Bun.write(file, `${text}\nprimary_conninfo = '${conninfo}'\n`);
  await standby.start();
}
