import { expect, test } from "bun:test";
import { ConnectionManager } from "../../src/services/nodes/connection-manager.ts";
import { Rounds } from "../../src/services/watch/rounds.ts";
import { nothingObserved } from "../../src/store/store.ts";
import { activity } from "../../src/views/backends/activity.ts";
import { backend, okSample } from "../support/screens/fixtures.ts";
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
