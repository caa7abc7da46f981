import { describe, expect, test } from "bun:test";
import { type TopologyNode, topology } from "../../../src/stats/replication/topology.ts";

function node(name: string, looks: Partial<TopologyNode> = {}): TopologyNode {
  return {
    name,
    cluster: null,
    host: `${name}.example.com`,
    port: 5432,
    systemIdentifier: null,
    startedAt: null,
    inRecovery: null,
    timeline: null,
    senderHost: null,
    senderPort: null,
    isUp: true,
    ...looks,
  };
}

const primary = (name: string, looks: Partial<TopologyNode> = {}) =>
  node(name, { systemIdentifier: "1", inRecovery: false, ...looks });
const standby = (name: string, of: string | null, looks: Partial<TopologyNode> = {}) =>
  node(name, {
    systemIdentifier: "1",
    inRecovery: true,
    senderHost: of === null ? null : `${of}.example.com`,
    senderPort: of === null ? null : 5432,
    ...looks,
  });

/** The clusters as an indented text. */
function drawn(nodes: readonly TopologyNode[]): string[] {
  return topology(nodes).flatMap((cluster) => [
    `${cluster.name}:`,
    ...cluster.members.map((member) => `${"  ".repeat(member.depth)}${member.name} ${member.role}`),
  ]);
}

describe("clusters", () => {
  test("nodes of one system identifier go together, others stand alone", () => {
    const nodes = [
      standby("orders-2", "orders-1"),
      node("reports", { systemIdentifier: "2", inRecovery: false }),
      primary("orders-1"),
      node("down"),
    ];
    expect(drawn(nodes)).toEqual([
      "orders:",
      "orders-1 primary",
      "  orders-2 standby",
      "reports:",
      "reports primary",
      "down:",
      "down unknown",
    ]);
  });

  test("a configured cluster wins, and draws in its relatives", () => {
    const nodes = [
      primary("a", { cluster: "shop" }),
      node("b", { cluster: "shop" }),
      standby("c", "a"),
      primary("clone", { cluster: "staging" }),
    ];
    expect(topology(nodes.slice(0, 3)).map((cluster) => [cluster.name, cluster.members.length])).toEqual([
      ["shop", 3],
    ]);
    expect(topology(nodes).map((cluster) => cluster.id)).toEqual([
      "cluster:shop",
      "node:c",
      "cluster:staging",
    ]);
    expect(topology(nodes).every((cluster) => cluster.splitBrain.length === 0)).toBe(true);
  });

  test("a failover changes neither the name nor the identity", () => {
    const before = topology([primary("eu-1"), standby("us-1", "eu-1")]);
    const after = topology([standby("eu-1", "us-1"), primary("us-1")]);
    expect(after[0]?.name).toBe(before[0]?.name ?? "");
    expect(after[0]?.id).toBe(before[0]?.id ?? "");
  });
});

test("no two clusters have one name, and the config's keep theirs", () => {
  const twice = (name: string, systemIdentifier: string) => [
    primary(`${name}-1`, { systemIdentifier }),
    standby(`${name}-2`, `${name}-1`, { systemIdentifier }),
  ];
  const configured = primary("other", { systemIdentifier: "9", cluster: "z" });
  const nodes = [...twice("z", "1"), ...twice("a", "2"), ...twice("a", "3"), node("z"), configured];
  expect(topology(nodes).map(({ name }) => name)).toEqual(["z-1", "a", "a-1", "z 2", "z"]);
});

describe("who follows whom", () => {
  test("cascading standbys hang below their upstream", () => {
    const nodes = [standby("c", "b"), standby("d", "a"), standby("b", "a"), primary("a")];
    expect(drawn(nodes).slice(1)).toEqual(["a primary", "  d standby", "  b standby", "    c standby"]);
  });

  test.each(["127.0.0.1", "localhost", "::1", "[::1]", "LOCALHOST.", "/var/run/postgresql", "127.0.1.1", ""])(
    "a sender on %p is on the standby's own machine",
    (senderHost) => {
      const here = { host: "127.0.0.1", port: 5001 };
      const local = standby("b", null, { host: "localhost", port: 5002, senderHost, senderPort: 5001 });
      expect(upstream([primary("a", here), local], "b")).toEqual({ kind: "node", name: "a" });
      const there = { host: "db7", port: 5001 };
      const remote = { ...local, host: "db7" };
      expect(upstream([primary("x", here), primary("a", there), remote], "b")).toEqual({
        kind: "node",
        name: "a",
      });
    },
  );

  test("of servers on several addresses of the standby's own machine it is the one at that address", () => {
    const at = (host: string) => ({ host, port: 5001, startedAt: host });
    const servers = [primary("a", at("127.0.0.1")), primary("b", at("127.0.0.2"))];
    for (const [senderHost, name] of [
      ["127.0.0.2", "b"],
      ["localhost", "a"],
    ] as const) {
      const local = standby("c", null, { host: "127.0.0.3", port: 5001, senderHost, senderPort: 5001 });
      for (const nodes of [servers, servers.toReversed()])
        expect(upstream([...nodes, local], "c")).toEqual({ kind: "node", name });
    }
  });

  test("an address that we do not know is the only primary, and said to be assumed", () => {
    const inside = standby("b", null, { senderHost: "10.0.0.7", senderPort: 5432 });
    expect(upstream([primary("a"), inside], "b")).toEqual({ kind: "assumed", name: "a" });
  });

  test("a sender is also known by the address that it has by its own account, within its cluster", () => {
    const from = { senderHost: "10.0.0.7", senderPort: 5432 };
    const own = { own: { host: "10.0.0.7", port: 5432 }, cluster: "shop" };
    const local = standby("b", null, { ...from, cluster: "shop" });
    const relay = standby("r", "a", { host: "127.0.0.1", port: 6000, ...own });
    const elsewhere = primary("x", { ...own, cluster: "other" });
    const nodes = [elsewhere, primary("a", { cluster: "shop" }), relay, local];
    expect(upstream(nodes, "b")).toEqual({ kind: "node", name: "r" });
    const loopback = { ...local, senderHost: "127.0.0.1" };
    const beside = { ...relay, own: { host: "127.0.0.1", port: 5432 } };
    expect(upstream([beside, loopback], "b")).toMatchObject({ kind: "unwatched" });
  });

  test("without a primary in sight the sender is a server that is not watched", () => {
    const sender = { kind: "unwatched", host: "a.example.com", port: 5432 } as const;
    expect(upstream([standby("b", "a")], "b")).toEqual(sender);
  });

  test("a standby without a receiver is below the server that it is to receive from, and an orphan all the same", () => {
    const silent = (hosts: string[], port = 5432) => standby("c", null, { configured: { hosts, port } });
    const placed = (node: TopologyNode) =>
      topology([primary("a"), standby("b", "a"), node])[0]?.members.find(({ name }) => name === "c");
    expect(placed(silent(["10.0.0.1", "b.example.com"]))).toMatchObject({
      ...{ upstream: { kind: "configured", name: "b" }, depth: 2, isOrphan: true },
    });
    expect(placed(silent(["b.example.com"], 6000))).toMatchObject({ upstream: null, isOrphan: true });
  });

  test("a standby without a receiver is an orphan; a node that is down is not", () => {
    const members = topology([primary("a"), standby("b", null), node("c")]).flatMap((all) => all.members);
    expect(members.map((member) => [member.name, member.isOrphan])).toEqual([
      ["a", false],
      ["b", true],
      ["c", false],
    ]);
  });

  test("the upstream may be down or in another cluster of ours", () => {
    const down = node("a", { cluster: "shop" });
    const member = standby("b", "a", { cluster: "shop" });
    expect(drawn([member, down])).toEqual(["shop:", "a unknown", "  b standby"]);
    expect(upstream([{ ...member, cluster: "shop-dr" }, down], "b")).toEqual({ kind: "node", name: "a" });
  });

  test("an address of another system is not an upstream", () => {
    const other = primary("a", { systemIdentifier: "2", cluster: "shop" });
    expect(upstream([other, standby("b", "a", { cluster: "shop" })], "b")?.kind).toBe("unwatched");
  });

  test("standbys that follow each other are all shown", () => {
    expect(drawn([standby("b", "c"), standby("c", "b")]).length).toBe(3);
  });
});

describe("split brain", () => {
  test("two primaries of one system identifier, the newer timeline first", () => {
    const nodes = [primary("a", { timeline: 1 }), primary("b", { timeline: 2 }), standby("c", "b")];
    expect(topology(nodes)[0]?.splitBrain).toEqual(["b", "a"]);
  });

  test("not: one server listed twice, or two systems in one configured cluster", () => {
    const twice = [primary("a", { host: "localhost" }), primary("a-shop", { host: "127.0.0.1" })];
    expect(topology(twice)[0]?.splitBrain).toEqual([]);
    const two = [primary("a", { cluster: "shop" }), primary("b", { cluster: "shop", systemIdentifier: "2" })];
    expect(topology(two)[0]?.splitBrain).toEqual([]);
  });

  test("what servers say of themselves tells them apart, and not their addresses", () => {
    const copies = [
      primary("a", { host: "127.0.0.1", startedAt: "1" }),
      primary("b", { host: "127.0.0.2", startedAt: "2" }),
    ];
    expect(topology(copies)[0]?.splitBrain).toEqual(["a", "b"]);
    const ways = [primary("a", { startedAt: "1" }), primary("pooled", { port: 6432, startedAt: "1" })];
    expect(topology(ways)[0]).toMatchObject({ splitBrain: [], members: [{}, { sameAs: "a" }] });
    const strangers = [
      primary("a", { startedAt: "1" }),
      primary("b", { systemIdentifier: "2", startedAt: "1" }),
    ];
    expect(topology(strangers).flatMap(({ members }) => members.map(({ sameAs }) => sameAs))).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("not: a primary that is down and its standby, which was promoted", () => {
    const failover = [primary("a", { timeline: 1, isUp: false }), primary("b", { timeline: 2 })];
    expect(topology(failover)[0]?.splitBrain).toEqual([]);
    expect(topology([...failover, primary("c", { timeline: 2 })])[0]?.splitBrain).toEqual(["b", "c"]);
  });

  test("a server that is listed twice is named once", () => {
    const a = { host: "a", timeline: 1 };
    const nodes = [primary("a", a), primary("a-shop", a), primary("b", { timeline: 2 })];
    expect(topology(nodes)[0]?.splitBrain).toEqual(["b", "a"]);
  });
});

function upstream(nodes: readonly TopologyNode[], name: string) {
  return topology(nodes)
    .flatMap((cluster) => cluster.members)
    .find((member) => member.name === name)?.upstream;
}
