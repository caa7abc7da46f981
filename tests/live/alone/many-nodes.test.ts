import { expect, test } from "bun:test";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { NodeState } from "../../../src/stats/health.ts";
import { databases } from "../../../src/views/storage/databases.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { type NarrowRelay, narrowRelayTo } from "../../support/servers/relays.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const one = { text: "select 1" };
const names = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);

/** A node whose name the server is told, so that it can be seen who logs in when. */
const node = (name: string, port: number): NodeSettings =>
  nodeSettings({ name, port }, { connection: { applicationName: name } });

test("sixty nodes of three busy servers log in once each, and none is ever shown as down", async () => {
  const server = await servers.lone("many");
  // At once they would take 4 s of the 3 s that a login may take.
  await using first = await narrowRelayTo(server.port, 200);
  await using second = await narrowRelayTo(server.port, 200);
  await using third = await narrowRelayTo(server.port, 200);
  const relays: NarrowRelay[] = [first, second, third];
  const nodes = names(60).map((name, index) => node(name, relays[index % 3]?.port ?? 0));
  await using watched = watch(nodes);
  const states = new Set<NodeState>();
  watched.manager.on((event) => event.type === "state" && states.add(event.health.state));
  await until(() => nodes.every(({ name }) => watched.node(name).pulse !== null), 60_000);
  expect([...states]).toEqual(["connected"]);
  expect(relays.flatMap(({ logins }) => logins).sort()).toEqual(names(60).sort());
});

test("what only rules want is asked of one node after another", async () => {
  const server = await servers.lone("many");
  const nodes = names(40).map((name) => node(name, server.port));
  await using watched = watch(nodes, { standing: [{ view: databases, everyMs: 60_000 }] });
  const askedMs = await until(() => {
    const samples = Object.values(watched.store.getState().observed.samples["databases"] ?? {});
    const all = samples.flatMap((sample) => (sample.state === "ok" ? [sample.atMs] : []));
    return all.length === nodes.length && all;
  }, 60_000);
  expect(Math.max(...askedMs) - Math.min(...askedMs)).toBeGreaterThan(39 * 50 - 1000);
});

test("the nodes that the user looks at log in first, also those at the end of the list", async () => {
  const server = await servers.lone("many");
  await using relay = await narrowRelayTo(server.port, 20);
  const manager = new ConnectionManager();
  const seen = names(60).slice(50);
  manager.prefer(() => new Set(seen));
  for (const name of names(60)) manager.add(node(name, relay.port));
  try {
    await manager.queryAll(one).outcomes;
    expect(relay.logins.slice(0, 16)).toEqual(expect.arrayContaining(seen));
  } finally {
    await manager.stop(0);
  }
});

test("servers that accept and say nothing do not hold up those that answer", async () => {
  const server = await servers.lone("many");
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", () => resolve()));
  const { port } = silent.address() as AddressInfo;
  const manager = new ConnectionManager();
  const limits = { pool: { connectTimeoutMs: 60_000, acquireTimeoutMs: 60_000 } };
  for (const name of names(40)) manager.add(nodeSettings({ name: `silent-${name}`, port }, limits));
  for (const name of names(40)) manager.add(node(name, server.port));
  try {
    void manager.queryAll(one).outcomes;
    const answers = manager.queryAll(one, { nodes: names(40) }).outcomes;
    for (const { outcome } of await answers) expect(outcome.ok).toBe(true);
    for (const name of names(40)) expect(manager.health(`silent-${name}`)?.state).toBe("connecting");
  } finally {
    await manager.stop(0);
    silent.close();
  }
});

test("a node that is removed or disconnected while it waits for its turn does not log in", async () => {
  const server = await servers.lone("many");
  await using relay = await narrowRelayTo(server.port, 50);
  const manager = new ConnectionManager();
  for (const name of names(40)) manager.add(node(name, relay.port));
  try {
    const asked = manager.queryAll(one).outcomes;
    await Bun.sleep(0);
    await manager.remove("node-39");
    manager.disconnect("node-38");
    const refused = (await asked).filter(({ outcome }) => !outcome.ok).map((each) => each.node);
    expect(refused.sort()).toEqual(["node-38", "node-39"]);
    expect(relay.logins).not.toContain("node-38");
    expect(relay.logins).not.toContain("node-39");
    manager.connect("node-38");
    expect(await manager.query("node-38", one)).toMatchObject({ ok: true });
  } finally {
    await manager.stop(0);
  }
});
