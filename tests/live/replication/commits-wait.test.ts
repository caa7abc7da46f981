import { expect, test } from "bun:test";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { replication } from "../../../src/views/replication/replication.ts";
import { topology } from "../../../src/views/replication/topology.ts";
import type { Sample } from "../../../src/views/sample.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

/** A machine that is so busy that its servers are under stress has views asked four times less often. */
const busyMs = 120_000;

test("that commits wait for a synchronous standby that is gone is said within two refreshes", async () => {
  const { primary, standbys } = await servers.cluster("synchronous", 1);
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await primary.query("alter system set synchronous_standby_names = '*'");
  await primary.query("select pg_catalog.pg_reload_conf()");
  await using watched = watch([nodeSettings(primary), nodeSettings(standby)]);
  watched.lookAt("topology");
  const rowOf = (name: string) =>
    topology
      .rows(fleetSamples(watched.store.getState().observed, [primary.name, standby.name]))
      .find((row) => row["name"] === name);
  await until(() => rowOf(standby.name)?.["sync_state"] === "sync", busyMs);
  expect(rowOf(primary.name)).toMatchObject({ problems: [], level: null, synchronous_standby_names: "*" });
  await standby.stop();
  await until(async () => (await primary.query("select from pg_catalog.pg_stat_replication")).length === 0);
  // On a busy machine the view that says it is asked less often than the pulse: its own answers count.
  const refreshes = new Set<Sample | undefined>();
  const newest = () => watched.store.getState().observed.samples[replication.name]?.[primary.name];
  watched.store.subscribe(() => refreshes.add(newest()));
  await until(() => String(rowOf(primary.name)?.["problems"]).startsWith("commits wait: 0 of 1"), busyMs);
  // One of them was on its way.
  expect(refreshes.size).toBeLessThanOrEqual(3);
  await standby.start();
  await until(() => rowOf(primary.name)?.["level"] === null, busyMs);
});
