import { viewNamed } from "../views/all.ts";
import { lockKey, locks } from "../views/backends/locks.ts";
import { sessionLocks } from "../views/backends/session-locks.ts";
import { keyOf, type Row } from "../views/view.ts";
import { fleetSamples } from "./fleet-samples.ts";
import { rowOnScreen } from "./last-row.ts";
import { placeIf } from "./screen.ts";
import { shown } from "./selectors.ts";
import type { State } from "./store.ts";

/** A session's locks, who blocks it and whom it blocks, as rows of the views `locks` and `session_locks`. */
export type LockFacts = {
  /** Its row in the tree of locks; null while it neither waits nor blocks. */
  readonly own: Row | null;
  readonly blocker: Row | null;
  readonly blocked: readonly Row[];
  /** The locks that it holds; null while they are unknown. */
  readonly held: readonly Row[] | null;
};

/** At most so many sessions or locks are named; the others are counted. */
export const mostNamed = 3;

/** How many lines tell what a session waits for, who blocks it, whom it blocks and what it holds. */
export function lockLineCount(facts: LockFacts | null): number {
  if (!facts) return 0;
  const { own, blocker, blocked, held } = facts;
  const waits = own && own["mode"] !== null ? 1 + (blocker ? 1 : 0) + (own["note"] !== null ? 1 : 0) : 0;
  return waits + Math.min(blocked.length, mostNamed + 1) + (held && held.length > 0 ? 1 : 0);
}

/** Whether the rows of a view are sessions. */
export function hasSessions(view: string): boolean {
  const columns = viewNamed(view)?.columns ?? {};
  return "pid" in columns && "backend_start_text" in columns;
}

/** The locks of the session whose row is on screen; null when the row is not a session. */
export function lockFacts(state: State): LockFacts | null {
  const place = placeIf(state.screen, "row");
  const row = rowOnScreen(state);
  const key = row && lockKey(row);
  if (!place || !row || key === null || !hasSessions(place.view)) return null;
  const tree = locks.rows(fleetSamples(shown(state), [place.node]));
  const own = tree.find((one) => keyOf(locks, one) === key) ?? null;
  const sample = shown(state).samples[sessionLocks.name]?.[place.node];
  const held = sample?.state === "ok" ? sample.rows : null;
  return {
    own,
    blocker: (own && tree.find((one) => keyOf(locks, one) === own["above"])) ?? null,
    blocked: tree.filter(({ above }) => above === key),
    held: held?.filter(({ pid, granted }) => pid === row["pid"] && granted === true) ?? null,
  };
}
