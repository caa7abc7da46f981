import { randomUUID } from "node:crypto";
import type { ServerFacts } from "../../postgres/server.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import {
  type OperationOutcome,
  type OperationResult,
  type SqlPlan,
  usualLockMs,
} from "../../store/actions/operation.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import { answerWithin } from "../session/answer-within.ts";
import { answerError, isAnswer } from "../session/failure.ts";
import type { Session } from "../session/session.ts";
import { rightIn, rightStatement } from "./ask-right.ts";
import type { AuditEntry } from "./audit-file.ts";
import type { ActionMeans } from "./means.ts";

/** The question about the right, which was answered before or is asked here alone: grants may have changed. */
const rightMs = 5000;
/** The server's own limit comes first, and says what became of the statement. */
const graceMs = 2000;

/**
 * Does one operation, in a session of its own: looks whether the server is the one that was asked about and the role may do
 * it, writes the audit line, sends the statement, and writes what became of it. What only reads needs no line, and is
 * cancelled on the server by `stop`. Never rejects.
 */
export async function runOperation(
  means: ActionMeans,
  plan: SqlPlan,
  stop?: AbortSignal,
): Promise<OperationResult> {
  const { manager } = means;
  const { reads: readOnly = false } = plan;
  const refusal = (node: string) => (readOnly ? null : means.refusal(node));
  const done = (outcome: OperationOutcome, unrecorded: string | null = null): OperationResult => ({
    plan,
    outcome,
    unrecorded,
  });
  const forbidden = refusal(plan.node);
  if (forbidden !== null) return done({ kind: "refused", why: forbidden });
  const { database, limitMs, lockMs = usualLockMs } = plan;
  const ended = await manager.apart(
    plan.node,
    { database, limitMs, lockMs, readOnly },
    async (session, facts) => {
      const why = refusal(plan.node) ?? otherServer(plan, facts);
      if (why !== null) return done({ kind: "refused", why });
      const limits = { deadlineMs: rightMs, signal: undefined, keepsSession: false };
      const found = rightIn(plan, await answerWithin(session, rightStatement(plan), limits));
      if (found.kind === "denied") return done(found.outcome);
      if (readOnly) return done(await sent(session, plan, stop));
      const entry = entryOf(means, plan, facts);
      const unwritten = await means.audit.append(entry);
      if (unwritten !== null) return done({ kind: "refused", why: `no audit line, no action: ${unwritten}` });
      const outcome = await sent(session, plan);
      const detail = detailOf(outcome);
      const unrecorded = await means.audit.append({ ...entry, outcome: outcome.kind, detail });
      return done(outcome, unrecorded);
    },
  );
  return ended.ok ? ended.value : done({ kind: "failed", error: ended.error, isUnsure: false });
}

/** Why the server that we came to is not the one that the user was asked about. */
function otherServer({ server }: SqlPlan, facts: ServerFacts): string | null {
  if (facts.throughPooler) return "a pooler is in between: connect to the server itself";
  if (server.systemIdentifier !== null && facts.systemIdentifier !== server.systemIdentifier)
    return "another server answers there now";
  if (server.inRecovery !== facts.inRecovery)
    return server.inRecovery
      ? "the server was a standby when you were asked and is a primary now"
      : "the server was a primary when you were asked and is a standby now";
  // Standbys have the identifier of their primary: behind one address there may be several.
  if (server.startedAtMs !== facts.startedAtMs)
    return "another server of the cluster answers there now, or it was restarted";
  return null;
}

/** Sends the statement. Whatever goes wrong from here on is an outcome of it. */
async function sent(
  session: Session,
  { sql, limitMs, answers, reads, operation }: SqlPlan,
  signal?: AbortSignal,
): Promise<OperationOutcome> {
  const startMs = performance.now();
  const deadlineMs = limitMs + graceMs;
  try {
    const { rows } = await answerWithin(
      session,
      // With a name a transaction that reads is committed, and not counted as rolled back.
      { text: sql, ...(reads && { name: operation, values: [] }) },
      { deadlineMs, signal, keepsSession: false },
    );
    const value = rows[0]?.[0] ?? null;
    if (answers === undefined) return { kind: "done", value: null };
    if ("value" in answers) return { kind: "done", value };
    return value === "t" ? { kind: "done", value: null } : { kind: "sent", why: answers.unless };
  } catch (cause) {
    const ms = performance.now() - startMs;
    const error = isAnswer(cause)
      ? answerError(cause, ms, { deadlineMs, statementTimeoutMs: limitMs })
      : toNodeError(cause);
    const isUnsure = !reads && (error.sqlstate === null || endedIt.test(error.sqlstate));
    return { kind: "failed", error, isUnsure };
  }
}

/**
 * The statement was ended and not refused, so that what it had begun may go on: by a limit, a shutdown, or, as one that
 * waits for a promotion, by a conflict with what is replayed meanwhile (Appendix A, classes 40 and 57).
 */
const endedIt = /^(40|57)/;

function entryOf({ manager }: ActionMeans, plan: SqlPlan, facts: ServerFacts): AuditEntry {
  const { host, port } = manager.get(plan.node)?.connection ?? { host: "", port: null };
  return {
    id: randomUUID(),
    action: plan.operation,
    node: plan.node,
    host,
    port,
    database_role: facts.user,
    login_role: facts.sessionUser,
    server_role: facts.inRecovery ? "standby" : "primary",
    statement: maskSecrets(plan.sql),
    values: [],
    targets: [{ database: facts.database, what: maskSecrets(plan.title) }],
    outcome: null,
    detail: null,
  };
}

/** What the audit file says of an outcome beside its kind. */
export function detailOf(outcome: OperationOutcome): string | null {
  switch (outcome.kind) {
    case "done":
      return outcome.value;
    case "sent":
    case "refused":
      return outcome.why;
    case "notPermitted":
      return `${outcome.why}: ${outcome.fix}`;
    case "failed":
      return outcome.error.message;
  }
}
