import { viewNamed } from "../../views/all.ts";
import { fleet } from "../../views/server/fleet.ts";
import { currentSpot, placeIf, type ScreenState, withSpot } from "../screen.ts";
import { nodeOrder, nodesShown, shown } from "../selectors.ts";
import type { State } from "../store.ts";
import { linesOf } from "../table.ts";

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

/** The keys of all rows of the view on screen, those that the filter hides or that are folded away too. */
function everyKey(state: State): ReadonlySet<string> {
  const place = placeIf(state.screen, "view");
  const view = placeIf(state.screen, "fleet") ? fleet : place && viewNamed(place.view);
  if (!view) return new Set();
  const nodes = place ? nodesShown(state, view, place.scope) : nodeOrder(state);
  return new Set(linesOf(view, shown(state), nodes).map(({ key }) => key));
}
