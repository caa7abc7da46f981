import { expect, test } from "bun:test";
import { open } from "../../../src/store/screen.ts";
import { updateScreen } from "../../../src/store/store.ts";
import { currentTable } from "../../../src/store/table.ts";
import { waitSamples } from "../../../src/views/backends/wait-samples.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const server = () =>
  servers.lone("sampled", { bootstrap: ["create extension pg_stat_statements", "create table t (n int)"] });

const sampleOf = ({ store }: Watched, node: string) =>
  store.getState().observed.samples[waitSamples.name]?.[node];
/** How often the server was asked for a sample. */
const calls = `select coalesce(sum(calls), 0)::int4 as calls from pg_stat_statements
  where query like '%statement_key%' and query not like '%pg_stat_statements%'`;

test("with waits: always samples are taken while no view of them is on screen, and are there when it is opened", async () => {
  const asked = await server();
  const other = nodeSettings({ name: "other", port: asked.port });
  await using watched = watch([nodeSettings(asked, { waits: "always" }), other]);
  const answers = new Set<number>();
  watched.store.subscribe(() => {
    const sample = sampleOf(watched, asked.name);
    if (sample?.state === "ok") answers.add(sample.atMs);
  });
  await until(() => answers.size >= 5);
  expect(sampleOf(watched, "other")).toBeUndefined();
  const before = answers.size;
  updateScreen(watched.store, (screen) =>
    open(screen, { kind: "view", view: "waits", scope: { kind: "all" } }),
  );
  const row = currentTable(watched.store.getState())?.lines.find(
    ({ row }) => row["node"] === asked.name,
  )?.row;
  // In the same turn: what was sampled is there before anything is asked.
  expect(Number(row?.["samples_1m"])).toBeGreaterThanOrEqual(Math.min(5, before));
});

test("from the moment on that the config says so they are taken, and none any more when it does not", async () => {
  const asked = await server();
  const settings = nodeSettings(asked);
  await using watched = watch([settings]);
  const pulses = new Set<number>();
  watched.store.subscribe(() => {
    const { pulseAtMs } = watched.node(asked.name);
    if (pulseAtMs !== null) pulses.add(pulseAtMs);
  });
  const called = async () => (await asked.query<{ calls: number }>(calls))[0]?.calls ?? 0;
  const start = await called();
  await until(() => pulses.size >= 4);
  expect(await called()).toBe(start);
  watched.manager.reconcile([{ ...settings, waits: "always", waitsFrom: "defaults.waits" }]);
  await until(async () => (await called()) >= start + 3);
  watched.manager.reconcile([settings]);
  const seen = pulses.size;
  await until(() => pulses.size >= seen + 2);
  const end = await called();
  await until(() => pulses.size >= seen + 6);
  expect(await called()).toBe(end);
  // One session was enough, and is the same.
  expect(watched.node(asked.name).pool.total).toBe(1);
});
