import { describe, expect, test } from "bun:test";
import { readReplication, type WatchedServer } from "../../src/discovery/replication.ts";
import type { AddressRule } from "../../src/stats/address-rules.ts";

type Change = Partial<WatchedServer>;

/** A server that is written in the config and answers, known by its name on the network. */
const written = (node: string, change: Change = {}): WatchedServer => ({
  ...{ node, member: null, at: { host: node, port: 5432 }, host: change.at?.host ?? node },
  ...{ own: null, state: "up", why: null, system: "1", isRepeated: false, isServed: false },
  ...{ upstream: null, unserved: [], untold: 0, lacks: [] },
  ...change,
});
const found = (node: string, change: Change = {}) => written(node, { member: node, ...change });
const sender = (name: string | null, host: string | null) => ({ name, host });
const from = (host: string, port = 5432, node: string | null = null, assumed = false) => ({
  upstream: { host, port, node, assumed },
});
const rule = (given: string, host: string, port: number | null = null): AddressRule => {
  const [name = "", its] = given.split(" ");
  return { from: { host: name, port: its === undefined ? null : Number(its) }, to: { host, port } };
};

function read(servers: readonly WatchedServer[], rules: readonly AddressRule[] = []) {
  const told = readReplication(servers, rules);
  if (!told.ok) return { members: [], leftOut: [told.why] };
  const { members, leftOut } = told;
  return { members: members.map(({ name, host, port }) => `${name} ${host}:${port}`), leftOut };
}
const membersOf = (...given: Parameters<typeof read>) => read(...given).members;

test("standbys are where they connect from, at the port of their upstream, and have the names that they gave", () => {
  const unserved = [
    sender("s1", "10.0.0.2"),
    sender("walreceiver", "10.0.0.3"),
    sender("16/main", "fd00::4"),
  ];
  expect(read([written("a", { unserved })])).toEqual({
    members: ["10.0.0.3 10.0.0.3:5432", "fd00::4 fd00::4:5432", "s1 10.0.0.2:5432"],
    leftOut: [],
  });
  const forwarded = { at: { host: "127.0.0.1", port: 15_432 }, own: { host: "10.0.0.1", port: 5433 } };
  expect(membersOf([written("a", { ...forwarded, unserved })])).toContain("s1 10.0.0.2:5433");
});

test("two of one name have that of their addresses, and so has one whose name another server has", () => {
  const unserved = [sender("s", "10.0.0.2"), sender("s", "10.0.0.3"), sender("b", "10.0.0.4")];
  const members = membersOf([written("a", { unserved }), written("b", { state: "down" })]);
  expect(members.map((one) => one.split(" ")[0])).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
});

test("the upstream of a standby is where it receives from, and below it the rest is found", () => {
  const cascade = written("c", from("10.0.0.2", 5433));
  expect(membersOf([cascade])).toEqual(["10.0.0.2 10.0.0.2:5433"]);
  const relay = found("10.0.0.2", { at: { host: "10.0.0.2", port: 5433 }, ...from("db1") });
  const servers = [written("c", from("10.0.0.2", 5433, "10.0.0.2")), relay];
  expect(membersOf(servers)).toEqual(["10.0.0.2 10.0.0.2:5433", "db1 db1:5432"]);
});

test("a rule says where a server is: by the name of the standby, by host and port, by the host", () => {
  const unserved = [sender("S1", null), sender("s2", "10.0.0.2"), sender("walreceiver", "10.0.0.3")];
  const rules = [rule("s1", "127.0.0.1", 5002), rule("10.0.0.2 5432", "gate", 6000), rule("10.0.0.3", "db3")];
  const a = written("a", { unserved, ...from("10.0.0.9", 5433) });
  const members = ["10.0.0.9 10.0.0.9:5433", "db3 db3:5432", "S1 127.0.0.1:5002", "s2 gate:6000"];
  expect(membersOf([a], rules)).toEqual(members);
  expect(membersOf([a], [...rules, rule("10.0.0.9", "gate", 7000)])).toContain("gate:7000 gate:7000");
});

describe("on one host", () => {
  const local = { at: { host: "/var/run/postgresql", port: 5432 } };

  test("the port of a standby is not told, which is said", () => {
    for (const host of [null, "127.0.0.1", "::1"])
      expect(read([written("a", { ...local, unserved: [sender("s", host)] })])).toEqual({
        members: [],
        leftOut: ["s below a: it is on the same host, at a port that is not told"],
      });
    const unserved = [sender("walreceiver", "10.0.0.1")];
    const own = { host: "10.0.0.1", port: 5432 };
    expect(read([written("a", { own, unserved })])).toMatchObject({
      members: [],
      leftOut: [expect.stringMatching(/^10\.0\.0\.1 below a/)],
    });
  });

  test("an upstream tells its port, and is reached as its standby is", () => {
    const members = (at: WatchedServer["at"]) => membersOf([written("b", { at, ...from("/tmp", 5001) })]);
    expect(members({ host: "/tmp", port: 5002 })).toEqual(["localhost:5001 localhost:5001"]);
    expect(members({ host: "db7", port: 5002 })).toEqual(["db7:5001 db7:5001"]);
  });

  test("behind a bastion it is the bastion's", () => {
    const at = { host: "localhost", port: 5432 };
    const a = written("a", { at, host: "bastion", unserved: [sender("s", "127.0.0.1")] });
    const s = found("s", { at: { host: "localhost", port: 5433 }, host: "bastion", state: "down" });
    expect(read([a, s], [rule("s", "localhost", 5433)])).toEqual({
      members: ["s localhost:5433"],
      leftOut: [],
    });
  });

  test("a relay between a standby and the only primary in sight is found", () => {
    const at = (port: number) => ({ at: { host: "127.0.0.1", port }, own: { host: "127.0.0.1", port } });
    const primary = written("a", at(5001));
    const cascade = written("c", { ...at(5003), ...from("127.0.0.1", 5002, "a", true) });
    expect(membersOf([primary, cascade])).toEqual(["127.0.0.1:5002 127.0.0.1:5002"]);
  });
});

