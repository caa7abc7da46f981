import { afterAll, beforeAll, expect, setSystemTime, test } from "bun:test";
import type { ConnectionParameters } from "../../../src/postgres/conninfo/conninfo.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Session } from "../../../src/services/session/session.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fakeServer, relayTo } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { Authority } from "../../support/tls/authority.ts";
import { type Certificate, offerTls, selfSigned } from "../../support/tls/certificates.ts";
import { offer } from "../../support/tls/tls-server.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let certificate: Certificate;

beforeAll(async () => {
  server = await servers.lone("wire");
  certificate = selfSigned("DNS:localhost");
  await offerTls(server, certificate);
  await until(async () => (await reach(server.port, { sslmode: "require" })) === null);
});

afterAll(() => certificate.remove());

const sslRequest = "\0\0\0\x08\x04\xd2\x16\x2f";
const cancelCode = "\x04\xd2\x16\x2e";
const clientHello = "\x16\x03\x01";

/** For who waits in vain. */
const soonMs = 400;

function managing(port: number, connection: Partial<ConnectionParameters>, connectTimeoutMs = 3000) {
  const manager = new ConnectionManager();
  const pool = { connectTimeoutMs };
  manager.add(nodeSettings({ name: "node", port }, { connection, pool, statementTimeoutMs: 60_000 }));
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

async function reach(port: number, connection: Partial<ConnectionParameters>, connectTimeoutMs?: number) {
  await using manager = managing(port, connection, connectTimeoutMs);
  return await manager.ready("node");
}

/** What a server hears that says yes to TLS and then no more. */
async function heardBy(connection: Partial<ConnectionParameters>): Promise<string> {
  await using fake = await fakeServer("S");
  const way = { host: "localhost", hostaddr: "127.0.0.1", ...connection };
  const error = await reach(fake.port, way, soonMs);
  expect(error).toMatchObject({ kind: "timeout" });
  return fake.heard;
}

test("a server's name is told to it unless sslsni is off, an address never", async () => {
  expect(await heardBy({ sslmode: "require" })).toStartWith(`${sslRequest}${clientHello}`);
  expect(await heardBy({ sslmode: "require" })).toContain("localhost");
  expect(await heardBy({ sslmode: "require", sslsni: false })).not.toContain("localhost");
  expect(await heardBy({ sslmode: "require", host: "127.0.0.1", hostaddr: null })).not.toContain("127.0.0.1");
});

test("a direct handshake begins without a question and names PostgreSQL's protocol", async () => {
  const heard = await heardBy({ sslmode: "require", sslnegotiation: "direct" });
  expect(heard).toStartWith(clientHello);
  expect(heard).toContain("\x0apostgresql");
});

test.each(["prefer", "require"] as const)(
  "%s leaves a handshake that hangs, once and for good",
  async (sslmode) => {
    await using fake = await fakeServer("S");
    const startMs = performance.now();
    expect(await reach(fake.port, { sslmode }, soonMs)).toMatchObject({
      kind: "timeout",
      message: "no login in 0.4 s",
    });
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(fake.connections).toBe(1);
    await until(() => fake.open === 0);
  },
);

test.each([
  ["require", false],
  ["disable", true],
] as const)("with sslmode=%s a key to cancel is told in clear: %p", async (sslmode, told) => {
  await using relay = await relayTo(server.port);
  await using manager = managing(relay.port, { sslmode });
  const fanOut = manager.queryAll({ text: "select pg_catalog.pg_sleep(30)" }, { deadlineMs: 60_000 });
  await until(async () => (await ourBackends(server))[0]?.sleeps);
  fanOut.cancel();
  expect((await fanOut.outcomes)[0]?.outcome).toMatchObject({ ok: false, error: { sqlstate: "57014" } });
  expect(relay.connections).toBe(2);
  expect(relay.heard.includes(cancelCode)).toBe(told);
  expect(relay.heard.split(sslRequest)).toHaveLength(told ? 1 : 3);
});

test("a certificate that is about to end is looked at again within the hour, by a new session", async () => {
  await using manager = managing(server.port, { sslmode: "require" });
  const endsAtMs = () => manager.facts("node")?.tls?.expiresAtMs ?? 0;
  const backend = async () => {
    const outcome = await manager.query("node", { text: "select pg_catalog.pg_backend_pid()" });
    return outcome.ok ? outcome.answer.rows[0]?.[0] : outcome.error;
  };
  const first = await backend();
  const before = endsAtMs();
  const authority = new Authority("an authority");
  await offer(server, authority.sign({ name: "localhost", days: 90 }), "monitor");
  expect(await backend()).toBe(first);
  expect(endsAtMs()).toBe(before);
  setSystemTime(Date.now() + 3_700_000);
  try {
    expect(await backend()).toBe(first);
    const second = await backend();
    expect(second).not.toBe(first);
    expect(endsAtMs() - before).toBeGreaterThan(80 * 86_400_000);
    setSystemTime(Date.now() + 3_700_000);
    for (let times = 0; times < 3; times += 1) expect(await backend()).toBe(second);
  } finally {
    setSystemTime();
    authority.remove();
  }
});

test("a session under TLS that is cut off is lost at once", async () => {
  await using relay = await relayTo(server.port);
  await using manager = managing(relay.port, { sslmode: "require" });
  expect(await manager.ready("node")).toBeNull();
  relay.cut();
  await until(() => manager.health("node")?.state === "reconnecting");
  expect(manager.health("node")?.error?.kind).toBe("lost");
  await until(async () => (await manager.query("node", { text: "select 1" })).ok);
});

test("a session whose login fails says that it is over, whatever it failed of", async () => {
  await using silent = await fakeServer(null);
  await using declining = await fakeServer("N");
  await using garbled = await fakeServer("S\x16");
  const foreign = selfSigned("DNS:localhost");
  const { port } = server;
  const logins: Partial<ConnectionParameters>[] = [
    { port: 1, sslmode: "prefer" },
    { port: silent.port, sslmode: "prefer" },
    { port: declining.port, sslmode: "require" },
    { port: garbled.port, sslmode: "prefer" },
    { port, sslmode: "verify-ca", sslrootcert: foreign.crt },
    { port, sslmode: "verify-ca", sslrootcert: "/nonexistent" },
    { port, sslmode: "require", dbname: "nosuch" },
    { port, sslmode: "prefer", user: "nosuch" },
  ];
  for (const login of logins) {
    const { connection } = nodeSettings({ name: "node", port }, { connection: login });
    const { user, dbname: database } = connection;
    const rules = { ...connection, allowCleartext: false };
    const session = new Session({ server: connection, rules, user, database, connectionTimeoutMillis: 300 });
    const over = new Promise((resolve) => session.once("end", resolve));
    expect(
      await session.connect().then(
        () => "in",
        () => "refused",
      ),
    ).toBe("refused");
    await over;
  }
  foreign.remove();
});
