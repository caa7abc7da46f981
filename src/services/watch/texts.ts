import { withoutPasswords } from "../../views/log/log-secrets.ts";
import { decodeStatement } from "../../views/statement-bytes.ts";
import type { AskedView, Row } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import type { AskOptions } from "../nodes/outcome.ts";

/** A text that was asked for, null where the server gave none; when that was, and the SQLSTATE of a refusal. */
type Text = { readonly text: string | null; readonly atMs: number; readonly refused?: string | null };

/** What a node said of the rows of its newest answer, by their ids. */
type Texts = Map<string, Text>;

const known = new WeakMap<ConnectionManager, Map<string, Texts>>();

/** So long a text that the server did not give is not asked for again. */
const againMs = 60_000;

/**
 * The rows with their texts. Only those of rows that are new are asked for; what is not in the newest answer is forgotten.
 * A question that fails leaves texts unknown, and no row out.
 * @param inSchema a statement as it is sent to this server
 */
export async function withTexts(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  { rows, inSchema, options }: { rows: Row[]; inSchema: (sql: string) => string; options: AskOptions },
): Promise<{ readonly rows: Row[]; readonly ms: number }> {
  const { texts } = view;
  if (!texts) return { rows, ms: 0 };
  const byNode = known.get(manager) ?? new Map<string, Texts>();
  known.set(manager, byNode);
  const key = JSON.stringify([node, view.name]);
  const before: Texts = byNode.get(key) ?? new Map();
  const nowMs = performance.now();
  const ids = new Set(rows.flatMap((row) => texts.idOf(row) ?? []));
  const isWanted = (one: Text | undefined) => !one || (one.text === null && nowMs - one.atMs > againMs);
  const wanted = [...ids].filter((id) => isWanted(before.get(id)));
  const now: Texts = new Map([...ids].flatMap((id) => [[id, before.get(id) ?? { text: null, atMs: nowMs }]]));
  byNode.set(key, now);
  let ms = 0;
  if (wanted.length > 0) {
    for (const id of wanted) now.set(id, { text: null, atMs: nowMs });
    const values = [`{${wanted.map((id) => JSON.stringify(id))}}`];
    const name = `${view.name} texts`;
    const outcome = await manager.query(node, { name, text: inSchema(texts.sql), values }, options);
    ms = outcome.ms ?? 0;
    const refused = outcome.ok ? null : outcome.error.sqlstate;
    if (refused !== null) for (const id of wanted) now.set(id, { text: null, atMs: nowMs, refused });
    if (outcome.ok)
      for (const [id, text] of outcome.answer.rows)
        if (id != null && text != null) now.set(id, { text: decoded(text), atMs: nowMs });
  }
  const filled = rows.map((row) => {
    const { text = null, refused = null } = now.get(texts.idOf(row) ?? "") ?? {};
    return { ...row, [texts.column]: text, [texts.refused]: refused };
  });
  return { rows: filled, ms };
}

function decoded(text: string): string | null {
  try {
    return withoutPasswords(decodeStatement(text));
  } catch {
    return null;
  }
}
