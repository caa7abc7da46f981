import { expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { askedOf } from "../../support/servers/view-contract.ts";

const servers = serversForTests();

test("a view is planned once a session, however often it is asked", async () => {
  const server = await servers.lone("planned");
  const manager = new ConnectionManager();
  manager.add(nodeSettings({ name: "planned", port: server.port }));
  // A role without the rights that a view needs is not asked for it.
  const asked = askedOf("primary").filter(({ needsRights }) => !needsRights);
  const viewOptions = { idle: false, wholeText: false };
  for (let round = 0; round < 8; round++)
    for (const view of asked) await sampleView(manager, "planned", view, { viewOptions });
  const text = "select name, custom_plans from pg_catalog.pg_prepared_statements where generic_plans > 5";
  const outcome = await manager.query("planned", { text });
  if (!outcome.ok) throw new Error(outcome.error.message);
  expect(outcome.answer.rows.length).toBeGreaterThanOrEqual(asked.length);
  for (const [name, customPlans] of outcome.answer.rows) expect([name, customPlans]).toEqual([name, "0"]);
  await manager.stop(0);
});
