import { explainOf, genericSince, hasParameters, refusalOf } from "../../postgres/explain/statement.ts";
import { quoteIdentifier } from "../../postgres/identifier.ts";
import { nodeError } from "../../postgres/node-error.ts";
import { grantMonitor, type ServerFacts } from "../../postgres/server.ts";
import type { Explainable, Explained, ExplainResult, Planner } from "../../store/actions/explain.ts";
import { decodeStatement } from "../../views/statement-bytes.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { notIntroduced, type Outcome } from "../nodes/outcome.ts";
import type { Statement } from "../session/session.ts";
import { explainError } from "./explain-error.ts";
import { planningIn } from "./explain-planning.ts";
import { mayLoginStatement, plannerStatement, textStatement } from "./explain-statements.ts";

/** From here on there is a setting that our own sessions have otherwise, and that EXPLAIN would tell. */
const planCacheSince = 120000;

type Found<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly result: ExplainResult };

const refused = (why: string) => ({ ok: false, result: { kind: "refused", why } }) as const;
const found = <T>(value: T) => ({ ok: true, value }) as const;

/**
 * Has a server plan a statement that it ran for somebody, and run nothing: in the statement's own database, in a read-only
 * transaction that is rolled back, with the settings that its role gets at a login. Never rejects.
 * @param allowed whose rights a user allowed to be used; others are asked for
 */
export async function explain(
  manager: ConnectionManager,
  asked: Explainable,
  allowed: Planner | null,
): Promise<Explained> {
  const whole = await wholeOf(manager, asked);
  if (!whole.ok) return { asked, result: whole.result };
  const known: Explainable = { ...asked, text: whole.value.text, isWhole: true, source: null };
  return { asked: known, result: await planned(manager, known, whole.value.facts, allowed) };
}

type Whole = { readonly text: string; readonly facts: ServerFacts };

/** The whole text, once it is known that its database may be asked and that the server did not cut it. */
async function wholeOf(manager: ConnectionManager, asked: Explainable): Promise<Found<Whole>> {
  const { node, database } = asked;
  const outcome = await manager.query(node, mayLoginStatement(database));
  if (!outcome.ok) return { ok: false, result: { kind: "failed", error: outcome.error } };
  const facts = manager.facts(node);
  if (!facts) return { ok: false, result: { kind: "failed", error: notIntroduced } };
  const [isOpen, mayConnect, size] = outcome.answer.rows[0] ?? [];
  if (isOpen == null) return refused(`there is no database ${database} any more`);
  if (database !== facts.database && isOpen !== "t")
    return refused(`the database ${database} accepts no connections`);
  if (database !== facts.database && mayConnect !== "t") {
    const grant = `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(facts.user)}`;
    return refused(`the role may not connect to its database: ${grant}`);
  }
  const text = await textOf(manager, asked, facts, Number(size));
  return text.ok ? found({ text: text.value, facts }) : text;
}

async function textOf(
  manager: ConnectionManager,
  { node, text, isWhole, source }: Explainable,
  facts: ServerFacts,
  size: number,
): Promise<Found<string>> {
  if (source === null) return found(text);
  if (isWhole || source.kind === "sample") {
    const bytes = Buffer.byteLength(text);
    return source.kind !== "statement" && isCut({ text, bytes }, size) ? cutAt(bytes, size) : found(text);
  }
  const schema = facts.extensions.get("pg_stat_statements")?.schema ?? null;
  const outcome = await manager.query(node, textStatement(source, schema), { apart: true });
  if (!outcome.ok) return { ok: false, result: { kind: "failed", error: outcome.error } };
  const whole = decodedIn(outcome);
  // What the user saw is planned, not what came after it.
  if (whole === null || !whole.text.startsWith(text.slice(0, -1)))
    return refused(
      source.kind === "session"
        ? "the session is gone or runs another statement by now"
        : "pg_stat_statements has dropped it",
    );
  if (source.kind === "session" && isCut(whole, size)) return cutAt(whole.bytes, size);
  return found(whole.text);
}

function decodedIn(outcome: Outcome & { readonly ok: true }) {
  const [text, bytes] = outcome.answer.rows[0] ?? [];
  return text == null ? null : { text: decodeStatement(text), bytes: Number(bytes) };
}

const cutAt = (bytes: number, size: number) =>
  refused(
    `the server keeps its first ${bytes} bytes alone: track_activity_query_size is ${size} bytes; pg_stat_statements has statements whole`,
  );

/** The server keeps one byte less than the setting says, and no half of a character. */
function isCut({ text, bytes }: { readonly text: string; readonly bytes: number }, size: number): boolean {
  return bytes >= size - 1 || (bytes >= size - 4 && /[^\0-\x7f]/.test(text));
}

async function planned(
  manager: ConnectionManager,
  { node, database, role, text }: Explainable,
  facts: ServerFacts,
  allowed: Planner | null,
): Promise<ExplainResult> {
  if (text === "<insufficient privilege>")
    return { kind: "refused", why: `our role may not see its text: ${grantMonitor(facts)}` };
  const why = refusalOf(text);
  if (why !== null) return { kind: "refused", why };
  const isGeneric = hasParameters(text);
  if (isGeneric && facts.versionNum < genericSince)
    return { kind: "refused", why: "it has parameters: EXPLAIN (GENERIC_PLAN) needs PostgreSQL 16" };
  const looked = await manager.query(node, plannerStatement(role), { database });
  if (!looked.ok) return { kind: "failed", error: looked.error };
  const planning = planningIn(looked.answer, role);
  if (!planning) return { kind: "failed", error: nodeError("other", "our own role is not in pg_roles") };
  const { planner, isTrusted, settings, schemas, pathFrom } = planning;
  const isAllowed = allowed?.role === planner.role && allowed.isSuperuser === planner.isSuperuser;
  if (!isTrusted && !isAllowed) return { kind: "asks", planner };
  const statement: Statement = {
    ...(isGeneric && { isUnbound: true }),
    text: explainOf(text, facts.versionNum, isGeneric),
    settings: { ...settings, ...(facts.versionNum >= planCacheSince && { plan_cache_mode: "auto" }) },
  };
  const outcome = await manager.query(node, statement, { database, apart: true });
  if (outcome.ok) {
    const lines = outcome.answer.rows.map(([line]) => line ?? "");
    return { kind: "plan", planner, lines, isGeneric, schemas, pathFrom };
  }
  const ask = (about: Parameters<ConnectionManager["query"]>[1]) => manager.query(node, about, { database });
  const error = await explainError(outcome.error, {
    planner,
    schemas,
    isGeneric,
    versionNum: facts.versionNum,
    ask,
  });
  return { kind: "failed", error };
}
