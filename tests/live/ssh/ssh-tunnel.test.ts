import { describe, expect, test } from "bun:test";
import type { Fact } from "../../../src/components/drawing/fact-lines.ts";
import { makeTheme } from "../../../src/components/drawing/theme.ts";
import { factsOf } from "../../../src/components/screens/node-facts.ts";
import type { NodeSettings, SshSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { safe } from "../../../src/text/safe-text.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, type Sshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { ourBackends, watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const theme = makeTheme("dark", { color: false, ascii: true });
const way: Fact = ["reached", safe`through ssh 127.0.0.1`];

/** A name that only the bastion can make something of: whoever goes another way finds nothing. */
const behind = { host: "db.example", hostaddr: "127.0.0.1" };

function through(sshd: Sshd, server: ThrowawayServer, change: Partial<SshSettings> = {}): NodeSettings {
  return nodeSettings(server, { connection: behind, ssh: throughSshd(sshd, change) });
}

function managing(...nodes: readonly NodeSettings[]): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  for (const node of nodes) manager.add(node);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

test.if(process.env["CI"] === "true")("sshd is installed", () => {
  expect(hasSshd).toBe(true);
});

describe.skipIf(!hasSshd)("through an ssh tunnel (needs openssh-server)", () => {
  test("three nodes answer over one session with the bastion, and leave nothing there", async () => {
    await using sshd = await startSshd();
    const { primary, standbys } = await servers.cluster("main", 2);
    const nodes = [primary, ...standbys].map((server) => through(sshd, server));
    {
      await using manager = managing(...nodes);
      const { outcomes } = manager.queryAll({ text: "select pg_is_in_recovery()" });
      expect((await outcomes).map(({ outcome }) => outcome.ok && outcome.answer.rows)).toEqual([
        [["f"]],
        [["t"]],
        [["t"]],
      ]);
      expect(sshd.logins).toBe(1);

      await manager.remove(primary.name);
      expect(await manager.query(standbys[0]?.name ?? "", { text: "select 1" })).toMatchObject({ ok: true });
      expect(sshd.sessions).toBeGreaterThan(0);
    }
    await until(() => sshd.sessions === 0);
    expect(await ourBackends(primary)).toEqual([]);
  });

  test("a tunnel that is killed comes back by itself, once for all", async () => {
    await using sshd = await startSshd();
    const { primary, standbys } = await servers.cluster("main", 2);
    const nodes = [primary, ...standbys].map((server) => through(sshd, server));
    const names = nodes.map(({ name }) => name);
    await using watched = watch(nodes, { refreshMs: 250 });
    const health = () => names.map((name) => watched.node(name).health);
    await until(() => health().every(({ state }) => state === "connected"));

    for (const name of names) expect(factsOf(watched.node(name), theme)).toContainEqual(way);

    sshd.endSessions();
    await until(() => health().every(({ error }) => error?.kind === "tunnel"));
    expect(health()[0]).toMatchObject({
      state: "reconnecting",
      error: { message: `ssh 127.0.0.1:${sshd.port} ended the connection` },
    });
    await until(() => health().every(({ state }) => state === "connected"));
    expect(sshd.logins).toBe(2);
  });

  test("a bastion that is down is said so, and found again", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    await using manager = managing(through(sshd, server));
    await sshd.stop();
    expect(await manager.ready(server.name)).toMatchObject({
      kind: "tunnel",
      message: `ssh 127.0.0.1:${sshd.port}: connection refused`,
    });
    expect(manager.health(server.name)).toMatchObject({ state: "reconnecting" });
    await sshd.start();
    manager.connect(server.name);
    expect(await manager.ready(server.name)).toBeNull();
  });

  test("a statement is cancelled through the tunnel", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    await using manager = managing(through(sshd, server));
    const stop = new AbortController();
    const asked = manager.query(server.name, { text: "select pg_sleep(30)" }, { signal: stop.signal });
    await until(async () => (await ourBackends(server)).some(({ sleeps }) => sleeps));
    stop.abort();
    expect(await asked).toMatchObject({ ok: false, error: { kind: "cancelled", sqlstate: "57014" } });
    expect(await ourBackends(server)).toMatchObject([{ sleeps: false }]);
  });

  test("what the bastion cannot or must not reach is told apart", async () => {
    const server = await servers.lone("alone");
    await using sshd = await startSshd([`PermitOpen 127.0.0.1:${server.port} 127.0.0.1:1`]);
    const at = (change: object) => ({
      ...nodeSettings({ name: "wrong", port: 1 }, { connection: change, ssh: throughSshd(sshd) }),
    });
    const errorAt = async (change: object) => {
      await using manager = managing(at(change));
      return await manager.ready("wrong");
    };
    expect(await errorAt({})).toMatchObject({ kind: "refused" });
    expect(await errorAt({ port: 2 })).toMatchObject({
      kind: "tunnel",
      message: `ssh 127.0.0.1:${sshd.port} does not forward to 127.0.0.1:2`,
    });
    expect(sshd.logins).toBe(2);
  });

  test("a server that listens on a socket of the bastion is reached too", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const connection = { host: server.socketDirectory, user: "postgres" };
    await using manager = managing(nodeSettings(server, { connection, ssh: throughSshd(sshd) }));
    expect(await manager.ready(server.name)).toBeNull();
    expect(sshd.logins).toBe(1);
  });
});
