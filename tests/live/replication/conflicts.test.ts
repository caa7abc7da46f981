import { expect, test } from "bun:test";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

test("a statement that replay cancelled is counted by its cause", async () => {
  const bootstrap = ["create role monitor login in role pg_monitor", "create table public.t (a int)"];
  const primary = await createServer(await servers.scratch(), { name: "primary", bootstrap });
  await primary.start();
  const settings = { max_standby_streaming_delay: "0" };
  const standby = await startStandby(primary, { name: "standby", settings });
  await primary.query("insert into public.t select pg_catalog.generate_series(1, 1000)");
  await until(async () => (await standby.query("select from public.t")).length === 1000);
  const reading = standby
    .query("begin isolation level repeatable read; select from public.t; select pg_catalog.pg_sleep(600)")
    .then(
      () => null,
      (error: unknown) => error,
    );
  await until(
    async () => (await standby.query("select from pg_stat_activity where wait_event = 'PgSleep'")).length > 0,
  );
  await primary.query("delete from public.t");
  await primary.query("vacuum public.t");
  expect(await reading).toMatchObject({ code: "40001" });
  const target = (port: number) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  await until(async () => {
    const { stdout } = await runProgram(["show", "conflicts", "--format", "json", target(standby.port)]);
    const { nodes } = JSON.parse(stdout) as { nodes: { rows: Record<string, unknown>[] }[] };
    const row = nodes[0]?.rows.find(({ datname }) => datname === "postgres");
    expect(nodes[0]?.rows.map(({ datname }) => datname)).not.toContain("template0");
    return row?.["confl_snapshot"] === 1 && row["conflicts"] === 1 && row["streaming_delay"] === 0;
  });
  const { stdout } = await runProgram(["show", "conflicts", target(primary.port)]);
  expect(stdout).toContain("standby only");
});
