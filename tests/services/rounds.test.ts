import { expect, test } from "bun:test";
import { ConnectionManager } from "../../src/services/nodes/connection-manager.ts";
import { evaluateRound, nothingCarried } from "../../src/services/watch/observation.ts";
import { Rounds } from "../../src/services/watch/rounds.ts";
import { nothingObserved } from "../../src/store/store.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { backend, node, nowMs, okSample, pulse, standby } from "../support/screens/fixtures.ts";
import { nodeSettings } from "../support/servers/node-settings.ts";

test("what came of a node that is gone is not shown of the next one of its name", async () => {
  const manager = new ConnectionManager();
  const settings = nodeSettings({ name: "a", port: 1 });
  manager.add(settings);
  const rounds = new Rounds(manager, []);
  rounds.take({ view: activity, node: "a", sample: okSample([backend(1)]), pace: null });
  await manager.remove("a");
  rounds.forget("a");
  manager.add(settings);
  const { samples } = rounds.conclude(nothingObserved);
  expect(samples["activity"]?.["a"]).toBeUndefined();
  await manager.stop(0);
});

test("a standby whose lag is what it was keeps its entry and its pulse in the next round", () => {
  const settings = ["a", "b"].map((name) => ({ ...nodeSettings({ name, port: 1 }), cluster: "orders" }));
  const round = (currentLsn: bigint, before = nothingCarried) => {
    const primary = node("a", { pulse: pulse({ current_lsn: currentLsn }) });
    const b = { ...standby("b"), pulses: [okSample([standby("b").pulse ?? {}])] };
    const entries = new Map(Object.entries({ a: primary, b }));
    const after = evaluateRound({
      settings,
      clusters: [],
      entries,
      carried: before,
      nowMs,
      fresh: new Set(),
    });
    return { carried: after.carried, given: b, standby: after.nodes["b"] };
  };
  const same = round(0x3_0000_00c8n);
  expect(same.standby).toBe(same.given);
  const moved = round(0x3_0001_00c8n, same.carried);
  expect(moved.standby).not.toBe(moved.given);
  expect(moved.standby?.pulse?.lag_bytes).toBe(0x10000n);
});

test("a node that was added and not reached has events, and none of them again under a new name", async () => {
  const manager = new ConnectionManager();
  const settings = nodeSettings({ name: "a", port: 1 });
  manager.add(settings);
  await manager.ready("a");
  const rounds = new Rounds(manager, []);
  rounds.refresh("a");
  const first = rounds.conclude(nothingObserved);
  expect(first.events.map(({ kind, text }) => [kind, text])).toEqual([
    ["state", expect.stringContaining("cannot be reached")],
    ["alert", expect.stringContaining("never reached")],
  ]);
  manager.reconcile([{ ...settings, name: "b" }]);
  rounds.rename("a", "b");
  const second = rounds.conclude(first);
  expect(Object.keys(second.nodes)).toEqual(["b"]);
  expect(second.events).toHaveLength(2);
  await manager.stop(0);
});
