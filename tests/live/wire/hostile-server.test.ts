import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { checkParameters, resolveConnection } from "../../../src/postgres/conninfo/conninfo.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { type Script, scriptedServer } from "../../support/servers/fake-server.ts";
import { atLogin, hostileAnswers, hostileLogins } from "../../support/servers/hostile.ts";
import { authentication, loggedIn } from "../../support/servers/messages.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends, watch } from "../../support/servers/watched.ts";
import { selfSigned } from "../../support/tls/certificates.ts";
import { tlsBefore } from "../../support/tls/interceptor.ts";

const servers = serversForTests();
const planted = "PLANTEDPW";
const hostiles = Object.entries({ ...hostileLogins, ...hostileAnswers });

/**
 * A node with a password; the rules are parameters of a connection string. A server that says something is heard
 * however busy the machine is; one of which silence is expected is given up as soon as in the program.
 */
function node(name: string, port: number, rules: Record<string, string> = {}): NodeSettings {
  expect(checkParameters(rules)).toEqual([]);
  const isSilent = hostiles.some(([hostile, { kind }]) => hostile === name && kind === "timeout");
  const limits = { connectTimeoutMs: hangMs, acquireTimeoutMs: hangMs };
  const settings = nodeSettings({ name, port }, isSilent ? {} : { pool: limits });
  const { sslmode, requireAuth, channelBinding } = resolveConnection(
    { sslmode: "disable", ...rules },
    { user: "nobody", socketDirectories: [] },
  );
  return {
    ...settings,
    connection: { ...settings.connection, sslmode, requireAuth, channelBinding },
    passwords: [{ kind: "inline", secret: new Secret(planted) }],
  };
}

test("whatever servers do, each node says what, and all others are on time", async () => {
  const good = await Promise.all(["calm", "quiet"].map((name) => servers.lone(name)));
  const fakes = await Promise.all(hostiles.map(([, { script }]) => scriptedServer(script)));
  await using watched = watch(good.map((server) => nodeSettings(server)));
  await until(() => good.every(({ name }) => watched.node(name).pulse));
  const listeners = countListeners();
  for (const [at, [name, { sslmode = "disable" }]] of hostiles.entries())
    watched.manager.add(node(name, fakes[at]?.port ?? 0, { sslmode }));
  watched.collector.refreshNow();
  const errorOf = (name: string) => watched.manager.health(name)?.error;
  await until(() => hostiles.every(([name]) => errorOf(name)));
  for (const [name, { kind, message }] of hostiles)
    expect([name, errorOf(name)]).toMatchObject([name, { kind, ...(message && { message }) }]);
  expect(hostiles.length).toBeGreaterThan(40);
  for (const { name } of good) expect(watched.longestGapMs(name)).toBeLessThan(hangMs);
  for (const [name] of hostiles) await watched.manager.remove(name);
  expect(countListeners()).toBe(listeners);
  for (const fake of fakes) await fake[Symbol.asyncDispose]();
});

function countListeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
}

test("TLS makes a hostile server no better", async () => {
  const certificate = selfSigned("IP:127.0.0.1");
  await Promise.all(
    Object.entries(hostileAnswers).map(async ([name, { script, kind, message }]) => {
      await using fake = await scriptedServer(script, true);
      await using front = await tlsBefore(fake.port, certificate);
      const error = await readyAt(node(name, front.port, { sslmode: "require" }));
      expect([name, error]).toMatchObject([name, { kind, ...(message && { message }) }]);
      await until(() => fake.open === 0);
    }),
  );
  certificate.remove();
});

test("who comes back to them again and again keeps nothing of it", async () => {
  const quick = hostiles.filter(([, { kind }]) => kind !== "timeout");
  // They hang up when we do, so that a socket of theirs stands for one of ours.
  const fakes = await Promise.all(quick.map(([, { script }]) => scriptedServer(script, true)));
  const manager = new ConnectionManager();
  for (const [at, [name, { sslmode = "disable" }]] of quick.entries())
    manager.add(node(name, fakes[at]?.port ?? 0, { sslmode }));
  const round = async () => {
    for (const [name, { kind }] of quick) {
      manager.connect(name);
      expect([name, (await manager.ready(name))?.kind]).toEqual([name, kind]);
    }
  };
  for (let warm = 0; warm < 2; warm += 1) await round();
  const before = footprint();
  for (let again = 0; again < 8; again += 1) await round();
  await until(() => footprint().sockets <= before.sockets);
  const after = footprint();
  expect(after.listeners).toBe(before.listeners);
  expect(after.residentMiB - before.residentMiB).toBeLessThan(50);
  await manager.stop(0);
  for (const fake of fakes) await fake[Symbol.asyncDispose]();
});

function footprint() {
  Bun.gc(true);
  const sockets = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  return { sockets, listeners: countListeners(), residentMiB: process.memoryUsage().rss / 2 ** 20 };
}

const asks: Record<string, Script> = {
  "the password in clear": atLogin(authentication(3)),
  "its MD5 hash": atLogin(authentication(5, "salt")),
  nothing: atLogin(loggedIn),
  SCRAM: atLogin(authentication(10, "SCRAM-SHA-256\0\0")),
};
const refusals: [keyof typeof asks, string, string][] = [
  ["the password in clear", "require_auth=scram-sha-256", "asks for the password in clear"],
  ["the password in clear", "require_auth=!password", "asks for the password in clear"],
  ["the password in clear", "channel_binding=require", "asks for the password in clear"],
  ["its MD5 hash", "require_auth=scram-sha-256", "asks for an MD5 hash"],
  ["its MD5 hash", "require_auth=!md5", "asks for an MD5 hash"],
  ["its MD5 hash", "channel_binding=require", "asks for an MD5 hash"],
  ["nothing", "require_auth=scram-sha-256", "did not complete authentication"],
  ["nothing", "require_auth=!none", "did not complete authentication"],
  ["nothing", "channel_binding=require", "asked for nothing"],
  ["SCRAM", "require_auth=md5,password", "asks for SCRAM"],
  ["SCRAM", "channel_binding=require", "is reached without TLS"],
];

test.each(refusals)("who asks for %s with %s hears our name and no more", async (ask, rule, what) => {
  await using fake = await scriptedServer(asks[ask] ?? atLogin());
  const [keyword = "", value = ""] = rule.split("=");
  const error = await readyAt(node("asker", fake.port, { [keyword]: value }));
  expect(error).toMatchObject({ kind: "auth", message: `${rule}, but the server ${what}` });
  const startup = Buffer.from(fake.heard, "latin1");
  expect(startup.length).toBe(startup.readUInt32BE(0));
});

test("without a rule an MD5 hash is given, as libpq does, and the password is not", async () => {
  await using fake = await scriptedServer(asks["its MD5 hash"] ?? atLogin());
  const hash = (text: string) => new Bun.CryptoHasher("md5").update(text).digest("hex");
  await using manager = managing(node("asker", fake.port));
  void manager.ready("asker");
  await until(() => fake.heard.includes(`md5${hash(`${hash(`${planted}monitor`)}salt`)}`));
  expect(fake.heard).not.toContain(planted);
});

const withoutTls = Object.entries(hostileLogins).filter(
  ([, { sslmode, kind }]) => sslmode === "require" && kind !== "timeout",
);

test.each(withoutTls)(
  "a node that requires TLS tells nothing to a server that %s",
  async (name, { script }) => {
    await using fake = await scriptedServer(script);
    await readyAt(node(name, fake.port, { sslmode: "require" }));
    expect(fake.heard).toStartWith("\0\0\0\x08\x04\xd2\x16\x2f");
    expect(fake.heard).not.toContain("monitor");
    expect(fake.heard).not.toContain("\0user\0");
  },
);

test("two thousand million rounds of SCRAM are refused at once", async () => {
  const { script } = hostileLogins["wants 2 thousand million rounds"] ?? { script: atLogin() };
  await using fake = await scriptedServer(script);
  // To reckon them takes longer than a login may, which would be another kind.
  expect(await readyAt(node("hasher", fake.port))).toMatchObject({ kind: "protocol" });
});

test("an answer that does not end is ended on the server too, and its node stays", async () => {
  const server = await servers.lone("calm");
  await using manager = managing(nodeSettings(server, { statementTimeoutMs: 60_000 }));
  const endless = { text: "select pg_catalog.generate_series(1, 1000000000)" };
  const outcome = await manager.query(server.name, endless);
  expect(outcome).toMatchObject({
    error: { kind: "protocol", message: "an answer of more than 50000 rows" },
  });
  await until(async () => (await ourBackends(server)).length === 0);
  expect(manager.health(server.name)?.state).toBe("connected");
  expect(await manager.query(server.name, { text: "select 1" })).toMatchObject({ ok: true });
});

function managing(settings: NodeSettings): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  manager.add(settings);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

async function readyAt(settings: NodeSettings) {
  await using manager = managing(settings);
  return await manager.ready(settings.name);
}
