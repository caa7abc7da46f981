import { expect, test } from "bun:test";
import type { NodeEntry } from "../../src/store/nodes.ts";
import type { PulseRow } from "../../src/views/server/pulse.ts";
import { judged, wordsOf } from "../support/rules/judged.ts";
import { facts, health, lag, node, standby } from "../support/screens/fixtures.ts";

const base = standby("orders-2").pulse;
const following = (row: Partial<PulseRow>, more: Partial<NodeEntry> = {}): NodeEntry => {
  if (!base) throw new Error("a standby has a pulse");
  return standby("orders-2", { pulse: { ...base, ...row }, ...more });
};
const looks = (count: number, ...nodes: NodeEntry[]) => Array.from({ length: count }, () => ({ nodes }));
const primary = node("orders-1");

test("a dead receiver is named while the primary is idle, after ten seconds", () => {
  const dead = following({ receiver: "none" }, { lag: lag(0, 0n) });
  expect(wordsOf("receiver_down", judged(looks(10, dead, primary)))).toEqual([]);
  expect(wordsOf("receiver_down", judged(looks(11, dead, primary)))).toEqual([
    "warning: no WAL receiver runs [standby orders-2]",
  ]);
});

test("a standby whose primary is gone says so", () => {
  const dead = following({ receiver: "none" });
  const gone = node("orders-1", { health: health("reconnecting") });
  expect(wordsOf("receiver_down", judged(looks(11, dead, gone)))).toEqual([
    "warning: no WAL receiver runs: its primary orders-1 is down [standby orders-2]",
  ]);
});

test("a standby that reads an archive needs no receiver, and one that is hidden is not called dead", () => {
  const archive = following({ receiver: "none", follows: false });
  const hidden = following({ receiver: null, follows: null });
  for (const one of [archive, hidden])
    expect(wordsOf("receiver_down", judged(looks(20, one, primary)))).toEqual([]);
});

test("where primary_conninfo may not be read, what was received tells a dead receiver from an archive", () => {
  const told = (receive_lsn: bigint | null) => {
    const one = following({ receiver: "none", follows: null, receive_lsn }, { lag: lag(null, null) });
    return judged(looks(11, one, primary));
  };
  expect(wordsOf("receiver_down", told(7n))).toEqual(["warning: no WAL receiver runs [standby orders-2]"]);
  expect(wordsOf("receiver_down", told(null))).toEqual([]);
  expect(told(null).unknowns).toContainEqual({
    kind: "receiver",
    reason: "no WAL receiver runs",
    rules: ["replication_lag", "replication_lag_bytes", "receiver_down"],
  });
});

test("replay that is paused is named, and goes on without an alert", () => {
  const paused = following({ replay_paused: true });
  expect(wordsOf("replay_paused", judged(looks(2, paused, primary)))).toEqual([
    "warning: replay is paused [standby orders-2]",
  ]);
  expect(judged(looks(5, following({}), primary)).alerts).toEqual([]);
});

test("a delay on purpose is taken off the lag, and what is received is no lag of bytes", () => {
  const hour = 3600;
  const received = { receive_lsn: 0x3_0000_0000n, replay_lsn: 0x2_0000_0000n, apply_delay: hour };
  const late = (seconds: number, bytes: bigint) =>
    judged(looks(2, following(received, { lag: lag(seconds, bytes) }), primary));
  expect(late(hour + 5, 0x1_0000_0000n).alerts).toEqual([]);
  expect(wordsOf("replication_lag", late(hour + 70, 0x1_0000_0000n))).toEqual([
    "critical: replay lag beyond recovery_min_apply_delay 1m 10s > 1m [standby orders-2]",
  ]);
  expect(wordsOf("replication_lag_bytes", late(0, 0x1_8000_0000n))).toEqual([
    "critical: WAL not received 2.0 GB > 1 GB [standby orders-2]",
  ]);
});

test("a lag that may be more is said as a lower bound", () => {
  const atLeast = (more: Partial<NodeEntry["lag"]>) =>
    judged(looks(2, following({}, { lag: lag(312, 3n << 30n, more ?? {}) }), primary));
  expect(wordsOf("replication_lag", atLeast({ atLeast: true }))).toEqual([
    "critical: replay lag at least 5m > 1m [standby orders-2]",
  ]);
  expect(atLeast({ atLeast: true }).alerts[0]?.short).toBe("replay lag at least 5m");
  expect(wordsOf("replication_lag", atLeast({}))).toEqual([
    "critical: replay lag 5m > 1m [standby orders-2]",
  ]);
  expect(wordsOf("replication_lag_bytes", atLeast({ source: "standby" }))).toEqual([
    "critical: replay lag at least 3.0 GB > 1 GB [standby orders-2]",
  ]);
});

test("a lag that its primary tells is judged without a receiver, and one that only the standby tells is not", () => {
  const late = following({}, { lag: lag(64, 3n << 30n) });
  const after = (source: "lsn-clock" | "standby") => {
    const dead = following({ receiver: "none" }, { lag: lag(5, 1n << 20n, { source }) });
    return judged([...looks(2, late, primary), ...looks(5, dead, primary)]);
  };
  expect(wordsOf("replication_lag", after("lsn-clock"))).toEqual([]);
  expect(after("lsn-clock").unknowns.flatMap(({ rules }) => rules)).toEqual([]);
  expect(wordsOf("replication_lag", after("standby"))).toEqual([
    "critical: replay lag 1m 4s > 1m [standby orders-2]",
  ]);
});

test("bytes that are not known any more are not taken for caught up", () => {
  const late = following({}, { lag: lag(5, 3n << 30n) });
  const unknown = following({ receiver: "none" }, { lag: lag(null, null) });
  const after = judged([...looks(2, late, primary), ...looks(9, unknown, primary)]);
  expect(wordsOf("replication_lag_bytes", after)).toEqual([
    "critical: replay lag 3.0 GB > 1 GB [standby orders-2]",
  ]);
  expect(after.unknowns.flatMap(({ rules }) => rules)).toContain("replication_lag_bytes");
});

test("a primary has no lag, whatever is known of it", () => {
  const odd = node("orders-1", { lag: lag(900, 1n << 40n), facts: facts() });
  expect(judged(looks(3, odd)).alerts.filter(({ rule }) => rule.startsWith("replication"))).toEqual([]);
});
