import { placeIf, type ScreenState } from "../screen.ts";
import type { PlanEntry } from "./explain.ts";

/** More than a user goes back to. */
const mostPlans = 20;

/** The plan with this number; null where it is forgotten. */
export function planOf({ plans }: ScreenState, id: number): PlanEntry | null {
  return plans.find((entry) => entry.id === id) ?? null;
}

/** The plan on screen, or null. */
export function planHere(screen: ScreenState): PlanEntry | null {
  const place = placeIf(screen, "plan");
  return place && planOf(screen, place.id);
}

/** The screen with one more plan, under the number that it has. */
export function withPlan(screen: ScreenState, entry: PlanEntry): ScreenState {
  const others = screen.plans.filter(({ id }) => id !== entry.id);
  return { ...screen, plans: [...others, entry].slice(-mostPlans) };
}
