import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { tableOf } from "../../src/store/table.ts";
import type { SubscriptionWorker } from "../../src/views/logical/subscription-workers.ts";
import { edges } from "../../src/views/replication/edges.ts";
import type { WalSender } from "../../src/views/replication/replication.ts";
import type { Slot } from "../../src/views/replication/replication-slots.ts";
import { topology } from "../../src/views/replication/topology.ts";
import type { Samples } from "../../src/views/sample.ts";
import { cluster, facts, health, node, observed, okSample, stateOf } from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

/** How one server is replicated: what it subscribes to, and what it sends. */
type Side = {
  readonly subscriptions?: readonly Partial<SubscriptionWorker>[];
  readonly slots?: readonly Partial<Slot>[];
  readonly senders?: readonly Partial<WalSender>[];
  readonly node?: Parameters<typeof node>[1];
};

const subscription = (subname: string, more: Partial<SubscriptionWorker> = {}) => ({
  ...{ subname, datname: "shop", subslotname: subname, subenabled: true, pid: 7, worker_seconds: 60 },
  ...{ copying: 0, apply_error_count: 0n, sync_error_count: 0n, suborigin: "none" },
  ...more,
});
const slot = (slot_name: string, active_pid: number | null = null) => ({
  ...{ slot_name, slot_type: "logical", database: "shop", active_pid, behind: 500n, retained: 2048n },
});
const sender = (pid: number, name: string): Partial<WalSender> => ({
  ...{ pid, application_name: name, slot_name: name, slot_type: "logical", state: "streaming" },
  ...{
    sync_state: "async",
    replay_lag: 2,
    replay_lsn: 100n,
    flush_behind: 9n,
    backend_start: 1,
    client_addr: null,
  },
});

function seen(sides: Readonly<Record<string, Side>>) {
  const of = (rows: (side: Side) => readonly object[] | undefined): Samples[string] =>
    Object.fromEntries(
      Object.entries(sides).map(([name, side]) => [
        name,
        okSample((rows(side) ?? []).map((row) => ({ ...row }))),
      ]),
    );
  return observed(
    Object.entries(sides).map(([name, side]) => node(name, side.node)),
    Object.keys(sides).map((name) => cluster(`c-${name}`, [{ name, depth: 0 }])),
    {
      subscription_workers: of(({ subscriptions }) => subscriptions),
      replication_slots: of(({ slots }) => slots),
      replication: of(({ senders }) => senders),
    },
  );
}

const linesOf = (state: ReturnType<typeof seen>, names = Object.keys(state.nodes)) =>
  tableOf(topology, state, names, { filter: "", sortBy: null, folded: new Set() }).lines;
const tree = (...shown: Parameters<typeof linesOf>) =>
  linesOf(...shown)
    .filter(({ node }) => node !== null)
    .map(({ depth, row }) => `${"-".repeat(depth)}${row["name"]} ${row["role"]} ${row["state"]}`);

const oneWay = (more: Partial<SubscriptionWorker> = {}) => ({
  a: { slots: [slot("feed", 9)], senders: [sender(9, "feed")] },
  b: { subscriptions: [subscription("feed", { datname: "copy", ...more })] },
});
const pair = (origins: readonly [string | null, string | null] = ["none", "none"]) => ({
  a: {
    subscriptions: [subscription("back", { suborigin: origins[0] })],
    slots: [slot("feed", 9)],
    senders: [sender(9, "feed")],
  },
  b: {
    subscriptions: [subscription("feed", { suborigin: origins[1] })],
    slots: [slot("back", 8)],
    senders: [sender(8, "back")],
  },
});

const rowOf = (state: ReturnType<typeof seen>, subname: string) =>
  linesOf(state).find(({ row }) => row["subname"] === subname)?.row;

test("a subscription stands below its publisher, as the database and node that it is in", () => {
  const state = seen(oneWay());
  expect(tree(state)).toEqual(["-a primary null", "--copy@b subscriber applying", "-b primary null"]);
  expect(rowOf(state, "feed")).toMatchObject({
    ...{ node: "b", upstream: "a", database: "shop", datname: "copy", slot_name: "feed", pair: null },
    ...{ lag_bytes: 500n, lag_seconds: 2, sync_state: "async", problems: [], level: null },
  });
  const opened = topology.opens?.(rowOf(state, "feed") ?? {}, "b");
  expect(opened).toEqual({ node: "b", row: { view: "subscriptions", key: "copy\u0000feed" } });
});

test("two databases that subscribe to each other are bidirectional, either below the other", () => {
  const state = seen(pair());
  expect(tree(state)).toEqual([
    "-a primary null",
    "--shop@b bidirectional applying",
    "-b primary null",
    "--shop@a bidirectional applying",
  ]);
  expect(rowOf(state, "feed")).toMatchObject({ pair: "back", problems: [], level: null });
});

test("a pair names all subscriptions that go the other way", () => {
  const { a, b } = pair();
  const more = {
    a: { ...a, slots: [...a.slots, slot("s2")] },
    b: { ...b, subscriptions: [...b.subscriptions, subscription("s2", { suborigin: "any" })] },
  };
  expect(rowOf(seen(more), "back")).toMatchObject({ pair: "feed, s2", problems: [] });
  expect(rowOf(seen(more), "feed")).toMatchObject({ pair: "back", problems: [] });
  expect(rowOf(seen(more), "s2")?.["pair"]).toBe("back");
});

test("a pair that may loop says so of the subscription that is to be altered, and is no warning", () => {
  const state = seen(pair(["any", "none"]));
  expect(rowOf(state, "back")).toMatchObject({
    problems: ["changes may loop: origin is any, not none"],
    level: null,
  });
  expect(rowOf(state, "feed")?.["problems"]).toEqual([]);
  expect(rowOf(seen(pair([null, null])), "feed")?.["problems"]).toEqual([
    "changes may loop: no origin = none before 16",
  ]);
});

test("one that fails is critical and says how often it failed, one that is disabled what it costs", () => {
  const failing = rowOf(seen(oneWay({ pid: null, worker_seconds: null, apply_error_count: 3n })), "feed");
  expect(failing).toMatchObject({
    ...{ state: "failing", level: "critical", problems: ["no worker applies it; 3 apply errors so far"] },
  });
  const disabled = rowOf(seen(oneWay({ subenabled: false, pid: null, worker_seconds: null })), "feed");
  expect(disabled).toMatchObject({ level: "warning", problems: ["disabled: its slot keeps 2.0 kB of WAL"] });
});

test("one whose slot has lost its WAL can never go on, and has nothing to catch up", () => {
  const { a, b } = oneWay({ pid: null, worker_seconds: null, apply_error_count: 3n });
  const lost = (more: Partial<Slot>, of: Partial<SubscriptionWorker> = {}) =>
    rowOf(
      seen({
        a: { slots: [{ ...slot("feed"), wal_status: "lost", ...more }] },
        b: { subscriptions: b.subscriptions.map((one) => ({ ...one, ...of })) },
      }),
      "feed",
    );
  const anew = "its slot has lost its WAL: it must be created anew";
  expect(lost({})).toMatchObject({ level: "critical", lag_bytes: null, problems: [anew] });
  expect(lost({}, { subenabled: false })).toMatchObject({ level: "warning", problems: [anew] });
  expect(lost({ invalidation_reason: "idle_timeout" })?.["problems"]).toEqual([
    "its slot is invalidated (idle_timeout): it must be created anew",
  ]);
  expect(rowOf(seen({ a, b }), "feed")?.["lag_bytes"]).toBe(500n);
});

test("of one node alone its subscriptions and consumers are known all the same", () => {
  const state = seen(oneWay());
  expect(tree(state, ["a"])).toEqual(["-a primary null"]);
  expect(tree(state, ["b"])).toEqual(["-b primary null", "--copy@b subscriber applying"]);
  expect(linesOf(state, ["b"]).at(-1)?.row).toMatchObject({ upstream: "a", lag_bytes: 500n, problems: [] });
});

test("where the publisher is not known it stands below its own node and says so", () => {
  const state = seen({ b: oneWay().b });
  expect(tree(state)).toEqual(["-b primary null", "--copy@b subscriber applying"]);
  expect(rowOf(state, "feed")).toMatchObject({
    ...{ upstream: null, lag_bytes: null, problems: ["which node it comes from is not known"] },
  });
});

test("of a subscriber that does not answer the subscription is as its node, of a publisher the lag is unknown", () => {
  const lost = { health: health("reconnecting", { error: nodeError("refused", "connection refused") }) };
  const { a, b } = oneWay();
  expect(rowOf(seen({ a, b: { ...b, node: lost } }), "feed")).toMatchObject({ state: "down", level: null });
  expect(rowOf(seen({ a: { ...a, node: lost }, b }), "feed")).toMatchObject({
    ...{ upstream: "a", lag_bytes: null, lag_seconds: null },
  });
  const without = oneWay({ pid: null, worker_seconds: null, apply_error_count: 1n }).b;
  expect(rowOf(seen({ a: { ...a, node: lost }, b: without }), "feed")?.["problems"]).toEqual([
    "no worker applies it: its publisher a is down",
  ]);
});

test("what consumes a logical slot and is no subscription that is seen here is dimmed below its server", () => {
  const senders = [
    { ...sender(9, "debezium"), client_addr: "10.0.0.9" },
    sender(10, "pg_16394_sync_16385_7301234567890123456"),
    sender(11, "feed_16394_sync_16385"),
  ];
  const state = seen({ a: { senders, slots: [slot("debezium", 9)] } });
  expect(tree(state)).toEqual(["-a primary null", "--debezium consumer streaming"]);
  const row = linesOf(state).at(-1)?.row ?? {};
  expect(row).toMatchObject({
    lag_bytes: 9n,
    database: "shop",
    problems: ["no subscription seen here has its slot; it connects from 10.0.0.9"],
  });
  expect(topology.isQuiet?.(row)).toBe(true);
});

test("what reads a slot by another plugin than subscriptions do is named by that", () => {
  const slots = [{ ...slot("cdc", 9), plugin: "wal2json" }];
  const state = seen({ a: { senders: [sender(9, "cdc")], slots } });
  expect(linesOf(state).at(-1)?.row["problems"]).toEqual(["no native subscription: it reads by wal2json"]);
});

test("a standby's copy of a subscription is no edge, and a server that is watched twice has each once", () => {
  const copy = { facts: facts({ inRecovery: true }) };
  const { a, b } = oneWay();
  const twice = seen({ a, b, b2: { ...b, node: copy }, again: b, a2: a });
  const clusters = [
    cluster("a", [
      { name: "a", depth: 0 },
      { name: "a2", depth: 0, sameAs: "a" },
    ]),
    cluster("b", [
      { name: "b", depth: 0 },
      { name: "b2", depth: 1 },
      { name: "again", depth: 0, sameAs: "b" },
    ]),
  ];
  const names = tree({ ...twice, clusters }).map((line) => line.split(" ")[0]);
  expect(names.filter((name) => name?.includes("@") || name?.includes("feed"))).toEqual(["--copy@b"]);
});

test("edges are a list of who gets what from whom", () => {
  const state = seen({ ...pair(), c: { senders: [{ ...sender(5, "debezium") }] } });
  const rows = edges.rows(fleetSamples(state, ["a", "b", "c"]));
  const shown = rows.map(({ kind, upstream, database, downstream, datname, subname, pair, watched }) =>
    [kind, upstream, database, downstream, datname, subname, pair, watched].join(" "),
  );
  expect(shown).toEqual([
    "logical a shop b shop feed back true",
    "logical b shop a shop back feed true",
    "logical c  debezium    false",
  ]);
});

test("on a narrow screen a pair and what is wrong with it are in sight", () => {
  const { a, b } = pair();
  const broken = { ...b, subscriptions: [subscription("feed", { pid: null, apply_error_count: 3n })] };
  const screen = draw(
    stateOf(seen({ a, b: broken }), {
      columns: 80,
      rows: 20,
      ...at({ kind: "view", view: "topology", scope: { kind: "all" } }),
    }),
  ).join("\n");
  expect(screen).toMatch(/✖.*└ shop@b +bidirectional.*no worker applies/);
  expect(screen).toMatch(/●.*└ shop@a +bidirectional/);
});
