import { replayProcess } from "../../postgres/server.ts";
import { lockEdges } from "../../stats/lock-edges.ts";
import { type LockNode, lockTree } from "../../stats/lock-tree.ts";
import { above, bool, integer, text } from "../columns.ts";
import { defineConclusion, type FleetSamples, keyOf, type Row } from "../view.ts";
import { type LockWait, lockWaits } from "./lock-waits.ts";
import { withheldOf } from "./session.ts";

const { columns: waits } = lockWaits;

const rowKey = ["session", "backend_start_text"] as const;

/** Who waits for whom on every node, roots first. */
export const locks = defineConclusion({
  name: "locks",
  title: "Locks",
  section: "backends",
  source: "pg_locks, pg_stat_activity, pg_prepared_xacts",
  needs: [lockWaits],
  none: "no session waits for a lock",
  rowKey,
  rowName: "session",
  sortBy: "-frees",
  duration: "wait_seconds",
  withheld: withheldOf,
  parent: ({ above: key }) => (typeof key === "string" ? key : null),
  // Who waits has no problem of its own.
  isCause: ({ above: key }) => key === null,
  columns: {
    session: text("SESSION", {
      priority: 0,
      maxWidth: 26,
      required: true,
      about: "process id, or the name of a prepared transaction; below the one that it waits for",
    }),
    frees: integer("FREES", {
      priority: 0.5,
      required: true,
      about: "waiting sessions, and a standby's replay of WAL, that go on once this one ends",
      severity: above(1, 10),
    }),
    frees_replay: bool("FREES REPLAY", {
      hidden: true,
      about: "whether the replay of WAL is one of those: it is no session",
    }),
    state: text("STATE", {
      priority: 1,
      maxWidth: 10,
      about: "what it does now; who blocks may well be idle",
      severity: (state) => (/^(idle|aborted|prepared)/.test(state) ? "warning" : "ok"),
    }),
    wait_seconds: { ...waits.wait_seconds, priority: 0.7, severity: above(10, 60) },
    xact_seconds: waits.xact_seconds,
    query_seconds: waits.query_seconds,
    object: waits.object,
    note: text("NOTE", {
      priority: 1.5,
      maxWidth: 34,
      about:
        "queued: it only stands behind the one above; holds up replay: that of a standby goes on once it ends; also: what else it waits for",
      severity: () => "warning",
    }),
    mode: waits.mode,
    locktype: { ...waits.locktype, priority: 6 },
    datname: waits.datname,
    usename: waits.usename,
    application_name: waits.application_name,
    client_addr: { ...waits.client_addr, priority: 7 },
    pid: integer("PID", { hidden: true, about: "process id; null for a prepared transaction" }),
    gid: text("PREPARED", { hidden: true, about: "name of a prepared transaction" }),
    prepared_text: waits.prepared_text,
    root_pid: integer("ROOT", { hidden: true, about: "process id of the root; null where it is prepared" }),
    above: text("ABOVE", { hidden: true, internal: true, about: "key of the row above" }),
    backend_type: waits.backend_type,
    backend_start_text: waits.backend_start_text,
    wait: waits.wait,
    query: waits.query,
  },
  rows: (fleet) => fleet.nodes.flatMap(({ name }) => rowsOf(fleet, name)),
});

function rowsOf(fleet: FleetSamples, node: string) {
  const waits = ((fleet.rows(lockWaits, node) ?? []) as readonly LockWait[]).toSorted(longestFirst);
  const byKey = new Map(waits.map((row) => [keyOf(lockWaits, row), row]));
  const sessions = [...byKey].map(([id, row]) => ({
    id,
    pid: row.pid,
    leader_pid: row.leader_pid,
    awaits: row.awaits,
    mode: row.mode,
    holds: row.holds,
    blocked_by: row.blocked_by,
  }));
  const keyOfId = (id: string) => {
    const row = byKey.get(id);
    return row ? keyOf({ rowKey }, { ...row, session: sessionOf(row) }) : id;
  };
  const replay = [...byKey].flatMap(([id, row]) => (isReplay(row) ? id : []));
  return lockTree([...byKey.keys()], lockEdges(sessions), new Set(replay)).flatMap((place) => {
    const row = byKey.get(place.id);
    if (!row) return [];
    const also = place.also.flatMap((id) => byKey.get(id) ?? []).map(sessionOf);
    return [
      {
        ...row,
        node,
        session: sessionOf(row),
        // The server gives it no state.
        state: isReplay(row) ? "WAL replay" : row.state,
        frees: place.frees,
        frees_replay: place.freesApart > 0,
        note: noteOf(row, place, also),
        root_pid: byKey.get(place.root)?.pid ?? null,
        above: place.parent === null ? null : keyOfId(place.parent),
      },
    ];
  });
}

const isReplay = ({ backend_type }: LockWait) => backend_type === replayProcess;

/** The key in the tree of a row of another view, if that is of a session or of a prepared transaction; else null. */
export function lockKey({ pid, gid, backend_start_text }: Row): string | null {
  if (typeof gid === "string")
    return keyOf({ rowKey }, { session: sessionOf({ pid: null, gid }), backend_start_text: null });
  return typeof pid === "number" ? keyOf({ rowKey }, { session: String(pid), backend_start_text }) : null;
}

function longestFirst(a: LockWait, b: LockWait): number {
  return (
    Math.max(b.wait_seconds ?? 0, b.xact_seconds ?? 0) - Math.max(a.wait_seconds ?? 0, a.xact_seconds ?? 0)
  );
}

/** Never "0", which is what pg_blocking_pids() calls all prepared transactions. */
function sessionOf({ pid, gid }: Pick<LockWait, "pid" | "gid">): string {
  return pid === null ? `prepared ${gid}` : String(pid);
}

/** The server's own word, never translated (autovacuum.c), for a vacuum that yields to nobody. */
const preventsWraparound = ({ backend_type, query: statement }: LockWait) =>
  backend_type === "autovacuum worker" && statement?.endsWith(" (to prevent wraparound)") === true;

/** A transaction that is committed here waits for a synchronous standby (wait events of type IPC). */
export const commitWait = "IPC:SyncRep";

const mostNamed = 3;

function noteOf(row: LockWait, place: LockNode, also: readonly string[]): string | null {
  const more = also.length > mostNamed ? ` and ${also.length - mostNamed} more` : "";
  const notes = [
    ...(preventsWraparound(row) ? ["prevents wraparound"] : []),
    ...(place.deadlocked ? ["deadlock"] : []),
    ...(place.soft ? ["queued"] : []),
    ...(place.freesApart > 0 ? ["holds up replay"] : []),
    ...(row.wait === commitWait ? ["its commit waits for a standby"] : []),
    ...(also.length > 0 ? [`also ${also.slice(0, mostNamed).join(", ")}${more}`] : []),
  ];
  return notes.length === 0 ? null : notes.join("; ");
}
