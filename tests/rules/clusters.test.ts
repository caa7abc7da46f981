import { expect, test } from "bun:test";
import { type NodeErrorKind, nodeError } from "../../src/postgres/node-error.ts";
import { syncStandbys } from "../../src/postgres/sync-standbys.ts";
import { failoverOf } from "../../src/rules/relatives.ts";
import type { Listed } from "../../src/stats/discovery.ts";
import type { NodeEntry } from "../../src/store/nodes.ts";
import { replication } from "../../src/views/replication/replication.ts";
import type { PulseRow } from "../../src/views/server/pulse.ts";
import { fleetOf, judged, wordsOf } from "../support/rules/judged.ts";
import { facts, health, node, nowMs, pulse, standby, unreached } from "../support/screens/fixtures.ts";

const looks = (count: number, ...nodes: NodeEntry[]) => Array.from({ length: count }, () => ({ nodes }));
const down = health("reconnecting", { sinceMs: nowMs - 40_000 });

test("two primaries of one system are critical on both, which say which of them was promoted", () => {
  const one = node("orders-1");
  const two = node("orders-2", { facts: facts({ timeline: 4 }), promotedAtMs: nowMs - 29_000 });
  const said = (...nodes: NodeEntry[]) => wordsOf("split_brain", judged(looks(2, ...nodes)));
  expect(said(one, two)).toEqual([
    "critical: split brain: orders-2 is primary too, on the newer timeline 4, promoted 30s ago [node orders-1]",
  ]);
  expect(said(two, one)).toEqual([
    "critical: split brain: orders-1 is primary too, on the older timeline 3 [node orders-2]",
  ]);
  const three = node("orders-3", { facts: facts({ timeline: 3 }), pulse: pulse({ started_at: "5" }) });
  expect(said(one, two, three)).toEqual([
    "critical: split brain: orders-2 (on the newer timeline 4, promoted 30s ago), orders-3 (on the same timeline 3) are primary too [node orders-1]",
  ]);
});

test("of two primaries whose timeline is not known none is said", () => {
  const [one, two] = [node("orders-1"), node("orders-2", { facts: facts({ timeline: null }) })];
  expect(wordsOf("split_brain", judged(looks(2, one, two)))).toEqual([
    "critical: split brain: orders-2 is primary too [node orders-1]",
  ]);
  expect(wordsOf("split_brain", judged(looks(2, two, one)))).toEqual([
    "critical: split brain: orders-1 is primary too, on timeline 3 [node orders-2]",
  ]);
});

test("a primary that is down while its standby was promoted is a failover, and no split brain", () => {
  const gone = node("orders-1", { health: down });
  const promoted = node("orders-2", { facts: facts({ timeline: 4 }), promotedAtMs: nowMs - 40_000 });
  expect(judged(looks(3, promoted, gone)).alerts).toEqual([]);
  expect(wordsOf("node_down", judged(looks(1, gone, promoted)))).toEqual([
    "critical: unreachable for 40s; orders-2 was promoted 40s ago [node orders-1]",
  ]);
  const fleet = fleetOf({ nodes: [gone, promoted] }, nowMs);
  expect(failoverOf(gone, fleet)?.text).toBe("orders-2 was promoted 40s ago; orders-1 is down");
  expect(failoverOf(promoted, fleet)).toBeNull();
});

test("a standby of another system than its cluster's primary says what to do, and a group of servers is none", () => {
  const primary = node("orders-1", { facts: facts({ systemIdentifier: "1" }) });
  const of = (system: string | null) =>
    standby("orders-2", { facts: facts({ inRecovery: true, systemIdentifier: system }) });
  const told = (...nodes: NodeEntry[]) => {
    const outcome = judged(looks(2, ...nodes), { another_system: { forMs: 0 } });
    return [...wordsOf("another_system", outcome), ...outcome.unknowns.map(({ reason }) => reason)];
  };
  const alert =
    "warning: is a copy of another system than its primary orders-1: make it anew from that, or name another cluster for it in the config [standby orders-2]";
  expect(told(of("2"), primary)).toEqual([alert]);
  // It is so whether its primary answers or not.
  expect(told(of("2"), { ...primary, health: down })).toEqual([alert]);
  expect(told(of("1"), primary)).toEqual([]);
  const billing = node("billing-1", { facts: facts({ systemIdentifier: "2" }) });
  expect(told(of("2"), primary, billing)).toEqual([]);
  expect(told(of("3"), primary, billing)).toEqual([]);
  expect(told(primary, billing)).toEqual([]);
  expect(told(of(null), primary)).toEqual([
    "system_identifier may not be read: whether it is a copy of its primary is not told",
  ]);
});

test("a standby that is down, or a primary without a successor, is no failover", () => {
  const gone = standby("orders-2", { health: down });
  expect(wordsOf("node_down", judged(looks(1, gone, node("orders-1"))))).toEqual([
    "critical: unreachable for 40s [node orders-2]",
  ]);
  const lone = node("orders-1", { health: down });
  expect(failoverOf(lone, fleetOf({ nodes: [lone, standby("orders-2")] }, nowMs))).toBeNull();
});

test("a primary that is down while Patroni is paused says that nothing fails over, and no other does", () => {
  const listed = (name: string, role: string, more: Partial<Listed> = {}): Listed => ({
    member: {
      ...{ name, host: name, port: 5432, role, state: "running", timeline: 3, lagBytes: 0, tags: [] },
      ...{ pendingRestart: false, apiUrl: null },
    },
    ...{ source: "patroni", cluster: "orders", isSpeaker: role === "leader", urls: [], scope: "orders" },
    ...{ paused: true, scheduledSwitchover: null, timelines: null, answeredAtMs: nowMs, failing: null },
    ...{ goneSinceMs: null, ...more },
  });
  const gone = node("orders-1", { health: down, listed: listed("orders-1", "leader") });
  const replica = standby("orders-2", { listed: listed("orders-2", "replica") });
  const said = (...nodes: NodeEntry[]) => wordsOf("node_down", judged(looks(1, ...nodes)));
  const paused =
    "critical: unreachable for 40s; Patroni is paused: nothing fails over by itself [node orders-1]";
  expect(said(gone, replica)).toEqual([paused]);
  // Patroni no longer lists the dead one, and is paused by what it says of the rest.
  expect(said({ ...gone, listed: listed("orders-1", "leader", { goneSinceMs: nowMs }) }, replica)).toEqual([
    paused,
  ]);
  const running = { ...replica, listed: listed("orders-2", "replica", { paused: false }) };
  const resumed = { ...gone, listed: listed("orders-1", "leader", { paused: false }) };
  expect(said(resumed, running)).toEqual(["critical: unreachable for 40s [node orders-1]"]);
  expect(said({ ...replica, health: down }, { ...gone, health: health("connected") })).toEqual([
    "critical: unreachable for 40s [node orders-2]",
  ]);
  // The user disconnected it: it may live.
  expect(said({ ...replica, health: down }, { ...gone, health: health("disconnected") })).toEqual([
    "critical: unreachable for 40s [node orders-2]",
  ]);
});

test("a node that was never reached is told beside the primary of its cluster, since its role is unknown", () => {
  const lost = { ...standby("orders-2"), health: down, facts: null, pulse: null };
  expect(wordsOf("node_down", judged(looks(1, lost, node("orders-1"))))).toEqual([
    "critical: never reached; orders-1 is the primary of its cluster [node orders-2]",
  ]);
  const refused = { ...down, error: nodeError("refused", "connection refused") };
  const never = { ...lost, health: refused };
  expect(wordsOf("node_down", judged(looks(1, never, standby("orders-1"))))).toEqual([
    "critical: never reached: connection refused [node orders-2]",
  ]);
});

test("a node that is down is told with the reason, and one that answers the login is not unreachable", () => {
  const lost = (kind: NodeErrorKind, message: string) =>
    node("a", { health: { ...down, error: nodeError(kind, message) } });
  expect(wordsOf("node_down", judged(looks(1, lost("refused", "connection refused"))))).toEqual([
    "critical: unreachable for 40s: connection refused [node a]",
  ]);
  const full = lost("too-many-connections", "sorry, too many clients already");
  expect(wordsOf("node_down", judged(looks(1, full)))).toEqual([
    "critical: no login for 40s: sorry, too many clients already [node a]",
  ]);
});

test("two primaries of one cluster whose system may not be read are unknown, and not well", () => {
  const hidden = facts({ systemIdentifier: null });
  const nodes = [node("orders-1", { facts: hidden }), node("orders-2", { facts: hidden })];
  const { alerts, unknowns } = judged(looks(2, ...nodes));
  expect(alerts).toEqual([]);
  expect(unknowns).toMatchObject([{ rules: ["split_brain"] }]);
});

test("a standby on another timeline than its primary is named after ten seconds", () => {
  const old = standby("orders-3", { facts: facts({ inRecovery: true, timeline: 1 }) });
  const promoted = node("orders-2", { facts: facts({ timeline: 2 }) });
  expect(wordsOf("timeline_diverged", judged(looks(10, old, promoted)))).toEqual([]);
  expect(wordsOf("timeline_diverged", judged(looks(11, old, promoted)))).toEqual([
    "critical: is on timeline 1, its primary orders-2 on 2 [standby orders-3]",
  ]);
  const onTheWay = standby("orders-3", { facts: facts({ inRecovery: true, timeline: 2 }) });
  expect(
    wordsOf("timeline_diverged", judged([...looks(5, old, promoted), ...looks(9, onTheWay, promoted)])),
  ).toEqual([]);
});

test("an older timeline of the control file is unknown, and no alarm", () => {
  const old = facts({ inRecovery: true, timeline: 1, timelineAtLeast: true });
  const said = judged(
    looks(11, standby("orders-3", { facts: old }), node("orders-2", { facts: facts({ timeline: 2 }) })),
  );
  expect(wordsOf("timeline_diverged", said)).toEqual([]);
  expect(said.unknowns).toContainEqual(
    expect.objectContaining({
      rules: ["timeline_diverged"],
      reason: expect.stringMatching(/^its timeline is/),
    }),
  );
  const same = { ...old, timeline: 2 };
  const well = judged(
    looks(11, standby("orders-3", { facts: same }), node("orders-2", { facts: facts({ timeline: 2 }) })),
  );
  expect(well.unknowns.filter(({ rules }) => rules.includes("timeline_diverged"))).toEqual([]);
});

test("a standby is judged by the primary that it follows, though another has its timeline", () => {
  const below = (upstream: string) =>
    standby("orders-3", {
      facts: facts({ inRecovery: true, timeline: 1 }),
      pulse: pulse({
        ...{ in_recovery: true, timeline: 1, receiver: "waiting", receive_lsn: 1n, replay_lsn: 5n },
        ...{ sender_host: `${upstream}.example.com`, sender_port: 5432 },
      }),
    });
  const primaries = [
    node("orders-1", { facts: facts({ timeline: 1 }) }),
    node("orders-2", { facts: facts({ timeline: 2 }) }),
  ];
  expect(wordsOf("timeline_diverged", judged(looks(11, below("orders-2"), ...primaries)))).toEqual([
    "critical: is on timeline 1, its primary orders-2 on 2 [standby orders-3]",
  ]);
  expect(wordsOf("timeline_diverged", judged(looks(11, below("orders-1"), ...primaries)))).toEqual([]);
});

const sender = (application_name: string, more: object = {}) => ({
  application_name,
  state: "streaming",
  sync_state: "async",
  slot_type: null,
  replay_lsn: 7n,
  ...more,
});
const primaryWith = (senders: readonly object[], setting: string | null, ...others: NodeEntry[]) =>
  Array.from({ length: 11 }, () => ({
    nodes: [node("orders-1", { pulse: pulse({ sync_standbys: setting }) }), ...others],
    views: [[replication, senders] as const],
  }));

test("a standby that is down and of which its primary has no WAL sender is missing there", () => {
  const gone = standby("orders-2", { health: down });
  expect(wordsOf("standby_missing", judged(primaryWith([], null, gone)))).toEqual([
    "warning: standby orders-2 does not stream from here [standby orders-2]",
  ]);
  const streams = judged(primaryWith([sender("orders-2")], null, gone));
  expect(wordsOf("standby_missing", streams)).toEqual([]);
  // As pg_receivewal does.
  const receives = judged(primaryWith([sender("archive", { replay_lsn: null })], null, gone));
  expect(wordsOf("standby_missing", receives)).toHaveLength(1);
  // To a bare role.
  const hidden = judged(primaryWith([sender("", { state: null, replay_lsn: null })], null, gone));
  expect(wordsOf("standby_missing", hidden)).toEqual([]);
});

test("a standby that stopped to receive is missing from its primary only where it can follow nobody else", () => {
  const silent = (name: string, started_at: string | null = null, more: Partial<PulseRow> = {}) =>
    standby(name, {
      pulse: pulse({
        ...{ in_recovery: true, receiver: "none", receive_lsn: 5n, follows: true, started_at },
        ...more,
      }),
    });
  const relay = standby("orders-2", { health: down });
  expect(wordsOf("standby_missing", judged(primaryWith([], null, relay, silent("orders-3"))))).toEqual([
    "warning: standby orders-2 does not stream from here [standby orders-2]",
  ]);
  const never = unreached("orders-2", "reconnecting");
  expect(wordsOf("standby_missing", judged(primaryWith([], null, never, silent("orders-3"))))).toEqual([]);
  // What it is to follow tells.
  const to = (host: string) => ({ configured_host: host, configured_port: "5432" });
  const relays = standby("orders-2");
  const told = (host: string) =>
    wordsOf(
      "standby_missing",
      judged(primaryWith([sender("b")], null, relays, silent("orders-3", null, to(host)))),
    );
  expect(told("orders-1.example.com")).toEqual([
    "warning: standby orders-3 does not stream from here [standby orders-3]",
  ]);
  expect(told("orders-2.example.com")).toEqual([]);
  // A second way to the same server is no other standby.
  const twice = [silent("orders-2", "9"), silent("orders-2b", "9")];
  expect(wordsOf("standby_missing", judged(primaryWith([], null, ...twice)))).toEqual([
    "warning: standby orders-2 does not stream from here [standby orders-2]",
  ]);
});

test("commits that wait for a standby name the one that is missing", () => {
  const one = judged(primaryWith([sender("b", { sync_state: "sync" })], "FIRST 2 (a, b)"));
  expect(wordsOf("standby_missing", one)).toEqual([
    "warning: commits wait: 1 of 2 synchronous standbys stream, a is missing [standby a]",
  ]);
  expect(wordsOf("standby_missing", judged(primaryWith([], "*")))).toEqual([
    "warning: commits wait: 0 of 1 synchronous standbys stream [standby any]",
  ]);
  const quorum = [sender("a", { sync_state: "quorum" }), sender("b", { sync_state: "quorum" })];
  expect(judged(primaryWith(quorum, "ANY 1 (a, b)")).alerts).toEqual([]);
});

test.each([
  ["", null],
  ["a, b", { count: 1, names: ["a", "b"] }],
  ["FIRST 2 (a, b, c)", { count: 2, names: ["a", "b", "c"] }],
  ['any 1 ("my, standby", b)', { count: 1, names: ["my, standby", "b"] }],
  ['2 ("a""b", c)', { count: 2, names: ['a"b', "c"] }],
  ["*", { count: 1, names: ["*"] }],
])("synchronous_standby_names %p", (setting, expected) => {
  expect(syncStandbys(setting)).toEqual(expected);
});
