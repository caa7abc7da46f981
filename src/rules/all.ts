import type { Threshold } from "../stats/thresholds.ts";
import { pulseView } from "../views/server/pulse.ts";
import type { AskedView } from "../views/view.ts";
import { horizonRule, mxidAge, xidAge } from "./ages.ts";
import { nodeDown, splitBrain, standbyMissing, timelineDiverged } from "./clusters.ts";
import type { Rule } from "./rule.ts";
import {
  archiverFailing,
  certificateExpiry,
  checkpointsRequested,
  checksumFailures,
  deadlocks,
  pendingRestart,
  rollbacks,
  tempFiles,
} from "./server.ts";
import {
  blockedSessions,
  connectionsUsed,
  idleInTransaction,
  longQuery,
  oldestTransaction,
  preparedTransaction,
} from "./sessions.ts";
import { slotInactive, slotRetained, slotTimeLeft } from "./slots.ts";
import { receiverDown, replayPaused, replicationLag, replicationLagBytes } from "./standbys.ts";

/** Every alert rule, in the order of the example config and the docs. */
const list = [
  nodeDown,
  splitBrain,
  blockedSessions,
  idleInTransaction,
  oldestTransaction,
  longQuery,
  preparedTransaction,
  horizonRule,
  connectionsUsed,
  replicationLag,
  replicationLagBytes,
  receiverDown,
  replayPaused,
  standbyMissing,
  timelineDiverged,
  slotInactive,
  slotRetained,
  slotTimeLeft,
  xidAge,
  mxidAge,
  checkpointsRequested,
  archiverFailing,
  deadlocks,
  rollbacks,
  tempFiles,
  checksumFailures,
  certificateExpiry,
  pendingRestart,
] as const;

export type RuleName = (typeof list)[number]["name"];

export const rules: readonly Rule<RuleName>[] = list;

/** The thresholds in force for one node. */
export type Thresholds = Readonly<Record<RuleName, Threshold>>;

/** A value for each rule. */
export function byRule<Value>(value: (rule: Rule<RuleName>) => Value): Readonly<Record<RuleName, Value>> {
  // Object.fromEntries forgets the type of its keys, and the list has each.
  return Object.fromEntries(rules.map((rule) => [rule.name, value(rule)])) as Record<RuleName, Value>;
}

export const defaultThresholds: Thresholds = byRule((rule) => rule.default);

/** A view that is asked for all the time, whatever is on screen. */
export type StandingDemand = { readonly view: AskedView; readonly everyMs: number };

/** What the rules need beyond the pulse, each view as often as the most eager of its rules wants it. */
export function standingDemand(judged: readonly Rule[] = rules): StandingDemand[] {
  const every = new Map<AskedView, number>();
  for (const { needs, everyMs = usualMs } of judged)
    for (const view of needs)
      if (view !== pulseView) every.set(view, Math.min(everyMs, every.get(view) ?? Number.POSITIVE_INFINITY));
  return Array.from(every, ([view, everyMs]) => ({ view, everyMs }));
}

const usualMs = 15_000;
