import { marksHere, withoutGone } from "../store/actions/marks.ts";
import { earlier, later } from "../store/history.ts";
import {
  cursorLine,
  furthestLeft,
  lineKeys,
  nodesHere,
  openingHere,
  overNodes,
  scopeHere,
  subjectHere,
} from "../store/on-screen.ts";
import {
  back,
  currentSpot,
  open,
  type Place,
  placeIf,
  type ScreenState,
  withPlace,
  withSpot,
} from "../store/screen.ts";

import { bodyHeight, nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { currentTable, type TableLine } from "../store/table.ts";
import { viewNamed } from "../views/all.ts";
import { idText, nodeLine, parseRowId } from "../views/row-id.ts";
import { fleet } from "../views/server/fleet.ts";
import type { Command, Context } from "./command.ts";
import { promptHere, unknownHostHere, withQuestion } from "./login.ts";
import { statementLines, statementRoom } from "./row/statement.ts";

/** Moves the cursor to a line, scrolling as little as needed. */
export function moveTo(state: State, target: number): ScreenState {
  const keys = lineKeys(state);
  const index = Math.max(0, Math.min(target, keys.length - 1));
  const height = bodyHeight(state);
  const { top } = currentSpot(state.screen);
  const scrolled = Math.max(index - height + 1, Math.min(top, index));
  return withSpot(state.screen, { cursor: keys[index] ?? null, index, top: Math.max(0, scrolled) });
}

const step =
  (distance: (height: number) => number) =>
  ({ store }: Context) =>
    updateScreen(store, () => {
      const state = store.getState();
      if (placeIf(state.screen, "row")) return scrollStatement(state, distance(pageOfStatement(state)));
      return moveTo(state, cursorLine(state) + distance(bodyHeight(state)));
    });

/** How far a page key goes through a statement: what is shown, without the line that says how much more there is. */
const pageOfStatement = (state: State) => Math.max(1, statementRoom(state) - 1);

/** A row has no cursor: its statement scrolls, at most until its last line is the first one shown. */
function scrollStatement(state: State, distance: number): ScreenState {
  const { top } = currentSpot(state.screen);
  const last = Math.max(0, statementLines(state).length - 1);
  return withSpot(state.screen, { top: Math.max(0, Math.min(top + distance, last)) });
}

const hasLines = (state: State) => lineKeys(state).length > 0;

const moves = (state: State) => hasLines(state) || statementLines(state).length > 1;

function openLine({ store }: Context): void {
  const state = store.getState();
  const isNode = placeIf(state.screen, "node") !== null;
  const locked = isNode ? promptHere(state) : null;
  const host = isNode ? unknownHostHere(state) : null;
  const opening = openingHere(state);
  updateScreen(store, (screen) => {
    if (locked !== null) return { ...screen, overlay: locked };
    if (host !== null) return withQuestion(screen, host);
    if (opening === null) return screen;
    if ("to" in opening) {
      const { cursor = null, filter = "" } = opening;
      return withSpot(open(screen, opening.to), { cursor, sought: cursor, filter });
    }
    return { ...screen, [opening.fold]: toggled(screen[opening.fold], opening.name) };
  });
}

function toggled(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

/** The line that folds: the one under the cursor, or the one that it hangs below. Null where nothing hangs below another. */
function foldable(state: State): TableLine | null {
  const table = currentTable(state);
  const at = cursorLine(state);
  const line = table?.view.parent && table.lines[at];
  if (!table || !line) return null;
  if (line.below > 0) return line;
  return table.lines.slice(0, at).findLast(({ depth }) => depth < line.depth) ?? null;
}

const scroll =
  (distance: number) =>
  ({ store }: Context) =>
    updateScreen(store, (screen) => {
      const left = Math.min(currentSpot(screen).left + distance, furthestLeft(store.getState()));
      return withSpot(screen, { left: Math.max(0, left) });
    });

/** Lines that are drawn over time: two that are marked, the one under the cursor or on screen, or the node. */
function chartedHere(state: State): Place | null {
  const { screen } = state;
  if (placeIf(screen, "connections") || placeIf(screen, "chart")) return null;
  const view = placeIf(screen, "view")?.view ?? placeIf(screen, "row")?.view ?? fleet.name;
  const { node, row } = subjectHere(state);
  const lines = currentTable(state)?.lines ?? [];
  const under = lines[cursorLine(state)];
  const heading = under?.node === null && hasNumbers(under) ? under.key : null;
  const marks = marksHere(state);
  const drawn = lines.filter((line) => marks.has(line.key) && (line.node !== null || hasNumbers(line)));
  const [marked, second] = drawn.map(({ key }) => key);
  const ofNode = node !== null && view === fleet.name ? nodeLine(node) : null;
  const first = marked ?? (row ? idText(row) : (heading ?? ofNode));
  if (first === null) return null;
  const keys: readonly [string, ...string[]] = second === undefined ? [first] : [first, second];
  return { kind: "chart", view, keys, nodes: chartedNodes(state, keys) };
}

/** Some headings add up what is below them, others have a name alone. */
function hasNumbers({ id, row }: TableLine): boolean {
  // The first frame does not wait for it.
  const { figuresOf }: typeof import("../store/tables/figures.ts") = require("../store/tables/figures.ts");
  const view = viewNamed(id.view);
  return view !== undefined && figuresOf(view).some((name) => row[name] != null);
}

/** The nodes of these lines. A cluster is of its own, another heading of all that are on screen. */
function chartedNodes(state: State, keys: readonly string[]): readonly string[] {
  const { clusters } = shown(state);
  const nodes = keys.flatMap((key) => {
    const { node, view, key: own } = parseRowId(key) ?? { node: "", view: "", key: "" };
    if (node !== "") return [node];
    if (view !== fleet.name) return nodesHere(state) ?? [];
    const cluster = clusters.find(({ name }) => own === `cluster\u0000${name}`);
    return cluster?.nodes.map(({ name }) => name) ?? [];
  });
  return [...new Set(nodes)];
}

const isTable = (state: State) => currentTable(state) !== null;

export const navigation: readonly Command[] = [
  {
    name: "open",
    title: "Open the line; fold or unfold a cluster or group; unlock a node",
    keys: ["enter"],
    section: "navigation",
    when: (state) => openingHere(state) !== null,
    footer: { title: "open", rank: 1 },
    run: openLine,
  },
  {
    name: "chart",
    title: "The numbers of the row, node or cluster over the last 15 min; of two that are marked, both",
    aliases: ["graph", "history", "trend"],
    keys: ["H"],
    section: "navigation",
    when: (state) => chartedHere(state) !== null,
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const place = chartedHere(store.getState());
        return place ? open(screen, place) : screen;
      }),
  },
  {
    name: "fold",
    title: "Fold what is below the line; or unfold it",
    keys: ["f"],
    section: "navigation",
    when: (state) => foldable(state) !== null,
    run: ({ store }) => {
      const line = foldable(store.getState());
      if (!line) return;
      updateScreen(store, (screen) => ({
        ...withSpot(screen, { cursor: line.key }),
        folded: toggled(screen.folded, line.key),
      }));
    },
  },
  {
    name: "back",
    title: "Back to where you came from; drop the filter",
    keys: ["escape"],
    section: "navigation",
    run: ({ store }) =>
      updateScreen(store, (screen) =>
        currentSpot(screen).filter ? withSpot(screen, { filter: "" }) : back(screen),
      ),
  },
  {
    name: "earlier",
    title: "The place shown before",
    keys: ["["],
    section: "navigation",
    when: ({ screen }) => screen.history.past.length > 0,
    run: ({ store }) => updateScreen(store, earlier),
  },
  {
    name: "later",
    title: "Forward again",
    keys: ["]"],
    section: "navigation",
    when: ({ screen }) => screen.history.future.length > 0,
    run: ({ store }) => updateScreen(store, later),
  },
  {
    name: "down",
    title: "Down",
    keys: ["down", "j"],
    section: "navigation",
    when: moves,
    run: step(() => 1),
  },
  { name: "up", title: "Up", keys: ["up", "k"], section: "navigation", when: moves, run: step(() => -1) },
  {
    name: "page-down",
    title: "Page down",
    keys: ["pagedown", "ctrl-f"],
    section: "navigation",
    when: moves,
    run: step((height) => height),
  },
  {
    name: "page-up",
    title: "Page up",
    keys: ["pageup", "ctrl-b"],
    section: "navigation",
    when: moves,
    run: step((height) => -height),
  },
  {
    name: "first",
    title: "First line",
    keys: ["g", "home"],
    section: "navigation",
    when: moves,
    run: step(() => Number.NEGATIVE_INFINITY),
  },
  {
    name: "last",
    title: "Last line",
    keys: ["G", "end"],
    section: "navigation",
    when: moves,
    run: step(() => Number.POSITIVE_INFINITY),
  },
  {
    name: "scroll-right",
    title: "Scroll right",
    keys: ["right", "l"],
    section: "navigation",
    when: isTable,
    run: scroll(1),
  },
  {
    name: "scroll-left",
    title: "Scroll left",
    keys: ["left", "h"],
    section: "navigation",
    when: isTable,
    run: scroll(-1),
  },
];

/**
 * Keeps the view and goes to another node, or opens the node where the screen is not one of nodes. Marks of the node
 * that is left do not come along.
 */
export function goToNode(state: State, node: string): ScreenState {
  const same = overNodes(state, { kind: "node", node });
  if (!same) return open(state.screen, { kind: "node", node });
  return withoutGone({ ...state, screen: withPlace(state.screen, same) });
}

/** The node that is `distance` further than the current one in fleet order, around the end. */
export function neighbour(state: State, distance: number): string | null {
  const order = nodeOrder(state);
  const scope = scopeHere(state);
  const current = scope.kind === "node" ? scope.node : null;
  const at = current === null ? (distance > 0 ? -1 : 0) : order.indexOf(current);
  return order.at((at + distance) % Math.max(1, order.length)) ?? null;
}
