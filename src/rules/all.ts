import type { Threshold } from "../stats/thresholds.ts";
import { pulseView } from "../views/server/pulse.ts";
import type { AskedView } from "../views/view.ts";
import { horizonRule, mxidAge, xidAge } from "./ages.ts";
import { nodeDown, splitBrain, standbyMissing, timelineDiverged } from "./clusters.ts";
import type { OnlyWhere, Rule } from "./rule.ts";
import {
  archiverFailing,
  certificateExpiry,
  checkpointsRequested,
  checksumFailures,
  deadlocks,
  pendingRestart,
  rollbacks,
  settingDrift,
  tempFiles,
} from "./server.ts";
import {
  blockedSessions,
  commitWaits,
  connectionsUsed,
  idleInTransaction,
  longQuery,
  oldestTransaction,
  preparedTransaction,
} from "./sessions.ts";
import { slotInactive, slotLost, slotRetained, slotTimeLeft } from "./slots.ts";
import { receiverDown, replayPaused, replicationLag, replicationLagBytes } from "./standbys.ts";
import { subscriptionFailing } from "./subscriptions.ts";

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
  commitWaits,
  timelineDiverged,
  slotInactive,
  slotRetained,
  slotTimeLeft,
  slotLost,
  subscriptionFailing,
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
  settingDrift,
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

/** A view that is asked for all the time, whatever is on screen; of some nodes only where that is said. */
export type StandingDemand = {
  readonly view: AskedView;
  readonly everyMs: number;
  readonly onlyWhere?: OnlyWhere;
};

/** What the rules need beyond the pulse, each view as often as the most eager of its rules wants it. */
export function standingDemand(judged: readonly Rule[] = rules): StandingDemand[] {
  const demands = new Map<AskedView, StandingDemand>();
  const add = (view: AskedView, everyMs: number, onlyWhere?: OnlyWhere) => {
    const other = demands.get(view);
    const least = Math.min(everyMs, other?.everyMs ?? Number.POSITIVE_INFINITY);
    // What one rule wants of all nodes is asked of all.
    const isForSome = onlyWhere && (!other || other.onlyWhere === onlyWhere);
    demands.set(view, { view, everyMs: least, ...(isForSome ? { onlyWhere } : {}) });
  };
  for (const { needs, everyMs = usualMs, onlyWhere } of judged) {
    if (onlyWhere) add(onlyWhere.view, Math.max(everyMs, whereMs));
    for (const view of needs) if (view !== pulseView) add(view, everyMs, onlyWhere);
  }
  return [...demands.values()];
}

const usualMs = 15_000;

/** How often it is asked where a rule applies. */
const whereMs = 60_000;
