import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { ourBackends } from "../../support/servers/watched.ts";

const servers = serversForTests();
const where = {
  text: "select pg_catalog.current_database(), pg_catalog.current_setting('statement_timeout')",
};

function managing(settings: NodeSettings) {
  const manager = new ConnectionManager();
  manager.add(settings);
  const ask = async (database: string) => {
    const outcome = await manager.query(settings.name, where, { database });
    return outcome.ok ? outcome.answer.rows[0] : outcome.error;
  };
  return { manager, ask, [Symbol.asyncDispose]: () => manager.stop(0) };
}

async function serverWith(name: string, databases: readonly string[]) {
  const server = await servers.lone(name);
  for (const database of databases) await server.query(`create database ${database}`);
  return server;
}

test("a password that one database refuses is as good as before for the node", async () => {
  const server = await serverWith("guarded", ["secret", "open"]);
  await server.query("alter role monitor password 'another'");
  const lines = [
    "local all all trust",
    "host secret monitor 127.0.0.1/32 scram-sha-256",
    "host all all 127.0.0.1/32 trust",
  ];
  await writeFile(join(server.dataDirectory, "pg_hba.conf"), lines.join("\n"));
  await server.query("select pg_catalog.pg_reload_conf()");
  const passwords = [{ kind: "inline", secret: new Secret("wrong") }] as const;
  const settings = { ...nodeSettings(server), passwords };
  await using node = managing(settings);
  await until(async () => (await node.manager.ready(server.name)) === null);
  // More often than a password may be refused. An edit of the config is a reason to try again.
  for (const group of ["a", "b", "c", "d", "e"]) {
    node.manager.reconcile([{ ...settings, group }]);
    expect(await node.ask("secret")).toMatchObject({ kind: "auth", sqlstate: "28P01" });
  }
  expect(await node.ask("open")).toEqual(["open", "4s"]);
  const [own] = (await ourBackends(server)).map(({ pid }) => pid);
  await server.query(
    "select pg_catalog.pg_terminate_backend(pid) from pg_stat_activity where usename = 'monitor'",
  );
  await until(async () => {
    await node.manager.ready(server.name);
    const now = await ourBackends(server);
    return now.length > 0 && now.every(({ pid }) => pid !== own);
  });
  expect(node.manager.health(server.name)).toMatchObject({ state: "connected", error: null });
});

test.skipIf(!hasSshd)(
  "other databases are reached through the node's tunnel, which ends with the last",
  async () => {
    await using sshd = await startSshd();
    const server = await serverWith("behind", ["one", "two"]);
    const connection = { host: "db.example", hostaddr: "127.0.0.1" };
    {
      await using node = managing(nodeSettings(server, { connection, ssh: throughSshd(sshd) }));
      const asked = await Promise.all(["one", "two", "postgres"].map((name) => node.ask(name)));
      expect(asked).toEqual(["one", "two", "postgres"].map((name) => [name, "4s"]));
      expect(sshd.logins).toBe(1);
    }
    await until(() => sshd.sessions === 0);
  },
);
