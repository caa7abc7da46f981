/** How a threshold is written in the config and printed in an alert. */
export type ThresholdUnit = "seconds" | "bytes" | "percent" | "sessions";

type Rule = {
  readonly unit: ThresholdUnit;
  /** What is measured, for the example config, help and docs. */
  readonly title: string;
  /** The value from which it is a warning or critical, or below which when {@link countsBelow}; null switches that level off. */
  readonly warning: number | null;
  readonly critical: number | null;
};

/** Every alert rule with its default levels. Config, alerts and docs are all read from this list. */
export const alertRules = {
  node_down: { unit: "seconds", title: "time since the node was last reachable", warning: null, critical: 0 },
  replication_lag: { unit: "seconds", title: "replay lag of a standby", warning: 10, critical: 60 },
  replication_lag_bytes: {
    unit: "bytes",
    title: "WAL that a standby has not replayed",
    warning: 256 * 1024 ** 2,
    critical: 1024 ** 3,
  },
  connections_used: {
    unit: "percent",
    title: "client connections, of those that ordinary roles can take",
    warning: 80,
    critical: 95,
  },
  oldest_transaction: {
    unit: "seconds",
    title: "age of the oldest open transaction",
    warning: 300,
    critical: 1800,
  },
  idle_in_transaction: {
    unit: "seconds",
    title: "longest time a session sits idle in transaction",
    warning: 60,
    critical: 600,
  },
  certificate_expiry: {
    unit: "seconds",
    title: "time until the server's certificate ends",
    warning: 30 * 86_400,
    critical: 7 * 86_400,
  },
  blocked_sessions: { unit: "sessions", title: "sessions that wait for a lock", warning: 1, critical: 5 },
} as const satisfies Record<string, Rule>;

export type AlertRule = keyof typeof alertRules;

/** True for a rule whose values are the worse the smaller they are: it counts below its levels. */
export function countsBelow(rule: string): boolean {
  return rule === "certificate_expiry";
}

export type Threshold = { readonly warning: number | null; readonly critical: number | null };

/** The levels in force for one node. */
export type Thresholds = Readonly<Record<AlertRule, Threshold>>;
