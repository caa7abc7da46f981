import { printAge, printApart, printBytes, printCount } from "../text/pretty.ts";
import type { Threshold, ThresholdUnit } from "./thresholds.ts";

export type AlertSeverity = "warning" | "critical";

/** What an alert is about. A prepared transaction stands where its session stood: `backend`, with its gid. */
export type Subject = {
  readonly kind:
    | "backend"
    | "slot"
    | "standby"
    | "database"
    | "relation"
    /** A row of a view of the config, or one that a rule of the config judges. */
    | "row"
    | "setting"
    | "node"
    | "subscription";
  readonly id: string;
};

/** What a rule measured of one subject. */
export type Finding = {
  /** In the rule's unit; 1 of the unit `state` is on. */
  readonly value: number;
  readonly subject: Subject;
  /** The words before the figure, or all of them for the unit `state`. */
  readonly text: string;
  /** What follows the figure and its limit. */
  readonly detail?: string;
  /** Fewer words for the same, before the figure and after it, where there is little room. */
  readonly short?: { readonly text: string; readonly detail: string };
  /**
   * When it began by the server's account (monotonic milliseconds). An alert that is older ended and began again between two
   * looks, and has other words then.
   */
  readonly began?: { readonly atMs: number; readonly again: string };
  /** The truth may be more than the value. */
  readonly atLeast?: boolean;
  /** It is a warning at most, whatever counts as critical. */
  readonly isMild?: true;
  /** The limit stands beside a count of few too. */
  readonly withLimit?: true;
  /** False where the words say it without the figure. */
  readonly figure?: false;
  /** The view and the row of the same node that shows it; null when its page does. */
  readonly opens: { readonly view: string; readonly key: string } | null;
};

/** Something wrong with one node, in words, since when (milliseconds of the monotonic clock). */
export type Alert = {
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly text: string;
  /** The same without the limit, where there is little room. */
  readonly short?: string;
  readonly sinceMs: number;
  /** When it was last measured, where that is not known any more: it stands by memory alone. */
  readonly lastKnownMs?: number;
  readonly subject: Subject;
  /** The view whose row of this key shows it; null for both when the node's page does. */
  readonly view: string | null;
  readonly key: string | null;
};

/** How the values of a rule become a level, and how long it must hold. */
export type Judging = {
  readonly unit: ThresholdUnit;
  /** Values are the worse the smaller they are. */
  readonly below: boolean;
  readonly threshold: Threshold;
  /** Samples in a row that it takes to raise or worsen an alert, and to take it back or lower it. */
  readonly toRaise: number;
  readonly toClear: number;
};

/** What {@link advance} remembers of one subject of a rule. */
type Memory = {
  readonly severity: AlertSeverity | null;
  readonly sinceMs: number;
  /** Samples in a row that disagree with `severity`, and since when. */
  readonly disagreeing: number;
  readonly disagreesSinceMs: number;
  /** The newest that counted. */
  readonly finding: Finding;
  /** When a sample last told of it, and whether the newest did not. */
  readonly knownMs: number;
  readonly isRemembered: boolean;
};

/** By subject. */
export type Memories = ReadonlyMap<string, Memory>;

/**
 * The memory of a rule after one more sample. Pure. A subject that is not found is well, unless the sample is not
 * `complete`: what cannot be known neither raises nor clears, so that then levels only rise.
 */
export function advance(
  before: Memories,
  findings: readonly Finding[],
  complete: boolean,
  judging: Judging,
  nowMs: number,
): Memories {
  const next = new Map<string, Memory>();
  const found = new Map(findings.map((finding) => [subjectText(finding.subject), finding]));
  for (const subject of new Set([...before.keys(), ...found.keys()])) {
    const finding = found.get(subject);
    const memory = before.get(subject) ?? (finding && nothing(finding, nowMs));
    if (!memory) continue;
    const level = finding ? levelOf(judging, finding) : null;
    const isUnknown = !complete && (!finding || rank(level) < rank(memory.severity));
    const after = isUnknown
      ? { ...memory, isRemembered: true }
      : step(memory, level, finding ?? memory.finding, judging, nowMs);
    if (after.severity !== null || after.disagreeing > 0) next.set(subject, after);
  }
  return next;
}

/** The memory of a rule that cannot be judged now. */
export function remembered(memories: Memories): Memories {
  return new Map(Array.from(memories, ([subject, memory]) => [subject, { ...memory, isRemembered: true }]));
}

/** The node itself is remembered without its name, which may change. */
function subjectText({ kind, id }: Subject): string {
  return kind === "node" ? kind : `${kind} ${id}`;
}

const nothing = (finding: Finding, nowMs: number): Memory => ({
  severity: null,
  sinceMs: nowMs,
  disagreeing: 0,
  disagreesSinceMs: nowMs,
  finding,
  knownMs: nowMs,
  isRemembered: false,
});

function step(
  memory: Memory,
  level: AlertSeverity | null,
  finding: Finding,
  { threshold, toRaise, toClear }: Judging,
  nowMs: number,
): Memory {
  const before = { ...memory, knownMs: nowMs, isRemembered: false };
  if (level === before.severity) return { ...before, disagreeing: 0, finding };
  const disagreeing = before.disagreeing + 1;
  // What the server dates has held since then, also before our first look.
  const firstMs = Math.min(nowMs, finding.began?.atMs ?? nowMs);
  const disagreesSinceMs = before.disagreeing === 0 ? firstMs : before.disagreesSinceMs;
  const isWorse = rank(level) > rank(before.severity);
  const holds = isWorse
    ? disagreeing >= toRaise && nowMs - disagreesSinceMs >= threshold.forMs
    : disagreeing >= toClear;
  // While an alert is clearing, keep its last bad value: "replay lag 0s" would look like a bug.
  if (!holds) return { ...before, disagreeing, disagreesSinceMs };
  return { ...before, severity: level, sinceMs: disagreesSinceMs, disagreeing: 0, disagreesSinceMs, finding };
}

function levelOf({ threshold, below }: Judging, { value, isMild }: Finding): AlertSeverity | null {
  const counts = (level: number | null) => level !== null && (below ? value < level : value >= level);
  if (counts(threshold.critical) && !isMild) return "critical";
  return counts(threshold.warning) ? "warning" : null;
}

const rank = (severity: AlertSeverity | null) =>
  severity === "critical" ? 2 : severity === "warning" ? 1 : 0;

/** The alerts of a rule that stand. */
export function standing(rule: string, memories: Memories, { unit, threshold }: Judging): Alert[] {
  return [...memories.values()].flatMap(({ severity, isRemembered, knownMs, ...memory }) => {
    if (severity === null) return [];
    const { finding, sinceMs } = dated(memory);
    const { subject, opens } = finding;
    const text = inWords(unit, finding, threshold[severity]);
    const { view, key } = opens ?? { view: null, key: null };
    const brief = shortly(unit, finding);
    const short = brief === text ? {} : { short: brief };
    const last = isRemembered ? { lastKnownMs: knownMs } : {};
    return [{ rule, severity, sinceMs, text, ...short, ...last, subject, view, key }];
  });
}

/** The time of a server's account is a little off: its answer took some. */
const offMs = 2000;

/** What is said of a finding that the server dates, so that words and age agree: it began then, or has begun again. */
function dated({
  finding,
  sinceMs,
}: Pick<Memory, "finding" | "sinceMs">): Pick<Memory, "finding" | "sinceMs"> {
  const { began } = finding;
  if (!began) return { finding, sinceMs };
  if (began.atMs <= sinceMs + offMs) return { finding, sinceMs: Math.min(sinceMs, began.atMs) };
  return { finding: { ...finding, text: began.again }, sinceMs };
}

/** In seconds. A sample or two that say nothing do not flicker. */
const notRemembered = 3;

/** How long ago an alert was last measured, in seconds; null where it is measured now. */
export function secondsSinceKnown({ lastKnownMs }: Pick<Alert, "lastKnownMs">, nowMs: number): number | null {
  const seconds = lastKnownMs === undefined ? 0 : (nowMs - lastKnownMs) / 1000;
  return seconds < notRemembered ? null : seconds;
}

/** What an alert says now: a memory is not said as what is measured. */
export function said(alert: Pick<Alert, "text" | "lastKnownMs">, nowMs: number): string {
  const seconds = secondsSinceKnown(alert, nowMs);
  return seconds === null ? alert.text : `last known ${printAge(seconds)} ago: ${alert.text}`;
}

/** What is so is said before what was. */
export function measuredFirst(alerts: readonly Alert[], nowMs: number): Alert[] {
  const isMeasured = (alert: Alert) => secondsSinceKnown(alert, nowMs) === null;
  return [...alerts.filter(isMeasured), ...alerts.filter((alert) => !isMeasured(alert))];
}

/** Worst first, then oldest first. */
export function byWeight(a: Alert, b: Alert): number {
  return rank(b.severity) - rank(a.severity) || a.sinceMs - b.sinceMs;
}

function inWords(unit: ThresholdUnit, finding: Finding, limit: number | null): string {
  const { text, detail = "" } = finding;
  const isBare = unit === "state" || finding.figure === false;
  return isBare ? `${text}${detail}` : `${text} ${bound(finding)}${figure(unit, finding, limit)}${detail}`;
}

function shortly(unit: ThresholdUnit, finding: Finding): string {
  const { text, detail = "" } = finding.short ?? finding;
  if (unit === "state" || finding.figure === false) return `${text}${detail}`;
  return `${text} ${bound(finding)}${print(unit, finding.value)}${detail}`;
}

/** In words, since a sign would be read as the one before the limit. */
const bound = ({ atLeast = false }: Finding) => (atLeast ? "at least " : "");

/** The value beside the limit that it passed, where both are worth a word. */
function figure(
  unit: Exclude<ThresholdUnit, "state">,
  { value, withLimit }: Finding,
  limit: number | null,
): string {
  // A limit of nothing says nothing: "unreachable for 12s > 0s".
  if (limit === null || (limit === 0 && unit === "seconds")) return print(unit, value);
  if (unit === "count") {
    const [value_, limit_] = [printCount(value), printCount(limit)];
    if (value_ === limit_) return withLimit ? `${value_}, the limit` : value_;
    if (value < 10 && !withLimit) return value_;
    return `${value_} ${value < limit ? "<" : ">"} ${limit_}`;
  }
  if (unit === "number") {
    if (value === limit) return `${printNumber(value)}, the limit`;
    const printed = printNumber(value) === printNumber(limit) ? String : printNumber;
    return `${printed(value)} ${value < limit ? "<" : ">"} ${printed(limit)}`;
  }
  const apart = printApart(unit, value, limit);
  if (apart.limit === null) return `${apart.value}, the limit`;
  return `${apart.value} ${value < limit ? "<" : ">"} ${apart.limit}`;
}

/** Three figures, as many as tell a rate. */
const printNumber = (value: number): string =>
  Math.abs(value) < 1000 ? String(Number(value.toPrecision(3))) : printCount(value);

function print(unit: Exclude<ThresholdUnit, "state">, value: number): string {
  if (unit === "bytes") return printBytes(value);
  if (unit === "count") return printCount(value);
  if (unit === "number") return printNumber(value);
  return printApart(unit, value, 0).value;
}
