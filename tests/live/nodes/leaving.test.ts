import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { SharedCredentials } from "../../../src/services/secrets/shared-credentials.ts";
import { TypedSecrets } from "../../../src/services/secrets/typed-secrets.ts";
import { SessionPool } from "../../../src/services/session/pool.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";

const servers = serversForTests();
const settings = { log_connections: "on", log_disconnections: "on" };
const one = { text: "select 1" };
const sleeping = { text: "select pg_catalog.pg_sleep(30)" };

/** What a server logs of a client that left without a word, or that closed its socket over an answer. */
const rude = /unexpected EOF|could not (?:receive|send) data|incomplete startup packet|Connection reset/;

async function managing(server: ThrowawayServer, names: readonly string[]): Promise<ConnectionManager> {
  const manager = new ConnectionManager();
  for (const name of names)
    manager.add(nodeSettings({ name, port: server.port }, { statementTimeoutMs: 60_000 }));
  for (const { outcome } of await manager.queryAll(one).outcomes) expect(outcome.ok).toBe(true);
  return manager;
}

async function logOf(server: ThrowawayServer, from: number): Promise<string> {
  await until(async () => (await ourBackends(server)).length === 0);
  return (await readFile(server.logFile, "utf8")).slice(from);
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);

describe("an end tells the server of it", () => {
  test("in every session at rest, without waiting for the servers", async () => {
    const server = await servers.lone("leaving", { settings });
    const from = (await readFile(server.logFile, "utf8")).length;
    const manager = await managing(server, names(20));
    await manager.stop(0);
    const log = await logOf(server, from);
    expect(log).not.toMatch(rude);
    expect(log.match(/disconnection: session time.* user=monitor/g)?.length).toBe(20);
  });

  test("in a session that runs a statement, which is cancelled", async () => {
    const server = await servers.lone("leaving", { settings });
    const from = (await readFile(server.logFile, "utf8")).length;
    const node = nodeSettings(server, { statementTimeoutMs: 60_000 });
    const credentials = new SharedCredentials(new TypedSecrets()).of(node);
    const pool = new SessionPool(node, { credentials, tunnel: null, introduced() {}, lost() {} });
    const answer = (await pool.acquire()).ask(sleeping);
    answer.catch(() => {});
    await until(async () => (await ourBackends(server)).some(({ sleeps }) => sleeps));
    await pool.end(5000);
    await expect(answer).rejects.toThrow();
    const log = await logOf(server, from);
    expect(log.match(/canceling statement due to user request/g)?.length).toBe(1);
    expect(log).not.toMatch(rude);
  });

  test("when a node is disconnected or removed, while the program goes on", async () => {
    const server = await servers.lone("leaving", { settings });
    const from = (await readFile(server.logFile, "utf8")).length;
    const manager = await managing(server, names(4));
    manager.disconnect("node-0");
    await manager.remove("node-1");
    await until(async () => (await ourBackends(server)).length === 2);
    await manager.stop(0);
    expect(await logOf(server, from)).not.toMatch(rude);
  });

  test("and waits for none of them that is frozen", async () => {
    const server = await servers.lone("leaving", { settings });
    const manager = await managing(server, names(20));
    server.freeze();
    try {
      const startMs = performance.now();
      await manager.stop(0);
      // A goodbye for which the server is waited for takes 50 ms of each node, all at once.
      expect(performance.now() - startMs).toBeLessThan(2000);
    } finally {
      server.thaw();
    }
    await until(async () => (await ourBackends(server)).length === 0);
  });
});
