import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import type { Alert } from "../../src/stats/alerts.ts";
import {
  type Compared,
  eventsBetween,
  type FleetEvent,
  withEdits,
  withEvents,
} from "../../src/stats/events.ts";
import { alert as anyAlert, facts, health } from "../support/screens/fixtures.ts";

const up: Compared = {
  ...{ name: "a", address: "db1:5432", bastion: null },
  ...{ health: health("connected"), facts: facts(), alerts: [] },
};
const alert = (severity: Alert["severity"], text: string) => anyAlert("blocked_sessions", severity, text);
const told = (before: Compared, after: Compared) =>
  eventsBetween({ a: before }, { a: after }, 5000).map(
    ({ kind, severity, text }) => `${kind} ${severity} ${text}`,
  );

test("a node that is lost and comes back is told with the reason and how long it took", () => {
  const error = nodeError("refused", "connection refused");
  const down = { ...up, health: health("reconnecting", { sinceMs: 1000, error }) };
  expect(told(up, down)).toEqual(["state critical lost: connection refused"]);
  const back = { ...up, health: health("connected", { sinceMs: 66_000 }) };
  expect(told(down, back)).toEqual(["state ok connected again after 65s"]);
  expect(told({ ...up, health: health("connecting") }, down)[0]).toStartWith(
    "state critical cannot be reached",
  );
});

test("the first login is no event, and neither is a round without a change", () => {
  expect(told({ ...up, health: health("connecting"), facts: null }, up)).toEqual([]);
  expect(told(up, { ...up })).toEqual([]);
  expect(eventsBetween({}, { a: up }, 0)).toEqual([]);
});

test("a node that was never reached is told, also when it was added and failed before its first round", () => {
  const error = nodeError("refused", "connection refused");
  const alerts = [anyAlert("node_down", "critical", "unreachable")];
  const down = { ...up, health: health("reconnecting", { error }), facts: null, alerts };
  expect(eventsBetween({}, { a: down }, 0).map(({ text }) => text)).toEqual([
    "cannot be reached: connection refused",
    "unreachable",
  ]);
});

test("a node that is called as something of each object is one that was just added", () => {
  for (const name of ["constructor", "__proto__"])
    expect(eventsBetween({}, Object.fromEntries([[name, { ...up, name }]]), 0)).toEqual([]);
});

test("a promotion and a restart are told", () => {
  const standby = { ...up, facts: facts({ inRecovery: true }) };
  expect(told(standby, { ...up, facts: facts({ timeline: 2 }) })).toEqual([
    "role warning was promoted, timeline 2",
  ]);
  expect(told(up, standby)).toEqual(["role warning became a standby"]);
  const restarted = { ...up, facts: facts({ startedAtMs: facts().startedAtMs + 60_000 }) };
  expect(told(up, restarted)).toEqual(["restart warning the server restarted"]);
});

test("a node that moved is another server: neither its role, its start nor its alerts are compared", () => {
  const moved = { ...up, facts: facts({ inRecovery: true, startedAtMs: facts().startedAtMs + 60_000 }) };
  const before = { ...up, alerts: [alert("warning", "sessions blocked: 1")] };
  expect(told(before, { ...moved, address: "db2:5432" })).toEqual([]);
  expect(told(before, { ...moved, bastion: "way-in" })).toEqual([]);
  const error = nodeError("refused", "connection refused");
  const down = { ...up, address: "db2:5432", health: health("reconnecting", { error }), facts: null };
  expect(told(before, down)).toEqual(["state critical cannot be reached: connection refused"]);
});

test("an alert is told when it is raised, when it gets worse and when it is over", () => {
  const [mild, bad] = [alert("warning", "sessions blocked: 1"), alert("critical", "sessions blocked: 7")];
  expect(told(up, { ...up, alerts: [mild] })).toEqual(["alert warning sessions blocked: 1"]);
  expect(told({ ...up, alerts: [mild] }, { ...up, alerts: [bad] })).toEqual([
    "alert critical sessions blocked: 7",
  ]);
  expect(told({ ...up, alerts: [bad] }, { ...up, alerts: [bad] })).toEqual([]);
  expect(told({ ...up, alerts: [bad] }, up)).toEqual(["alert ok no longer: sessions blocked: 7"]);
});

test("an alert of a node that does not answer is told to be unknown, and not to be over", () => {
  const lost = { ...up, health: health("reconnecting") };
  const lagging = { ...up, alerts: [alert("warning", "replay lag 41s > 10s")] };
  expect(told(lagging, lost)).toEqual([
    "state critical lost",
    "alert warning unknown from now on: replay lag 41s > 10s",
  ]);
  expect(told(lost, lagging).at(-1)).toBe("alert warning replay lag 41s > 10s");
});

test("an edit of the config is told of each node, and a renamed one keeps what happened to it", () => {
  const before = withEdits([], { renamed: [], added: ["a"], reconnected: ["b"], retuned: ["c"] }, 1000);
  expect(before.map(({ node, text }) => `${node} ${text}`)).toEqual([
    "a config: added",
    "b config: connection settings changed; it reconnects",
    "c config: settings changed; it stays connected",
  ]);
  const renamed = [{ from: "a", to: "z" }];
  const after = withEdits(before, { renamed, added: [], reconnected: [], retuned: [] }, 2000);
  expect(after.filter(({ node }) => node === "z").map(({ text }) => text)).toEqual([
    "config: added",
    "config: renamed, was a",
  ]);
});

test("the newest thousand are kept", () => {
  const event = (text: string): FleetEvent => ({
    clockMs: 0,
    node: "a",
    kind: "state",
    severity: "ok",
    text,
  });
  const many = Array.from({ length: 1200 }, (_, at) => event(String(at)));
  const kept = withEvents(withEvents([], many), [event("last")]);
  expect(kept).toHaveLength(1000);
  expect(kept.at(-1)?.text).toBe("last");
});
