import { expect, test } from "bun:test";
import type { NodeEvent } from "../../../src/services/nodes/connection-manager.ts";
import { updateScreen } from "../../../src/store/store.ts";
import { lastAnswer } from "../../../src/views/compared.ts";

import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, type Watched, watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

const isConnected = (watched: Watched, name: string) => watched.node(name).health.state === "connected";

test("the store has every node before the first answer, and a pulse a second after it", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server), nodeSettings({ name: "nowhere", port: 1 })]);
  expect(watched.node("one")).toMatchObject({ health: { state: "connecting" }, pulse: null, facts: null });
  await until(() => watched.node("one").pulse);
  expect(watched.node("one").pulse).toMatchObject({ in_recovery: false, timeline: 1, transactions: null });
  expect(watched.node("one").pool).toEqual({ total: 1, idle: 1, waiting: 0, max: 2 });
  await until(() => watched.node("one").pulse?.transactions != null);
  expect(watched.node("one").trends.latencyMs.at(-1)).toBeGreaterThan(0);
  expect(watched.node("nowhere")).toMatchObject({ health: { state: "reconnecting" }, pulse: null });
  expect(watched.node("nowhere").alerts.map(({ rule }) => rule)).toEqual(["node_down"]);
});

test("a round of many nodes is one update of the store", async () => {
  const server = await servers.lone("one");
  const names = Array.from({ length: 10 }, (_, at) => `name-${at}`);
  await using watched = watch(
    names.map((name) => nodeSettings({ name, port: server.port })),
    { refreshMs: 250 },
  );
  await until(() => names.every((name) => isConnected(watched, name)));
  // On a busy machine the answers of one round come far apart: some four rounds together are close enough.
  let [updates, answers] = [0, new Set<number | null>()];
  let fewest = Number.POSITIVE_INFINITY;
  watched.store.subscribe(() => {
    updates += 1;
    for (const name of names) answers.add(watched.node(name).pulseAtMs);
    if (answers.size < 40) return;
    fewest = Math.min(fewest, updates);
    [updates, answers] = [0, new Set()];
  });
  await until(() => fewest < 15);
});

test("what nobody looks at is not asked", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250 });
  await until(() => watched.node("one").pulse?.transactions != null);
  expect(Object.keys(watched.store.getState().observed.samples)).toEqual(["pulse"]);
  watched.lookAt("activity");
  const sample = await until(() => watched.store.getState().observed.samples["activity"]?.["one"]);
  expect(sample).toMatchObject({ state: "ok" });
});

test("another refresh interval counts from now on", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server)], { refreshMs: 60_000 });
  await until(() => isConnected(watched, "one"));
  updateScreen(watched.store, (screen) => ({ ...screen, refreshMs: 250 }));
  const before = watched.node("one").pulseAtMs ?? 0;
  await until(() => (watched.node("one").pulseAtMs ?? 0) > before + 400);
});

test("a node that comes or goes while the others are watched leaves them alone", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250 });
  watched.lookAt("activity");
  await until(() => watched.node("one").pulse);
  const before = await ourBackends(server);
  watched.manager.add(nodeSettings({ name: "two", port: server.port }));
  const has = (name: string) => watched.store.getState().observed.samples["activity"]?.[name]?.state === "ok";
  await until(() => watched.node("two").pulse && has("two"));
  await watched.manager.remove("two");
  await until(() => !("two" in watched.store.getState().observed.nodes));
  await until(() => !has("two"));
  expect(has("one")).toBe(true);
  await until(async () => (await ourBackends(server)).length === 1);
  expect((await ourBackends(server)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
});

test("a node that is called otherwise goes on with its session and what is known of it", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250 });
  watched.lookAt("activity");
  const polls = (name: string) => watched.node(name).trends.latencyMs.length;
  await until(() => watched.node("one").pulse?.transactions != null && polls("one") > 2);
  const before = { backends: await ourBackends(server), polls: polls("one"), node: watched.node("one") };

  watched.manager.reconcile([nodeSettings({ name: "two", port: server.port })]);
  const { nodes } = await until(() => {
    const { observed } = watched.store.getState();
    return "two" in observed.nodes ? observed : null;
  });
  expect(Object.keys(nodes)).toEqual(["two"]);
  expect(watched.node("two")).toMatchObject({
    name: "two",
    health: { state: "connected", sinceMs: before.node.health.sinceMs },
    facts: before.node.facts,
  });
  expect(polls("two")).toBeGreaterThanOrEqual(before.polls);
  // The rate of transactions goes on from the counters of the old name.
  const next = await until(() => (polls("two") > before.polls + 1 ? watched.node("two") : null));
  expect(next.trends.transactions.slice(before.polls - 1)).not.toContain(null);
  await until(() => watched.store.getState().observed.samples["activity"]?.["two"]?.state === "ok");
  expect(watched.store.getState().observed.samples["activity"]).not.toHaveProperty("one");
  expect((await ourBackends(server)).map(({ pid }) => pid)).toEqual(before.backends.map(({ pid }) => pid));
});

test("a node that is lost keeps its last rows, with their age and the reason", async () => {
  const server = await servers.lone("one");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250 });
  watched.lookAt("activity");
  const sample = () => watched.store.getState().observed.samples["activity"]?.["one"];
  await until(() => sample()?.state === "ok");
  await server.stop();
  const failed = await until(() => (sample()?.state === "failed" ? sample() : null));
  expect(failed).toMatchObject({ state: "failed", error: { message: expect.any(String) } });
  expect(lastAnswer(failed)?.rows.length).toBeGreaterThan(0);
  await server.start();
  await until(() => sample()?.state === "ok");
});

test("a promotion is followed over the same session", async () => {
  const { primary, standbys } = await servers.cluster("promoted", 1);
  const standby = standbys[0] ?? primary;
  await using watched = watch([nodeSettings(primary), nodeSettings(standby)], { refreshMs: 250 });
  const events: NodeEvent[] = [];
  watched.manager.on((event) => events.push(event));
  await until(() => watched.node(standby.name).lag && isConnected(watched, primary.name));
  expect(watched.node(standby.name)).toMatchObject({ facts: { inRecovery: true, timeline: 1 } });
  const cluster = () => watched.store.getState().observed.clusters[0];
  await until(() => cluster()?.nodes[1]?.depth === 1); // as soon as its WAL receiver runs
  expect(cluster()).toMatchObject({ heading: true, problem: null, nodes: [{ depth: 0 }, { depth: 1 }] });
  const before = await ourBackends(standby);
  await standby.promote();
  const refreshes = new Set<number | null>();
  watched.store.subscribe(() => refreshes.add(watched.node(standby.name).pulseAtMs));
  await until(() => watched.node(standby.name).facts?.inRecovery === false);
  // One of them was on its way.
  expect(refreshes.size).toBeLessThanOrEqual(3);
  await until(() => watched.node(standby.name).facts?.timeline === 2);
  expect(watched.node(standby.name).promotedAtMs).not.toBeNull();
  expect(watched.node(standby.name).lag).toBeNull();
  expect(events).toContainEqual({ type: "role", node: standby.name, inRecovery: false });
  expect((await ourBackends(standby)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  await until(() => watched.store.getState().observed.clusters[0]?.problem?.startsWith("two primaries"));
});
