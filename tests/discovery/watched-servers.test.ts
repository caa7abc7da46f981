import { expect, test } from "bun:test";
import { seenBy } from "../../src/services/discovery/replication.ts";
import { type Watching, watchedServers } from "../../src/services/discovery/watched-servers.ts";
import { after } from "../../src/services/schedule.ts";
import type { NodeEntry } from "../../src/store/nodes.ts";
import { openStore } from "../../src/store/store.ts";
import type { Row } from "../../src/views/row.ts";
import type { Sample } from "../../src/views/sample.ts";
import * as fixtures from "../support/screens/fixtures.ts";
import { okSample } from "../support/screens/samples.ts";
import { nodeSettings } from "../support/servers/node-settings.ts";

const { facts, node, standby, pulse, unreached, refused } = fixtures;

const watching: Watching = {
  nodes: ["a", "b"].map((name) =>
    nodeSettings({ name, port: 5432 }, { cluster: "orders", connection: { host: name } }),
  ),
  fileNodes: ["a"],
  members: [{ node: "b", cluster: "orders", member: "pg-b", others: [] }],
};

const sender = (pid: number, more: Row = {}): Row => ({
  ...{ pid, application_name: `s${pid}`, client_addr: `10.0.0.${pid}`, slot_type: null, state: "streaming" },
  replay_lsn: 1n,
  ...more,
});

const below = { upstream: { kind: "node", name: "a" }, served: { node: "a", pid: 1 } } as const;

function observed(nodes: readonly NodeEntry[], senders: Readonly<Record<string, Sample>>, place = {}) {
  const members = nodes.map(({ name }) => ({ name, depth: 0, ...(name === "b" && { ...below, ...place }) }));
  return fixtures.observed(nodes, [fixtures.cluster("orders", members)], { replication: senders });
}

const servers = (...given: Parameters<typeof observed>) =>
  watchedServers(observed(...given), watching, "orders");

test("what serves a node that is watched, a backup or a subscription leads nowhere", () => {
  const rows = [
    ...[sender(1), sender(2), sender(3, { client_addr: null }), sender(4, { replay_lsn: null })],
    ...[sender(5, { state: "backup" }), sender(6, { slot_type: "logical" })],
  ];
  const [a, b] = servers([node("a"), standby("b")], { a: okSample(rows), b: okSample([]) });
  expect(a).toMatchObject({ node: "a", member: null, state: "up", untold: 0, upstream: null, lacks: [] });
  expect(a?.unserved).toEqual([
    { name: "s2", host: "10.0.0.2" },
    { name: "s3", host: null },
  ]);
  const upstream = { host: "orders-1.example.com", port: 5432, node: "a", assumed: false };
  expect(b).toMatchObject({ member: "pg-b", state: "up", isServed: true, upstream });
});

test("a standby whose WAL sender is not told is one of those that serve none of ours", () => {
  const place = { served: null };
  const [a] = servers([node("a"), standby("b")], { a: okSample([sender(1), sender(2)]) }, place);
  expect([a?.unserved.length, a?.untold]).toEqual([2, 1]);
});

test("a server has told nothing yet, does not answer, or withholds it", () => {
  const states = (entry: NodeEntry, sample?: Sample) =>
    servers([entry], sample ? { a: sample } : {}).map(({ state, why, lacks }) => [state, why, ...lacks]);
  expect(states(unreached("a", "connecting"))).toEqual([["waiting", null]]);
  expect(states(node("a"))).toEqual([["waiting", null]]);
  expect(states(unreached("a", "reconnecting", refused))).toEqual([["down", "connection refused"]]);
  expect(states(unreached("a", "disconnected"))).toEqual([["down", "disconnected"]]);
  expect(states(node("a"), { state: "failed", error: refused, last: null })).toEqual([
    ["up", null, "the WAL senders of a are unknown: connection refused"],
  ]);
  const bare = {
    facts: facts({ inRecovery: true, readsAllStats: false, user: "bare", sessionUser: "bare" }),
  };
  const hides = ["up", null, "a hides whom it replicates with: GRANT pg_monitor TO bare"];
  const hidden = sender(1, { state: null, client_addr: null, replay_lsn: null });
  expect(states(node("a", bare), okSample([hidden]))).toEqual([hides]);
  const receiver = pulse({ in_recovery: true, receiver: null });
  expect(states(node("a", { ...bare, pulse: receiver }), okSample([]))).toEqual([hides]);
  expect(states(node("a", bare), okSample([]))).toEqual([["up", null]]);
});

test("the written servers are waited for, and not longer than they may take", async () => {
  const store = openStore({ columns: 80, rows: 24, refreshMs: 1000, title: "test" });
  const ask = (deadlineMs: number) => {
    const settings = { kind: "replication", cluster: "orders", addresses: [], deadlineMs } as const;
    return seenBy(store, () => watching)(settings, new AbortController().signal, null);
  };
  expect(await ask(1)).toEqual({ ok: false, why: "none of its written nodes is watched" });
  store.setState({ observed: observed([node("a")], {}) });
  expect(await ask(1)).toEqual({ ok: false, why: "a: no answer yet" });
  after(1, () => store.setState({ observed: observed([node("a")], { a: okSample([sender(2)]) }) }));
  const outcome = await ask(60_000);
  expect(outcome.ok && outcome.answer).toMatchObject({
    source: "replication",
    members: [{ name: "s2", host: "10.0.0.2", port: 5432, role: null }],
    leftOut: [],
  });
});
