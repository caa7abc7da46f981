import { currentSpot, type ScreenState, withSpot } from "../screen.ts";
import type { State } from "../store.ts";
import { everyKey } from "../table.ts";

/** The most rows that can be marked: more than a user reads through in a question. */
export const mostMarks = 100;

/** The keys of the marked rows, those that a filter hides too. */
export function marksHere({ screen }: State): ReadonlySet<string> {
  return currentSpot(screen).marks;
}

/** The screen without the marks of rows that are gone: one that comes back is another one. */
export function withoutGone(state: State): ScreenState {
  const marks = marksHere(state);
  if (marks.size === 0) return state.screen;
  const there = everyKey(state);
  const left = [...marks].filter((key) => there.has(key));
  return left.length === marks.size ? state.screen : withSpot(state.screen, { marks: new Set(left) });
}
