import type { Aim } from "../../store/actions/aim.ts";
import type { Named, Question } from "../../store/actions/question.ts";
import type { Signal, SignalTarget } from "../../store/actions/signal.ts";
import { clusterOf, roleOf, shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { printElapsed } from "../../text/pretty.ts";
import { safeName } from "../../text/text.ts";
import { activity, type Backend } from "../../views/backends/activity.ts";
import { commitWait } from "../../views/backends/locks.ts";
import type { Row } from "../../views/view.ts";

type Good = Extract<Aim, { ok: true }>;

/** The question before signals are sent: who is meant, as the screen shows it now. */
export function signalQuestion(signal: Signal, aims: readonly Aim[], state: State): Question {
  const good = aims.filter((aim): aim is Good => aim.ok);
  return {
    title: titleOf(signal, good),
    about: good.map((aim) => named(aim, state)),
    leftOut: aims.flatMap((aim) => (aim.ok ? [] : [{ id: aim.id, why: aim.why }])),
    word: wordOf(
      good.flatMap(({ node }) => (node.production ? [node.name] : [])),
      state,
    ),
  };
}

function titleOf(signal: Signal, aims: readonly Good[]): string {
  const nodes = new Set(aims.map(({ node }) => node.name)).size;
  const on = nodes === 1 ? "" : ` on ${nodes} nodes`;
  const sessions = aims.length === 1 ? "this session" : `these ${aims.length} sessions`;
  if (signal === "terminate") return `Terminate ${sessions}${on}`;
  return `Cancel the statement${aims.length === 1 ? "" : "s"} of ${sessions}${on}`;
}

function named({ target, node, row }: Good, state: State): Named {
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : null);
  const type = text("backend_type");
  return {
    id: target.id,
    isProduction: node.production,
    fields: {
      ...target.shown,
      node: node.name,
      role: roleOf(node),
      cluster: clusterOf(state, node.name),
      pid: String(target.pid),
      type: type === "client backend" ? null : type,
      state: text("state"),
      transaction: ageOf(row, "xact_seconds"),
      running: ageOf(row, "query_seconds"),
      ...waitingFor(row, target, state),
      commit: row["wait"] === commitWait ? commitWait : null,
    },
  };
}

/** What the end of a session does to others, as far as the screen knows it. */
function waitingFor(
  row: Row,
  { pid, id }: SignalTarget,
  state: State,
): Pick<Named["fields"], "frees" | "blocks" | "replay"> {
  const { frees, frees_replay: replay } = row;
  if (typeof frees === "number") {
    const sessions = frees - Number(replay === true);
    return {
      frees: sessions > 0 ? String(sessions) : null,
      ...{ blocks: null, replay: replay === true ? "waits" : null },
    };
  }
  const sample = shown(state).samples[activity.name]?.[id.node];
  const sessions = sample?.state === "ok" ? (sample.rows as readonly Backend[]) : [];
  const count = sessions.filter(({ blocked_by }) => blocked_by?.includes(pid)).length;
  return { frees: null, blocks: count > 0 ? String(count) : null, replay: null };
}

function ageOf(row: Row, name: string): string | null {
  const seconds = row[name];
  return typeof seconds === "number" ? printElapsed(seconds) : null;
}

/**
 * On production the node's name is typed; for several of one cluster the cluster's, for others the word itself. So it is where
 * the name cannot be typed as the dialog shows it: it is long, or has characters that draw nothing.
 */
export function wordOf(production: readonly string[], state: State): string | null {
  const nodes = new Set(production);
  if (nodes.size === 0) return null;
  const [only = "", ...others] = nodes;
  if (others.length === 0) return isTypable(only) ? only : "production";
  const clusters = new Set([...nodes].map((node) => clusterOf(state, node)));
  const [cluster = null] = clusters;
  return clusters.size === 1 && cluster !== null && isTypable(cluster) ? cluster : "production";
}

/** Cells of the longest name that has to be typed: it must fit into its line. */
export const longestWord = 60;

export const isTypable = (name: string) => safeName(name, longestWord) === name;

/** The question again where a node of it has become production since it was asked; null where none has. */
export function asProduction(question: Question, state: State): Question | null {
  const about = question.about.map((named) => ({
    ...named,
    isProduction: named.isProduction || (state.observed.nodes[named.id.node]?.production ?? false),
  }));
  const changed = about.some(({ isProduction }, at) => isProduction !== question.about[at]?.isProduction);
  if (!changed) return null;
  const production = about.flatMap(({ id, isProduction }) => (isProduction ? [id.node] : []));
  return { ...question, about, word: wordOf(production, state) };
}
