import { expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

test("a standby that only reads an archive is judged once it has all that is committed, and else is unknown", async () => {
  const scratch = await servers.scratch();
  const archive = `${scratch.socketDirectory}/archive`;
  mkdirSync(archive);
  // The servers may run as another user.
  chmodSync(archive, 0o777);
  const primary = await createServer(scratch, {
    name: "primary",
    bootstrap: ["create role monitor login in role pg_monitor", "create table public.t (a int)"],
    settings: { archive_mode: "on", archive_command: `cp %p ${archive}/%f` },
  });
  const standby = await createStandby(primary, {
    name: "archive",
    settings: {
      ...{ archive_mode: "off", primary_conninfo: "", wal_retrieve_retry_interval: "200ms" },
      restore_command: `cp ${archive}/%f %p`,
    },
  });
  await primary.start();
  await standby.start();
  const target = ({ port }: ThrowawayServer) =>
    `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  const check = async (...of: ThrowawayServer[]) => {
    const rules = "replication_lag,replication_lag_bytes,receiver_down";
    const args = ["check", "--format", "json", "--rule", rules, ...of.map(target)];
    const { code, stdout } = await runProgram(args);
    const last = (JSON.parse(stdout) as { nodes: { unknown: { reason: string }[] }[] }).nodes.at(-1);
    return { code, unknown: last?.unknown.map(({ reason }) => reason) };
  };
  const isRestored = (rows: number) =>
    until(async () => (await standby.query("select from public.t")).length === rows);

  await primary.query("insert into public.t values (1)");
  await primary.query("select pg_catalog.pg_switch_wal()");
  await isRestored(1);
  // What a quiet primary writes is no transaction, and stays in a segment that is not archived yet.
  await primary.query("checkpoint");
  const [positions] = await primary.query("select pg_catalog.pg_current_wal_lsn()::text as here");
  const [replayed] = await standby.query("select pg_catalog.pg_last_wal_replay_lsn()::text as here");
  expect(replayed?.["here"]).not.toBe(positions?.["here"]);
  expect(await check(primary, standby)).toEqual({ code: 0, unknown: [] });
  // Without its primary nobody knows.
  expect(await check(standby)).toEqual({ code: 3, unknown: ["replay lag is unknown"] });

  await primary.query("insert into public.t values (2)");
  // Until then its lag is known to be below the level: what it replayed last was committed a moment ago.
  await until(async () => {
    const age =
      "pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp() > '11 s'::interval";
    return (await standby.query(`select where ${age}`)).length === 1;
  });
  expect(await check(primary, standby)).toEqual({ code: 3, unknown: ["replay lag is unknown"] });
  await primary.query("select pg_catalog.pg_switch_wal()");
  await isRestored(2);
  expect(await check(primary, standby)).toEqual({ code: 0, unknown: [] });
});
