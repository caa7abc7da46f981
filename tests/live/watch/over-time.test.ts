import { expect, test } from "bun:test";
import { withLevels } from "../../support/rules/judged.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

test("an alert goes on under a new name, since when it was raised", async () => {
  const server = await servers.lone("renamed");
  const settings = {
    ...nodeSettings(server),
    thresholds: withLevels({ connections_used: { warning: 0, critical: null, forMs: 0 } }),
  };
  await using watched = watch([settings], { refreshMs: 250 });
  const alertOf = (name: string) =>
    watched.store.getState().observed.nodes[name]?.alerts.find(({ rule }) => rule === "connections_used");
  const before = await until(() => alertOf("renamed"));
  const seen: (number | null)[] = [];
  watched.store.subscribe(({ observed }) => {
    if ("other" in observed.nodes) seen.push(alertOf("other")?.sinceMs ?? null);
  });
  watched.manager.reconcile([{ ...settings, name: "other" }]);
  await until(() => seen.length > 4);
  // It is there at once, and at no time a new one.
  expect(new Set(seen)).toEqual(new Set([before.sinceMs]));
});
