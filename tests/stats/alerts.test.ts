import { expect, test } from "bun:test";
import { type AlertMemory, activeAlerts, judge, type Measured } from "../../src/stats/alerts.ts";
import { type AlertRule, alertRules, type Thresholds } from "../../src/stats/thresholds.ts";
import { printApart } from "../../src/text/pretty.ts";
import { seeded } from "../support/seeded.ts";

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
    "warning: transaction open 6m > 5m",
    "warning: sessions blocked: 2",
  ]);
});

test("a prepared transaction is called that, since no session has it", () => {
  let memory: AlertMemory = {};
  for (const nowMs of [0, 1]) memory = judge(thresholds, { oldest_transaction: 400 }, memory, nowMs);
  const text = (isPrepared: boolean) => activeAlerts(memory, thresholds, isPrepared)[0]?.text;
  expect(text(true)).toBe("transaction prepared 6m > 5m");
  expect(text(false)).toBe("transaction open 6m > 5m");
});

test("a value and its limit differ as printed, in the sense that counts", () => {
  const texts = (rule: AlertRule, limit: number, ...values: number[]) =>
    values.flatMap((value) => {
      const at = { ...thresholds, [rule]: { warning: limit, critical: null } };
      let memory: AlertMemory = {};
      for (const nowMs of [0, 1]) memory = judge(at, { [rule]: value }, memory, nowMs);
      return activeAlerts(memory, at).map(({ text }) => text);
    });
  const day = 86_400;
  expect(texts("certificate_expiry", 30 * day, 30 * day - 60, 29.5 * day, 2 * day)).toEqual([
    "certificate ends in 29d < 30d",
    "certificate ends in 29d < 30d",
    "certificate ends in 2d < 30d",
  ]);
  expect(texts("oldest_transaction", 300, 300, 301, 336, 359.9, 7300)).toEqual([
    "transaction open 5m, the limit",
    "transaction open 5.01m > 5m",
    "transaction open 5.6m > 5m",
    "transaction open 5.9m > 5m",
    "transaction open 2h > 5m",
  ]);
  expect(texts("connections_used", 0, 0, 0.4, 3)).toEqual([
    "connections 0%, the limit",
    "connections 0.4% > 0%",
    "connections 3% > 0%",
  ]);
  expect(texts("connections_used", 80.5, 80.5, 80.6, 81.4)).toEqual([
    "connections 80.5%, the limit",
    "connections 80.6% > 80.5%",
    "connections 81.4% > 80.5%",
  ]);
  expect(texts("replication_lag", 10, 10, 10.04, 10.4, 60.4)).toEqual([
    "replay lag 10s, the limit",
    "replay lag 10.04s > 10s",
    "replay lag 10.4s > 10s",
    "replay lag 60s > 10s",
  ]);
  expect(texts("oldest_transaction", 150, 151, 170)).toEqual([
    "transaction open 2.51m > 2.5m",
    "transaction open 2.8m > 2.5m",
  ]);
  const megabyte = 1024 ** 2;
  expect(texts("replication_lag_bytes", 256 * megabyte, 256 * megabyte + 1, 300 * megabyte)).toEqual([
    "replay lag 256.000001 MB > 256 MB",
    "replay lag 300 MB > 256 MB",
  ]);
});

test("whatever the figures are, the printed ones read as the values compare", () => {
  const next = seeded(8);
  const random = () => next(1e6) / 1e6;
  const worth: Record<string, number> = {
    s: 1,
    m: 60,
    h: 3600,
    d: 86_400,
    "%": 1,
    kB: 1024,
    MB: 1024 ** 2,
    GB: 1024 ** 3,
  };
  for (const kind of ["seconds", "bytes", "percent"] as const)
    for (let run = 0; run < 2000; run++) {
      const limit = Math.round(10 ** (1 + 6 * random()));
      const away = (0.5 + random()) * 10 ** -Math.floor(1 + 4 * random());
      const value = limit * (random() < 0.5 ? 1 + away : 1 - away);
      const printed = printApart(kind, value, limit);
      if (printed.limit === null) throw new Error(`${kind} ${value} ${limit}`);
      const read = (text: string) => Number.parseFloat(text) * (worth[text.replace(/[-\d. ]/g, "")] ?? 1);
      expect([printed, Math.sign(read(printed.value) - read(printed.limit ?? ""))]).toEqual([
        printed,
        Math.sign(value - limit),
      ]);
    }
});
