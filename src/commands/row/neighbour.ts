import { isPlace, placeIf, type ScreenState, type Spot, spotAt } from "../../store/screen.ts";
import { nodesShown, shown } from "../../store/selectors.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { type TableLine, tableOf } from "../../store/table.ts";
import { viewNamed } from "../../views/all.ts";
import { activity, isAtRest } from "../../views/backends/activity.ts";
import type { Command, Context } from "../command.ts";

/** The lines of the table that the row was opened from, and the spot of that table if it is still below. */
function linesAround(state: State): { readonly lines: readonly TableLine[]; readonly from: Spot | null } {
  const { stack, folded, idle } = state.screen;
  const place = placeIf(state.screen, "row");
  const view = place && viewNamed(place.view);
  if (!view) return { lines: [], from: null };
  const below = stack.at(-2);
  const table = below && isPlace(below.place, "view") ? below.place : null;
  const from = table?.view === place.view ? (below ?? null) : null;
  const scope = from && table ? table.scope : ({ kind: "node", node: place.node } as const);
  const look = { filter: from?.filter ?? "", sortBy: from?.sortBy ?? null, folded };
  const { lines } = tableOf(view, shown(state), nodesShown(state, view, scope), look);
  // The node of a row on screen is asked for idle sessions too.
  const isHidden = ({ key, row }: TableLine) =>
    view.name === activity.name && !idle && isAtRest(row) && key !== place.key;
  return { lines: lines.filter((line) => line.node !== null && !isHidden(line)), from };
}

/** The screen at the row `distance` further in its table; unchanged at an end. */
function atNeighbour(state: State, distance: 1 | -1): ScreenState {
  const { screen } = state;
  const place = placeIf(screen, "row");
  const { lines, from } = linesAround(state);
  const at = lines.findIndex(({ key }) => key === place?.key);
  // Of a row that is gone the neighbour is the one that stands where it did.
  const index = at >= 0 ? at + distance : Math.min(from?.index ?? 0, lines.length - 1);
  const line = lines[index];
  if (!place || !line?.node) return screen;
  const [first, ...rest] = screen.stack.slice(0, from ? -2 : -1);
  const table = from ? [{ ...from, cursor: line.key, index }] : [];
  const row = spotAt({ ...place, node: line.node.name, key: line.key });
  const [bottom, ...above] = [...(first ? [first, ...rest] : []), ...table, row];
  return bottom ? { ...screen, stack: [bottom, ...above] } : screen;
}

const move =
  (distance: 1 | -1) =>
  ({ store }: Context) =>
    updateScreen(store, () => atNeighbour(store.getState(), distance));

const onRow = ({ screen }: State) => placeIf(screen, "row") !== null;

export const neighbourRows: readonly Command[] = [
  {
    name: "next-row",
    title: "Next row of the table",
    keys: ["right", "l"],
    section: "navigation",
    when: onRow,
    footer: { title: "next row", rank: 1.55 },
    run: move(1),
  },
  {
    name: "previous-row",
    title: "Previous row of the table",
    keys: ["left", "h"],
    section: "navigation",
    when: onRow,
    run: move(-1),
  },
];
