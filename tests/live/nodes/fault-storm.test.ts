import { expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { seeded } from "../../support/seeded.ts";
import { type FakeServer, relayTo } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, type Watched, watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const faults = 300;

type Target = { readonly server: ThrowawayServer; readonly relay: FakeServer };

const ofOurs = "from pg_catalog.pg_stat_activity where application_name = 'pgparade'";

/** Things that happen to a server, each over within a moment; what they do to us may take longer. */
const kinds: ((target: Target) => Promise<unknown>)[] = [
  ({ server }) => server.query(`select pg_catalog.pg_terminate_backend(pid) ${ofOurs}`),
  ({ server }) => server.query(`select pg_catalog.pg_cancel_backend(pid) ${ofOurs}`),
  async ({ relay }) => relay.cut(),
  async ({ relay }) => relay.say("HTTP/1.1 503 Service Unavailable\r\n\r\n"),
  async ({ server }) => {
    server.freeze();
    await Bun.sleep(20);
    server.thaw();
  },
];
const rareKinds: typeof kinds = [
  ({ server }) => server.restart("fast"),
  ({ server }) => server.restart("immediate"),
  async ({ server }) => {
    const [own] = await ourBackends(server);
    if (own) process.kill(own.pid, "SIGKILL");
  },
];

test("three hundred faults in a row leave one session a node, no crash and no growth", async () => {
  const names = ["storm-1", "storm-2", "storm-3"];
  const hit = await Promise.all(names.map((name) => servers.lone(name)));
  const targets = await Promise.all(
    hit.map(async (server) => ({ server, relay: await relayTo(server.port) })),
  );
  const calm = await servers.lone("calm");
  const settings = targets.map(({ server: { name }, relay: { port } }) => nodeSettings({ name, port }));
  await using watched = watch([nodeSettings(calm), ...settings]);
  await comeBack(watched, [...names, "calm"]);
  const [{ pid: calmPid } = { pid: 0 }] = await ourBackends(calm);
  const reasons = new Set<string>();
  watched.manager.on((event) => {
    if (event.type === "state" && event.health.error) reasons.add(event.health.error.message);
  });

  const random = seeded(20_240_229);
  // The pools of the first faults are warm memory, not growth.
  let warm = { rss: 0, listeners: 0 };
  for (let fault = 0; fault < faults; fault += 1) {
    const target = targets[random(targets.length)];
    const choice = random(20) === 0 ? rareKinds : kinds;
    const strike = choice[random(choice.length)];
    if (!target || !strike) continue;
    // Most faults strike a session that is up, some whatever there is, also a login under way.
    if (fault % 5 !== 0) await comeBack(watched, [target.server.name]);
    // A server that just crashed refuses the next fault; that is a fault as well.
    await strike(target).catch(() => {});
    await Bun.sleep(random(100));
    reconnect(watched, target.server.name);
    if (fault === 60) warm = footprint();
  }
  await comeBack(watched, names);
  for (const { server, relay } of targets) {
    await until(async () => (await ourBackends(server)).length === 1);
    await until(() => relay.open === 1);
    await relay[Symbol.asyncDispose]();
  }
  expect(watched.negatives).toEqual([]);
  expect(watched.longestGapMs("calm")).toBeLessThan(hangMs);
  expect((await ourBackends(calm)).map(({ pid }) => pid)).toEqual([calmPid]);
  // Every loss was noticed as it happened; none had to wait for a poll's deadline.
  expect([...reasons].filter((reason) => reason.startsWith("no answer"))).toEqual([]);
  // The faults did find somebody there to hit.
  expect(targets.reduce((sum, { relay }) => sum + relay.connections, 0)).toBeGreaterThan(faults / 3);
  const now = footprint();
  expect(now.listeners).toBe(warm.listeners);
  expect((now.rss - warm.rss) / 2 ** 20).toBeLessThan(20);
});

/** As a person does who presses the key for it: no waiting for the back-off. */
function reconnect(watched: Watched, name: string) {
  watched.manager.connect(name);
  watched.collector.refreshNow();
}

function comeBack(watched: Watched, names: readonly string[]) {
  return until(() => {
    const away = names.filter((name) => watched.node(name).health.state !== "connected");
    for (const name of away) reconnect(watched, name);
    return away.length === 0;
  });
}

function footprint() {
  Bun.gc(true);
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { rss: process.memoryUsage().rss, listeners };
}
