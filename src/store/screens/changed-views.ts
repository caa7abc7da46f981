import { viewNamed } from "../../views/all.ts";
import type { Place, ScreenState, Spot, Stack } from "../screen.ts";
import type { Observed, State } from "../store.ts";

/**
 * What is on screen, was seen, and lies in the history, after views of these names came, changed or went: what they said
 * before is forgotten, and a place that shows one that is gone is left.
 */
export function withViews(
  { screen, observed, frozen }: State,
  changed: ReadonlySet<string>,
): Pick<State, "screen" | "observed" | "frozen"> {
  return {
    screen: ofScreen(screen, changed),
    observed: ofObserved(observed, changed),
    frozen: frozen && ofObserved(frozen, changed),
  };
}

const viewOf = (place: Place): string | null =>
  place.kind === "view" || place.kind === "row" ? place.view : null;

function ofScreen(screen: ScreenState, changed: ReadonlySet<string>): ScreenState {
  const isGone = ({ place }: Spot) => {
    const name = viewOf(place);
    return name !== null && viewNamed(name) === undefined;
  };
  const isChanged = ({ place }: Spot) => changed.has(viewOf(place) ?? "");
  const anew = (spot: Spot): Spot =>
    isChanged(spot) ? { ...spot, sortBy: null, left: 0, marks: new Set() } : spot;
  const stack = ([first, ...rest]: Stack): Stack => [
    anew(first),
    ...rest.filter((spot) => !isGone(spot)).map(anew),
  ];
  const { past, future } = screen.history;
  const lastRow = screen.stack.some(isChanged) ? null : screen.lastRow;
  return {
    ...screen,
    stack: stack(screen.stack),
    history: { past: past.map(stack), future: future.map(stack) },
    lastRow,
  };
}

function ofObserved(observed: Observed, changed: ReadonlySet<string>): Observed {
  const without = <T>(byView: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(byView).filter(([view]) => !changed.has(view)));
  const { samples, earlier, paces } = observed;
  return { ...observed, samples: without(samples), earlier: without(earlier), paces: without(paces) };
}
