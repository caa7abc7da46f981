import { filtersHere, overNodes, scopeHere, subjectHere } from "../store/on-screen.ts";
import { currentSpot, type Place, placeIf, type ScreenState, withPlace, withSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, type Store, updateLook, updateScreen } from "../store/store.ts";
import { currentTable } from "../store/table.ts";
import { viewNamed } from "../views/all.ts";
import { alignsRight } from "../views/cells.ts";
import { idText } from "../views/row-id.ts";
import type { View } from "../views/view.ts";
import type { Command, Context } from "./command.ts";
import { turn } from "./tabs.ts";
import { viewKeys } from "./views.ts";

/** The view on screen for the whole cluster of its node; null unless it shows one node of a cluster. */
function wholeCluster(state: State): Place | null {
  const scope = scopeHere(state);
  if (scope.kind !== "node") return null;
  const cluster = shown(state).clusters.find(({ nodes }) => nodes.some(({ name }) => name === scope.node));
  return cluster ? overNodes(state, { kind: "cluster", cluster: cluster.name }) : null;
}

/** Columns that a table can be sorted by, from left to right. */
function sortable(view: View): string[] {
  return Object.entries(view.columns).flatMap(([name, { hidden }]) => (hidden ? [] : [name]));
}

function moveSort({ store }: Context, distance: number): void {
  const state = store.getState();
  const table = currentTable(state);
  if (!table) return;
  const names = sortable(table.view);
  const current = (currentSpot(state.screen).sortBy ?? table.view.sortBy).replace(/^-/, "");
  const at = Math.max(0, Math.min(names.indexOf(current) + distance, names.length - 1));
  const name = names[at];
  const column = name === undefined ? undefined : table.view.columns[name];
  if (name === undefined || !column) return;
  // Users look for the highest number, and for names from A on.
  sort(store, table.view, alignsRight(column) ? `-${name}` : name);
}

/** Another order, which is kept; that of the first screen is its own at each start. */
function sort(store: Store, view: View, sortBy: string): void {
  updateScreen(store, (screen) => sortedBy(screen, view, sortBy));
  if (!placeIf(store.getState().screen, "view")) return;
  updateLook(store, view.name, ({ sortBy: _, ...look }) =>
    sortBy === viewNamed(view.name)?.sortBy ? look : { ...look, sortBy },
  );
}

/** The screen in another order. The notice names the column, which may be scrolled out of sight. */
function sortedBy(screen: ScreenState, view: View, sortBy: string): ScreenState {
  const falling = sortBy.startsWith("-");
  const column = view.columns[sortBy.replace(/^-/, "")];
  const isNumber = column !== undefined && alignsRight(column);
  const [first, last] = isNumber ? (["highest", "lowest"] as const) : (["Z", "A"] as const);
  const notice = `sorted by ${column?.header ?? sortBy}, ${falling ? first : last} first`;
  return { ...withSpot(screen, { sortBy }), notice };
}

const isTable = (state: State) => currentTable(state) !== null;

export const switchView: readonly Command[] = [
  {
    name: "next-view",
    title: "Next view, same nodes",
    keys: ["tab"],
    section: "view",
    footer: { title: "view", rank: 4 },
    run: ({ store }) => turn(store, 1),
  },
  {
    name: "previous-view",
    title: "Previous view, same nodes",
    keys: ["shift-tab"],
    section: "view",
    run: ({ store }) => turn(store, -1),
  },
  ...viewKeys,
  {
    name: "filter",
    title: "Filter: text, column:value, !not, >5s, /regex/, ~letters",
    keys: ["/"],
    section: "view",
    when: (state) => filtersHere(state),
    footer: { title: "filter", rank: 3 },
    run: ({ store }) => {
      const { screen, looks } = store.getState();
      const { filter } = currentSpot(screen);
      const kept = looks[placeIf(screen, "view")?.view ?? ""]?.filter;
      const overlay = { kind: "filter", text: filter, before: filter, ...(kept && { kept }) } as const;
      updateScreen(store, () => ({ ...screen, overlay }));
    },
  },
  {
    name: "minimum-duration",
    title: "Show only what takes longer: a filter such as >5s",
    aliases: ["min", "duration", "longer"],
    keys: ["M"],
    section: "view",
    when: (state) => filtersHere(state) && currentTable(state)?.view.duration !== undefined,
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const { filter } = currentSpot(screen);
        const text = `${filter} >`.trimStart();
        return { ...screen, overlay: { kind: "filter", text, before: filter } };
      }),
  },
  {
    name: "sort-right",
    title: "Sort by the next column",
    keys: [">"],
    section: "view",
    when: isTable,
    footer: { title: "sort", rank: 4.1 },
    run: (context) => moveSort(context, 1),
  },
  {
    name: "sort-left",
    title: "Sort by the column before",
    keys: ["<"],
    section: "view",
    when: isTable,
    run: (context) => moveSort(context, -1),
  },
  {
    name: "reverse",
    title: "Reverse the order",
    keys: ["R"],
    section: "view",
    when: isTable,
    run: ({ store }) => {
      const table = currentTable(store.getState());
      if (!table) return;
      const current = currentSpot(store.getState().screen).sortBy ?? table.view.sortBy;
      sort(store, table.view, current.startsWith("-") ? current.slice(1) : `-${current}`);
    },
  },
  {
    name: "columns",
    title: "Choose, order and widen the columns of the view",
    keys: ["v"],
    section: "view",
    when: ({ screen }) => placeIf(screen, "view") !== null,
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const view = placeIf(screen, "view")?.view ?? "";
        const before = store.getState().looks[view] ?? {};
        return { ...screen, overlay: { kind: "columns", view, index: 0, before } };
      }),
  },
  {
    name: "idle",
    title: "Show or hide idle sessions and background processes",
    keys: ["i"],
    section: "view",
    when: (state) => currentTable(state)?.view.name === "activity" || placeIf(state.screen, "node") !== null,
    footer: { title: "all sessions", rank: 3.7 },
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const notice = screen.idle
          ? "idle sessions and background processes are hidden; i shows them"
          : "idle sessions and background processes are shown; i hides them";
        return { ...screen, idle: !screen.idle, notice };
      }),
  },
  {
    name: "cluster-scope",
    title: "The same view; for the node's whole cluster",
    keys: ["*"],
    section: "view",
    when: (state) => wholeCluster(state) !== null,
    run: ({ store }) => {
      const state = store.getState();
      const place = wholeCluster(state);
      if (!place) return;
      const { row } = subjectHere(state);
      // The row under the cursor is among the others, wherever that is.
      updateScreen(store, (screen) => withSpot(withPlace(screen, place), row ? { cursor: idText(row) } : {}));
    },
  },
];
