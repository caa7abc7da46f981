import { expect, test } from "bun:test";
import { type Receiving, type Served, servedBy } from "../../../src/stats/replication/senders.ts";

const sender = (application_name: string, more: Partial<Served> = {}): Served => ({
  application_name,
  client_addr: "10.0.0.9",
  slot_name: null,
  slot_type: null,
  state: "streaming",
  replay_lsn: 1000n,
  ...more,
});

const standby = (name: string, more: Partial<Receiving> = {}): Receiving => ({
  name,
  host: name,
  streams: true,
  applicationName: null,
  slot: null,
  isBelow: true,
  ...more,
});

/** Names of standbys, each with the application_name of the WAL sender that serves it. */
const told = (senders: readonly Served[], standbys: readonly Receiving[]) =>
  Array.from(servedBy(senders, standbys), ([name, { application_name }]) => `${name} ${application_name}`);

test("a slot tells whom a WAL sender serves, whatever else is alike", () => {
  const senders = [sender("walreceiver", { slot_name: "s1" }), sender("other", { slot_name: "s2" })];
  expect(told(senders, [standby("b", { slot: "s2" }), standby("c", { slot: "s1" })])).toEqual([
    "b other",
    "c walreceiver",
  ]);
});

test("two on one host are told apart by the names that their receivers gave", () => {
  const senders = [sender("repl b"), sender("repl c")];
  const host = "10.0.0.9";
  const standbys = [
    standby("b", { host, applicationName: "repl b" }),
    standby("c", { host, applicationName: "repl c" }),
  ];
  expect(told(senders, standbys)).toEqual(["b repl b", "c repl c"]);
});

test("an address is also the one that a server has by its own account, behind a name or a forwarded port", () => {
  const senders = [
    sender("walreceiver", { client_addr: "10.0.0.2" }),
    sender("walreceiver", { client_addr: "10.0.0.3" }),
    sender("socket", { client_addr: null }),
  ];
  const standbys = [
    standby("b", { host: "127.0.0.1", ownHost: "10.0.0.2" }),
    standby("c", { host: "c.example.com", ownHost: "10.0.0.9" }),
    standby("d", { host: "d.example.com", ownHost: null }),
  ];
  expect(told(senders, standbys)).toEqual(["b walreceiver"]);
});

test("the last standby has the last sender, which no other way tells", () => {
  const senders = [sender("b"), sender("walreceiver")];
  expect(told(senders, [standby("b"), standby("c")])).toEqual(["b b", "c walreceiver"]);
  expect(told(senders, [standby("b"), standby("c"), standby("d")])).toEqual(["b b"]);
});

test("of several alike none is told", () => {
  const senders = [sender("one"), sender("two")];
  const onOneHost = [standby("b", { host: "10.0.0.9" }), standby("c", { host: "10.0.0.9" })];
  expect(told(senders, onOneHost)).toEqual([]);
  expect(told([sender("b"), sender("b")], [standby("b"), standby("c")])).toEqual([]);
});

test("a standby without a receiver is served by nobody, and one that may be elsewhere not by elimination", () => {
  expect(told([sender("walreceiver")], [standby("b", { streams: false })])).toEqual([]);
  expect(told([sender("walreceiver")], [standby("b", { isBelow: false })])).toEqual([]);
});

test("what replays nothing, and a subscription, serve no standby", () => {
  const others = [
    sender("pg_receivewal", { replay_lsn: null }),
    sender("pg_basebackup", { state: "backup" }),
    sender("sub", { slot_type: "logical", slot_name: "sub" }),
  ];
  expect(told(others, [standby("b")])).toEqual([]);
});

test("a WAL sender whose state is hidden is known by its slot or its name only", () => {
  const hidden = { state: null, replay_lsn: null, client_addr: null };
  expect(
    told(
      [sender("b", hidden), sender("x", { ...hidden, slot_name: "c" })],
      [standby("b"), standby("c", { slot: "c" })],
    ),
  ).toEqual(["c x", "b b"]);
  expect(told([sender("walreceiver", hidden)], [standby("b", { host: "localhost" })])).toEqual([]);
});
