import { describe, expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { type RuleName, rules } from "../../src/rules/all.ts";
import { activeAlerts, judge, noMemory, unknownsIn } from "../../src/rules/judge.ts";
import { said } from "../../src/stats/alerts.ts";
import { failedSample } from "../../src/views/compared.ts";
import { replication } from "../../src/views/replication/replication.ts";
import { replicationSlots } from "../../src/views/replication/replication-slots.ts";
import { type PulseRow, pulseView } from "../../src/views/server/pulse.ts";
import { fleetOf, judged, type Seen, withLevels, wordsOf } from "../support/rules/judged.ts";
import { facts, health, lag, node, nowMs, pulse, standby } from "../support/screens/fixtures.ts";

const day = 86_400;
const quiet = { oldest_open: null, oldest_idle_in_transaction: null, longest_query: null };
const seen = (more: Partial<PulseRow>): Seen => ({
  nodes: [node("a", { pulse: pulse({ ...quiet, ...more }) })],
});
const behind = (seconds: number | null): Seen => ({ nodes: [standby("a", { lag: lag(seconds, 0n) })] });
const texts = (...looks: readonly Seen[]) =>
  judged(looks).alerts.map(({ severity, text }) => `${severity}: ${text}`);

test("a level must hold for two samples", () => {
  expect(texts(behind(41))).toEqual([]);
  expect(texts(behind(41), behind(42))).toEqual(["warning: replay lag 42s > 10s"]);
  expect(texts(behind(41), behind(2), behind(41))).toEqual([]);
});

test("it worsens after two samples and says the level that was passed", () => {
  expect(texts(behind(41), behind(42), behind(70), behind(71))).toEqual(["critical: replay lag 1m 11s > 1m"]);
});

test("it is taken back only after three good samples, so a flapping value does not flicker", () => {
  expect(texts(behind(41), behind(42), behind(1), behind(1))).toEqual(["warning: replay lag 42s > 10s"]);
  expect(texts(behind(41), behind(42), behind(1), behind(1), behind(1))).toEqual([]);
});

test("unknown neither raises nor clears, and is named", () => {
  const unknown = behind(null);
  const looks = [behind(41), behind(42), unknown, unknown, unknown, unknown];
  expect(texts(...looks)).toEqual(["warning: replay lag 42s > 10s"]);
  expect(texts(unknown, unknown)).toEqual([]);
  expect(judged(looks).unknowns).toEqual([
    { kind: "lag", reason: "replay lag is unknown", rules: ["replication_lag"] },
  ]);
});

test("an alert that cannot be measured any more says when it was, until it is measured again", () => {
  const minute = Array.from({ length: 60 }, () => behind(null));
  const saidAfter = (...later: readonly Seen[]) => {
    const looks = [behind(41), behind(42), ...later];
    return judged(looks).alerts.map((one) => said(one, nowMs + 1000 * (looks.length - 1)));
  };
  expect(saidAfter(...minute)).toEqual(["last known 60s ago: replay lag 42s > 10s"]);
  expect(saidAfter(...minute, behind(50))).toEqual(["replay lag 50s > 10s"]);
  // A lag is unknown for a moment now and then.
  expect(saidAfter(behind(null))).toEqual(["replay lag 42s > 10s"]);
});

test("what a role may not see neither raises nor clears, and what it does see raises", () => {
  const hidden = { hidden_processes: 3 };
  const all = seen({ oldest_idle_in_transaction: 70 });
  const some = seen({ ...hidden, oldest_idle_in_transaction: 2 });
  expect(texts(all, all, some, some, some, some)).toEqual([
    "warning: idle in transaction 1m 10s > 1m, pid 4712",
  ]);
  const own = seen({ ...hidden, oldest_idle_in_transaction: 700 });
  const { alerts, unknowns } = judged([own, own]);
  expect(alerts.map(({ severity }) => severity)).toEqual(["critical"]);
  expect(unknowns[0]?.rules).toContain("idle_in_transaction");
});

test("a node that is down is critical at once and hides what can no longer be measured", () => {
  const down: Seen = { nodes: [standby("a", { health: health("reconnecting", { sinceMs: nowMs }) })] };
  expect(texts(down)).toEqual(["critical: unreachable"]);
  expect(texts(behind(41), behind(42), down)).toEqual(["critical: unreachable for 2s"]);
});

describe("when a node that was down is there again", () => {
  const down: Seen = { nodes: [standby("a", { health: health("reconnecting", { sinceMs: nowMs }) })] };
  const raised = [behind(41), behind(42)];
  const restarted = (seconds: number | null): Seen => ({
    nodes: [
      standby("a", {
        lag: lag(seconds, 0n),
        facts: facts({ inRecovery: true, startedAtMs: Date.UTC(2026, 2, 14) }),
      }),
    ],
  });

  test("what stood stands until it is known to be over, and is told as what was", () => {
    const [alert] = judged([...raised, down, down, behind(null)]).alerts;
    expect(alert && said(alert, nowMs + 10_000)).toStartWith("last known 9.0s ago: replay lag 42s");
    expect(texts(...raised, down, behind(43))).toEqual(["warning: replay lag 43s > 10s"]);
    expect(texts(...raised, down, behind(1))).toEqual([]);
  });

  test("nothing stands of the life before of a server that was restarted", () => {
    expect(texts(...raised, down, restarted(null))).toEqual([]);
    expect(texts(...raised, down, restarted(43))).toEqual([]);
  });
});

test("a certificate alerts the nearer its end is, and one that is renewed does no more", () => {
  const clockMs = Date.UTC(2026, 2, 14, 14, 3, 27);
  const tls = { protocol: "TLSv1.3", verified: true };
  const left = (days: number): Seen => ({
    nodes: [
      node("a", {
        facts: facts({ tls: { ...tls, expiresAtMs: clockMs + days * day * 1000 } }),
        pulse: pulse(quiet),
      }),
    ],
  });
  expect(texts(left(31), left(31))).toEqual([]);
  expect(texts(left(29), left(29))).toEqual(["warning: certificate ends in 29d < 30d"]);
  expect(texts(left(6), left(6))).toEqual(["critical: certificate ends in 6d < 7d"]);
  expect(texts(left(-1), left(-1))).toEqual(["critical: certificate has ended"]);
  const withoutTls: Seen = { nodes: [node("a", { facts: facts({ tls: null }), pulse: pulse(quiet) })] };
  for (const good of [left(90), withoutTls]) expect(texts(left(6), left(6), good, good, good)).toEqual([]);
});

test("the worst stands first", () => {
  const busy = seen({
    connections: 390,
    oldest_open: 400,
    longest_wait: 12,
    blocked: 2,
    blocking_pid: 7,
  });
  expect(texts(busy, busy)).toEqual([
    "critical: connections 97.5% > 95%",
    "warning: longest of 2 lock waits 12s > 10s, root pid 7",
    "warning: transaction open 6m > 5m, pid 4711",
  ]);
});

test("nothing is judged without a new sample", () => {
  const memoryAfter = (rounds: number) => {
    const entry = { ...node("a", { pulse: pulse({ connections: 390 }) }), pulseAtMs: nowMs };
    let memory = noMemory;
    for (let round = 0; round < rounds; round++)
      memory = judge(entry, fleetOf({ nodes: [entry] }, nowMs + round * 1000), rules, withLevels({}), memory);
    return activeAlerts(entry, rules, withLevels({}), memory);
  };
  expect(memoryAfter(50)).toEqual([]);
});

test("a new pulse does not have an old sample of WAL senders judged again", () => {
  const lost = standby("b", { health: health("reconnecting", { sinceMs: nowMs - 40_000 }) });
  const levels = withLevels({ standby_missing: { forMs: 0 } });
  const after = (samplesAtMs: readonly number[]) => {
    let memory = noMemory;
    samplesAtMs.forEach((atMs, round) => {
      const entry = { ...node("a"), pulseAtMs: nowMs + round * 1000 };
      const fleet = fleetOf({ nodes: [entry, lost], views: [[replication, []]] }, atMs);
      memory = judge(entry, { ...fleet, nowMs: nowMs + round * 1000 }, rules, levels, memory);
    });
    return activeAlerts(node("a"), rules, levels, memory).map(({ rule }) => rule);
  };
  expect(after(Array.from({ length: 50 }, () => nowMs))).toEqual([]);
  expect(after([nowMs, nowMs + 15_000])).toEqual(["standby_missing"]);
});

test("no rule is judged by the pulse and by a slower view", () => {
  const both = rules.filter(({ needs }) => needs.includes(pulseView) && needs.length > 1);
  expect(both.map(({ name }) => name)).toEqual([]);
});

test("a level must hold for as long as `for` says, and is told since it began", () => {
  const looks = (count: number) => Array.from({ length: count }, () => behind(41));
  const levels = { replication_lag: { forMs: 10_000 } };
  expect(judged(looks(10), levels).alerts).toEqual([]);
  expect(judged(looks(11), levels).alerts).toMatchObject([{ severity: "warning", sinceMs: nowMs }]);
  expect(judged([...looks(8), behind(1), ...looks(8)], levels).alerts).toEqual([]);
});

test("each subject of a rule has an alert and a memory of its own", () => {
  const slot = (slot_name: string, retained: bigint) => ({ slot_name, retained, active: true });
  const look = (...rows: object[]): Seen => ({
    nodes: [node("a", { pulse: pulse(quiet) })],
    views: [[replicationSlots, rows]],
  });
  const much = 20n * 1024n ** 3n;
  const both = look(slot("a", much), slot("b", 3n * much));
  expect(wordsOf("slot_retained", judged([both, both]))).toEqual([
    "critical: slot b retains 60 GB > 50 GB [slot b]",
    "warning: slot a retains 20 GB > 10 GB [slot a]",
  ]);
  const one = look(slot("b", 3n * much));
  expect(wordsOf("slot_retained", judged([both, both, one, one]))).toEqual([
    "critical: slot b retains 60 GB > 50 GB [slot b]",
  ]);
});

test("a view that fails leaves its rules as they were, and is named with the reason", () => {
  const rows = [{ slot_name: "a", retained: 20n * 1024n ** 3n, active: true }];
  const entry = node("a", { pulse: pulse(quiet) });
  const levels = withLevels({});
  let memory = noMemory;
  for (const second of [0, 1])
    memory = judge(
      entry,
      fleetOf({ nodes: [entry], views: [[replicationSlots, rows]] }, nowMs + second),
      rules,
      levels,
      memory,
    );
  const failed = failedSample(
    nodeError("privilege", "permission denied for view pg_replication_slots"),
    undefined,
  );
  const fleet = { ...fleetOf({ nodes: [entry] }, nowMs + 9000), sample: () => failed };
  for (let round = 0; round < 5; round++) memory = judge(entry, fleet, rules, levels, memory);
  expect(activeAlerts(entry, rules, levels, memory).map(({ rule }) => rule)).toEqual(["slot_retained"]);
  const unknown = unknownsIn(entry, memory).find(({ reason }) => reason.startsWith("replication_slots: "));
  expect(unknown).toMatchObject({
    reason: "replication_slots: permission denied for view pg_replication_slots",
    rules: ["slot_inactive", "slot_retained", "slot_time_left", "slot_lost"],
  });
});

test("a rule whose levels are off is not judged", () => {
  const off = { replication_lag: { warning: null, critical: null } };
  expect(judged([behind(41), behind(42)], off).alerts).toEqual([]);
  expect(judged([behind(null)], off).unknowns).toEqual([]);
});

test("one look raises at once, and heeds no `for`", () => {
  const [seenOnce] = [behind(41)];
  const [entry] = seenOnce.nodes;
  if (!entry) throw new Error("no node");
  const levels = withLevels({ replication_lag: { forMs: 60_000 } });
  const memory = judge(entry, fleetOf(seenOnce, nowMs), rules, levels, noMemory, "once");
  expect(activeAlerts(entry, rules, levels, memory).map(({ rule }) => rule)).toEqual(["replication_lag"]);
});

test("a value and its limit differ as printed, in the sense that counts", () => {
  const told = (rule: RuleName, limit: number, look: (value: number) => Seen, ...values: number[]) =>
    values.flatMap((value) =>
      judged([look(value), look(value)], { [rule]: { warning: limit, critical: null } })
        .alerts.filter((alert) => alert.rule === rule)
        .map(({ text }) => text),
    );
  const open = (value: number) => seen({ oldest_open: value, oldest_pid: null });
  expect(told("oldest_transaction", 300, open, 300, 302.4, 336, 359.9, 7300)).toEqual([
    "transaction open 5m, the limit",
    "transaction open 5m 2s > 5m",
    "transaction open 5m 36s > 5m",
    "transaction open 5m 59s > 5m",
    "transaction open 2h > 5m",
  ]);
  const used = (value: number) => seen({ connections: value * 10, usable_connections: 1000 });
  expect(told("connections_used", 0, used, 0, 0.4, 3)).toEqual([
    "connections 0%, the limit",
    "connections 0.4% > 0%",
    "connections 3% > 0%",
  ]);
  expect(told("replication_lag", 10, behind, 10, 10.04, 10.4, 60.4)).toEqual([
    "replay lag 10s, the limit",
    "replay lag 10.04s > 10s",
    "replay lag 10.4s > 10s",
    "replay lag 1m > 10s",
  ]);
  const megabyte = 1024 ** 2;
  const missing = (value: number): Seen => ({ nodes: [standby("a", { lag: lag(0, BigInt(value)) })] });
  expect(told("replication_lag_bytes", 256 * megabyte, missing, 256 * megabyte + 1, 300 * megabyte)).toEqual([
    "replay lag 256.000001 MB > 256 MB",
    "replay lag 300 MB > 256 MB",
  ]);
});
