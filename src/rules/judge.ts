import { reasonOf } from "../postgres/node-error.ts";
import {
  type Alert,
  advance,
  byWeight,
  type Judging,
  type Memories,
  remembered,
  standing,
} from "../stats/alerts.ts";
import { isUp } from "../stats/health.ts";
import { isOff, type Threshold } from "../stats/thresholds.ts";
import { type Reason, type Unknown, unknownPulse, unknownsOf } from "../stats/unknown.ts";
import type { OkSample } from "../views/sample.ts";
import { pulseView } from "../views/server/pulse.ts";
import type { AskedView } from "../views/view.ts";
import type { Thresholds } from "./all.ts";
import type { JudgedFleet, JudgedNode, Rule } from "./rule.ts";

/** What is remembered of one rule on one node. */
type RuleMemory = {
  /** One of the config may be another now, under the same name. */
  readonly of?: Rule;
  /** When the server started that was judged, milliseconds since 1970; null where that was not known. */
  readonly startedAtMs?: number | null;
  /** The node was down since: what stood is neither told nor taken back until it is judged again. */
  readonly isAsleep?: true;
  /** When the newest sample came that was judged. */
  readonly sampleAtMs: number;
  readonly memories: Memories;
  readonly unknown: readonly Reason[];
  /** The sample since which a rule over time counts. */
  readonly base?: OkSample | undefined;
};

/** What is remembered of the rules of one node between samples, by rule. */
export type AlertMemory = ReadonlyMap<string, RuleMemory>;

export const noMemory: AlertMemory = new Map();

/** How the judge looks: again and again, or once, where the first sample counts and no level must hold. */
export type Look = "watching" | "once";

/** Whether a rule says something of a node now: while it is down nothing can be measured, and some rules say just that. */
const applies = ({ whileDown }: Rule, { health }: JudgedNode) => (whileDown === true) !== isUp(health);

/**
 * Judges one node by the samples that are new since the last time. Pure: the memory goes in and comes out. A rule without a
 * new sample keeps its alerts; what stood when the node went down is remembered until the same server is there again.
 */
export function judge(
  node: JudgedNode,
  fleet: JudgedFleet,
  judged: readonly Rule[],
  thresholds: Thresholds,
  before: AlertMemory,
  look: Look = "watching",
): AlertMemory {
  const next = new Map<string, RuleMemory>();
  for (const rule of judged) {
    const threshold = thresholds[rule.name] ?? rule.default;
    if (isOff(threshold)) continue;
    const known = before.get(rule.name);
    const memory = known && isOf(known, rule, node) ? known : undefined;
    if (!applies(rule, node)) {
      if (memory && !rule.whileDown) next.set(rule.name, asleep(memory));
      continue;
    }
    const after = judgeRule(node, fleet, rule, threshold, memory, look);
    const startedAtMs = node.facts?.startedAtMs ?? null;
    const isAsBefore = after === known && after?.of === rule && after.startedAtMs === startedAtMs;
    if (after) next.set(rule.name, isAsBefore ? after : { ...after, of: rule, startedAtMs });
  }
  return next;
}

/** A server that replays WAL may tell its start a little otherwise after each login. */
const startedOffMs = 1000;

/** Whether this was remembered of the same rule and, where it was down since, of the same life of the server. */
function isOf({ of, startedAtMs = null, isAsleep }: RuleMemory, rule: Rule, node: JudgedNode): boolean {
  if (of !== undefined && of !== rule) return false;
  const now = node.facts?.startedAtMs;
  if (!isAsleep || now === undefined || !isUp(node.health)) return true;
  return startedAtMs !== null && Math.abs(now - startedAtMs) <= startedOffMs;
}

const asleep = (memory: RuleMemory): RuleMemory =>
  memory.isAsleep
    ? memory
    : { ...memory, memories: remembered(memory.memories), unknown: [], isAsleep: true };

function judgeRule(
  node: JudgedNode,
  fleet: JudgedFleet,
  rule: Rule,
  threshold: Threshold,
  memory: RuleMemory | undefined,
  look: Look,
): RuleMemory | undefined {
  const { sampleAtMs: judgedAtMs = -1, memories = new Map(), base } = memory ?? {};
  if (isNowhere(node, fleet, rule)) return undefined;
  const failure = failureOf(node, fleet, rule);
  if (failure) return { sampleAtMs: judgedAtMs, memories: remembered(memories), unknown: [failure], base };
  const sampleAtMs = newestSample(node, fleet, rule);
  if (sampleAtMs === null || sampleAtMs === judgedAtMs) return memory;
  const newest = rule.overTime || rule.compares ? sampleToCount(node, fleet, rule) : undefined;
  // Counters of another life of the server are no beginning.
  const isAnew = base?.epoch !== newest?.epoch;
  if (rule.overTime && isAnew) return { sampleAtMs, memories, unknown: [], base: newest };
  // Whoever looks at the view has it asked more often than the rule counts.
  const isEarly = base && !isAnew && sampleAtMs - base.atMs < leastMs(node, rule, base.atMs, sampleAtMs);
  if (isEarly && look === "watching") return memory;
  const earlier = base && !isAnew ? { rows: base.rows, seconds: (sampleAtMs - base.atMs) / 1000 } : null;
  const { findings, unknown } = rule.find(node, fleet, threshold, earlier);
  const usual = judgingOf(rule, threshold, look);
  // What ended while the node was down is over at once.
  const judging = memory?.isAsleep ? { ...usual, toClear: 1 } : usual;
  const after = advance(memories, findings, unknown.length === 0, judging, fleet.nowMs);
  return { sampleAtMs, memories: after, unknown, base: newest };
}

/** Whether it is known that there is nothing to judge. */
function isNowhere({ name }: JudgedNode, { sample }: JudgedFleet, { onlyWhere, onlyOn }: Rule): boolean {
  if (onlyOn?.has(name) === false) return true;
  const newest = onlyWhere && sample(onlyWhere.view, name);
  return newest?.state === "ok" && !onlyWhere?.holds(newest.rows);
}

/** A sample may come a little early. */
const earliest = 0.75;

/** For how long after an operation a rule looks more often, and how often: what fails is tried again every 5 s. */
const actedForMs = 60_000;
const actedEveryMs = 10_000;

/** How long after the sample that it counts from a rule counts again; an operation is followed sooner. */
function leastMs({ actedAtMs }: JudgedNode, rule: Rule, baseAtMs: number, sampleAtMs: number): number {
  const usualMs = earliest * (rule.everyMs ?? 0);
  const isFollowed = actedAtMs !== null && sampleAtMs > actedAtMs && sampleAtMs - actedAtMs < actedForMs;
  if (!rule.compares || !isFollowed) return usualMs;
  return baseAtMs < actedAtMs ? 0 : Math.min(usualMs, actedEveryMs);
}

/** The sample that a rule over time counts in. */
function sampleToCount(
  { name }: JudgedNode,
  { sample }: JudgedFleet,
  { needs: [view] }: Rule,
): RuleMemory["base"] {
  const newest = view && sample(view, name);
  return newest?.state === "ok" ? newest : undefined;
}

/** Of what was seen before only what later samples are counted from. */
export function basesIn(memory: AlertMemory): AlertMemory {
  return new Map(
    Array.from(memory, ([rule, { base, of }]) => [
      rule,
      { ...(of && { of }), sampleAtMs: -1, memories: new Map(), unknown: [], base },
    ]),
  );
}

/** Why a view that the rule needs was not answered. The pulse's failure is the node's health. */
function failureOf(node: JudgedNode, fleet: JudgedFleet, rule: Rule): Reason | null {
  const failure = rule.onlyWhere && failureIn(rule.onlyWhere.view, node, fleet);
  if (failure) return failure;
  for (const view of viewsJudged(rule)) {
    const failure = failureIn(view, node, fleet);
    if (failure) return failure;
  }
  return null;
}

function failureIn(view: AskedView, { name, health }: JudgedNode, { sample }: JudgedFleet): Reason | null {
  if (view === pulseView) return isUp(health) && health.error ? unknownPulse(health.error) : null;
  const newest = sample(view, name);
  if (newest?.state !== "failed") return null;
  return { kind: "view", reason: `${view.name}: ${reasonOf(newest.error)}` };
}

/** The views that a rule is judged by, also those that some nodes are asked for. */
const viewsJudged = ({ needs, needsToo = [] }: Rule): readonly AskedView[] =>
  needsToo.length === 0 ? needs : [...needs, ...needsToo.flatMap((one) => (one.isExtra ? [] : one.view))];

/** When the newest of the samples came that the rule is judged by; null while there is none. */
function newestSample(node: JudgedNode, { sample, nowMs }: JudgedFleet, rule: Rule): number | null {
  // What is said of a node that is down follows from the time alone.
  if (rule.whileDown) return nowMs;
  let newestAtMs: number | null = null;
  for (const view of viewsJudged(rule)) {
    const newest = view === pulseView ? null : sample(view, node.name);
    const atMs = view === pulseView ? node.pulseAtMs : newest?.state === "ok" ? newest.atMs : null;
    if (atMs !== null && (newestAtMs === null || atMs > newestAtMs)) newestAtMs = atMs;
  }
  return newestAtMs;
}

function judgingOf(rule: Rule, threshold: Threshold, look: Look): Judging {
  const { unit, below = false, atOnce = false, needs } = rule;
  const isSlow = !needs.includes(pulseView);
  const once = look === "once";
  return {
    unit,
    below,
    threshold: once ? { ...threshold, forMs: 0 } : threshold,
    toRaise: once || atOnce ? 1 : 2,
    // A sample a minute does not flicker.
    toClear: rule.whileDown ? 1 : isSlow ? 2 : 3,
  };
}

/** The alerts of a node that stand, worst first, then oldest first. */
export function activeAlerts(
  node: JudgedNode,
  judged: readonly Rule[],
  thresholds: Thresholds,
  memory: AlertMemory,
): Alert[] {
  return judged
    .flatMap((rule) => {
      const memories = memory.get(rule.name)?.memories;
      return memories && applies(rule, node)
        ? standing(rule.name, memories, judgingOf(rule, thresholds[rule.name] ?? rule.default, "watching"))
        : [];
    })
    .sort(byWeight);
}

/** All that is unknown of a node that answers, each with the rules that it leaves without a value. */
export function unknownsIn(node: JudgedNode, memory: AlertMemory): Unknown[] {
  const { pulse, facts, health } = node;
  if (!facts || !isUp(health)) return [];
  const rulesOf = new Map<string, { reason: Reason; rules: string[] }>();
  const add = (reason: Reason, rule: string | null) => {
    const key = `${reason.kind} ${reason.reason}`;
    const entry = rulesOf.get(key) ?? { reason, rules: [] };
    if (rule !== null) entry.rules.push(rule);
    rulesOf.set(key, entry);
  };
  if (health.error) add(unknownPulse(health.error), null);
  else if (pulse) for (const reason of unknownsOf(pulse, facts)) add(reason, null);
  else return [];
  for (const [rule, { unknown }] of memory) for (const reason of unknown) add(reason, rule);
  return Array.from(rulesOf.values(), ({ reason, rules }) => ({ ...reason, rules }));
}
