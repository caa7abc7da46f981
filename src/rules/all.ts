import type { Threshold } from "../stats/thresholds.ts";
import { pulseView } from "../views/server/pulse.ts";
import type { AskedView, OnlyWhere } from "../views/view.ts";
import { horizonRule, mxidAge, xidAge } from "./ages.ts";
import { anotherSystem, nodeDown, splitBrain, standbyMissing, timelineDiverged } from "./clusters.ts";
import type { Rule } from "./rule.ts";
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
import { pglogicalFailing, subscriptionFailing } from "./subscriptions.ts";

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
  anotherSystem,
  slotInactive,
  slotRetained,
  slotTimeLeft,
  slotLost,
  subscriptionFailing,
  pglogicalFailing,
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

/** Those of the program. */
export const rules: readonly Rule<RuleName>[] = list;

let all: readonly Rule[] = rules;

/** Puts the rules of the config behind those of the program, instead of the ones before. */
export function setCustomRules(custom: readonly Rule[]): void {
  all = custom.length === 0 ? rules : [...rules, ...custom];
}

/** Those of the program and of the config. */
export const allRules = (): readonly Rule[] => all;

/** The thresholds in force for one node, also of rules of the config. */
export type Thresholds = Readonly<Record<RuleName, Threshold>> & Readonly<Record<string, Threshold>>;

/** A value for each rule. */
export function byRule<Value>(
  value: (rule: Rule) => Value,
  custom: readonly Rule[] = [],
): Readonly<Record<RuleName, Value>> & Readonly<Record<string, Value>> {
  const values = [...rules, ...custom].map((rule) => [rule.name, value(rule)]);
  // Object.fromEntries forgets the type of its keys, and the list has each.
  return Object.fromEntries(values) as Record<RuleName, Value> & Record<string, Value>;
}

export const defaultThresholds: Thresholds = byRule((rule) => rule.default);

/** A view that is asked for all the time, whatever is on screen; of some nodes only where that is said. */
export type StandingDemand = {
  readonly view: AskedView;
  readonly everyMs: number;
  readonly onlyWhere?: OnlyWhere;
  readonly onlyOn?: ReadonlySet<string>;
};

/** What the rules need beyond the pulse, each view as often as the most eager of its rules wants it. */
export function standingDemand(judged: readonly Rule[] = all): StandingDemand[] {
  const demands = new Map<AskedView, StandingDemand>();
  const add = (view: AskedView, everyMs: number, onlyWhere?: OnlyWhere, onlyOn?: ReadonlySet<string>) => {
    const other = demands.get(view);
    const least = Math.min(everyMs, other?.everyMs ?? Number.POSITIVE_INFINITY);
    // What one rule wants of all nodes is asked of all, what two want of some where either does.
    const isForSome = onlyWhere && (!other || other.onlyWhere);
    const isOther = other?.onlyWhere && other.onlyWhere !== onlyWhere;
    const named = onlyOn && (other ? other.onlyOn && new Set([...other.onlyOn, ...onlyOn]) : onlyOn);
    demands.set(view, {
      ...{ view, everyMs: least },
      ...(isForSome ? { onlyWhere: isOther ? { ...onlyWhere, or: other.onlyWhere } : onlyWhere } : {}),
      ...(named ? { onlyOn: named } : {}),
    });
  };
  for (const { needs, needsToo = [], everyMs = usualMs, onlyWhere, onlyOn: own, asksAll } of judged) {
    const onlyOn = asksAll ? undefined : own;
    if (onlyWhere) add(onlyWhere.view, Math.max(everyMs, whereMs));
    for (const view of needs) if (view !== pulseView) add(view, everyMs, onlyWhere, onlyOn);
    for (const too of needsToo) add(too.view, everyMs, too.onlyWhere, onlyOn);
  }
  return [...demands.values()];
}

const usualMs = 15_000;

/** How often it is asked where a rule applies. */
const whereMs = 60_000;
