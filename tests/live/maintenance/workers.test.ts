import { expect, test } from "bun:test";
import pg from "pg";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { autovacuumWorkers } from "../../../src/views/maintenance/autovacuum-workers.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

test("autovacuum says how many workers run, how many tables are due, and who waits for a worker", async () => {
  // A worker gives way to who waits for its lock after deadlock_timeout.
  const settings = {
    ...{ autovacuum_naptime: "1s", autovacuum_max_workers: "2", deadlock_timeout: "10min" },
    ...{ autovacuum_vacuum_cost_delay: "20ms", vacuum_cost_limit: "20" },
  };
  const server = await servers.lone("one", { settings });
  for (const name of ["first", "second", "third"])
    await server.query(`
      create table ${name} (n int, filler text) with (fillfactor = 20, autovacuum_analyze_threshold = 1000000);
      insert into ${name} select n, repeat('x', 500) from generate_series(1, 4000) as n;
      delete from ${name} where n % 2 = 0`);
  await using watched = watch([nodeSettings({ name: "one", port: server.port })], { refreshMs: 500 });
  watched.lookAt("autovacuum_workers");
  const rows = () => autovacuumWorkers.rows(fleetSamples(watched.store.getState().observed, ["one"]));
  const whole = () => rows().find(({ worker }) => worker === "autovacuum");
  await until(() => whole()?.["workers"] === 2 && Number(whole()?.["due"]) >= 1);
  expect(whole()).toMatchObject({ max_workers: 2, active: true, cost_delay_us: 20_000n, cost_limit: 20n });
  const busy = await until(() => rows().find(({ phase }) => phase === "scanning heap"));
  expect(busy["relation"]).toMatch(/^public\.(first|second|third)$/);
  expect(busy).toMatchObject({ worker: String(busy["pid"]), wraparound: false });

  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows: own } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
    const waiting = client.query(`begin; lock table ${busy["relation"]}`).catch(() => null);
    await until(() => rows().some(({ waiting_pids }) => String(waiting_pids) === String(own[0]?.pid)));
    await server.query(`select pg_catalog.pg_cancel_backend(${own[0]?.pid})`);
    await waiting;
  } finally {
    await client.end();
  }
});
