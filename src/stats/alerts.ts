import { printAge, printApart, printBytes } from "../text/pretty.ts";
import {
  type AlertRule,
  alertRules,
  countsBelow,
  type Threshold,
  type Thresholds,
  type ThresholdUnit,
} from "./thresholds.ts";

export type AlertSeverity = "warning" | "critical";

/** Something wrong with one node, in words, since when (milliseconds of the monotonic clock). */
export type Alert = {
  readonly rule: AlertRule;
  readonly severity: AlertSeverity;
  readonly text: string;
  readonly sinceMs: number;
};

/** What was measured of a node for each rule; null is unknown, which neither raises nor clears. */
export type Measured = Readonly<Partial<Record<AlertRule, number | null>>>;

/** What {@link judge} remembers of one rule between samples. */
type Memory = {
  readonly severity: AlertSeverity | null;
  readonly sinceMs: number;
  /** Samples in a row that disagree with `severity`, and what they say instead. */
  readonly disagreeing: number;
  readonly value: number;
};

export type AlertMemory = Readonly<Partial<Record<AlertRule, Memory>>>;

/** A level must hold for two samples before it is shown and be gone for three before it is taken back. */
const samplesToRaise = 2;
const samplesToClear = 3;

/**
 * Judges one sample of one node. Pure: the memory goes in and comes out. While `node_down` is a number nothing
 * else can be measured and only that alert stands; it counts at once.
 */
export function judge(
  thresholds: Thresholds,
  measured: Measured,
  memory: AlertMemory,
  nowMs: number,
): AlertMemory {
  const down = measured.node_down ?? null;
  const next: Partial<Record<AlertRule, Memory>> = {};
  for (const rule of ruleNames) {
    const before = memory[rule];
    const value = measured[rule] ?? null;
    if ((rule === "node_down") !== (down !== null)) continue;
    if (value !== null)
      next[rule] = step(before ?? nothing(nowMs), levelOf(rule, thresholds[rule], value), value, rule, nowMs);
    else if (before) next[rule] = before;
  }
  return next;
}

const nothing = (nowMs: number): Memory => ({ severity: null, sinceMs: nowMs, disagreeing: 0, value: 0 });

const ruleNames = Object.keys(alertRules).filter((name): name is AlertRule => name in alertRules);

function step(
  before: Memory,
  level: AlertSeverity | null,
  value: number,
  rule: AlertRule,
  nowMs: number,
): Memory {
  if (level === before.severity) return { ...before, disagreeing: 0, value };
  const worse = rank(level) > rank(before.severity);
  const needed = rule === "node_down" ? 1 : worse ? samplesToRaise : samplesToClear;
  const disagreeing = before.disagreeing + 1;
  // Until it is taken back an alert says the last value that counted: "sessions blocked: 0" is none.
  if (disagreeing < needed) return { ...before, disagreeing };
  return { severity: level, sinceMs: nowMs, disagreeing: 0, value };
}

function levelOf(rule: AlertRule, { warning, critical }: Threshold, value: number): AlertSeverity | null {
  const counts = (level: number | null) =>
    level !== null && (countsBelow(rule) ? value < level : value >= level);
  if (counts(critical)) return "critical";
  return counts(warning) ? "warning" : null;
}

const rank = (severity: AlertSeverity | null) =>
  severity === "critical" ? 2 : severity === "warning" ? 1 : 0;

/**
 * The alerts that stand, worst first, then oldest first.
 * @param isPrepared the oldest transaction is a prepared one: no session has it open
 */
export function activeAlerts(memory: AlertMemory, thresholds: Thresholds, isPrepared = false): Alert[] {
  const alerts: Alert[] = [];
  for (const rule of ruleNames) {
    const one = memory[rule];
    if (!one?.severity) continue;
    const { severity, sinceMs, value } = one;
    const label = rule === "oldest_transaction" && isPrepared ? "transaction prepared" : labels[rule];
    alerts.push({ rule, severity, sinceMs, text: inWords(rule, label, value, thresholds[rule][severity]) });
  }
  return alerts.sort((a, b) => rank(b.severity) - rank(a.severity) || a.sinceMs - b.sinceMs);
}

/** Short names of what is measured, as they stand in the fleet's ISSUE column. */
const labels: Readonly<Record<AlertRule, string>> = {
  node_down: "unreachable for",
  replication_lag: "replay lag",
  replication_lag_bytes: "replay lag",
  connections_used: "connections",
  oldest_transaction: "transaction open",
  idle_in_transaction: "idle in transaction",
  certificate_expiry: "certificate ends in",
  blocked_sessions: "sessions blocked:",
};

function inWords(rule: AlertRule, label: string, value: number, limit: number | null): string {
  const { unit } = alertRules[rule];
  if (rule === "certificate_expiry" && value <= 0) return "certificate has ended";
  if (limit === null || rule === "node_down" || unit === "sessions") return `${label} ${print(unit, value)}`;
  const apart = printApart(unit, value, limit);
  if (apart.limit === null) return `${label} ${apart.value}, the limit`;
  return `${label} ${apart.value} ${value < limit ? "<" : ">"} ${apart.limit}`;
}

function print(unit: ThresholdUnit, value: number): string {
  if (unit === "bytes") return printBytes(value);
  if (unit === "percent") return `${Math.floor(value)}%`;
  if (unit === "sessions") return String(value);
  return Number.isInteger(value) && value < 10 ? `${value}s` : printAge(value);
}
