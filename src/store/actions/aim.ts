import { grantMonitor, replayProcess, serverProcesses } from "../../postgres/server.ts";
import { type Risk, refusalOf } from "../../stats/action-level.ts";
import type { RowId } from "../../views/row-id.ts";
import type { Row } from "../../views/view.ts";
import type { NodeEntry } from "../nodes.ts";
import { shown } from "../selectors.ts";
import type { State } from "../store.ts";
import { rowsNow } from "../table.ts";
import type { SignalTarget } from "./signal.ts";

/** The session that a row is of, or why it cannot be sent a signal. */
export type Aim =
  | { readonly ok: true; readonly target: SignalTarget; readonly node: NodeEntry; readonly row: Row }
  | { readonly ok: false; readonly id: RowId; readonly why: string };

/** Why nothing of this risk may be done on a node, in words that follow its name; null when it may. */
export function refusalOn(state: State, risk: Risk, name: string): string | null {
  const node = shown(state).nodes[name];
  return node ? refusalOf(risk, node.actions, state.readOnlyBy) : "the node is gone";
}

/** Turns rows into targets of a signal, by the columns that all views of sessions have. */
export function aimsAt(state: State, ids: readonly RowId[]): readonly Aim[] {
  const rows = rowsNow(shown(state), ids);
  return ids.map((id, at) => aimAt(state, id, rows[at] ?? null));
}

/** Why a row is of no session that a signal could be sent to; null where it is of one. */
export function whyNoSession({ pid, gid, backend_type: type }: Row): string | null {
  if (typeof gid === "string")
    return "a prepared transaction has no session: COMMIT PREPARED or ROLLBACK PREPARED ends it";
  if (typeof pid !== "number" || pid === 0) return "this row is not a session";
  if (type === replayProcess)
    return "WAL replay is no session: its locks end with their transactions on the primary";
  if (typeof type === "string" && serverProcesses.includes(type))
    return `the ${type} is a process of the server itself, not a session`;
  return null;
}

function aimAt(state: State, id: RowId, row: Row | null): Aim {
  const refused = (why: string): Aim => ({ ok: false, id, why });
  const node = shown(state).nodes[id.node];
  if (!node || !row) return refused("it is gone");
  const why = refusalOn(state, "signal", id.node);
  if (why !== null) return refused(why);
  const isNone = whyNoSession(row);
  if (isNone !== null) return refused(isNone);
  const { backend_start_text: backendStart } = row;
  const pid = Number(row["pid"]);
  if (typeof backendStart !== "string")
    return refused(
      `backend_start is hidden, so a later session with this pid could be hit${node.facts ? `: ${grantMonitor(node.facts)}` : ""}`,
    );
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : null);
  const target: SignalTarget = {
    id,
    pid,
    backendStart,
    inRecovery: node.facts?.inRecovery ?? null,
    shown: {
      user: text("usename"),
      database: text("datname"),
      application: text("application_name"),
      client: text("client_addr"),
      statement: text("query"),
    },
  };
  return { ok: true, target, node, row };
}
