import { quoteIdentifier } from "../../postgres/identifier.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { type Listed, sharedText, sourceNames, unlisted } from "../../stats/discovery.ts";
import { isUp } from "../../stats/health.ts";
import { refusalOn } from "../../store/actions/aim.ts";
import { marksHere } from "../../store/actions/marks.ts";
import type {
  OperationPlan,
  OperationRight,
  OperationSubject,
  RestPlan,
  SqlPlan,
} from "../../store/actions/operation.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { rowInTable, subjectHere } from "../../store/on-screen.ts";
import { shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { rowNow } from "../../store/table.ts";
import { topology } from "../../views/replication/topology.ts";
import { parseRowId } from "../../views/row-id.ts";
import type { Row } from "../../views/view.ts";
import { wordOf } from "../actions/signal-question.ts";

/** Whether the session's role is a superuser now. The setting is_superuser tells what it was at the login. */
export const isSuperuser =
  "exists (select from pg_catalog.pg_roles as r where r.rolname = current_user and r.rolsuper)";

/** What an operation is meant for, as the screen shows it now. `row` is empty where it is meant for the node itself. */
export type On = {
  readonly state: State;
  readonly node: NodeEntry;
  readonly facts: ServerFacts;
  readonly row: Row;
};

/** What an operation of Patroni is meant for: a node that its source lists, whether it answers or not. */
export type OnListed = { readonly state: State; readonly node: NodeEntry; readonly listed: Listed };

type Question<Plan extends OperationPlan, Given extends keyof Plan> = Omit<
  Plan,
  "kind" | "node" | "operation" | "word" | Given
> & {
  /** What has to be typed on every node; else only production asks for a word. */
  readonly word?: string;
};

/** What one operation says of its question; the rest is the same for all. */
export type Planned = Question<SqlPlan, "server">;
export type RestPlanned = Question<RestPlan, "cluster" | "touched">;

type AnyOperation = {
  readonly name: string;
  readonly title: string;
  /** The answer that does it, in a word. */
  readonly does: string;
  /** The views whose rows it is meant for; null where it is meant for the node. */
  readonly views: readonly string[] | null;
  /** Whether a row of them is one that it is meant for, where not each is. */
  readonly isOf?: (row: Row) => boolean;
  /** What the user types first. */
  readonly argument?: {
    readonly label: string;
    readonly about: string;
    /** One that is taken, where an empty one is not. */
    readonly such?: string;
    /** What stands in the field before anything is typed, by the row. */
    readonly known?: (row: Row) => string | null;
  };
};

/** One statement, which changes a server where it does not only read. It asks first, and shows the statement. */
export type SqlOperation = AnyOperation & {
  readonly role: "primary" | "standby" | "any";
  /** It changes nothing: allowed whatever the config says of actions. It takes time and disks, and can be cancelled. */
  readonly reads?: true;
  /** The first major version that has it. */
  readonly since?: number;
  /** What it does to so many rows at once, such as "Drop 3 slots"; not given where it takes one at a time. */
  readonly several?: (count: number) => string;
  /** Why it cannot be done to this now, in words that follow its name; null when it can. */
  readonly refusal?: (on: On) => string | null;
  /** The question; or what is wrong with the argument. */
  readonly plan: (on: On, argument: string) => Planned | string;
};

/** One request to Patroni. It asks first, and shows the request. */
export type RestOperation = AnyOperation & {
  /** Who feels it: that member alone, or all of its cluster, each of which has to allow it. */
  readonly touches: "member" | "cluster";
  readonly refusal: (on: OnListed) => string | null;
  readonly plan: (on: OnListed) => RestPlanned;
};

export type Operation = SqlOperation | RestOperation;

/**
 * What the user is on. A line of the topology stands for the row that Enter leads to, such as a subscription; a receiver
 * stands on the node that serves it and is another server, which nothing can be done to.
 */
export function operableHere(state: State): OperationSubject | null {
  const { node, row } = subjectHere(state);
  if (node === null) return null;
  if (row?.view !== topology.name) return { node, row };
  const line = rowInTable(state);
  if (line === null || line["kind"] === "receiver") return null;
  const opened = topology.opens?.(line, node)?.row ?? null;
  return { node, row: opened && opened.key !== null ? { node, view: opened.view, key: opened.key } : null };
}

/** The marked rows that an operation is meant for; none where it takes one at a time. */
export function markedFor(operation: Operation, state: State): readonly OperationSubject[] {
  const { views } = operation;
  if (!("several" in operation) || views === null) return [];
  return [...marksHere(state)].flatMap((key) => {
    const row = parseRowId(key);
    return row !== null && views.includes(row.view) ? [{ node: row.node, row }] : [];
  });
}

/** Whether an operation has something to be done to there, by the rows that are shown. */
export function isMeantFor({ views, isOf }: Operation, state: State): boolean {
  const here = operableHere(state);
  if (here === null || views === null) return here !== null;
  if (here.row === null || !views.includes(here.row.view)) return false;
  if (!isOf) return true;
  // The footer asks at each frame, and to go through all sessions takes longer than to draw.
  const row = rowInTable(state) ?? rowNow(shown(state), here.row);
  return row !== null && isOf(row);
}

export function subjectOf(operation: Operation, state: State): OperationSubject | null {
  const here = operableHere(state);
  return operation.views === null ? here && { ...here, row: null } : here;
}

function onListed(state: State, { node: name }: OperationSubject): OnListed | string {
  // What is so now counts, also where the screen stands still.
  const node = state.observed.nodes[name];
  if (!node) return "the node is gone";
  const { listed } = node;
  if (listed === null) return "Patroni does not list it";
  const { source, failing, goneSinceMs } = listed;
  if (source !== "patroni") return `${sourceNames[source]} lists it, and not Patroni`;
  if (failing) return "Patroni does not answer: what is known is not what is so now";
  if (goneSinceMs !== null) return unlisted(source, listed.listedBy);
  return sharedText(listed) ?? { state, node, listed };
}

/** The members of the cluster of a listed node, as nodes. */
export function membersOf({ state, listed: { cluster } }: OnListed): readonly NodeEntry[] {
  return Object.values(state.observed.nodes).filter(
    ({ listed }) => listed?.cluster === cluster && listed.goneSinceMs === null,
  );
}

const touchedBy = ({ touches }: RestOperation, on: OnListed) =>
  touches === "member" ? [on.node] : membersOf(on);

function restRefusal(operation: RestOperation, state: State, subject: OperationSubject): string | null {
  const on = onListed(state, subject);
  if (typeof on === "string") return on;
  for (const { name } of touchedBy(operation, on)) {
    const why = refusalOn(state, "server", name);
    if (why !== null) return `it changes ${name} too, where ${why}`;
  }
  return operation.refusal(on);
}

/** As the servers say it now, also while the screen is held still. */
function onOf(state: State, { node: name, row: id }: OperationSubject): On | string {
  const { observed } = state;
  const node = observed.nodes[name];
  if (!node) return "the node is gone";
  if (!node.facts || !isUp(node.health)) return "the node does not answer";
  const row = id === null ? {} : rowNow(observed, id);
  return row === null ? "it is gone" : { state, node, facts: node.facts, row };
}

/** Why an operation cannot be done to this now; null when it can. */
function refusalOf(operation: Operation, state: State, subject: OperationSubject): string | null {
  const isReading = "reads" in operation && operation.reads === true;
  const forbidden = isReading ? null : refusalOn(state, "server", subject.node);
  if (forbidden !== null) return forbidden;
  if ("touches" in operation) return restRefusal(operation, state, subject);
  const on = onOf(state, subject);
  if (typeof on === "string") return on;
  const { role, since = 0, refusal, isOf } = operation;
  if (isOf && !isOf(on.row)) return "it is not for this row";
  if (on.facts.versionNum < since * 10_000) return `needs PostgreSQL ${since}`;
  if (on.facts.throughPooler) return "the node is reached through a pooler: connect to the server itself";
  if (role === "primary" && on.facts.inRecovery) return "the server is a standby";
  if (role === "standby" && !on.facts.inRecovery) return "the server is a primary";
  return refusal?.(on) ?? (operation.views === null ? null : unsendableRow(operation, on));
}

/** What cannot be shown as it is sent is not sent. */
function unsendable(sql: string): string | null {
  if (sql.includes("\uFFFD")) return "its name has bytes that are not UTF-8: use psql";
  return /\p{Cc}/u.test(sql) ? "its name has control characters: use psql" : null;
}

/** The names that a statement quotes are those of the row, whatever is typed. */
function unsendableRow({ plan, argument }: SqlOperation, on: On): string | null {
  const planned = plan(on, argument?.such ?? "");
  return typeof planned === "string" ? null : unsendable(planned.sql);
}

/** The reason for what is marked, where none of it can be done; else for what is under the cursor. */
export function refusalHere(operation: Operation, state: State): string | null {
  const marked = markedFor(operation, state);
  const whys = marked.map((subject) => refusalOf(operation, state, subject));
  if (marked.length > 0) return whys.includes(null) ? null : (whys[0] ?? null);
  const subject = subjectOf(operation, state);
  if (operation.views !== null && marksHere(state).size > 0)
    return "it takes one row at a time, and rows are marked: x takes a mark away";
  return subject === null ? "no node" : refusalOf(operation, state, subject);
}

/** What the argument's field begins with. */
export function argumentKnown({ argument }: Operation, state: State, subject: OperationSubject): string {
  const on = argument?.known ? onOf(state, subject) : null;
  return on === null || typeof on === "string" ? "" : (argument?.known?.(on.row) ?? "");
}

export type PlanOutcome =
  | { readonly ok: true; readonly plan: OperationPlan }
  /** `isArgument` where another argument would do. */
  | { readonly ok: false; readonly why: string; readonly isArgument: boolean };

/** What would be sent and asked now. */
export function planOf(
  operation: Operation,
  state: State,
  subject: OperationSubject,
  argument: string,
): PlanOutcome {
  const why = refusalOf(operation, state, subject);
  if (why !== null) return { ok: false, why, isArgument: false };
  if ("touches" in operation) return restPlanOf(operation, state, subject);
  const on = onOf(state, subject);
  if (typeof on === "string") return { ok: false, why: on, isArgument: false };
  const planned = operation.plan(on, argument.trim());
  if (typeof planned === "string") return { ok: false, why: planned, isArgument: true };
  const unsent = unsendable(planned.sql);
  if (unsent !== null) return { ok: false, why: unsent, isArgument: false };
  const { node, facts } = on;
  const plan: OperationPlan = {
    ...planned,
    kind: "sql",
    node: node.name,
    operation: operation.name,
    server: {
      inRecovery: facts.inRecovery,
      systemIdentifier: facts.systemIdentifier,
      startedAtMs: facts.startedAtMs,
    },
    ...(operation.reads
      ? { reads: true, word: null }
      : { word: planned.word ?? wordOf(node.production ? [node.name] : [], state) }),
  };
  return { ok: true, plan };
}

function restPlanOf(operation: RestOperation, state: State, subject: OperationSubject): PlanOutcome {
  const on = onListed(state, subject);
  if (typeof on === "string") return { ok: false, why: on, isArgument: false };
  const planned = operation.plan(on);
  const touched = touchedBy(operation, on);
  const production = touched.flatMap(({ name, production: isProduction }) => (isProduction ? [name] : []));
  const plan: OperationPlan = {
    ...planned,
    kind: "rest",
    node: on.node.name,
    operation: operation.name,
    cluster: on.listed.cluster,
    touched: touched.map(({ name }) => name),
    word: planned.word ?? wordOf(production, state),
  };
  return { ok: true, plan };
}

/** That the role may call a function, given as `pg_proc` has it: "pg_catalog.pg_promote(boolean, integer)". */
export function mayCall(call: string, { user, database, inRecovery }: ServerFacts): OperationRight {
  const role = quoteIdentifier(user);
  // A standby gets it from its primary.
  const where = `${inRecovery ? "on the primary, " : ""}in the database ${database}`;
  return {
    sql: `pg_catalog.has_function_privilege('${call}', 'execute')`,
    lacks: `${role} may not call ${call}`,
    // Grants on functions are kept in each database.
    fix: `GRANT EXECUTE ON FUNCTION ${call} TO ${role} (${where})`,
  };
}
