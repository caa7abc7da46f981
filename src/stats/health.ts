import type { NodeError, NodeErrorKind } from "../postgres/node-error.ts";

/**
 * disconnected: parked by the user. connecting: the first attempt runs. connected: answers.
 * stale: connected, but an answer is overdue, or the pulse is refused, for the reason in `error`. reconnecting: lost or not reached, backing off.
 * error: needs a person (authentication, TLS, wrong kind of server); retried slowly.
 * warm-standby: accepts no connections, as the config says that it does (hot_standby: off); asked again slowly.
 */
export type NodeState =
  | "disconnected"
  | "connecting"
  | "connected"
  | "stale"
  | "reconnecting"
  | "error"
  | "warm-standby";

/** How a node is, and since when. All moments are milliseconds of one monotonic clock. */
export type Health = {
  readonly state: NodeState;
  readonly sinceMs: number;
  /** Why it is not connected, or why its pulse is refused; else null. */
  readonly error: NodeError | null;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** Sessions in a row that were lost soon after they answered. */
  readonly losses: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastAnswerAtMs: number | null;
  /** Duration of the last answered poll. */
  readonly latencyMs: number | null;
};

export type HealthEvent =
  /** `latencyMs` is null until a poll was answered: a login measures nothing. */
  | { readonly type: "answered"; readonly latencyMs: number | null }
  /** The pulse was refused, and the session lives: figures may be shown for a moment more, where there are any. */
  | { readonly type: "refused"; readonly error: NodeError }
  | { readonly type: "overdue" }
  /** `expected`: the config says that the node accepts no connections, and that is what it says. */
  | { readonly type: "failed"; readonly error: NodeError; readonly expected?: boolean }
  /** No attempt was made: the secret that it would need was refused too often. */
  | { readonly type: "held"; readonly error: NodeError }
  | { readonly type: "parked" }
  | { readonly type: "resumed" };

const needsPerson: ReadonlySet<NodeErrorKind> = new Set(["auth", "tls", "unsupported", "protocol"]);
const personDelayMs = 30_000;
const longestDelayMs = 30_000;
/** From this age on the last answer is no longer the present. */
export const overdueMs = 2000;
/** A session that is lost within this time counts as one more attempt that failed. */
const calmMs = 30_000;

export function startHealth(nowMs: number): Health {
  return {
    state: "connecting",
    sinceMs: nowMs,
    error: null,
    failures: 0,
    losses: 0,
    nextAttemptAtMs: nowMs,
    lastAnswerAtMs: null,
    latencyMs: null,
  };
}

/**
 * The next health of a node. Pure: `jitter` is a number in [0, 1) that spreads attempts of many nodes.
 * Back-off is 1, 2, 4 … 30 s, shortened by up to a fifth; what needs a person waits 30 s, never less. It grows also
 * where every login succeeds and its session is soon lost: a proxy that cuts would have a login a second for ever.
 */
export function nextHealth(health: Health, event: HealthEvent, nowMs: number, jitter: number): Health {
  switch (event.type) {
    case "answered":
      return {
        ...moved(health, "connected", nowMs),
        error: null,
        failures: 0,
        nextAttemptAtMs: null,
        lastAnswerAtMs: nowMs,
        latencyMs: event.latencyMs,
      };
    case "refused": {
      if (!isUp(health)) return health;
      const isFresh = health.latencyMs !== null && nowMs - (health.lastAnswerAtMs ?? 0) < overdueMs;
      return health.state === "connected" && isFresh
        ? health
        : { ...moved(health, "stale", nowMs), error: event.error };
    }
    case "overdue":
      return health.state === "connected" ? moved(health, "stale", nowMs) : health;
    case "failed": {
      if (health.state === "disconnected") return health;
      const failures = health.failures + 1;
      const isSoon = nowMs - health.sinceMs < calmMs;
      const losses = isUp(health) ? (isSoon ? health.losses + 1 : 1) : health.losses;
      const person = needsPerson.has(event.error.kind);
      const state = event.expected ? "warm-standby" : person ? "error" : "reconnecting";
      const isSlow = state !== "reconnecting";
      return {
        ...moved(health, state, nowMs),
        error: event.error,
        failures,
        losses,
        nextAttemptAtMs: nowMs + (isSlow ? personDelayMs : backOffMs(Math.max(failures, losses), jitter)),
        latencyMs: null,
      };
    }
    case "held":
      if (health.state === "disconnected") return health;
      return {
        ...moved(health, "error", nowMs),
        error: event.error,
        nextAttemptAtMs: nowMs + personDelayMs,
        latencyMs: null,
      };
    case "parked":
      return {
        ...moved(health, "disconnected", nowMs),
        error: null,
        failures: 0,
        losses: 0,
        nextAttemptAtMs: null,
        latencyMs: null,
      };
    case "resumed":
      if (health.state === "disconnected")
        return { ...startHealth(nowMs), lastAnswerAtMs: health.lastAnswerAtMs };
      return health.nextAttemptAtMs === null ? health : { ...health, nextAttemptAtMs: nowMs };
  }
}

/** Delay before the attempt that follows `failures` failed ones, in milliseconds. */
export function backOffMs(failures: number, jitter: number): number {
  const full = Math.min(longestDelayMs, 1000 * 2 ** (failures - 1));
  return full * (1 - 0.2 * jitter);
}

/** True when the node may be asked at `nowMs`: it is connected, or its next attempt is due. */
export function isDue(health: Health, nowMs: number): boolean {
  if (health.state === "disconnected") return false;
  return health.nextAttemptAtMs === null || nowMs >= health.nextAttemptAtMs;
}

/** True while the node's last rows may be taken for the present. */
export function isUp(health: Health): boolean {
  return health.state === "connected" || health.state === "stale";
}

/** True while figures of the last pulse may be shown, if as old ones: in this session one was answered. */
export function hasFigures(health: Health): boolean {
  return isUp(health) && (health.error === null || health.latencyMs !== null);
}

function moved(health: Health, state: NodeState, nowMs: number): Health {
  return health.state === state ? health : { ...health, state, sinceMs: nowMs };
}
