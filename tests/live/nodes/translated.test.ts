import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { germanServers } from "../../support/servers/german.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { offerTls, selfSigned } from "../../support/tls/certificates.ts";

const servers = germanServers();

function managing(settings: NodeSettings): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  manager.add(settings);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

describe("a server that speaks another language", () => {
  test("answers with an error, and the session lives on", async () => {
    const server = await servers.lone("german");
    await using manager = managing(nodeSettings(server));
    expect(await manager.ready(server.name)).toBeNull();
    const before = await ourBackends(server);
    const outcome = await manager.query(server.name, { text: "select 1 / 0" });
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: "other", sqlstate: "22012", message: "Division durch Null" },
    });
    expect(await manager.query(server.name, { text: "select 1" })).toMatchObject({ ok: true });
    expect((await ourBackends(server)).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  });

  test("tells a statement that took too long from one that was cancelled", async () => {
    const server = await servers.lone("german");
    const sleep = { text: "select pg_catalog.pg_sleep(30)" };
    await using hasty = managing(nodeSettings(server, { statementTimeoutMs: 2000 }));
    expect(await hasty.query(server.name, sleep)).toMatchObject({ error: { kind: "timeout" } });
    await using patient = managing(nodeSettings(server, { statementTimeoutMs: 60_000 }));
    const running = patient.query(server.name, sleep, { deadlineMs: 60_000 });
    const pid = await until(async () => (await ourBackends(server)).find(({ sleeps }) => sleeps)?.pid);
    await server.query(`select pg_cancel_backend(${pid})`);
    expect(await running).toMatchObject({ error: { kind: "cancelled", sqlstate: "57014" } });
  });

  test("a lock that is not granted in time is a timeout", async () => {
    const server = await servers.lone("german");
    await using manager = managing(nodeSettings(server, { lockTimeoutMs: 500, pool: { max: 3 } }));
    const holding = manager.query(server.name, {
      text: "select pg_catalog.pg_advisory_xact_lock(7), pg_catalog.pg_sleep(3)",
    });
    await until(async () => (await ourBackends(server)).some(({ sleeps }) => sleeps));
    const refused = await manager.query(server.name, { text: "select pg_catalog.pg_advisory_xact_lock(7)" });
    expect(refused).toMatchObject({ error: { kind: "timeout", sqlstate: "55P03" } });
    expect(await holding).toMatchObject({ ok: true });
  });

  test.each([
    [{ user: "nosuch" }, "auth", "28000"],
    [{ dbname: "nosuch" }, "auth", "3D000"],
    [{ user: "locked" }, "auth", "28000"],
  ] as const)("refuses a login for %p by SQLSTATE", async (connection, kind, sqlstate) => {
    const server = await servers.lone("german");
    await server.query("do $$ begin create role locked; exception when duplicate_object then end $$");
    await using manager = managing(nodeSettings(server, { connection }));
    expect(await manager.ready(server.name)).toMatchObject({ kind, sqlstate });
  });

  test.each(["latin1", "utf8"])("says it in the encoding of a database in %s", async (encoding) => {
    const server = await servers.lone("german");
    await server.query(`create database ${encoding} encoding '${encoding}' template template0 locale 'C'`);
    await using manager = managing(nodeSettings(server, { connection: { dbname: encoding } }));
    const outcome = await manager.query(server.name, { text: "select 'x'::pg_catalog.int4" });
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining("ungültige Eingabesyntax") } });
  });

  // No line lets us in without TLS, which says less than why the line for TLS does not.
  test.each(["prefer", "allow"] as const)(
    "says of two refusals the one that matters, %s",
    async (sslmode) => {
      const server = await servers.lone("german over TLS");
      const certificate = selfSigned("IP:127.0.0.1");
      const hba = "local all all trust\nhostssl all monitor 127.0.0.1/32 ident\n";
      writeFileSync(join(server.dataDirectory, "pg_hba.conf"), hba);
      await offerTls(server, certificate);
      certificate.remove();
      const reason = async () => {
        await using manager = managing(nodeSettings(server, { connection: { sslmode } }));
        return await manager.ready(server.name);
      };
      await until(async () => (await reason())?.message.startsWith("Ident"));
    },
  );
});
