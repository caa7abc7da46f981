import { describe, expect, test } from "bun:test";
import { readCluster, type Trusted } from "../../src/discovery/patroni.ts";
import type { Answer } from "../../src/stats/discovery.ts";

const plain: Trusted = { urls: ["http://db1.example.com:8008"], addresses: [] };

function answerOf(given: unknown, trusted = plain): Answer {
  const outcome = readCluster(typeof given === "string" ? given : JSON.stringify(given), trusted);
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome.answer;
}

function refusal(text: string): string {
  const outcome = readCluster(text, plain);
  if (outcome.ok) throw new Error("it was taken");
  return outcome.why;
}

/** As Patroni 3 and 4 answer. */
const cluster = {
  members: [
    {
      name: "pg1",
      role: "leader",
      state: "running",
      api_url: "http://10.0.0.1:8008/patroni",
      host: "10.0.0.1",
      port: 5432,
      timeline: 5,
      tags: { clonefrom: true },
    },
    {
      name: "pg2",
      role: "sync_standby",
      state: "streaming",
      api_url: "http://10.0.0.2:8008/patroni",
      host: "10.0.0.2",
      port: 5433,
      timeline: 5,
      lag: 4096,
      tags: { nofailover: true, failover_priority: 2, noloadbalance: false, note: "slow disk" },
      pending_restart: true,
    },
    { name: "pg3", role: "replica", state: "stopped", host: "fd00::3", port: 5432, lag: "unknown" },
  ],
  scope: "orders",
  pause: true,
  scheduled_switchover: { at: "2026-12-01T03:00:00+00:00", from: "pg1", to: "pg2" },
};

test("Patroni's own answer is read", () => {
  const answer = answerOf(cluster);
  expect(answer).toMatchObject({
    scope: "orders",
    paused: true,
    scheduledSwitchover: "at 2026-12-01T03:00:00+00:00 from pg1 to pg2",
    leftOut: [],
  });
  expect(answer.members).toEqual([
    {
      ...{ name: "pg1", host: "10.0.0.1", port: 5432, role: "leader", state: "running", timeline: 5 },
      ...{ lagBytes: null, tags: ["clonefrom"], pendingRestart: false },
      apiUrl: "http://10.0.0.1:8008",
    },
    {
      ...{ name: "pg2", host: "10.0.0.2", port: 5433, role: "sync_standby", state: "streaming", timeline: 5 },
      ...{ lagBytes: 4096, tags: ["nofailover", "failover_priority: 2", "note: slow disk"] },
      ...{ pendingRestart: true, apiUrl: "http://10.0.0.2:8008" },
    },
    {
      ...{ name: "pg3", host: "fd00::3", port: 5432, role: "replica", state: "stopped", timeline: null },
      ...{ lagBytes: null, tags: [], pendingRestart: false, apiUrl: null },
    },
  ]);
});

const member = { name: "pg1", host: "h", port: 5432 };
const one = (change: object) => answerOf({ members: [{ ...member, ...change }] });

describe("what is only shown may be anything", () => {
  test.each([
    [{ role: 5, state: ["x"], timeline: "5", tags: "a", pending_restart: "yes" }],
    [{ role: "", state: null, timeline: -1, tags: [1, 2], pending_restart: null }],
    [{ role: "r".repeat(1000), state: {}, timeline: 1.5, tags: null, lag: -5 }],
    [{ lag: 1e300, tags: { a: { deep: [] }, b: null } }],
    [{ lag: "unknown" }],
  ])("%p", (change) => {
    expect(one(change).members).toEqual([
      {
        ...{ name: "pg1", host: "h", port: 5432, role: null, state: null, timeline: null, lagBytes: null },
        ...{ tags: [], pendingRestart: false, apiUrl: null },
      },
    ]);
  });

  test("tags are few and short, and none is a prototype", () => {
    const tags = JSON.stringify(
      Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`t${at}`, "x".repeat(999)])),
    );
    const { members } = answerOf(`{"members": [{"name": "a", "host": "h", "tags": ${tags}}]}`);
    expect(members[0]?.tags).toHaveLength(20);
    expect(members[0]?.tags.every((tag) => tag.length <= 60)).toBe(true);
    const odd = answerOf(
      '{"members": [{"name": "a", "host": "h", "tags": {"__proto__": {"x": true}, "constructor": true}}]}',
    );
    expect(odd.members[0]?.tags).toEqual(["constructor"]);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });
});

describe("a member is left out and named, and the others are taken,", () => {
  test.each<[object | string | null, string]>([
    [{ ...member, name: "bad", host: undefined }, "bad: no address"],
    [{ ...member, name: "bad", host: "/var/run/postgresql" }, "bad: no address"],
    [{ ...member, name: "bad", host: "@abstract" }, "bad: no address"],
    [{ ...member, name: "bad", host: "a,b" }, "bad: no address"],
    [{ ...member, name: "bad", host: "a b" }, "bad: no address"],
    [{ ...member, name: "bad", host: "user@h" }, "bad: no address"],
    [{ ...member, name: "bad", host: "-oProxyCommand=x" }, "bad: no address"],
    [{ ...member, name: "bad", host: undefined, conn_url: "postgres://a,b:1/x" }, "bad: no address"],
    [{ ...member, name: "bad", host: undefined, conn_url: "http://h:1/" }, "bad: no address"],
    [{ ...member, name: "bad", host: "h2", port: 0 }, "bad: no usable port"],
    [{ ...member, name: "bad", host: "h2", port: 65_536 }, "bad: no usable port"],
    [{ ...member, name: "bad", host: "h2", port: "5432x" }, "bad: no usable port"],
    [{ ...member, name: "bad", host: 5 }, "bad: no usable host"],
    [{ ...member, name: "bad", host: "h".repeat(300) }, "bad: no usable host"],
    [{ ...member, name: 5 }, "a member without a usable name"],
    [{ ...member, name: "" }, "a member without a usable name"],
    [{ ...member, name: "n".repeat(300) }, "a member without a usable name"],
    [{ ...member, name: "\u001b[2J" }, "a member whose name cannot be shown as it is"],
    [{ ...member, name: "pg1\u202e" }, "a member whose name cannot be shown as it is"],
    [{ ...member, name: "pg1\n" }, "a member whose name cannot be shown as it is"],
    [{ ...member, name: " pg1" }, "a member whose name cannot be shown as it is"],
    [{ ...member, host: "h2" }, "a second pg1"],
    ["pg2", "a member that is no map"],
    [null, "a member that is no map"],
  ])("%p", (bad, why) => {
    const { members, leftOut } = answerOf({ members: [member, bad, { name: "pg9", host: "h9" }] });
    expect(members.map(({ name }) => name)).toEqual(["pg1", "pg9"]);
    expect(leftOut).toEqual([why]);
  });
});

test("an address may be in conn_url, in brackets, with a port in text, and is 5432 without one", () => {
  const place = (change: object) => {
    const [first] = one(change).members;
    return `${first?.host} ${first?.port}`;
  };
  expect(place({ host: undefined, conn_url: "postgres://10.0.0.1:6000/postgres" })).toBe("10.0.0.1 6000");
  expect(place({ host: undefined, conn_url: "postgres://u:pw@[fd00::1]/x" })).toBe("fd00::1 5432");
  expect(place({ host: "[fd00::1]" })).toBe("fd00::1 5432");
  expect(place({ host: "fe80::1%eth0" })).toBe("fe80::1%eth0 5432");
  expect(place({ port: "6000" })).toBe("h 6000");
  expect(place({ port: undefined })).toBe("h 5432");
});

describe("an answer that is no list of members is refused:", () => {
  test.each([
    ["", "the answer is no JSON"],
    ["<html>", "the answer is no JSON"],
    ['{"members": [', "the answer is no JSON"],
    ["[".repeat(100_000), "the answer is no JSON"],
    ["null", "the answer has no list of members"],
    ["[]", "the answer has no list of members"],
    ["{}", "the answer has no list of members"],
    ['{"members": {}}', "the answer has no list of members"],
    ['{"members": "pg1"}', "the answer has no list of members"],
    [JSON.stringify({ members: Array.from({ length: 51 }, () => member) }), "more than 50 members"],
  ])("%p", (text, why) => {
    expect(refusal(text)).toBe(why);
  });

  test("a list without members is one", () => {
    expect(answerOf({ members: [] }).members).toEqual([]);
  });
});

describe("a member's REST API is known at its own host or one that the user wrote, and nowhere else:", () => {
  const trusted: Trusted = {
    urls: ["http://lb.example.com:8008"],
    addresses: [
      { from: { host: "10.0.0.1", port: 8008 }, to: { host: "127.0.0.1", port: 18_008 } },
      { from: { host: "10.0.0.1", port: null }, to: { host: "127.0.0.1", port: 15_432 } },
      { from: { host: "fd00::3", port: null }, to: { host: "fd00::4", port: null } },
    ],
  };
  test.each([
    ["10.0.0.9", "http://10.0.0.9:8008/patroni", "http://10.0.0.9:8008"],
    ["db9", "https://DB9/patroni", "https://db9"],
    ["10.0.0.9", "http://lb.example.com:8009/x?y#z", "http://lb.example.com:8009"],
    ["10.0.0.1", "http://10.0.0.1:8008/patroni", "http://127.0.0.1:18008"],
    // Where only the host is mapped, the port is that of another service.
    ["10.0.0.1", "http://10.0.0.1:8009/patroni", "http://127.0.0.1:8009"],
    ["fd00::3", "http://[fd00::3]:8008/patroni", "http://[fd00::4]:8008"],
    ["10.0.0.9", "http://10.0.0.8:8008/patroni", null],
    ["10.0.0.9", "http://169.254.169.254/latest", null],
    ["10.0.0.9", "http://user:pw@10.0.0.9:8008/", null],
    ["10.0.0.9", "ftp://10.0.0.9/", null],
    ["10.0.0.9", "10.0.0.9:8008", null],
    ["10.0.0.9", 5, null],
    ["10.0.0.9", "x".repeat(2000), null],
  ])("%p says %p", (host, url, known) => {
    const { members } = answerOf({ members: [{ ...member, host, api_url: url }] }, trusted);
    expect(members[0]?.apiUrl).toBe(known);
  });
});
