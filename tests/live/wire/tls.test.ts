import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ConnectionParameters } from "../../../src/postgres/conninfo/conninfo.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { type Certificate, offerTls, openssl, selfSigned } from "../../support/tls/certificates.ts";

const servers = serversForTests();

test.if(process.env["CI"] === "true")("openssl is installed", () => {
  expect(openssl).not.toBeNull();
});

describe.skipIf(openssl === null)("TLS (needs openssl for its certificates)", () => {
  let server: ThrowawayServer;
  let own: Certificate;
  let foreign: Certificate;

  beforeAll(async () => {
    server = await servers.lone("tls");
    own = selfSigned("IP:127.0.0.1");
    foreign = selfSigned("IP:127.0.0.1");
    await offerTls(server, own);
    await until(async () => (await reach({ sslmode: "require" })).tls);
  });

  afterAll(() => {
    own.remove();
    foreign.remove();
  });

  function managing(connection: Partial<ConnectionParameters>, statementTimeoutMs = 60_000) {
    const manager = new ConnectionManager();
    manager.add(nodeSettings(server, { connection, statementTimeoutMs }));
    return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
  }

  /** How a session is encrypted, or the kind of error that there is instead. */
  async function reach(connection: Partial<ConnectionParameters>) {
    await using manager = managing(connection);
    const error = await manager.ready(server.name);
    return { error: error?.kind ?? null, tls: manager.facts(server.name)?.tls ?? null };
  }

  test("each mode checks as much as it says", async () => {
    const ca = own.crt;
    const encrypted = (verified: boolean) => ({
      error: null,
      tls: expect.objectContaining({ protocol: "TLSv1.3", verified }),
    });
    const refused: Awaited<ReturnType<typeof reach>> = { error: "tls", tls: null };
    expect(await reach({ sslmode: "disable" })).toEqual({ error: null, tls: null });
    expect(await reach({ sslmode: "prefer" })).toEqual(encrypted(false));
    expect(await reach({ sslmode: "require" })).toEqual(encrypted(false));
    expect(await reach({ sslmode: "require", sslrootcert: foreign.crt })).toEqual(refused);
    expect(await reach({ sslmode: "verify-ca", sslrootcert: ca })).toEqual(encrypted(true));
    expect(await reach({ sslmode: "verify-ca", sslrootcert: ca, host: "localhost" })).toMatchObject({
      error: null,
    });
    expect(await reach({ sslmode: "verify-full", sslrootcert: ca })).toEqual(encrypted(true));
    expect(await reach({ sslmode: "verify-full", sslrootcert: ca, host: "localhost" })).toEqual(refused);
    expect(await reach({ sslmode: "verify-full", sslrootcert: foreign.crt })).toEqual(refused);
    expect(await reach({ sslmode: "verify-full", sslrootcert: "system" })).toEqual(refused);
  });

  test("a file that cannot be read is named", async () => {
    await using manager = managing({ sslmode: "verify-full", sslrootcert: "/nonexistent/ca.pem" });
    expect(await manager.ready(server.name)).toMatchObject({
      kind: "tls",
      message: "/nonexistent/ca.pem is not there",
    });
    expect(manager.health(server.name)?.state).toBe("error");
  });

  test("a question is cancelled on the server as well, and the session kept", async () => {
    await using manager = managing({ sslmode: "require" });
    const fanOut = manager.queryAll({ text: "select pg_catalog.pg_sleep(30)" }, { deadlineMs: 60_000 });
    await until(async () => (await ourBackends(server))[0]?.sleeps);
    fanOut.cancel();
    expect((await fanOut.outcomes)[0]?.outcome).toMatchObject({ ok: false, error: { sqlstate: "57014" } });
    expect(await ourBackends(server)).toMatchObject([{ state: "idle" }]);
  });

  test("a frozen server is left soon, and keeps no backend for long when it thaws", async () => {
    // It cannot be asked to cancel: it agrees on no TLS. What we had it promise ends the statement.
    const manager = managing({ sslmode: "require" }, 2000);
    const asked = manager.query(server.name, { text: "select pg_catalog.pg_sleep(30)" });
    await until(async () => (await ourBackends(server))[0]?.sleeps);
    server.freeze();
    const startMs = performance.now();
    await manager.stop(0);
    const stoppedMs = performance.now() - startMs;
    server.thaw();
    expect(stoppedMs).toBeLessThan(20_000);
    expect(await asked).toMatchObject({ ok: false });
    await until(async () => (await ourBackends(server)).length === 0);
  });
});
