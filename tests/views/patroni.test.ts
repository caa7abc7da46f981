import { describe, expect, test } from "bun:test";
import type { Listed } from "../../src/stats/discovery.ts";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { patroni } from "../../src/views/replication/patroni.ts";
import { patroniHistory } from "../../src/views/replication/patroni-history.ts";
import { sitDown } from "../support/screens/desk.ts";
import { node, nowMs, observed } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const member: Listed["member"] = {
  ...{ name: "pg1", host: "10.0.0.1", port: 5432, role: "replica", state: "streaming", timeline: 3 },
  ...{ lagBytes: 512, tags: ["nofailover"], pendingRestart: false, apiUrl: null },
};
const listed: Listed = {
  ...{ cluster: "orders", source: "patroni", member, isSpeaker: true, urls: [], scope: "orders" },
  ...{ paused: false, scheduledSwitchover: null, timelines: null },
  ...{ answeredAtMs: nowMs - 4000, failing: null, goneSinceMs: null },
};

function rowsOf(change: Partial<Listed>) {
  const nodes = [node("db1", { listed: { ...listed, ...change } }), node("other", { listed: null })];
  return patroni.rows(
    fleetSamples(
      observed(nodes),
      nodes.map(({ name }) => name),
    ),
  );
}

function rowOf(change: Partial<Listed>) {
  const rows = rowsOf(change);
  expect(rows).toHaveLength(1);
  return rows[0];
}

test("a node has the row of its member, and one without a source has none", () => {
  expect(rowOf({})).toMatchObject({
    ...{ node: "db1", name: "pg1", role: "replica", lag_bytes: 512n, age: 4, problems: [] },
    ...{ gone_seconds: null, failing_seconds: null, scope: "orders", tags: ["nofailover"] },
  });
});

test("what another source lists is not Patroni's", () => {
  expect(rowsOf({ source: "srv" })).toEqual([]);
});

test("what is wrong is said: not listed, a source that fails, a state that is none of a member that works", () => {
  expect(rowOf({ goneSinceMs: nowMs - 180_000 })?.["problems"]).toEqual(["not listed for 3m"]);
  const failing = { sinceMs: nowMs - 30_000, sinceClockMs: 0, why: "status 503" };
  expect(rowOf({ failing })?.["problems"]).toEqual(["Patroni has not answered for 30s: status 503"]);
  const state = (text: string | null) => rowOf({ member: { ...member, state: text } })?.["problems"];
  expect(state("start failed")).toEqual(["is start failed"]);
  expect(state(null)).toEqual(["is in an unknown state"]);
  expect(state("running")).toEqual([]);
});

test("a member that is no longer listed was what it was, dimmed, with the reason in sight", () => {
  const dead = { ...member, role: "leader", state: "running", lagBytes: null };
  const leader = { ...dead, name: "pg2" };
  expect(rowOf({ member: dead, goneSinceMs: nowMs - 14_000 })).toMatchObject({
    ...{ role: "was leader", state: "was running", lag_bytes: null, gone_seconds: 14 },
  });
  const desk = sitDown(
    observed([
      node("db1", { listed: { ...listed, member: dead, goneSinceMs: nowMs - 14_000 } }),
      node("db2", { listed: { ...listed, member: leader } }),
    ]),
    { rows: 24, columns: 80 },
  );
  desk.open({ kind: "view", view: "patroni", scope: { kind: "all" } });
  const line = (name: string) => draw(desk.state()).find((text) => text.includes(` ${name} `));
  expect(line("pg1")).toMatch(/pg1 +was leader +was running .*not listed for 14s/);
  expect(line("pg2")).toMatch(/pg2 +leader +running /);
  const isDim = (at: number) =>
    patroni.isQuiet?.(patroni.rows(fleetSamples(desk.state().observed, ["db1", "db2"]))[at] ?? {});
  expect([isDim(0), isDim(1)]).toEqual([true, false]);
});

describe("the history of a cluster", () => {
  const changes = [
    { timeline: 1, lsn: 0x3000060, reason: "no recovery target specified", atMs: 1000, leader: "pg2" },
    { timeline: 2, lsn: null, reason: null, atMs: null, leader: null },
  ];
  const timelines = { changes, why: null, current: 3, answers: 1 };
  const rowsWith = (change: Partial<Listed>) => {
    const nodes = [
      node("db1", { listed: { ...listed, timelines, ...change } }),
      node("db2", { listed: { ...listed, timelines, isSpeaker: false } }),
    ];
    const seen = observed(nodes);
    return patroniHistory.rows(
      fleetSamples(
        seen,
        nodes.map(({ name }) => name),
      ),
    );
  };
  const notes = (change: Partial<Listed>) =>
    patroniHistory.unknownOf?.(
      node("db1", { listed: { ...listed, timelines, ...change } }),
      fleetSamples(observed([]), []),
    );

  test("stands once, on the member that speaks for it; what is not told is not known", () => {
    expect(rowsWith({})).toEqual([
      {
        ...{ node: "db1", cluster: "orders", timeline: 1, at: 1, new_leader: "pg2" },
        ...{ lsn: 0x3000060n, reason: "no recovery target specified" },
      },
      { node: "db1", cluster: "orders", timeline: 2, at: null, new_leader: null, lsn: null, reason: null },
    ]);
    expect(notes({})).toEqual([]);
    expect(rowsWith({ source: "command" })).toEqual([]);
  });

  test("that was not answered, or cannot be asked for, is not an empty one", () => {
    const failed = { changes: [], why: "http://a:8008/history: status 503", current: 3, answers: 1 };
    expect(notes({ timelines: failed })).toEqual([
      "the history of orders may lack changes: http://a:8008/history: status 503",
    ]);
    expect(notes({ timelines: null })).toEqual(["Patroni lists no leader of orders with a timeline"]);
    expect(notes({ timelines: null, isSpeaker: false })).toEqual([]);
  });
});
