import { currentSpot, type Place, type ScreenState } from "./screen.ts";

/** More than a user goes back through. */
const mostPlaces = 50;

/** The screen after a step, with the place that the step left in its history. */
export function withHistory(before: ScreenState, after: ScreenState): ScreenState {
  if (after.history !== before.history || isSamePlace(currentSpot(before).place, currentSpot(after).place))
    return after;
  const past = [...before.history.past, before.stack].slice(-mostPlaces);
  return { ...after, history: { past, future: [] } };
}

/** Whether two places are one: the same kind, and all that it is about. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The place that was shown before this one, as it was left; the same screen where there is none. */
export function earlier(screen: ScreenState): ScreenState {
  const { past, future } = screen.history;
  const stack = past.at(-1);
  if (!stack) return screen;
  return { ...screen, stack, history: { past: past.slice(0, -1), future: [screen.stack, ...future] } };
}

/** The place that {@link earlier} left; the same screen where there is none. */
export function later(screen: ScreenState): ScreenState {
  const { past, future } = screen.history;
  const [stack, ...rest] = future;
  if (!stack) return screen;
  return { ...screen, stack, history: { past: [...past, screen.stack], future: rest } };
}
