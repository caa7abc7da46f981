import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { hitRatio, toRates } from "../../stats/rates.ts";
import { decode } from "../../views/decode.ts";
import { failedSample, type Sample } from "../../views/sample.ts";
import { type PulseRow, pulseView } from "../../views/server/pulse.ts";
import {
  type AskedView,
  keyOf,
  notApplicable,
  type Row,
  sqlFor,
  type ViewOptions,
} from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import type { AskOptions } from "../nodes/node-connection.ts";
import type { Answer, Statement } from "../session/session.ts";
import { notTheProtocol } from "../wire/message-guard.ts";

/** What a server of this version is asked for a view; null when it is too old. */
export function statementOf(view: AskedView, versionNum: number, viewOptions: ViewOptions): Statement | null {
  const text = sqlFor(view, versionNum);
  const values = view.parameters?.(viewOptions) ?? [];
  return text === null ? null : { name: view.name, text, values };
}

/** The counters of the last sample of a view, to make rates of the next. */
type Counted = {
  readonly before: ReadonlyMap<string, Row>;
  readonly atMs: number;
  readonly startedAtMs: number;
  /** The first rows of the last samples, oldest first, for ratios that one interval is too short for. */
  readonly recent: readonly Row[];
};

/** A second of an idle server reads a handful of buffers: their hit ratio says nothing, that of ten seconds does. */
const ratioSamples = 10;

/** What sampling remembers of one node: one entry a view. */
export type CounterMemory = Map<string, Counted>;

type Question = {
  readonly viewOptions: ViewOptions;
  /** Read and brought up to date. */
  readonly counters: CounterMemory;
  /** What a failure keeps the rows of. */
  readonly before?: Sample | undefined;
} & Pick<AskOptions, "speaksForHealth" | "apart">;

/** A sample, and how many milliseconds its statement took; 0 where none was sent. */
type Taken = { readonly sample: Sample; readonly ms: number };

/**
 * Asks one node for one view and turns the answer into finished rows: typed, with rates, without our own
 * session's counters. Failures are samples too.
 */
export async function askView(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  { viewOptions, counters, before, ...asked }: Question,
): Promise<Taken> {
  const notReady = await manager.ready(node);
  const facts = manager.facts(node);
  const failed = (error: NodeError, ms = 0): Taken => ({ sample: failedSample(error, before), ms });
  if (notReady || !facts) return failed(notReady ?? noFacts);
  const why = notApplicable(view, facts);
  const statement = statementOf(view, facts.versionNum, viewOptions);
  if (why !== null || statement === null)
    return { sample: { state: "notApplicable", why: why ?? "server too old" }, ms: 0 };
  const outcome = await manager.query(node, statement, { ...asked, ...deadlineOf(view, manager.get(node)) });
  const { ms } = outcome;
  if (!outcome.ok) return failed(outcome.error, ms);
  const atMs = performance.now();
  const raw = decoded(view, outcome.answer, facts.versionNum);
  if ("kind" in raw) {
    if (view.name === pulseView.name) manager.distrust(node, raw);
    return failed(raw, ms);
  }
  const rows = withRates(view, raw, counters, facts.startedAtMs, atMs);
  if (view.name !== pulseView.name) return { sample: { state: "ok", rows, atMs }, ms };
  const recent = counters.get(view.name)?.recent ?? [];
  const hit_ratio = hitRatio(recent[0] ?? null, recent.at(-1) ?? {});
  const { maxConnections: max_connections, reservedConnections } = facts;
  const derived = { max_connections, usable_connections: max_connections - reservedConnections, hit_ratio };
  return { sample: { state: "ok", rows: rows.map((row) => ({ ...row, ...derived })), atMs }, ms };
}

/** {@link askView} for callers that do not care what it took. */
export async function sampleView(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  question: Question,
): Promise<Sample> {
  return (await askView(manager, node, view, question)).sample;
}

/** The server ends the statement itself by statement_timeout, which keeps the session. The pulse has a limit of its own. */
function deadlineOf(view: AskedView, settings: NodeSettings | undefined): Pick<AskOptions, "deadlineMs"> {
  if (view.name === pulseView.name || !settings) return {};
  return { deadlineMs: view.deadlineMs ?? settings.statementTimeoutMs + 1000 };
}

function decoded(view: AskedView, answer: Answer, versionNum: number): Row[] | NodeError {
  try {
    return decode(view, answer, versionNum);
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : "an answer that makes no sense";
    return nodeError("protocol", why, notTheProtocol.hint);
  }
}
const noFacts: NodeError = nodeError("other", "the server has not been introduced yet");

function withRates(
  view: AskedView,
  raw: readonly Row[],
  counters: CounterMemory,
  startedAtMs: number,
  atMs: number,
): Row[] {
  const names = Object.keys(view.columns).filter((name) => view.columns[name]?.kind === "perSecond");
  if (names.length === 0) return [...raw];
  const key = (row: Row) => keyOf(view, row);
  const last = counters.get(view.name);
  // Counters of another life of the server are no start of an interval.
  const interval =
    last?.startedAtMs === startedAtMs ? { before: last.before, seconds: (atMs - last.atMs) / 1000 } : null;
  const recent = [...(interval ? (last?.recent ?? []) : []), ...raw.slice(0, 1)].slice(-ratioSamples - 1);
  counters.set(view.name, { before: new Map(raw.map((row) => [key(row), row])), atMs, startedAtMs, recent });
  return toRates(raw, names, key, interval);
}

/** The one row of a fleet sample. */
export function pulseOf(sample: Sample): PulseRow | null {
  return sample.state === "ok" ? ((sample.rows[0] as PulseRow | undefined) ?? null) : null;
}
