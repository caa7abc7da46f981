import { width } from "../text/cells.ts";
import { printValue } from "../views/cells.ts";
import type { Row } from "../views/row.ts";
import { idText, isKeyColumn } from "../views/row-id.ts";
import { currentSpot, type Place, placeIf, type Scope } from "./screen.ts";
import { screens } from "./screens/all.ts";
import type { Opening, Screen, Subject } from "./screens/screen-of.ts";
import { bodyHeight, cursorIndex, nodesShown, shown } from "./selectors.ts";
import type { State } from "./store.ts";
import { currentTable, drawnIn, type Table } from "./table.ts";
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

/** The row under the cursor as its table has it; null where there is no table, or no row. */
export function rowInTable(state: State): Row | null {
  const { row: id } = subjectHere(state);
  if (id === null) return null;
  const key = idText(id);
  return currentTable(state)?.lines.find((line) => line.key === key)?.row ?? null;
}

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

/** The nodes that the screen is about; null where they are those of the lines near the cursor. */
export const nodesHere = (state: State): readonly string[] | null => here(state).nodes(state);

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

/** Once no column is left to scroll away, a press moves the text of the last one by so many cells. */
const textStep = 20;

/** Columns that are drawn, of which those of the key stay where they are; the last one takes what width is left. */
function columnsOf(table: Table) {
  const columns = drawnIn(table);
  const staying = columns.filter(([name]) => isKeyColumn(table.view, name));
  return { columns, staying, furthest: Math.max(0, columns.length - staying.length - 1) };
}

/** What is scrolled away to the left: whole columns, then cells of the last one. */
export function scrolledBy(state: State): { readonly columns: number; readonly cells: number } {
  const table = currentTable(state);
  const { left } = currentSpot(state.screen);
  if (!table) return { columns: left, cells: 0 };
  const { furthest } = columnsOf(table);
  return { columns: Math.min(left, furthest), cells: Math.max(0, left - furthest) * textStep };
}

/** How many presses of "right" a table takes until the end of the longest text on screen is in sight. */
export function furthestLeft(state: State): number {
  const table = currentTable(state);
  if (!table) return 0;
  const { columns, staying, furthest } = columnsOf(table);
  const last = columns.at(-1)?.[0];
  if (last === undefined || table.view.columns[last]?.kind !== "query") return furthest;
  const { top } = currentSpot(state.screen);
  const lines = table.lines.slice(top, top + bodyHeight(state));
  const widest = (name: string) =>
    Math.max(0, ...lines.map(({ row }) => width(printValue(table.view, name, row))));
  const place = placeIf(state.screen, "view");
  const isNamed = place !== null && nodesShown(state, table.view, place.scope).length > 1;
  const names = lines.map(({ node }) => width(node?.name ?? ""));
  const ofNode = isNamed ? 3 + Math.min(20, Math.max(4, ...names)) : 0;
  const ofOthers = staying.map(
    ([name, { header, maxWidth = 12, width: set }]) =>
      set ?? Math.max(width(header), Math.min(maxWidth, widest(name))),
  );
  const room = state.screen.columns - 1 - ofNode - ofOthers.reduce((sum, cells) => sum + cells + 1, 0);
  return furthest + Math.ceil(Math.max(0, widest(last) - room) / textStep);
}
