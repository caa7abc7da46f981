import { grantMonitor } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import type { Explainable, TextSource } from "../../store/actions/explain.ts";
import { fleetSamples } from "../../store/fleet-samples.ts";
import { cursorLine, nodesHere, subjectHere, viewHere } from "../../store/on-screen.ts";
import { shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { currentTable, linesOf } from "../../store/table.ts";
import { commonOf } from "../../views/backends/wait-rows.ts";
import { waitStatements, waits } from "../../views/backends/waits.ts";
import { commentedStart, statementStart } from "../../views/columns.ts";
import { log } from "../../views/log/log.ts";
import { longestText } from "../../views/statements/statement-sql.ts";
import { statements } from "../../views/statements/statements.ts";
import { acrossKey, statementsAcross } from "../../views/statements/statements-across.ts";
import type { Row } from "../../views/view.ts";
import { rowHere, statementOf } from "./copy.ts";

const hidden = "<insufficient privilege>";

/** A statement as a row tells of it: what is null is not known. */
type Told = Pick<Explainable, "node" | "isWhole" | "source"> & {
  readonly text: string | null;
  readonly database: unknown;
  readonly role: unknown;
};

type Here = NonNullable<ReturnType<typeof rowHere>>;

/** The statement under the cursor, or why it cannot be planned. */
export function explainableHere(state: State): Explainable | string {
  const told = toldHere(state);
  if (typeof told === "string") return told;
  const node = state.observed.nodes[told.node];
  if (!node) return "it is gone";
  if (!node.facts || !isUp(node.health)) return "the node does not answer";
  const { text, database, role, ...more } = told;
  if (text === hidden) return `our role may not see its text: ${grantMonitor(node.facts)}`;
  if (text === null) return "it has no statement that we know";
  if (typeof database !== "string") return "its database is not known";
  return { ...more, text, database, role: typeof role === "string" ? role : null };
}

function toldHere(state: State): Told | string {
  if (viewHere(state) === statementsAcross.name) return toldOfNodes(state);
  const here = rowHere(state);
  const { node } = subjectHere(state);
  if (!here || node === null) return "it is gone";
  if (here.view === log) return toldOfLog(here.row, node);
  if (here.view === waits || here.view === waitStatements) return toldOfWaits(state, here, node);
  return toldOf(here, node);
}

/** A row of a session, or of a statement that is counted. */
function toldOf(here: Here, node: string): Told {
  const { datname: database, usename: role } = here.row;
  const text = statementOf(here);
  const source = sourceOf(here.row);
  const isWhole = text === null || source === null || isAll(text, source.kind, here.isWhole);
  return { node, text, database, role, isWhole, source };
}

/** Of several roles that ran it on a node the one for which it took the most time. */
function toldOfNodes(state: State): Told | string {
  const row = rowHere(state)?.row ?? currentTable(state)?.lines[cursorLine(state)]?.row;
  const { node } = subjectHere(state);
  const names = row?.["role"] != null && node !== null ? [node] : (nodesHere(state) ?? []);
  const counted = linesOf(statements, shown(state), names).filter(
    (line) => line.node?.facts && acrossKey(line.node.facts.versionNum, line.row) === row?.["statement"],
  );
  const nodes = new Set(counted.map(({ id }) => id.node));
  if (nodes.size > 1) return `it ran on ${nodes.size} nodes: choose the line of one below it`;
  const timeOf = ({ row: { total_exec_time: time } }: { readonly row: Row }) => Number(time ?? 0);
  const [most] = counted.toSorted((a, b) => timeOf(b) - timeOf(a));
  return most ? toldOf({ view: statements, row: most.row, isWhole: false }, most.id.node) : "it is gone";
}

/** What was sampled of many sessions: which of them stands for all. */
function toldOfWaits(state: State, { view, row }: Here, node: string): Told | string {
  const text = typeof row["query"] === "string" ? row["query"] : null;
  if (text === null) return "it has no statement that we know";
  if (Buffer.byteLength(text) > statementStart - 4)
    return "only its beginning was sampled: activity has its sessions";
  const by = view === waits ? "event" : "statement";
  const common = commonOf(by, fleetSamples(shown(state), [node]), node, String(row["id"]));
  if (common.datname === null) return "it has no database, or several: activity has its sessions";
  if (common.usename === null) return "it has no role, or several: activity has its sessions";
  const { datname: database, usename: role } = common;
  return { node, text, database, role, isWhole: true, source: { kind: "sample" } };
}

/** A log has statements whole. */
function toldOfLog(row: Row, node: string): Told | string {
  const { query, database_name: database, user_name: role, is_masked } = row;
  const text = typeof query === "string" ? query : null;
  if (text !== null && is_masked === true) return "a secret in its text was taken out";
  const unsaid = Object.entries({ role, database }).flatMap(([name, value]) =>
    typeof value === "string" ? [] : name,
  );
  if (text !== null && unsaid.length > 0)
    return `its ${unsaid.join(" and ")} ${unsaid.length === 1 ? "is" : "are"} not in the log`;
  return { node, text, database, role, isWhole: true, source: null };
}

/** Where the server has the whole text. */
function sourceOf({ pid, backend_start_text, queryid, dbid, userid }: Row): TextSource | null {
  if (typeof queryid === "string" && typeof dbid === "number" && typeof userid === "number")
    return { kind: "statement", queryid, dbid, userid };
  if (typeof pid !== "number" || typeof backend_start_text !== "string") return null;
  return { kind: "session", pid, backendStart: backend_start_text };
}

/**
 * Whether a text cannot be a beginning: a table asks for that of a session's statement alone, and the page of a row may
 * still have what the table had. A character that was cut in two is left out.
 */
function isAll(text: string, kind: TextSource["kind"], isOnPage: boolean): boolean {
  const bytes = Buffer.byteLength(text);
  const mayBeCutAt = (limit: number) => bytes > limit - 4 && bytes <= limit;
  if (kind === "statement") return bytes <= longestText - 4;
  if (isOnPage) return !mayBeCutAt(statementStart) && !mayBeCutAt(commentedStart);
  return bytes <= statementStart - 4;
}
