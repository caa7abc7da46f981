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

describe("a second standby of one server that would have the address of the first is named", () => {
  const told = ["s below a: another standby of it has the same address"];
  const rules = [rule("s", "127.0.0.1", 5002)];
  const pair = [sender("s", "10.0.0.2"), sender("s", "10.0.0.3")];
  const at = { host: "127.0.0.1", port: 5002 };

  test("by a rule for the name of both, before and after the first one is watched", () => {
    const alone = written("a", { unserved: pair });
    expect(read([alone], rules)).toEqual({ members: ["s 127.0.0.1:5002"], leftOut: told });
    const s = found("s", { at, ...from("a", 5432, "a") });
    const both = written("a", { unserved: pair, untold: 1 });
    expect(read([both, s], rules)).toEqual({ members: ["s 127.0.0.1:5002"], leftOut: told });
    const other = written("a", { unserved: pair.slice(1) });
    const served = { ...s, isServed: true };
    expect(read([other, served], rules)).toEqual({ members: ["s 127.0.0.1:5002"], leftOut: told });
  });

  test("but not where the addresses are two of one machine", () => {
    const at = { host: "127.0.0.1", port: 5432 };
    const primary = written("a", { at, unserved: [sender("s", null), sender("t", null)] });
    const near = [rule("s", "127.0.0.2", 5432), rule("t", "127.0.0.3", 5432)];
    expect(read([primary], near)).toEqual({
      members: ["s 127.0.0.2:5432", "t 127.0.0.3:5432"],
      leftOut: [],
    });
  });

  test("on one host", () => {
    const unserved = [sender("r", "10.0.0.2"), sender("s", "10.0.0.2")];
    expect(read([written("a", { unserved })])).toEqual({ members: ["r 10.0.0.2:5432"], leftOut: told });
  });

  test("and one that two servers tell of is one", () => {
    const servers = ["a", "b"].map((name) => written(name, { unserved: pair.slice(1) }));
    expect(read(servers, rules)).toEqual({ members: ["s 127.0.0.1:5002"], leftOut: [] });
  });
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

test("an address that we do not know of the only primary is no other server, unless a standby connects from it", () => {
  const standby = written("b", { ...from("10.0.0.7", 5433, "a", true), isServed: true });
  expect(read([written("a"), standby])).toEqual({ members: [], leftOut: [] });
  const behind = written("a", { unserved: [sender("relay", "10.0.0.7")], untold: 1 });
  expect(read([behind, standby])).toEqual({
    members: ["relay 10.0.0.7:5433"],
    leftOut: [],
  });
});

test("standbys that may be those that are watched are not added, but where a rule tells them", () => {
  const unserved = [sender("s1", "10.0.0.2"), sender("s2", "10.0.0.3"), sender("s3", "10.0.0.4")];
  const servers = [written("a", { unserved, untold: 1 }), written("b", from("a", 5432, "a"))];
  expect(membersOf(servers, [rule("s3", "db3")])).toEqual(["s3 db3:5432"]);
  expect(read(servers).leftOut).toHaveLength(3);
  const one = written("b", { ...from("a", 5432, "a"), own: { host: "10.0.0.2", port: 5432 } });
  expect(membersOf([written("a", { unserved, untold: 1 }), one])).toEqual([
    ...["s2 10.0.0.3:5432", "s3 10.0.0.4:5432"],
  ]);
});

describe("a server that was found", () => {
  const s = (change: Change) => found("s", { at: { host: "10.0.0.2", port: 5432 }, ...change });
  const down = { state: "down", why: "connection refused" } as const;

  test("stays while it answers, is served, is received from or is where a standby connects from", () => {
    const a = written("a");
    for (const change of [{}, { ...down, isServed: true }]) expect(membersOf([a, s(change)])).toHaveLength(1);
    expect(membersOf([written("b", from("x", 5432, "s")), s(down)])).toHaveLength(1);
    const unserved = [sender("another", "10.0.0.2")];
    expect(membersOf([written("a", { unserved }), s(down)])).toEqual(["s 10.0.0.2:5432"]);
    expect(membersOf([a, s(down)])).toEqual([]);
  });

  test("is said to be of another system, and followed no further", () => {
    const stranger = s({ system: "2", unserved: [sender("x", "10.0.0.9")], ...from("10.0.0.8") });
    const a = written("a", { unserved: [sender("s", "10.0.0.2")] });
    expect(read([a, stranger])).toEqual({
      members: ["s 10.0.0.2:5432"],
      leftOut: ["s is another system than a"],
    });
    expect(read([written("a"), stranger])).toEqual({ members: [], leftOut: [] });
    expect(membersOf([a, s({ ...stranger, system: null })])).toHaveLength(3);
  });

  test("is not asked twice where two nodes lead to it", () => {
    const unserved = [sender("x", "10.0.0.9")];
    expect(membersOf([written("a"), s({ isRepeated: true, unserved })])).toEqual([]);
  });
});

test("servers that follow each other in a circle end", () => {
  const a = written("a", { ...from("b"), unserved: [sender("b", "b")] });
  const b = found("b", { ...from("a", 5432, "a"), unserved: [sender("a", "a"), sender("b", "b")] });
  expect(membersOf([a, b])).toEqual(["b b:5432"]);
});

test("where none answers, the reasons are told", () => {
  const a = written("a", { state: "down", why: "connection refused" });
  expect(read([a, written("b", { state: "waiting" })]).leftOut).toEqual([
    "a: connection refused; b: no answer yet",
  ]);
  expect(read([]).leftOut).toEqual(["none of its written nodes is watched"]);
});

test("what a server withholds is told", () => {
  const lacks = ["a hides whom it replicates with: GRANT pg_monitor TO bare"];
  expect(read([written("a", { lacks })]).leftOut).toEqual(lacks);
});

test("what no server would say is left out, and no more than 50 are members", () => {
  const odd = [sender("\u001b[31mred", "h1,h2"), sender("x".repeat(64), "/tmp/x y"), sender("s", "a b")];
  const { members, leftOut } = read([written("a", { unserved: odd })]);
  expect(members).toEqual([]);
  expect(leftOut.join("\n")).not.toContain("\u001b");
  const many = Array.from({ length: 60 }, (_, at) => sender("walreceiver", `10.0.1.${at}`));
  const all = read([written("a", { unserved: many })]);
  expect(all.members).toHaveLength(50);
  expect(all.leftOut).toEqual(["10 more than 50"]);
});
