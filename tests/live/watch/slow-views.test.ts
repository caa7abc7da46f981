import { expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { standingDemand } from "../../../src/rules/all.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { gateTo } from "../../support/servers/relays.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, type Watched, watch } from "../../support/servers/watched.ts";
import { holdReplication, sleepy, slowReplication } from "../../support/slow-view.ts";

const servers = serversForTests();
const patient = { statementTimeoutMs: 60_000 };

/** Watches one node with the states that it is ever in and the pulses that are answered. */
async function watching(server: ThrowawayServer, settings: NodeSettings) {
  const watched = watch([settings]);
  const states = new Set<string>();
  const pulses = new Set<number>();
  await until(() => watched.node(server.name).pulse);
  watched.store.subscribe(() => {
    const { health, pulseAtMs } = watched.node(server.name);
    states.add(health.state);
    if (pulseAtMs !== null) pulses.add(pulseAtMs);
  });
  const { node, ...rest } = watched;
  return { ...rest, node: () => node(server.name), states, pulses };
}

const sampleOf = ({ store }: Pick<Watched, "store">, node: string, view = "replication") =>
  store.getState().observed.samples[view]?.[node];

test("while a view takes three seconds the pulse is answered each second, and the node is never stale", async () => {
  const server = await servers.lone("held");
  const release = await holdReplication(server);
  await using watched = await watching(server, nodeSettings(server, patient));
  watched.lookAt("replication");
  await until(async () => (await ourBackends(server)).some(({ sleeps }) => sleeps));
  const heldMs = performance.now();
  watched.pulses.clear();
  await until(() => watched.pulses.size >= 3 && performance.now() - heldMs > 3000);
  expect(sampleOf(watched, server.name)).toBeUndefined();
  await release();
  await until(() => sampleOf(watched, server.name)?.state === "ok");
  expect([...watched.states]).toEqual(["connected"]);
  // What it took is said, and it is not asked again before its share allows.
  const pace = await until(() => watched.store.getState().observed.paces["replication"]?.[server.name]);
  expect(pace.tookMs).toBeGreaterThan(3000);
  expect(pace.everyMs).toBeGreaterThanOrEqual(30_000);
});

test("a view that takes six seconds fails alone, in a session that goes on", async () => {
  const server = await servers.lone("six");
  await slowReplication(server, "perform pg_catalog.pg_sleep(6)");
  await using watched = await watching(server, nodeSettings(server));
  watched.lookAt("replication");
  const busy = await until(async () => (await ourBackends(server)).find(({ sleeps }) => sleeps));
  const failed = await until(() => sampleOf(watched, server.name));
  expect(failed).toMatchObject({ state: "failed", error: { kind: "timeout", sqlstate: "57014" } });
  expect([...watched.states]).toEqual(["connected"]);
  const backends = await ourBackends(server);
  expect(backends.map(({ pid }) => pid)).toContain(busy.pid);
  expect(backends).toHaveLength(2);
  const before = watched.pulses.size;
  await until(() => watched.pulses.size > before + 1);
});

/** Asks for a view that takes long until it is known to: once is not enough. */
async function answeredTwice(
  watched: Pick<Watched, "store" | "lookAt" | "collector">,
  node: string,
): Promise<void> {
  const answer = () => {
    const sample = sampleOf(watched, node);
    return sample?.state === "ok" && sample;
  };
  watched.lookAt("replication");
  const { atMs } = await until(answer);
  watched.collector.refreshNow();
  await until(() => {
    const next = answer();
    return next && next.atMs !== atMs;
  });
}

test("a view that is known to be slow leaves the pulse its session", async () => {
  const server = await servers.lone("known");
  await slowReplication(server, "perform pg_catalog.pg_sleep(1)");
  await using watched = await watching(server, nodeSettings(server, { pool: { idleTimeoutMs: 1000 } }));
  const first = () => ourBackends(server);
  await answeredTwice(watched, server.name);
  // The second session has rested.
  await until(async () => (await first()).length === 1);
  const [resting] = await first();
  const asked = watched.pulses.size;
  watched.collector.refreshNow();
  const busy = await until(async () => (await first()).find(({ sleeps }) => sleeps));
  expect(busy.pid).not.toBe(resting?.pid ?? 0);
  await until(() => watched.pulses.size > asked + 1);
  expect([...watched.states]).toEqual(["connected"]);
});

test("a login that hangs is no cost of the view that waited for it, which is asked again soon after", async () => {
  const server = await servers.lone("gated");
  await slowReplication(server, "perform pg_catalog.pg_sleep(0.4)");
  await using gate = await gateTo(server.port);
  const pool = { idleTimeoutMs: 500 };
  await using watched = await watching(
    server,
    nodeSettings({ name: server.name, port: gate.port }, { pool }),
  );
  await answeredTwice(watched, server.name);
  await until(async () => (await ourBackends(server)).length === 1);
  gate.isOpen = false;
  const failed = await until(() => {
    const sample = sampleOf(watched, server.name);
    return sample?.state === "failed" && sample;
  });
  expect(failed.error).toMatchObject({ kind: "timeout", message: "no login in 3 s" });
  expect(watched.store.getState().observed.paces["replication"]?.[server.name]).toBeUndefined();
  gate.isOpen = true;
  const openedMs = performance.now();
  await until(() => sampleOf(watched, server.name)?.state === "ok");
  // Its share of the server would have kept it waiting for half a minute.
  expect(performance.now() - openedMs).toBeLessThan(15_000);
});

test("a slow view is asked at once by hand", async () => {
  const server = await servers.lone("asked");
  await slowReplication(server, "perform pg_catalog.pg_sleep(1)");
  await using watched = await watching(server, nodeSettings(server));
  watched.lookAt("replication");
  const atMs = () => {
    const sample = sampleOf(watched, server.name);
    return sample?.state === "ok" ? sample.atMs : null;
  };
  const before = await until(atMs);
  watched.collector.refreshNow();
  const after = await until(() => atMs() !== before && atMs());
  // By itself it would be asked ten seconds after it was asked first, which took one.
  expect(after - before).toBeLessThan(8000);
});

test("a fast view costs no second session", async () => {
  const server = await servers.lone("fast");
  await using watched = await watching(server, nodeSettings(server));
  const answers = new Set<number>();
  let most = 0;
  watched.store.subscribe(() => {
    const sample = sampleOf(watched, server.name, "activity");
    if (sample?.state === "ok") answers.add(sample.atMs);
    most = Math.max(most, watched.node().pool.total);
  });
  watched.lookAt("activity");
  await until(() => answers.size >= 3);
  // On a busy machine a view may once take so long that the next pulse does not wait for it.
  expect(most).toBeLessThanOrEqual(2);
  await until(async () => (await ourBackends(server)).length === 1, 60_000);
});

test("where the pool has one session the pulse waits for a slow view, which is not the node's fault", async () => {
  const server = await servers.lone("single");
  await slowReplication(server, "perform pg_catalog.pg_sleep(3.5)");
  await using watched = await watching(server, nodeSettings(server, { pool: { max: 1 } }));
  watched.lookAt("replication");
  await until(() => sampleOf(watched, server.name)?.state === "ok");
  const before = watched.pulses.size;
  await until(() => watched.pulses.size > before);
  expect([...watched.states]).toEqual(["connected"]);
  expect(await ourBackends(server)).toHaveLength(1);
});

test("where the server has no slot for a second session, views and pulse share the one there is", async () => {
  const server = await servers.lone("full", { settings: { max_connections: "5", max_wal_senders: "0" } });
  await slowReplication(server, "perform pg_catalog.pg_sleep(1.5)");
  await using watched = await watching(server, nodeSettings(server));
  await using others = watch([nodeSettings({ name: "others", port: server.port })]);
  await until(() => others.node("others").pulse);
  watched.lookAt("replication");
  await until(() => sampleOf(watched, server.name)?.state === "ok");
  watched.collector.refreshNow();
  const before = sampleOf(watched, server.name);
  await until(() => sampleOf(watched, server.name) !== before);
  expect(sampleOf(watched, server.name)).toMatchObject({ state: "ok" });
  const asked = watched.pulses.size;
  await until(() => watched.pulses.size > asked + 1);
  expect([...watched.states]).toEqual(["connected"]);
});

test("a server that freezes while a view runs is stale, then lost, and back when it thaws", async () => {
  const server = await servers.lone("frozen");
  const release = await holdReplication(server);
  await using watched = await watching(server, nodeSettings(server));
  watched.lookAt("replication");
  await until(async () => (await ourBackends(server)).some(({ sleeps }) => sleeps));
  server.freeze();
  try {
    await until(() => watched.states.has("stale"));
    await until(() => watched.node().health.error);
    expect(watched.node().health.state).toBe("reconnecting");
  } finally {
    server.thaw();
  }
  await release();
  await until(
    () => watched.node().health.state === "connected" && sampleOf(watched, server.name)?.state === "ok",
  );
});

test("what only rules want is asked beside the pulse, one at a time, and a deadline of its own ends one alone", async () => {
  const server = await servers.lone("standing");
  const standing = [sleepy("brief", 0), sleepy("endless", 30, 500)].map((view) => ({ view, everyMs: 0 }));
  await using watched = watch([nodeSettings(server, patient)], { standing });
  const states = new Set<string>();
  await until(() => watched.node(server.name).health.state === "connected");
  watched.store.subscribe(() => states.add(watched.node(server.name).health.state));
  const sample = (view: string) => sampleOf(watched, server.name, view);
  await until(() => sample("brief")?.state === "ok" && sample("endless"));
  expect(sample("endless")).toMatchObject({
    state: "failed",
    error: { kind: "timeout", message: "no answer in 0.5 s" },
  });
  const backends = await ourBackends(server);
  expect(backends.some(({ sleeps }) => sleeps)).toBe(false);
  // It is asked again when a fiftieth of the server's time allows; the other one each refresh.
  const before = sample("brief");
  await until(() => sample("brief") !== before);
  expect(watched.store.getState().observed.paces["endless"]?.[server.name]?.everyMs).toBeGreaterThan(20_000);
  expect([...states]).toEqual(["connected"]);
});

test("what all rules want of an idle node costs it no second session, and a fraction of the pulses' statements", async () => {
  const server = await servers.lone("rules");
  await using watched = watch([nodeSettings(server)], { refreshMs: 250, standing: standingDemand() });
  const pulses = new Set<number>();
  const answers = new Set<unknown>();
  let most = 0;
  watched.store.subscribe(({ observed }) => {
    const { pulseAtMs, pool } = watched.node(server.name);
    if (pulseAtMs !== null) pulses.add(pulseAtMs);
    most = Math.max(most, pool.total);
    for (const { view } of standingDemand()) {
      const sample = observed.samples[view.name]?.[server.name];
      if (sample && sample.state !== "notApplicable") answers.add(sample);
    }
  });
  const asked = () => new Set(Object.keys(watched.store.getState().observed.samples));
  const wanted = standingDemand().filter(({ onlyWhere }) => !onlyWhere);
  await until(() => wanted.every(({ view }) => asked().has(view.name)));
  await until(() => pulses.size > 60);
  expect(answers.size).toBeLessThan(pulses.size);
  // On a busy machine a view may once take so long that the next pulse does not wait for it.
  expect(most).toBeLessThanOrEqual(2);
  await until(async () => (await ourBackends(server)).length === 1, 60_000);
});
