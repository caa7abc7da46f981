import type { ServerFacts } from "../postgres/server.ts";
import type { Finding } from "../stats/alerts.ts";
import type { Listed } from "../stats/discovery.ts";
import type { Health } from "../stats/health.ts";
import type { Lag } from "../stats/replication/lag.ts";
import type { Cluster } from "../stats/replication/topology.ts";
import type { Threshold, ThresholdUnit } from "../stats/thresholds.ts";
import type { Reason } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { totalIn } from "../views/columns.ts";
import { growth } from "../views/compared.ts";
import type { Sample } from "../views/sample.ts";
import { type PulseRow, pulseView } from "../views/server/pulse.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import {
  type AskedView,
  type AskedWhere,
  type ConcludedView,
  keyOf,
  type OnlyWhere,
  type Row,
  type RowOf,
  type View,
} from "../views/view.ts";

/** What a rule may know of a node. */
export type JudgedNode = {
  readonly name: string;
  readonly health: Health;
  readonly facts: ServerFacts | null;
  /** The newest good row of the fleet view, and when it came (monotonic milliseconds). */
  readonly pulse: PulseRow | null;
  readonly pulseAtMs: number | null;
  readonly lag: Lag | null;
  /** Bytes of WAL a second that the primary of its system writes; null where that is not known. */
  readonly walRate: number | null;
  /** When its role was seen to change. */
  readonly promotedAtMs: number | null;
  /** When an operation last changed it. */
  readonly actedAtMs: number | null;
  /** What the source of its cluster says of it. */
  readonly listed: Listed | null;
};

/** All that a rule may look at. */
export type JudgedFleet = {
  /** Monotonic milliseconds, and the same moment by our wall clock. */
  readonly nowMs: number;
  readonly clockMs: number;
  readonly nodes: ReadonlyMap<string, JudgedNode>;
  readonly clusters: readonly Cluster[];
  readonly sample: (view: AskedView, node: string) => Sample | undefined;
  /** The rows of the newest sample, with rates; null where the question was not answered. */
  readonly rows: (view: AskedView, node: string) => readonly Row[] | null;
  /** The rows of a node in a view that follows from others; those of no node are nobody's. */
  readonly concluded: (view: ConcludedView, node: string) => readonly Row[];
};

/** What a rule found on one node. With a reason in `unknown` there may be more, or worse, than was found. */
export type Found = { readonly findings: readonly Finding[]; readonly unknown: readonly Reason[] };

/** An alert rule as a value: thresholds, hysteresis, words, docs, JSON Schema and `check` derive from it. */
export type Rule<Name extends string = string> = {
  readonly name: Name;
  /** What is measured, for the example config, help and docs. */
  readonly about: string;
  readonly unit: ThresholdUnit;
  /** Its values are the worse the smaller they are. */
  readonly below?: true;
  readonly default: Threshold;
  /**
   * The views that it is judged by, each time one of them has a new sample. The pulse comes with every refresh and is always
   * at hand: a rule that also needs a slower view leaves it out here, or an old sample of that view would count again and again.
   */
  readonly needs: readonly AskedView[];
  /** What it needs besides, each where the newest rows of those say so. */
  readonly needsToo?: readonly AskedWhere[];
  /** What it says of its nodes follows from the others too: these are asked for what it needs as well. */
  readonly asksAll?: true;
  /** Where it is judged, and the views that it needs are asked for; everywhere if not given. */
  readonly onlyWhere?: OnlyWhere;
  /** The nodes that it is for, by name; all if not given. */
  readonly onlyOn?: ReadonlySet<string>;
  /** How often the other views are asked for it, in milliseconds. */
  readonly everyMs?: number;
  /** One sample is enough: what it finds has happened, and does not flap. */
  readonly atOnce?: true;
  /** It counts what happened since an earlier sample, `everyMs` ago or more, so that one look at a server says nothing. */
  readonly overTime?: true;
  /** Some of what it finds happened since an earlier sample, `everyMs` ago or more. What one look tells it finds at once. */
  readonly compares?: true;
  /** It is judged while the node does not answer, and no other rule is. */
  readonly whileDown?: true;
  /** Pure. `threshold` is for those that know only what a value is at least, `earlier` for those that count over time. */
  readonly find: (
    node: JudgedNode,
    fleet: JudgedFleet,
    threshold: Threshold,
    earlier: Earlier | null,
  ) => Found;
};

/** The rows of the first view that a rule needs as they were some seconds ago. */
export type Earlier = { readonly rows: readonly Row[]; readonly seconds: number };

/** Declares a rule. */
export function defineRule<const Name extends string>(rule: Rule<Name>): Rule<Name> {
  return rule;
}

/**
 * What a rule over a view is judged by. The pulse comes all the time: it counts only where a view follows from nothing that is
 * asked for less often.
 */
export function judgedBy(view: View): Pick<Rule, "needs" | "needsToo" | "asksAll"> {
  if (view.kind === "asked") return { needs: [view] };
  const slow = view.needs.filter((one) => one !== pulseView);
  return {
    needs: slow.length > 0 ? slow : [pulseView],
    needsToo: view.needsToo ?? [],
    ...(view.asksAll && { asksAll: true }),
  };
}

export const nothingFound: Found = { findings: [], unknown: [] };

/** All is known, and this is all. */
export function found(...findings: readonly Finding[]): Found {
  return { findings, unknown: [] };
}

/**
 * How much a counter grew since an earlier sample, by the minute where that is longer ago; a shorter time is not made
 * longer than it was. Null when it is new, was reset, or is unknown.
 */
export function grownBy(
  view: AskedView,
  row: Row,
  column: string,
  { rows, seconds }: Earlier,
): number | null {
  const key = keyOf(view, row);
  const before = rows.find((one) => keyOf(view, one) === key);
  const isSame = view.resetAt === undefined || before?.[view.resetAt] === row[view.resetAt];
  const grown = isSame ? growth(totalIn(before, column), totalIn(row, column)) : null;
  return grown === null ? null : Number(grown) / Math.max(1, seconds / 60);
}

/** The newest rows of a view of a node; none where it was not asked or does not apply. */
export function rowsOf<V extends AskedView>(
  { rows }: Pick<JudgedFleet, "rows">,
  view: V,
  { name }: Pick<JudgedNode, "name">,
): readonly RowOf<V>[] {
  // The rows are decoded by the columns of this view.
  return (rows(view, name) ?? []) as readonly RowOf<V>[];
}

/** A figure of each database of a node; null is unknown. */
export function databaseFindings(
  node: JudgedNode,
  all: JudgedFleet,
  text: string,
  measure: (row: DatabaseStatistics) => number | null,
): Finding[] {
  return rowsOf(all, databases, node).flatMap((row): Finding[] => {
    const value = measure(row);
    if (value === null) return [];
    const name = row.datname ?? "";
    const opens = { view: databases.name, key: keyOf(databases, row) };
    return [
      { value, subject: { kind: "database", id: name }, text, detail: `: ${safeName(name, 63)}`, opens },
    ];
  });
}
