import { pathOf } from "../../postgres/explain/search-path.ts";
import { quoteIdentifier } from "../../postgres/identifier.ts";
import type { NodeError } from "../../postgres/node-error.ts";
import type { Planner } from "../../store/actions/explain.ts";
import type { Outcome } from "../nodes/outcome.ts";
import type { Statement } from "../session/session.ts";
import { hiddenSchemasStatement, readsAllDataStatement } from "./explain-statements.ts";

type Means = {
  readonly planner: Planner;
  readonly schemas: readonly string[];
  readonly isGeneric: boolean;
  readonly versionNum: number;
  /** Asks in the database of the statement. */
  readonly ask: (statement: Statement) => Promise<Outcome>;
};

/** SQLSTATEs of names that were not found: relation, function or operator, type or the like, schema. */
const notFound: ReadonlySet<string> = new Set(["42P01", "42883", "42704", "3F000"]);
/** The type of a parameter cannot be known, or is ambiguous. */
const typeless: ReadonlySet<string> = new Set(["42P18", "42P08", "42725", "42804"]);

/** From here on there is pg_read_all_data. */
const readAllSince = 140000;

/** The error of EXPLAIN with what to do about it, as far as that is known: what helps a view helps no plan. */
export async function explainError(error: NodeError, means: Means): Promise<NodeError> {
  const { sqlstate } = error;
  if (sqlstate === null) return error;
  if (notFound.has(sqlstate)) return { ...error, kind: "other", hint: await whereLooked(means) };
  if (sqlstate === "42501") return { ...error, hint: await whatLacks(means) };
  if (sqlstate === "25006")
    return {
      ...error,
      kind: "other",
      hint: "A function that the planner runs tried to write, which the transaction does not let it.",
    };
  const hint = plainHint(sqlstate, means.isGeneric);
  return hint === null ? error : { ...error, hint };
}

function plainHint(sqlstate: string, isGeneric: boolean): string | null {
  if (sqlstate === "55P03")
    return "Another session holds a lock on a table of it, or waits for one: L shows who. Our lock_timeout ended the wait.";
  if (sqlstate === "57014") return "Planning took too long: nothing was planned.";
  if (sqlstate === "42601" && isGeneric)
    return "Its $1 may stand where SQL takes constants alone, as in DATE $1: put a value there and use psql.";
  if (sqlstate === "42601") return "EXPLAIN takes one whole statement: several in one text are not planned.";
  if (isGeneric && typeless.has(sqlstate))
    return "The types of its parameters are known only to the session that ran it: add casts such as $1::int8 and use psql.";
  return null;
}

/** The search_path, and schemas in it that our role may not look into: it sees nothing of them. */
async function whereLooked({ planner, schemas, ask }: Means): Promise<string> {
  const path = `Names without a schema were looked for in: ${pathOf(schemas) || "no schema"}. The session may have set another search_path.`;
  const outcome = await ask(hiddenSchemasStatement(schemas));
  const hidden = outcome.ok ? outcome.answer.rows.map(([name]) => name).join(", ") : "";
  return hidden === ""
    ? path
    : `${path} Our role sees nothing in some: GRANT USAGE ON SCHEMA ${hidden} TO ${quoteIdentifier(planner.role)}`;
}

async function whatLacks({ planner, versionNum, ask }: Means): Promise<string> {
  const role = quoteIdentifier(planner.role);
  const needs = "EXPLAIN needs the rights of the statement";
  const outcome = versionNum < readAllSince ? null : await ask(readsAllDataStatement);
  const readsAll = outcome?.ok ? outcome.answer.rows[0]?.[0] : null;
  return readsAll === "f"
    ? `${needs}: GRANT pg_read_all_data TO ${role} lets our role read every table, and so plan each SELECT; GRANT what the message names for others.`
    : `${needs}: GRANT what the message names TO ${role}.`;
}
