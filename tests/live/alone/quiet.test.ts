import { expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { startDemoFleet } from "../../../src/services/throwaway/demo-cluster.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

/** How many times as fast as they are the beats of the rules go. At their own pace it takes ten minutes: `QUIET_SPEED=1 bun test …`. */
const speed = Number(process.env["QUIET_SPEED"] ?? 20);
const watchedMs = 600_000 / speed;

test(
  "a fleet that only works raises no alert, and nothing of it is unknown",
  async () => {
    const fleet = await startDemoFleet({});
    try {
      await fleet.ready;
      fleet.startWorkload();
      const nodes = fleet.nodes.map((node) => {
        const cluster = node.cluster === null ? {} : { cluster: node.cluster };
        return nodeSettings(node, { ...cluster, connection: { dbname: node.database } });
      });
      const standing = standingDemand().map((one) => ({ ...one, everyMs: one.everyMs / speed }));
      await using watched = watch(nodes, { refreshMs: 500, standing });
      const names = nodes.map(({ name }) => name);
      // A standby may be seen before its WAL receiver has started.
      const { pulseAtMs: first } = await until(() => {
        const nodes = names.map(watched.node);
        const settled = nodes.every(({ pulseAtMs, unknowns }) => pulseAtMs !== null && unknowns.length === 0);
        return settled && watched.node("orders-1");
      });
      const told = new Set<string>();
      const unsubscribe = watched.store.subscribe(({ observed }) => {
        for (const { name, alerts, unknowns } of Object.values(observed.nodes)) {
          for (const { rule, text } of alerts) told.add(`${name} ${rule}: ${text}`);
          for (const { kind, reason } of unknowns) if (kind !== "lag") told.add(`${name} ${reason}`);
        }
      });
      await until(() => (watched.node("orders-1").pulseAtMs ?? 0) > (first ?? 0) + watchedMs, 4 * watchedMs);
      unsubscribe();
      expect([...told]).toEqual([]);
      const { samples } = watched.store.getState().observed;
      // None of these servers subscribes.
      for (const { view, onlyWhere } of standing)
        expect(Object.keys(samples[view.name] ?? {}).sort()).toEqual(onlyWhere ? [] : names.sort());
    } finally {
      await fleet.stop();
    }
  },
  8 * watchedMs,
);
