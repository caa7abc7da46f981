import { expect, test } from "bun:test";
import { startHealth } from "../../../src/stats/health.ts";
import {
  advance,
  type ReplicationNode,
  replication,
  type Sender,
} from "../../../src/stats/replication/replication.ts";

const health = { ...startHealth(0), state: "connected" } as const;

function node(name: string, pulse: Partial<NonNullable<ReplicationNode["pulse"]>>): ReplicationNode {
  const isPrimary = pulse.current_lsn !== undefined;
  return {
    name,
    cluster: "orders",
    host: name,
    port: 5432,
    systemIdentifier: "1",
    startedAt: null,
    inRecovery: !isPrimary,
    timeline: 1,
    senderHost: null,
    senderPort: null,
    isUp: true,
    health,
    pulse: {
      current_lsn: null,
      receive_lsn: null,
      replay_lsn: null,
      receiver: isPrimary ? null : "streaming",
      receiver_slot: null,
      receiver_conninfo: null,
      replayed_at: null,
      server_time: 1000,
      ...pulse,
    },
    pulseAtMs: 5000,
  };
}

/** The lag of a standby that has not replayed all, whose last commit was at 900 by the primary's clock. */
function behind(primaryTime: number | null, standbyTime: number) {
  const nodes = [
    node("a", { current_lsn: 2000n, server_time: primaryTime }),
    node("b", { receive_lsn: 2000n, replay_lsn: 1000n, replayed_at: 900, server_time: standbyTime }),
  ];
  return replication(nodes, advance(new Map(), nodes)).lags.get("b");
}

test("what a lag cannot exceed is by the primary's clock, and not negative where that was set back", () => {
  for (const standbyTime of [700, 1000, 1300]) expect(behind(1000, standbyTime)?.atMost).toBe(100);
  expect(behind(600, 1000)?.atMost).toBe(0);
  expect(behind(null, 1000)?.atMost).toBeNull();
});

test("the last position of a primary that is down is no measure of its standbys", () => {
  const lost = { ...health, state: "reconnecting" } as const;
  const nodes = [
    { ...node("a", { current_lsn: 2000n }), health: lost, isUp: false },
    node("b", { receive_lsn: 1000n, replay_lsn: 1000n, receiver: "none" }),
  ];
  const clocks = advance(new Map(), nodes);
  const later = nodes.map((one) => (one.name === "b" ? { ...one, pulseAtMs: 95_000 } : one));
  expect(replication(later, advance(clocks, later)).lags.get("b")).toMatchObject({
    bytes: null,
    seconds: null,
  });
});

test("a standby below one without a WAL receiver gets nothing of what the primary writes", () => {
  const lagBelow = (receiver: string | null) => {
    const above = { ...node("b", { receive_lsn: 1000n, replay_lsn: 1000n, receiver }), senderHost: "a" };
    const below = {
      ...node("c", { receive_lsn: 1000n, replay_lsn: 1000n }),
      senderHost: "b",
      senderPort: 5432,
    };
    const nodes = [above, below];
    return replication(nodes, advance(new Map(), nodes)).lags.get("c");
  };
  expect(lagBelow("streaming")).toMatchObject({ bytes: 0n, seconds: 0 });
  for (const receiver of ["none", null])
    expect(lagBelow(receiver)).toMatchObject({ bytes: null, seconds: null, source: "unknown" });
});

test("the lag that a primary told outlives it, and its WAL sender", () => {
  const late = sender({ replay_lag: 534, replay_lsn: 1000n });
  const primary = { ...node("a", { current_lsn: 2000n }), senders: { atMs: 5000, rows: [late] } };
  const standby = node("b", { receive_lsn: 2000n, replay_lsn: 1000n });
  const clocks = advance(new Map(), [primary, standby]);
  const down = { ...primary, health: { ...health, state: "reconnecting" } as const, isUp: false };
  const gone = { ...primary, senders: { atMs: 6000, rows: [] } };
  for (const without of [down, gone]) {
    const later = [without, { ...standby, pulseAtMs: 15_000 }];
    expect(replication(later, advance(clocks, later)).lags.get("b")).toMatchObject({
      seconds: 544,
      atLeast: false,
    });
  }
});

const sender = (more: Partial<Sender>): Sender => ({
  pid: 1,
  application_name: "walreceiver",
  client_addr: "10.0.0.9",
  slot_name: null,
  slot_type: null,
  state: "streaming",
  replay_lag: 40,
  replay_lsn: 1000n,
  reply_age: 0,
  ...more,
});

/** The seconds and the source of the lag of "b", which streams from "a", by the WAL senders of "a". */
function toldBy(
  senders: readonly Sender[],
  standby: Partial<ReplicationNode> = {},
  slot: string | null = null,
) {
  const primary = { ...node("a", { current_lsn: 2000n }), senders: { atMs: 5000, rows: senders } };
  const receiver = { receive_lsn: 2000n, replay_lsn: 1000n, receiver_slot: slot };
  const from = { senderHost: "a", senderPort: 5432 };
  const nodes = [primary, { ...node("b", receiver), ...from, ...standby }];
  return replication(nodes, advance(new Map(), nodes)).lags.get("b")?.seconds ?? null;
}

test("a standby's WAL sender is known by its slot, its name, its address, or as the only one", () => {
  const other = sender({ application_name: "c", replay_lag: 7, replay_lsn: 900n, client_addr: "10.0.0.8" });
  expect(toldBy([sender({})])).toBe(40);
  expect(toldBy([other, sender({ slot_name: "s" })], {}, "s")).toBe(40);
  expect(toldBy([other, sender({ application_name: "b" })])).toBe(40);
  expect(toldBy([other, sender({})], { host: "10.0.0.9" })).toBe(40);
  expect(toldBy([other, sender({ replay_lsn: 900n })])).toBeNull();
});

test("receivers that replay nothing, and a server that the standby does not stream from, tell nothing of it", () => {
  const archive = sender({ application_name: "pg_receivewal", replay_lsn: null, replay_lag: null });
  const subscription = sender({ slot_name: "sub", slot_type: "logical", replay_lag: 7, replay_lsn: 900n });
  const backup = sender({ state: "backup", replay_lsn: null, replay_lag: null });
  expect(toldBy([archive, subscription, backup, sender({})])).toBe(40);
  expect(toldBy([archive, subscription, backup])).toBeNull();
  expect(toldBy([sender({ replay_lsn: 900n })], { senderHost: "relay", senderPort: 5433 })).toBeNull();
  expect(toldBy([sender({ application_name: "b" })], { senderHost: null, senderPort: null })).toBe(40);
});

/** A primary "a", a relay "r" and "c", which receives from a proxy; each with the upstream of "c" and who serves it. */
function behindProxy(below: Partial<Sender>, conninfo = "application_name=c", slot: string | null = null) {
  const a = {
    ...node("a", { current_lsn: 9n }),
    senders: { atMs: 0, rows: [sender({ application_name: "r" })] },
  };
  const relay = { ...node("r", {}), senderHost: "a", senderPort: 5432 };
  const r = { ...relay, senders: { atMs: 0, rows: [sender({ pid: 2, ...below })] } };
  const c = node("c", { receiver_conninfo: conninfo, receiver_slot: slot });
  const found = replication([a, r, { ...c, senderHost: "proxy", senderPort: 6000 }], new Map());
  const member = found.clusters[0]?.members.find(({ name }) => name === "c");
  return { upstream: member?.upstream, depth: member?.depth, by: found.servings.get("c")?.node };
}

test("behind a proxy a standby is below the server whose WAL sender has its slot and its name", () => {
  const below = { upstream: { kind: "node", name: "r" }, depth: 2, by: "r" } as const;
  const assumed = { upstream: { kind: "assumed", name: "a" }, depth: 1, by: undefined } as const;
  expect(behindProxy({ application_name: "c" })).toMatchObject(below);
  expect(behindProxy({ slot_name: "s" }, "application_name=walreceiver", "s")).toMatchObject(below);
  // Most servers have this name.
  expect(behindProxy({}, "application_name=walreceiver")).toEqual(assumed);
  expect(behindProxy({ application_name: "15/main" }, "application_name=15/main")).toEqual(assumed);
  expect(behindProxy({ application_name: "c", slot_name: "other" })).toEqual(assumed);
  expect(behindProxy({ application_name: "r" }, "application_name=r")).toEqual(assumed);
});

test("a standby that may not tell its WAL receiver is below the server whose WAL sender has its name", () => {
  const hidden = { state: null, replay_lsn: null, client_addr: null, application_name: "b", slot_name: "s" };
  const a = { ...node("a", { current_lsn: 9n }), senders: { atMs: 0, rows: [sender(hidden)] } };
  const { clusters, servings } = replication([a, node("b", { receiver: null })], new Map());
  expect(clusters[0]?.members[1]?.upstream).toEqual({ kind: "node", name: "a" });
  expect(servings.get("b")?.node).toBe("a");
});

test("the WAL of another timeline than that of the primary that it follows is no lag", () => {
  const lagBelow = (upstream: string) => {
    const old = { ...node("old", { current_lsn: 2000n }), startedAt: "1" };
    const promoted = { ...node("new", { current_lsn: 1500n }), startedAt: "2", timeline: 2 };
    const otherWay = { ...promoted, name: "new-proxy", host: "proxy" };
    const standby = node("b", { receive_lsn: 1800n, replay_lsn: 1800n, receiver: "waiting" });
    const nodes = [otherWay, old, promoted, { ...standby, senderHost: upstream, senderPort: 5432 }];
    return replication(nodes, advance(new Map(), nodes)).lags.get("b")?.bytes;
  };
  expect(lagBelow("old")).toBe(200n);
  for (const way of ["new", "proxy"]) expect(lagBelow(way)).toBeNull();
});

test("two ways to one server are one standby, which its WAL sender serves", () => {
  const rows = [sender({ application_name: "app", slot_name: "s" })];
  const a = { ...node("a", { current_lsn: 9n }), startedAt: "1", senders: { atMs: 0, rows } };
  const one = { ...node("b", { receiver_slot: "s" }), startedAt: "2", senderHost: "a", senderPort: 5432 };
  const again = { ...one, name: "b-socket", host: "/run" };
  const other = { ...a, name: "a-socket", host: "/run", port: 5433 };
  const { servings } = replication([a, other, one, again], new Map());
  expect(Array.from(servings, ([name, { node }]) => [name, node])).toEqual([
    ["b", "a"],
    ["b-socket", "a"],
  ]);
  // The first of them need not be reached.
  const down = { ...one, isUp: false, pulse: null };
  expect(replication([a, down, again], new Map()).servings.get("b-socket")?.node).toBe("a");
});
