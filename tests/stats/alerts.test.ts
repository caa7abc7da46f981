import { expect, test } from "bun:test";
import { type AlertMemory, activeAlerts, judge, type Measured } from "../../src/stats/alerts.ts";
import { alertRules, type Thresholds } from "../../src/stats/thresholds.ts";

const thresholds: Thresholds = alertRules;

function run(...samples: readonly Measured[]) {
  let memory: AlertMemory = {};
  samples.forEach((sample, second) => {
    memory = judge(thresholds, sample, memory, second * 1000);
  });
  return activeAlerts(memory, thresholds).map(({ severity, text }) => `${severity}: ${text}`);
}
const lag = (replication_lag: number | null): Measured => ({ replication_lag });

test("a level must hold for two samples", () => {
  expect(run(lag(41))).toEqual([]);
  expect(run(lag(41), lag(42))).toEqual(["warning: replay lag 42s > 10s"]);
  expect(run(lag(41), lag(2), lag(41))).toEqual([]);
});

test("it worsens after two samples and says the level that was passed", () => {
  expect(run(lag(41), lag(42), lag(70), lag(71))).toEqual(["critical: replay lag 71s > 60s"]);
});

test("it is taken back only after three good samples, so a flapping value does not flicker", () => {
  expect(run(lag(41), lag(42), lag(1), lag(1))).toEqual(["warning: replay lag 42s > 10s"]);
  expect(run(lag(41), lag(42), lag(1), lag(1), lag(1))).toEqual([]);
});

test("unknown neither raises nor clears", () => {
  expect(run(lag(41), lag(42), lag(null))).toEqual(["warning: replay lag 42s > 10s"]);
  expect(run(lag(null), lag(null))).toEqual([]);
});

test("a node that is down is critical at once and hides what can no longer be measured", () => {
  const down: Measured = { node_down: 0.2 };
  expect(run(down)).toEqual(["critical: unreachable for 0.2s"]);
  expect(run(lag(41), lag(42), down)).toEqual(["critical: unreachable for 0.2s"]);
});

test("a certificate alerts the nearer its end is, and one that is renewed does no more", () => {
  const day = 86_400;
  const left = (days: number): Measured => ({ certificate_expiry: days * day });
  expect(run(left(31), left(31))).toEqual([]);
  expect(run(left(29), left(29))).toEqual(["warning: certificate ends in 29d < 30d"]);
  expect(run(left(6), left(6))).toEqual(["critical: certificate ends in 6d < 7d"]);
  expect(run(left(-1), left(-1))).toEqual(["critical: certificate has ended"]);
  const withoutTls: Measured = { certificate_expiry: Number.POSITIVE_INFINITY };
  for (const good of [left(90), withoutTls]) expect(run(left(6), left(6), good, good, good)).toEqual([]);
});

test("the worst stands first", () => {
  const busy: Measured = { connections_used: 96, oldest_transaction: 400, blocked_sessions: 2 };
  expect(run(busy, busy)).toEqual([
    "critical: connections 96% > 95%",
    "warning: transaction open 7m > 5m",
    "warning: sessions blocked: 2",
  ]);
});
