import { expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { judgedNode } from "../../support/rules/rounds.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

test("a slot is judged while nobody looks at slots, and the alert clears when it is dropped", async () => {
  const server = await servers.lone("one");
  await server.query("select pg_catalog.pg_create_physical_replication_slot('abandoned', true)");
  const node = judgedNode(server, { slot_inactive: { forMs: 0 } });
  // The beats of the rules, a hundred times as fast.
  const standing = standingDemand().map((one) => ({ ...one, everyMs: one.everyMs / 100 }));
  await using watched = watch([node], { refreshMs: 250, standing });
  const slots = () => watched.node("one").alerts.map(({ rule, subject }) => `${rule} ${subject.id}`);
  await until(() => slots().includes("slot_inactive abandoned"));
  await server.query("select pg_catalog.pg_drop_replication_slot('abandoned')");
  await until(() => slots().length === 0);
});

test("after an operation the alert clears before the rule's own beat", async () => {
  const server = await servers.lone("acted");
  await server.query("select pg_catalog.pg_create_physical_replication_slot('abandoned', true)");
  const node = judgedNode(server, { slot_inactive: { forMs: 0 } });
  await using watched = watch([node], { refreshMs: 250, standing: standingDemand() });
  const rulesOf = () => watched.node("acted").alerts.map(({ rule }) => rule);
  watched.lookAt("slots");
  await until(() => rulesOf().includes("slot_inactive"));
  watched.lookAt("activity");
  await server.query("select pg_catalog.pg_drop_replication_slot('abandoned')");
  watched.collector.acted("acted");
  // Twice 30 s if it waited for the beat.
  await until(() => rulesOf().length === 0, 20_000);
});

test("alerts go on under another name of their node", async () => {
  const server = await servers.lone("two");
  const node = judgedNode(server, { connections_used: { warning: 0, critical: null } });
  await using watched = watch([node], { refreshMs: 250 });
  const [raised] = await until(() => {
    const { alerts } = watched.node("two");
    return alerts.length > 0 && alerts;
  });
  watched.manager.reconcile([{ ...node, name: "renamed" }]);
  const [kept] = await until(() => {
    const alerts = watched.store.getState().observed.nodes["renamed"]?.alerts ?? [];
    return alerts.length > 0 && alerts;
  });
  expect(kept).toMatchObject({ rule: "connections_used", sinceMs: raised?.sinceMs ?? -1 });
});
