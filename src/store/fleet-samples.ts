import { reasonOf } from "../postgres/node-error.ts";
import type { ServerFacts } from "../postgres/server.ts";
import type { Lag } from "../stats/replication/lag.ts";
import { followsMark, isCounter } from "../views/columns.ts";
import {
  absentIn,
  type Comparison,
  compared,
  growth,
  lastAnswer,
  neededOf,
  partsOf,
  type WhyAbsent,
} from "../views/compared.ts";
import type { Row } from "../views/row.ts";
import type { OkSample, Sample } from "../views/sample.ts";
import { type PulseRow, pulseView } from "../views/server/pulse.ts";
import {
  type AnyColumn,
  type AskedView,
  type ConcludedView,
  type FleetSamples,
  notesOn,
  type View,
} from "../views/view.ts";
import type { NodeEntry } from "./nodes.ts";
import type { Observed } from "./store.ts";

/** What is known of all nodes at one moment. */
type Known = Pick<Observed, "nowMs" | "clockMs" | "nodes" | "clusters" | "samples" | "earlier" | "events">;

/** What conclusions over these nodes are drawn from. */
export function fleetSamples(observed: Known, names: readonly string[]): FleetSamples {
  const { nowMs, clockMs, nodes, clusters, samples, earlier, events } = observed;
  const inScope = new Set(names);
  return {
    nowMs,
    clockMs,
    events,
    nodes: names.flatMap((name) => nodes[name] ?? []),
    clusters: clusters.flatMap((cluster) => {
      const some = cluster.nodes.filter(({ name }) => inScope.has(name));
      return some.length === 0 ? [] : [{ ...cluster, nodes: some, all: cluster.nodes }];
    }),
    ofAll: () => samplesOfAll(observed),
    sample: (view, node) => samples[view.name]?.[node],
    rows: (view, node) => {
      const sample = samples[view.name]?.[node];
      const rows = sample?.state === "ok" ? rowsOf({ nodes, samples, earlier }, view, node) : null;
      return rows && freshOf(sample, rows);
    },
  };
}

const ofAll = new WeakMap<Known, FleetSamples>();

/** Once for each round: what follows from all nodes is concluded once for all who ask. */
function samplesOfAll(observed: Known): FleetSamples {
  const names = observed.clusters.flatMap(({ nodes }) => nodes.map(({ name }) => name));
  const samples = ofAll.get(observed) ?? fleetSamples(observed, names);
  ofAll.set(observed, samples);
  return samples;
}

/** The rows of views that follow from others, by node: of each view once for all nodes that are judged. */
export function concludedFrom(
  known: Known,
): (view: ConcludedView) => ReadonlyMap<string | null, readonly Row[]> {
  const made = new Map<ConcludedView, ReadonlyMap<string | null, readonly Row[]>>();
  return (view) => {
    const all = () => view.rows(fleetSamples(known, Object.keys(known.nodes)));
    const rows = made.get(view) ?? Map.groupBy(all(), ({ node }) => node);
    made.set(view, rows);
    return rows;
  };
}

/** The finished rows of a sample; null where the question was not answered. */
export function freshRows(
  view: AskedView,
  sample: Sample | undefined,
  earlier: OkSample | undefined,
): readonly Row[] | null {
  return sample?.state === "ok" ? freshOf(sample, compared(view, sample, earlier ?? null, "rate")) : null;
}

/** Without the rows of databases whose newest question was not answered. */
function freshOf(sample: Sample | undefined, rows: readonly Row[]): readonly Row[] {
  const parts = partsOf(sample);
  if (parts.size === 0) return rows;
  return rows.filter(({ database }) => parts.get(String(database))?.state === "ok");
}

type Answers = Pick<Observed, "nodes" | "samples" | "earlier" | "baseline">;

/** How the counters of a view are shown. Views that are concluded have rates: words and levels are of those. */
export function comparisonOf({ baseline }: Pick<Observed, "baseline">, view: View): Comparison {
  if (!baseline || view.kind === "concluded") return "rate";
  const has = (wanted: typeof isCounter) => Object.values<AnyColumn>(view.columns).some(wanted);
  if (baseline.kind === "totals") return has(isCounter) ? "total" : "rate";
  // What was not asked for when the mark was set has nothing to be compared with.
  return baseline.samples[view.name] && has(followsMark) ? "delta" : "rate";
}

/**
 * The finished rows of the newest answer of a node, also where a later question failed; null where there is none.
 * Counters are per second of the time since the answer before, or what the user wants them to be compared with.
 */
export function rowsOf(
  { nodes, samples, earlier, baseline }: Answers,
  view: AskedView,
  node: string,
): readonly Row[] | null {
  const now = lastAnswer(samples[view.name]?.[node]);
  // The pulse's row is finished with what is known of other nodes too.
  const pulse = view === pulseView ? nodes[node]?.pulse : null;
  if (pulse) return [pulse];
  if (!now) return null;
  const as = comparisonOf({ ...(baseline && { baseline }) }, view);
  const marked = baseline?.kind === "mark" ? lastAnswer(baseline.samples[view.name]?.[node]) : null;
  const before = { rate: earlier[view.name]?.[node] ?? null, delta: marked, total: null }[as];
  return compared(view, now, before, as);
}

/** A second of an idle server reads a handful of buffers: their hit ratio says nothing, that of ten seconds does. */
export const keptPulses = 11;

/**
 * The finished row of a node's pulse: with rates, and with what follows from facts and lag.
 * @param pulses the last {@link keptPulses} answers, oldest first
 */
export function pulseRow(
  pulses: readonly OkSample[],
  facts: ServerFacts | null,
  lag: Lag | null,
): PulseRow | null {
  const [first, now] = [pulses[0], pulses.at(-1)];
  const raw = now?.rows[0];
  if (!now || !raw) return null;
  const earlier = (first?.epoch === now.epoch && first.rows[0]) || null;
  const row: Record<string, unknown> = { ...compared(pulseView, now, pulses.at(-2) ?? null, "rate")[0] };
  for (const [name, { derive }] of Object.entries(pulseView.columns))
    if (derive) row[name] = derive({ raw, earlier, facts, lag }) ?? null;
  return row as PulseRow;
}

/** Bytes of WAL a second that a standby replayed over its last pulses; null where they do not tell. */
export function replayRate(pulses: readonly OkSample[]): number | null {
  const [first, last] = [pulses[0], pulses.at(-1)];
  if (!first || !last || first.epoch !== last.epoch) return null;
  const seconds = (last.atMs - first.atMs) / 1000;
  const replayed = growth(first.rows[0]?.["replay_lsn"], last.rows[0]?.["replay_lsn"]);
  return replayed === null || seconds <= 0 ? null : Number(replayed) / seconds;
}

/** Why a node of the scope, or one of its databases, has no fresh rows or not all of them. */
export type Missing = {
  readonly node: NodeEntry;
  readonly database: string | null;
  readonly why: string;
  /** Its rows are there and fresh: what they leave out, or what is unknown of them. */
  readonly isNote: boolean;
};

const noteOf = (why: string) => ({ database: null, why, isNote: true });

/** Why nodes have no fresh rows, or not all of them. */
export function missingOf(view: View, observed: Observed, names: readonly string[]): Missing[] {
  const fleet = fleetSamples(observed, names);
  return names.flatMap((name) => {
    const node = observed.nodes[name];
    if (!node) return [];
    const reasons = neededOf(view, fleet, name).flatMap(
      (asked): (WhyAbsent & { readonly isNote?: true })[] => {
        const sample = fleet.sample(asked, name);
        const ofNode = (why: string) => ({ database: null, why });
        if (!sample) return [ofNode(node.health.error ? reasonOf(node.health.error) : "no answer yet")];
        const absent = absentIn(sample);
        if (sample.state !== "ok" || !node.facts) return absent;
        const hidden = node.pulse?.hidden_processes ?? null;
        const seesAll = hidden === null ? node.facts.readsAllStats : hidden === 0;
        return [...absent, ...notesOn(asked, sample.rows, node.facts, seesAll).map(noteOf)];
      },
    );
    const unknown = view.kind === "concluded" ? (view.unknownOf?.(node, fleet) ?? []) : [];
    const all = [...reasons, ...unknown.map(noteOf)];
    return [...new Map(all.map((one) => [one.why, { isNote: false, ...one, node }])).values()];
  });
}
