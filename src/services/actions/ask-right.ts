import { reasonOf } from "../../postgres/node-error.ts";
import type { RightFound, SqlPlan } from "../../store/actions/operation.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import type { Answer, Statement } from "../session/session.ts";

/** The question reads catalogs alone. What comes later is of no use to a user who reads the dialog. */
const deadlineMs = 3000;

/** Encodings in which a name has the bytes that we send: ours are those of UTF-8. */
const sameBytes: ReadonlySet<string> = new Set(["UTF8", "SQL_ASCII"]);

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);

/** Asks whether the role may do it, and for the encoding of the database's names. */
export function rightStatement({ right }: SqlPlan): Statement {
  return {
    text: `select ${right.sql} as may, pg_catalog.current_setting('server_encoding') as encoding`,
  };
}

/** What the answer to {@link rightStatement} says of a plan. */
export function rightIn({ sql, right }: SqlPlan, { rows }: Answer): Exclude<RightFound, { kind: "unknown" }> {
  const [may = null, said = null] = rows[0] ?? [];
  const encoding = said ?? "unknown";
  if (!isAscii(sql) && !sameBytes.has(encoding)) {
    const why = `the database's encoding is ${encoding}, in which the name is another: use psql`;
    return { kind: "denied", outcome: { kind: "refused", why } };
  }
  if (may === "t") return { kind: "given" };
  return { kind: "denied", outcome: { kind: "notPermitted", why: right.lacks, fix: right.fix } };
}

/** Asks before the user answers, in the sessions that watch the node: that takes no login of its own. Never rejects. */
export async function askRight(manager: ConnectionManager, plan: SqlPlan): Promise<RightFound> {
  const asked = await manager.query(plan.node, rightStatement(plan), {
    deadlineMs,
    database: plan.database ?? undefined,
  });
  return asked.ok ? rightIn(plan, asked.answer) : { kind: "unknown", why: reasonOf(asked.error) };
}
