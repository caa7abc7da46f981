import { type NodeError, reasonOf } from "../postgres/node-error.ts";
import { isCounter, withTotals } from "./columns.ts";
import type { Row } from "./row.ts";
import type { OkSample, Parts, Sample } from "./sample.ts";
import {
  type AnyColumn,
  type AskedView,
  type AskedWhere,
  type FleetSamples,
  keyOf,
  neededBy,
  type OnlyWhere,
  type View,
} from "./view.ts";

/** How counters are shown: per second of the time between two samples, as what came to them, or as they are. */
export type Comparison = "rate" | "delta" | "total";

/** It must not keep the earlier sample: that one's own memo has the one before it, and so on to the first of all. */
type Memo = { readonly before: WeakRef<OkSample> | null; readonly rows: readonly Row[] };

const memos: Readonly<Record<Comparison, WeakMap<OkSample, Memo>>> = {
  rate: new WeakMap(),
  delta: new WeakMap(),
  total: new WeakMap(),
};

/**
 * The rows of a sample with each counter against that of an earlier one, which may be any of the same view and node.
 * Null where there is nothing to compare with: no earlier sample or one of another life of the server, a new row, a row
 * whose statistics were reset, a counter that went back. Computed once for two samples.
 */
export function compared(
  view: AskedView,
  now: OkSample,
  before: OkSample | null,
  as: Comparison,
): readonly Row[] {
  const columns = comparedColumns(view);
  if (columns.counters.length === 0 && (as !== "delta" || columns.tallies.length === 0)) return now.rows;
  const known = memos[as].get(now);
  const isSamePair = before === null ? known?.before === null : known?.before?.deref() === before;
  if (known && isSamePair) return known.rows;
  const earlier = before?.epoch === now.epoch ? before : null;
  const rows = now.parts
    ? comparedParts(view, now.parts, before?.parts, as)
    : comparedRows(view, columns, now, earlier, as);
  memos[as].set(now, { before: before && new WeakRef(before), rows });
  return rows;
}

/** The columns of a view that are compared, and those whose values follow from them. */
type ComparedColumns = {
  readonly counters: readonly string[];
  readonly tallies: readonly string[];
  readonly following: readonly (readonly [string, AnyColumn])[];
};

const columnsOf = new WeakMap<AskedView, ComparedColumns>();

/** Each node of a fleet is compared each second by the same columns. */
function comparedColumns(view: AskedView): ComparedColumns {
  const known = columnsOf.get(view);
  if (known) return known;
  const named = Object.entries<AnyColumn>(view.columns);
  const columns: ComparedColumns = {
    counters: named.flatMap(([name, column]) => (isCounter(column) ? name : [])),
    tallies: named.flatMap(([name, { isTally }]) => (isTally ? name : [])),
    following: named.filter(([, { follows }]) => follows),
  };
  columnsOf.set(view, columns);
  return columns;
}

/** Databases are asked at moments of their own: each is compared by itself. */
function comparedParts(view: AskedView, now: Parts, before: Parts | undefined, as: Comparison): Row[] {
  return [...now].flatMap(([database, part]) => {
    const answer = lastAnswer(part);
    return answer ? compared(view, answer, lastAnswer(before?.get(database)), as) : [];
  });
}

function comparedRows(
  view: AskedView,
  { counters, tallies, following }: ComparedColumns,
  now: OkSample,
  before: OkSample | null,
  as: Comparison,
): Row[] {
  const byKey = new Map(before?.rows.map((row) => [keyOf(view, row), row]));
  const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
  // What began to be counted after the earlier sample came to zero then.
  const askedAt = view.resetAt !== undefined && view.askedAt !== undefined && before?.rows[0]?.[view.askedAt];
  const grownOf = (sameRow: Row | undefined, row: Row, name: string) => {
    if (as === "total") return growth(0n, row[name]);
    if (seconds <= 0) return null;
    const ofNode = view.columns[name]?.ofNodeSince;
    const [last, reset] = ofNode ? [before?.rows[0], ofNode] : [sameRow, view.resetAt];
    if (last) return reset === undefined || last[reset] === row[reset] ? growth(last[name], row[name]) : null;
    const since = reset === undefined ? null : row[reset];
    const isNew = typeof askedAt === "number" && typeof since === "number" && since > askedAt;
    return isNew ? growth(0n, row[name]) : null;
  };
  return now.rows.map((row) => {
    const last = byKey.get(keyOf(view, row));
    const shown: Record<string, unknown> = withTotals(row, row);
    for (const name of counters) {
      const grown = grownOf(last, row, name);
      const whole = Number(grown) / (view.columns[name]?.pieces ?? 1);
      shown[name] = grown === null ? null : as === "rate" ? whole / seconds : whole;
    }
    if (as === "delta") for (const name of tallies) shown[name] = grownOf(last, row, name);
    for (const [name, column] of following) shown[name] = column.follows?.(shown) ?? null;
    return shown;
  });
}

/**
 * How far a cumulative counter grew; null where there is nothing to compare with, or where it went back (statistics
 * reset, crash).
 */
export function growth(before: unknown, now: unknown): bigint | null {
  return typeof before === "bigint" && typeof now === "bigint" && now >= before ? now - before : null;
}

/**
 * Buffers found in shared_buffers, in percent of all that were asked for between two rows of counters; null when none
 * were, when the counters went back, or without an earlier row.
 */
export function hitRatio(before: Row | null, now: Row): number | null {
  const hit = growth(before?.["blks_hit"], now["blks_hit"]);
  const read = growth(before?.["blks_read"], now["blks_read"]);
  if (hit === null || read === null || hit + read === 0n) return null;
  return (100 * Number(hit)) / Number(hit + read);
}

/** A failure keeps the answer that it could not replace. */
export function failedSample(error: NodeError, before: Sample | undefined): Sample {
  return { state: "failed", error, last: lastAnswer(before) };
}

/** The newest answer, also where a later question failed; null where there is none. */
export function lastAnswer(sample: Sample | null | undefined): OkSample | null {
  if (sample?.state === "ok") return sample;
  return sample?.state === "failed" ? sample.last : null;
}

/** An answer with what its view remembers, which follows from what it remembered before. */
export function withKept({ keeps }: AskedView, sample: Sample, before: Sample | undefined): Sample {
  if (!keeps || sample.state !== "ok") return sample;
  return { ...sample, kept: keeps(lastAnswer(before)?.kept, sample) };
}

/** What each database answered; empty for a view that servers are asked for. */
export function partsOf(sample: Sample | undefined): Parts {
  const own = sample?.state === "ok" ? undefined : sample?.parts;
  return own ?? lastAnswer(sample)?.parts ?? noParts;
}

const noParts: Parts = new Map();

/**
 * A node's sample with what one of its databases answered; null takes its answer out.
 * @param among the databases of the node that are asked, in their order: others are gone
 */
export function withPart(
  sample: Sample | undefined,
  database: string,
  part: Sample | null,
  among: readonly string[],
): Sample | null {
  const before = partsOf(sample);
  return merged(new Map(among.map((name) => [name, name === database ? part : (before.get(name) ?? null)])));
}

/** Null where no database has answered yet. It has failed where none answers now. */
function merged(parts: Parts): Sample | null {
  const answers = [...parts.values()].flatMap((part) => lastAnswer(part) ?? []);
  const [newest] = answers.toSorted((a, b) => b.atMs - a.atMs);
  const last = newest ? { ...newest, rows: answers.flatMap(({ rows }) => rows), parts } : null;
  if (last && parts.values().some((part) => part?.state === "ok")) return last;
  for (const [name, part] of parts)
    if (part?.state === "failed") {
      const error = { ...part.error, message: `${name}: ${part.error.message}` };
      return { state: "failed", error, last, parts };
    }
  const reasons = [...parts].flatMap(([name, part]) =>
    part?.state !== "notApplicable" ? [] : part.isAbsent ? part.why : `${name}: ${part.why}`,
  );
  if (reasons.length === 0) return null;
  return { state: "notApplicable", why: [...new Set(reasons)].join("; "), parts };
}

/** Why a node lacks rows; or one of its databases does, if not null. */
export type WhyAbsent = { readonly database: string | null; readonly why: string };

/** Why a sample lacks rows: of the node, or of each of its databases, which the words name. */
export function absentIn(sample: Sample | null): WhyAbsent[] {
  if (sample === null || sample.state === "notApplicable")
    return [{ database: null, why: sample?.why ?? "no answer yet" }];
  if (sample.state === "failed" && !sample.parts) return [{ database: null, why: reasonOf(sample.error) }];
  return [...partsOf(sample)].flatMap(([database, part]) => {
    if (part?.state === "notApplicable" && part.isAbsent) return [];
    return absentIn(part).map(({ why }) => ({ database, why: `${database}: ${why}` }));
  });
}

/** Whether rows say so; null where a view has not answered. */
export function holdsBy(
  { view, holds, and, or }: OnlyWhere,
  rowsOf: (view: AskedView) => readonly Row[] | null,
): boolean {
  const isTold = (one: Pick<OnlyWhere, "view" | "holds">) => {
    const rows = rowsOf(one.view);
    return rows !== null && one.holds(rows);
  };
  return (isTold({ view, holds }) && (!and || isTold(and))) || (or !== undefined && holdsBy(or, rowsOf));
}

/** Whether a node is asked for a view, by the last answers that it gave; each is where nothing says where. */
export function isAskedOf(
  { onlyWhere }: { readonly onlyWhere?: OnlyWhere },
  fleet: Pick<FleetSamples, "sample">,
  node: string,
): boolean {
  const rowsOf = (view: AskedView) => lastAnswer(fleet.sample(view, node))?.rows ?? null;
  return onlyWhere === undefined || holdsBy(onlyWhere, rowsOf);
}

/** The views that some servers are asked for beyond those. */
export const neededToo = (view: View): readonly AskedWhere[] =>
  view.kind === "concluded" ? (view.needsToo ?? []) : [];

/** Those that this node is asked for, or will be, and without which its rows are not complete. */
export function neededOf(
  view: View,
  fleet: Pick<FleetSamples, "sample">,
  node: string,
): readonly AskedView[] {
  const more = neededToo(view).filter((one) => !one.isExtra && isAskedOf(one, fleet, node));
  return more.length === 0 ? neededBy(view) : [...neededBy(view), ...more.map((one) => one.view)];
}
