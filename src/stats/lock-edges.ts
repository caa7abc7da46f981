import { conflict } from "../postgres/lock-modes.ts";
import type { LockEdge } from "./lock-tree.ts";

/** What a session, or a prepared transaction, waits for and holds. Locks are texts that are equal for the same lock. */
export type LockSession = {
  readonly id: string;
  /** Null for a prepared transaction. */
  readonly pid: number | null;
  readonly leader_pid: number | null;
  /** The lock that it waits for, and the mode (pg_locks.mode); null when it waits for none. */
  readonly awaits: string | null;
  readonly mode: string | null;
  /** Locks that anyone waits for and that it has: a line each, the lock, a blank, the mode. */
  readonly holds: string | null;
  /** pg_blocking_pids(): 0 is a prepared transaction; null where it was not asked. */
  readonly blocked_by: readonly number[] | null;
};

/**
 * Who waits for whom. The server says who blocks a session (pg_blocking_pids); which of these have the lock, and which
 * only stand before it in the queue, follows from what they hold. A session that the server was not asked about has the
 * blockers of another that waits for the same lock in the same mode; one of which it says no blocker, as of a standby's
 * replay, waits for all that have the lock. A leader waits for its parallel worker.
 */
export function lockEdges(sessions: readonly LockSession[]): LockEdge[] {
  const byPid = new Map(sessions.flatMap((one) => (one.pid === null ? [] : [[one.pid, one]])));
  const held = new Map(sessions.map((one) => [one, modesOf(one.holds)]));
  const prepared = sessions.filter(({ pid }) => pid === null);
  const asked = new Map<string, readonly number[]>();
  for (const { awaits, mode, blocked_by } of sessions)
    if (blocked_by !== null && !asked.has(`${mode} ${awaits}`)) asked.set(`${mode} ${awaits}`, blocked_by);
  const blocks = (one: LockSession, awaits: string, mode: string) =>
    held
      .get(one)
      ?.get(awaits)
      ?.some((has) => conflict(has, mode)) === true;
  const holders = (awaits: string, mode: string) =>
    sessions.flatMap((one) => (blocks(one, awaits, mode) ? [one.pid ?? 0] : []));
  return sessions.flatMap((waiter): LockEdge[] => {
    const { id, pid, awaits, mode, leader_pid } = waiter;
    if (awaits === null || mode === null) return [];
    const said = waiter.blocked_by ?? asked.get(`${mode} ${awaits}`) ?? [];
    const pids = said.length > 0 ? said : holders(awaits, mode);
    const edges = pids.flatMap((blocking) => {
      const one = byPid.get(blocking);
      if (!one || blocking === pid || blocking === leader_pid) return [];
      return [{ waiter: id, blocker: one.id, soft: one.awaits === awaits && !blocks(one, awaits, mode) }];
    });
    const gids = pids.includes(0) ? prepared.filter((one) => blocks(one, awaits, mode)) : [];
    const leader = edges.length + gids.length === 0 ? undefined : byPid.get(leader_pid ?? -1);
    return [
      ...edges,
      ...gids.map((one) => ({ waiter: id, blocker: one.id, soft: false })),
      ...(leader ? [{ waiter: leader.id, blocker: id, soft: false }] : []),
    ];
  });
}

function modesOf(holds: string | null): ReadonlyMap<string, readonly string[]> {
  const modes = new Map<string, string[]>();
  for (const line of holds?.split("\n") ?? []) {
    const end = line.lastIndexOf(" ");
    const lock = line.slice(0, end);
    modes.set(lock, [...(modes.get(lock) ?? []), line.slice(end + 1)]);
  }
  return modes;
}
