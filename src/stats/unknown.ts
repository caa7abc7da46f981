import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { Lag } from "./lag.ts";
import type { AlertRule, Threshold, Thresholds } from "./thresholds.ts";

/** Figures of one node that cannot be told, why, and the alert rules that cannot be judged for that. */
export type Unknown = {
  readonly kind: "sessions" | "counts" | "receiver" | "lag";
  readonly reason: string;
  readonly rules: readonly AlertRule[];
};

/** What is read of a pulse; null where the server did not say. */
type Pulse = {
  readonly in_recovery: boolean | null;
  readonly hidden_processes: number | null;
  readonly untracked_sessions: number | null;
  readonly blocked: number | null;
  readonly tracks_counts: boolean | null;
  readonly receiver: string | null;
  readonly follows: boolean | null;
};

/** True when sessions may be active, open a transaction or wait, and we do not see it. */
export function unseenSessions(pulse: Pick<Pulse, "hidden_processes" | "untracked_sessions">): boolean {
  return pulse.hidden_processes !== 0 || pulse.untracked_sessions !== 0;
}

/** All that is unknown of a node that answers, by its newest pulse. */
export function unknownsOf(pulse: Pulse, facts: ServerFacts, lag: Lag | null, levels: Thresholds): Unknown[] {
  return [
    ...(pulse.in_recovery === true ? unknownReplication(pulse, lag, levels.replication_lag) : []),
    ...unknownSessions(pulse, facts),
    ...(pulse.tracks_counts === false
      ? [{ kind: "counts" as const, reason: "track_counts is off: rates are unknown", rules: [] }]
      : []),
  ];
}

/** Our role lacks a right, or the sessions do not report what they do. */
function unknownSessions(pulse: Pulse, facts: ServerFacts): Unknown[] {
  const transactions = ["oldest_transaction", "idle_in_transaction"] as const;
  const rules = pulse.blocked === null ? [...transactions, "blocked_sessions" as const] : transactions;
  const { hidden_processes: hidden, untracked_sessions: untracked } = pulse;
  const reasons = [
    ...(hidden ? [`sessions of other roles are hidden: ${grantMonitor(facts)}`] : []),
    ...(untracked
      ? [`track_activities is off in ${untracked} ${untracked === 1 ? "session" : "sessions"}`]
      : []),
  ];
  return reasons.map((reason) => ({ kind: "sessions", reason, rules }));
}

/** A standby that receives nothing may be told so by no figure: it has replayed all that it got. */
function unknownReplication(pulse: Pulse, lag: Lag | null, level: Threshold): Unknown[] {
  const rules = ["replication_lag"] as const;
  const reason = notReceiving(pulse);
  if (reason !== null) return [{ kind: "receiver", reason, rules }];
  return lag !== null && isJudgeable(lag, level.warning ?? level.critical)
    ? []
    : [{ kind: "lag", reason: "replay lag is unknown", rules }];
}

/** Why no WAL arrives; null when it does, when it comes from an archive, and when our role may not see that. */
function notReceiving({ receiver, follows }: Pulse): string | null {
  if (receiver === null || receiver === "streaming") return null;
  if (receiver !== "none") return `the WAL receiver is ${receiver}`;
  return follows === false ? null : "no WAL receiver runs";
}

/** Whether the lag is on one side of the lower level, whatever it is exactly. */
function isJudgeable({ seconds, atLeast, atMost, source }: Lag, level: number | null): boolean {
  if (level === null || (atMost !== null && atMost < level)) return true;
  // A standby whose primary is not watched knows no more than what it has received.
  return seconds !== null && (!atLeast || seconds >= level || source === "standby");
}
