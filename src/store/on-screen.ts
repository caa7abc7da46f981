import { currentSpot, type Place, type Scope } from "./screen.ts";
import { screens } from "./screens/all.ts";
import type { Opening, Screen, Subject } from "./screens/screen-of.ts";
import { bodyHeight, cursorIndex, shown } from "./selectors.ts";
import type { State } from "./store.ts";
import type { Wanted } from "./wanted.ts";

function here(state: State): Screen {
  return screens[currentSpot(state.screen).place.kind];
}

/** The keys of the lines that the cursor moves over. */
export const lineKeys = (state: State): readonly string[] => here(state).keys(state);

/** Where the cursor is among the lines; 0 where there are none. */
export const cursorLine = (state: State): number =>
  cursorIndex(currentSpot(state.screen), here(state).keys(state));

/** What the cursor, or a place without lines, is about. */
export const subjectHere = (state: State): Subject => here(state).subject(state);

/** The node that the screen or the cursor is on, or null. */
export const nodeInFocus = (state: State): string | null => subjectHere(state).node;

export const openingHere = (state: State): Opening | null => here(state).opens(state);

/** The views beyond the pulse that the screen needs: what is not looked at is not asked for. */
export const wantedViews = (state: State): readonly Wanted[] => here(state).wants(state);

/** Where the user is: names as they came, not yet safe to draw. */
export const crumbsHere = (state: State): readonly string[] => here(state).crumbs(state);

/** Whether the lines on screen take a filter. */
export const filtersHere = (state: State): boolean => here(state).filters;

/** The view on screen, by name, or null. */
export const viewHere = (state: State): string | null => here(state).view(state);

/** Which nodes the screen shows. */
export const scopeHere = (state: State): Scope => here(state).scope(state);

/** The same screen over other nodes; null where there is no such place. */
export const overNodes = (state: State, scope: Scope): Place | null => here(state).over(state, scope);

/** The nodes that the user looks at: those of the place, or those of the lines within a screen of the cursor. */
export function nodesOnScreen(state: State): ReadonlySet<string> {
  const screen = here(state);
  const cursor = cursorLine(state);
  const height = bodyHeight(state);
  const near = () => screen.subjects(state, Math.max(0, cursor - height + 1), cursor + height);
  return new Set(screen.nodes(state) ?? near().flatMap(({ nodes }) => nodes));
}

/** Whether a mistake here would be made on a server that the config calls production. */
export function isProductionHere(state: State): boolean {
  const names = here(state).nodes(state) ?? subjectHere(state).nodes;
  return names.some((name) => shown(state).nodes[name]?.production ?? false);
}

/** Whether the config allows no action on any of the nodes that the screen or the cursor is on. */
export function isWithoutActionsHere(state: State): boolean {
  const names = here(state).nodes(state) ?? subjectHere(state).nodes;
  return names.length > 0 && names.every((name) => shown(state).nodes[name]?.actions === "none");
}
