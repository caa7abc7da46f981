import { describe, expect, test } from "bun:test";
import type { NodeErrorKind } from "../../../src/postgres/node-error.ts";
import { type FakeServer, fakeServer, relayTo } from "../../support/servers/fake-server.ts";
import { germanServers } from "../../support/servers/german.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, type Watched, watch } from "../../support/servers/watched.ts";

const english = serversForTests();
const languages = [
  ["in English", english],
  ["in German", germanServers()],
] as const;

/** A healthy server and one that things happen to. */
async function two(servers = english) {
  return { calm: await servers.lone("calm"), hit: await servers.lone("hit") };
}

/** The kind of a node's error once the store shows one. */
const kindOf = (watched: Watched, name: string) => until(() => watched.node(name).health.error?.kind);

const isConnected = (watched: Watched, name: string) => watched.node(name).health.state === "connected";

/** No other node was held up, whatever happened to one; the bench measures by how much. */
function expectOnTime(watched: Watched, name = "calm") {
  expect(watched.longestGapMs(name)).toBeLessThan(hangMs);
  expect(watched.negatives).toEqual([]);
}

describe("what was never there", () => {
  const html = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  const zeroLength = new Uint8Array([0x52, 0, 0, 0, 0, 0x52, 0, 0, 0, 0]);
  const garbage = new Uint8Array(4096).map((_, at) => (at * 151 + 89) & 255);
  const endlessRow = new Uint8Array([0x44, 0, 0, 0, 8, 0x7f, 0xff, 0, 0]);
  const answers: [string, Uint8Array | string, "disable" | "prefer", NodeErrorKind][] = [
    ["HTTP", html, "disable", "protocol"],
    ["HTTP to a TLS request", html, "prefer", "protocol"],
    ["messages of length 0", zeroLength, "disable", "protocol"],
    ["garbage", garbage, "disable", "protocol"],
    ["garbage to a TLS request", garbage, "prefer", "protocol"],
    ["a row before the login", endlessRow, "disable", "protocol"],
  ];

  test("each has its own reason, and the server that is there is on time", async () => {
    const { calm } = await two();
    await using silent = await fakeServer(null);
    const fakes: [string, "disable" | "prefer", NodeErrorKind, FakeServer][] = [];
    for (const [name, answer, sslmode, kind] of answers)
      fakes.push([name, sslmode, kind, await fakeServer(answer)]);
    const settings = [
      nodeSettings(calm),
      nodeSettings({ name: "refused", port: 1 }),
      nodeSettings({ name: "unknown", port: 1 }, { connection: { host: "nosuch.invalid" } }),
      nodeSettings(
        { name: "silent", port: silent.port },
        { pool: { connectTimeoutMs: 1000 }, connection: { sslmode: "prefer" } },
      ),
      ...fakes.map(([name, sslmode, , { port }]) =>
        nodeSettings({ name, port }, { connection: { sslmode } }),
      ),
    ];
    await using watched = watch(settings);
    expect(await kindOf(watched, "refused")).toBe("refused");
    expect(await kindOf(watched, "unknown")).toBe("dns");
    expect(await kindOf(watched, "silent")).toBe("timeout");
    expect(watched.node("silent").health.error?.message).toBe("no login in 1 s");
    // However often it is asked, a login that hangs is not joined by a second one.
    expect(silent.open).toBeLessThanOrEqual(1);
    for (const [name, , kind, fake] of fakes) {
      expect([name, await kindOf(watched, name)]).toEqual([name, kind]);
      await until(() => fake.open === 0);
      await fake[Symbol.asyncDispose]();
    }
    await until(() => isConnected(watched, "calm"));
    expectOnTime(watched);
  });

  test("a whole fleet that is down is a picture too", async () => {
    const dead = Array.from({ length: 50 }, (_, at) => nodeSettings({ name: `dead-${at}`, port: 1 }));
    await using watched = watch(dead);
    expect(Object.keys(watched.store.getState().observed.nodes)).toHaveLength(50);
    await until(() => dead.every(({ name }) => watched.node(name).health.error?.kind === "refused"));
  });
});

describe.each(languages)("a server that is lost, %s,", (_, servers) => {
  test("says so while it restarts, and comes back without a key", async () => {
    const { calm, hit } = await two(servers);
    await using watched = watch([nodeSettings(calm), nodeSettings(hit)]);
    await until(() => isConnected(watched, "hit") && watched.node("hit").pulse);
    const startedAtMs = watched.node("hit").facts?.startedAtMs ?? 0;
    await hit.stop("fast");
    expect(["shutting-down", "lost", "refused"]).toContain(await kindOf(watched, "hit"));
    await until(() => watched.node("hit").health.error?.kind === "refused");
    expect(watched.node("hit").pulse).not.toBeNull();
    await hit.start();
    await until(() => isConnected(watched, "hit") && watched.node("hit").health.latencyMs !== 0);
    expect(watched.node("hit").facts?.startedAtMs).toBeGreaterThan(startedAtMs);
    expect(await ourBackends(hit)).toHaveLength(1);
    expectOnTime(watched);
  });

  test("comes back from a crash, and its counters with it", async () => {
    const { calm, hit } = await two(servers);
    await using watched = watch([nodeSettings(calm), nodeSettings(hit)], { refreshMs: 250 });
    await until(() => isConnected(watched, "hit") && watched.node("hit").pulse?.transactions != null);
    const [own] = await ourBackends(hit);
    process.kill(own?.pid ?? 0, "SIGKILL");
    expect(["lost", "starting"]).toContain(await kindOf(watched, "hit"));
    await until(() => isConnected(watched, "hit") && watched.node("hit").pulse?.transactions != null);
    expectOnTime(watched);
  });

  test("that ended our session is asked again by itself", async () => {
    const { hit } = await two(servers);
    await using watched = watch([nodeSettings(hit)]);
    await until(() => isConnected(watched, "hit"));
    const [before] = await ourBackends(hit);
    await hit.query(`select pg_terminate_backend(${before?.pid})`);
    expect(await kindOf(watched, "hit")).toBe("shutting-down");
    await until(() => isConnected(watched, "hit"));
    expect((await ourBackends(hit)).map(({ pid }) => pid)).not.toContain(before?.pid ?? 0);
  });

  test("that ends every session soon is logged in to ever more slowly", async () => {
    const { hit } = await two(servers);
    await using watched = watch([nodeSettings(hit)]);
    for (let losses = 0; losses < 4; losses += 1) {
      watched.manager.connect("hit");
      watched.collector.refreshNow();
      await until(() => isConnected(watched, "hit"));
      await hit.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgparade'",
      );
      await until(() => !isConnected(watched, "hit"));
    }
    const { nextAttemptAtMs } = watched.node("hit").health;
    expect((nextAttemptAtMs ?? 0) - performance.now()).toBeGreaterThan(4000);
  });

  test("that lets us in no longer is left alone", async () => {
    const { hit } = await two(servers);
    await hit.query("create role leaver login");
    await using watched = watch([nodeSettings(hit, { connection: { user: "leaver" } })]);
    await until(() => isConnected(watched, "hit"));
    await hit.query("alter role leaver nologin");
    await hit.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'leaver'");
    await until(() => watched.node("hit").health.error?.kind === "auth");
    const { state, nextAttemptAtMs } = watched.node("hit").health;
    expect(state).toBe("error");
    expect((nextAttemptAtMs ?? 0) - performance.now()).toBeGreaterThan(20_000);
  });

  test("that begins to talk nonsense in the middle is a protocol error", async () => {
    const { calm, hit } = await two(servers);
    for (const nonsense of [new Uint8Array(64), new Uint8Array([0x44, 0, 0, 0, 0, 0, 0])]) {
      await using relay = await relayTo(hit.port);
      await using watched = watch([nodeSettings(calm), nodeSettings({ name: "hit", port: relay.port })]);
      await until(() => isConnected(watched, "hit"));
      relay.say(nonsense);
      expect(await kindOf(watched, "hit")).toBe("protocol");
      expectOnTime(watched);
    }
  });
});

describe("a frozen server", () => {
  test("is stale, then lost, and back when it thaws, with no backend left", async () => {
    const { calm, hit } = await two();
    await using watched = watch([nodeSettings(calm), nodeSettings(hit)]);
    await until(() => isConnected(watched, "hit"));
    hit.freeze();
    try {
      await until(() => watched.node("hit").health.state === "stale");
      expect(watched.node("hit").pulse).not.toBeNull();
      expect(await kindOf(watched, "hit")).toBe("timeout");
      expect(watched.node("hit").health.state).toBe("reconnecting");
      expectOnTime(watched);
    } finally {
      hit.thaw();
    }
    await until(() => isConnected(watched, "hit"));
    await until(async () => (await ourBackends(hit)).length === 1);
    expectOnTime(watched);
  });

  test("whose postmaster alone hangs still answers our session", async () => {
    const { hit } = await two();
    await using watched = watch([nodeSettings(hit)], { refreshMs: 250 });
    await until(() => isConnected(watched, "hit"));
    hit.freezePostmaster();
    try {
      const before = watched.node("hit").pulseAtMs ?? 0;
      await until(() => (watched.node("hit").pulseAtMs ?? 0) > before + 700);
      expect(watched.node("hit").health.state).toBe("connected");
    } finally {
      hit.thaw();
    }
  });

  test("that answers late is stale, then connected, over the same session", async () => {
    const { hit } = await two();
    await using watched = watch([nodeSettings(hit)]);
    await until(() => isConnected(watched, "hit"));
    const before = await ourBackends(hit);
    hit.freeze();
    await until(() => watched.node("hit").health.state === "stale").finally(() => hit.thaw());
    await until(() => isConnected(watched, "hit"));
    expect((await ourBackends(hit)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  });
});
