import { type NodeError, reasonOf } from "../postgres/node-error.ts";
import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { Lag } from "./replication/lag.ts";

/** Why figures of one node cannot be told. */
export type Reason = {
  readonly kind: "pulse" | "sessions" | "counts" | "receiver" | "lag" | "view";
  readonly reason: string;
};

/** The same with the alert rules that cannot be judged for that. */
export type Unknown = Reason & { readonly rules: readonly string[] };

/** What is read of a pulse; null where the server did not say. */
type Pulse = {
  readonly in_recovery: boolean | null;
  readonly hidden_processes: number | null;
  readonly untracked_sessions: number | null;
  readonly tracks_counts: boolean | null;
  readonly receiver: string | null;
  readonly follows: boolean | null;
};

/** True when sessions may be active, open a transaction or wait, and we do not see it. */
export function unseenSessions(pulse: Pick<Pulse, "hidden_processes" | "untracked_sessions">): boolean {
  return pulse.hidden_processes !== 0 || pulse.untracked_sessions !== 0;
}

/** All that is unknown of a node that answers by its newest pulse, whoever asks for it. */
export function unknownsOf(pulse: Pulse, facts: ServerFacts): Reason[] {
  return [
    ...unknownReceiver(pulse),
    ...unknownSessions(pulse, facts),
    ...(pulse.tracks_counts === false ? [notCounted] : []),
  ];
}

/** Why the pulse of a node that is there says nothing, and the right that it lacks. */
export function unknownPulse(error: NodeError): Reason {
  const grant = missingGrant(error);
  return { kind: "pulse", reason: `pulse: ${reasonOf(error)}${grant === null ? "" : `: ${grant}`}` };
}

/** The statement that ends a refusal. */
export function missingGrant({ kind, hint }: NodeError): string | null {
  return kind === "privilege" ? hint : null;
}

/** The server does not collect statistics. */
export const notCounted: Reason = { kind: "counts", reason: "track_counts is off: rates are unknown" };

/** Our role lacks a right, or the sessions do not report what they do. */
export function unknownSessions(
  pulse: Pick<Pulse, "hidden_processes" | "untracked_sessions">,
  facts: ServerFacts,
): Reason[] {
  const { hidden_processes: hidden, untracked_sessions: untracked } = pulse;
  const reasons = [
    ...(hidden ? [`sessions of other roles are hidden: ${grantMonitor(facts)}`] : []),
    ...(untracked
      ? [`track_activities is off in ${untracked} ${untracked === 1 ? "session" : "sessions"}`]
      : []),
  ];
  return reasons.map((reason) => ({ kind: "sessions", reason }));
}

/** A standby that receives nothing may be told so by no figure: it has replayed all that it got. */
export function unknownReceiver(pulse: Pick<Pulse, "in_recovery" | "receiver" | "follows">): Reason[] {
  const reason = pulse.in_recovery === true ? notReceiving(pulse) : null;
  return reason === null ? [] : [{ kind: "receiver", reason }];
}

/** Why no WAL arrives; null when it does, when it comes from an archive, and when our role may not see that. */
export function notReceiving({ receiver, follows }: Pick<Pulse, "receiver" | "follows">): string | null {
  if (receiver === null || receiver === "streaming") return null;
  if (receiver !== "none") return `the WAL receiver is ${receiver}`;
  return follows === false ? null : "no WAL receiver runs";
}

/** Why a lag cannot be judged by a level; empty where it is on one side of it, whatever it is exactly. */
export function unknownLag(lag: Lag | null, level: number | null): Reason[] {
  return lag !== null && isJudgeable(lag, level) ? [] : [{ kind: "lag", reason: "replay lag is unknown" }];
}

function isJudgeable({ seconds, atLeast, atMost, source }: Lag, level: number | null): boolean {
  if (level === null || (atMost !== null && atMost < level)) return true;
  // A standby whose primary is not watched knows no more than what it has received.
  return seconds !== null && (!atLeast || seconds >= level || source === "standby");
}
