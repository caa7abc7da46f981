import { describe, expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { fakeServer } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { offerTls, openssl, selfSigned } from "../../support/tls/certificates.ts";

const servers = serversForTests();

/** The report on a connection; a test that does not end fails. */
function tested(settings: NodeSettings, signal?: AbortSignal) {
  return new ConnectionManager().test(settings, signal);
}

/** A report of success. */
async function found(settings: NodeSettings) {
  const report = await tested(settings);
  if (!report.ok) throw new Error(`${report.step}: ${report.error.message}`);
  return report;
}

describe("a test of a connection", () => {
  test("tells the server, the way there and the role, and leaves nothing behind", async () => {
    const { primary, standbys } = await servers.cluster();
    const { facts, rights, latencyMs } = await found(nodeSettings(primary));
    expect(facts).toMatchObject({
      inRecovery: false,
      user: "monitor",
      sessionUser: "monitor",
      database: "postgres",
      tls: null,
    });
    expect(facts.version).toStartWith(String(Math.floor(facts.versionNum / 10_000)));
    expect(facts.startedAtMs).toBeLessThan(Date.now());
    expect(facts.startedAtMs).toBeGreaterThan(Date.now() - 300_000);
    expect(rights).toMatchObject({ monitor: true });
    expect(rights.connections).toBeGreaterThan(0);
    expect(facts.maxConnections).toBeGreaterThan(rights.connections);
    expect(Object.keys(latencyMs).toSorted()).toEqual(["authentication", "connect", "query"]);
    for (const ms of Object.values(latencyMs)) expect(ms).toBeWithin(0, 3000);
    const [standby] = standbys;
    if (!standby) throw new Error("no standby");
    expect((await found(nodeSettings(standby))).facts.inRecovery).toBe(true);
    await until(async () => (await ourBackends(primary)).length === 0);
  });

  test("says what each role lacks", async () => {
    const { primary } = await servers.cluster();
    const missing = async (user: string) => {
      const { rights } = await found(nodeSettings(primary, { connection: { user } }));
      return Object.fromEntries(rights.missing.map(({ what, fix }) => [what, fix]));
    };
    const extension = { pg_stat_statements: "CREATE EXTENSION pg_stat_statements" };
    expect(await missing("postgres")).toEqual(extension);
    expect(await missing("monitor")).toEqual({
      ...extension,
      pg_signal_backend: "GRANT pg_signal_backend TO monitor",
    });
    expect(await missing("bare")).toEqual({
      ...extension,
      pg_read_all_stats: "GRANT pg_monitor TO bare",
      pg_read_all_settings: "GRANT pg_monitor TO bare",
      pg_signal_backend: "GRANT pg_signal_backend TO bare",
    });
    await primary.query("create extension pg_stat_statements");
    expect(await missing("postgres")).toEqual({});
    await primary.query("drop extension pg_stat_statements");
  });

  test("tries the password that a person typed for the node that it is", async () => {
    const bootstrap = ["alter role monitor password 'right'"];
    const server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
    const node = nodeSettings(server);
    const manager = new ConnectionManager();
    manager.add(node);
    expect(await manager.test(node)).toMatchObject({ ok: false, step: "authentication" });
    manager.enterPassword(node.name, new Secret("right"));
    expect(await manager.test(node)).toMatchObject({ ok: true });
    expect(await manager.test({ ...node, lockTimeoutMs: 1 })).toMatchObject({ ok: false });
    await manager.stop(0);
  });

  test.skipIf(openssl === null)("tells how it is encrypted, and what that took (needs openssl)", async () => {
    const server = await servers.lone("tls");
    const certificate = selfSigned("IP:127.0.0.1");
    await offerTls(server, certificate);
    const connection = { sslmode: "verify-full", sslrootcert: certificate.crt } as const;
    const node = nodeSettings(server, { connection });
    // It offers TLS once it has read its configuration again.
    await until(async () => (await tested(node)).ok);
    const { facts, latencyMs } = await found(node);
    expect(facts.tls).toMatchObject({ protocol: "TLSv1.3", verified: true });
    expect(latencyMs.tls).toBeGreaterThan(0);
    certificate.remove();
  });

  test.skipIf(!hasSshd)("goes through the node's tunnel, and shares it (needs openssh-server)", async () => {
    await using sshd = await startSshd();
    const { primary } = await servers.cluster();
    const node = nodeSettings(primary, { ssh: throughSshd(sshd) });
    const manager = new ConnectionManager();
    manager.add(node);
    expect(await manager.ready(node.name)).toBeNull();
    expect(await manager.test(node)).toMatchObject({ ok: true, latencyMs: { tunnel: expect.any(Number) } });
    expect(sshd.logins).toBe(1);
    await manager.stop(0);
    const refused = { ...node, ssh: throughSshd(sshd, { user: "nobody-there" }) };
    expect(await tested(refused)).toMatchObject({ ok: false, step: "tunnel", error: { kind: "tunnel" } });
    await until(() => sshd.sessions === 0);
  });

  test.skipIf(pgbouncer === null)("sees a pooler (needs pgbouncer)", async () => {
    const { primary } = await servers.cluster();
    await using pooler = await poolerBefore(primary);
    expect((await found(nodeSettings(pooler))).facts.throughPooler).toBe(true);
  });

  test("names the step that it did not come through", async () => {
    const { primary } = await servers.cluster();
    await using silent = await fakeServer(null);
    const at = (port: number, connection: Partial<NodeSettings["connection"]>) =>
      // A busy machine may need a second for a login, and a silent server is only waited for.
      nodeSettings({ name: "x", port }, { connection, pool: port === silent.port ? soon : {} });
    const soon = { connectTimeoutMs: 1500 };
    const { port } = primary;
    const cases: [NodeSettings, step: string, kind: string, steps: string[]][] = [
      [at(1, {}), "connect", "refused", ["connect"]],
      [at(port, { host: "nosuch.invalid" }), "connect", "dns", ["connect"]],
      [at(port, { sslmode: "require" }), "tls", "tls", ["connect", "tls"]],
      [at(silent.port, { sslmode: "require" }), "tls", "timeout", ["connect", "tls"]],
      [at(silent.port, {}), "authentication", "timeout", ["authentication", "connect"]],
      [at(port, { user: "nobody" }), "authentication", "auth", ["authentication", "connect"]],
      [at(port, { dbname: "none" }), "authentication", "auth", ["authentication", "connect"]],
    ];
    for (const [settings, step, kind, steps] of cases) {
      const report = await tested(settings);
      expect(report).toMatchObject({ ok: false, step, error: { kind } });
      expect(Object.keys(report.latencyMs).toSorted()).toEqual(steps);
    }
  });

  test("ends when it is told to", async () => {
    await using silent = await fakeServer(null);
    const stop = new AbortController();
    const report = tested(nodeSettings({ name: "silent", port: silent.port }), stop.signal);
    await until(() => silent.open === 1);
    stop.abort();
    expect(await report).toMatchObject({ ok: false, step: "authentication", error: { kind: "cancelled" } });
    await until(() => silent.open === 0);
  });
});
