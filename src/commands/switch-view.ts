import { allowedHere, overNodes, scopeHere, viewHere } from "../store/on-screen.ts";
import { currentSpot, open, type Place, placeIf, replace, withPlace, withSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, type Store, updateScreen } from "../store/store.ts";
import { currentTable } from "../store/table.ts";
import { views } from "../views/all.ts";
import { fleet } from "../views/server/fleet.ts";
import type { View } from "../views/view.ts";
import type { Command, Context } from "./command.ts";

/** Shows a view for the nodes the screen is about. */
export function showView(store: Store, name: string): void {
  updateScreen(store, (screen) => {
    if (name === fleet.name) return { ...screen, stack: [screen.stack[0]] };
    const state = store.getState();
    const place: Place = { kind: "view", view: name, scope: scopeHere(state) };
    return viewHere(state) === null ? open(screen, place) : replace(screen, place);
  });
}

/** Views that mainly feed others are found by their names. */
const tabs = views.filter(({ tab }) => tab !== false);

function turn({ store }: Context, distance: number): void {
  const current = viewHere(store.getState()) ?? fleet.name;
  const at = tabs.findIndex(({ name }) => name === current);
  const next = tabs.at((at + distance) % tabs.length);
  if (next) showView(store, next.name);
}

const tableOf = (state: State) => currentTable(state);

/** The view on screen over the whole cluster of its node; null where it shows no single node of one. */
function wholeCluster(state: State): Place | null {
  const scope = scopeHere(state);
  if (scope.kind !== "node") return null;
  const cluster = shown(state).clusters.find(({ nodes }) => nodes.some(({ name }) => name === scope.node));
  return cluster ? overNodes(state, { kind: "cluster", cluster: cluster.name }) : null;
}

/** Columns that a table can be sorted by, in the order they stand. */
function sortable(view: View): string[] {
  return Object.entries(view.columns).flatMap(([name, { hidden }]) => (hidden ? [] : [name]));
}

function moveSort({ store }: Context, distance: number): void {
  const table = tableOf(store.getState());
  if (!table) return;
  const names = sortable(table.view);
  updateScreen(store, (screen) => {
    const current = currentSpot(screen).sortBy ?? table.view.sortBy;
    const falling = current.startsWith("-");
    const at = names.indexOf(falling ? current.slice(1) : current) + distance;
    const name = names[Math.max(0, Math.min(at, names.length - 1))];
    return name === undefined ? screen : withSpot(screen, { sortBy: `${falling ? "-" : ""}${name}` });
  });
}

const isTable = (state: State) => tableOf(state) !== null;

export const switchView: readonly Command[] = [
  {
    name: "next-view",
    title: "Next view",
    keys: ["tab"],
    section: "view",
    footer: { title: "view", rank: 4 },
    run: (context) => turn(context, 1),
  },
  {
    name: "previous-view",
    title: "Previous view",
    keys: ["shift-tab"],
    section: "view",
    run: (context) => turn(context, -1),
  },
  {
    name: "activity",
    title: "Activity of the nodes on screen",
    keys: ["a"],
    section: "view",
    footer: { title: "activity", rank: 2 },
    when: (state) => !isTable(state),
    run: ({ store }) => showView(store, "activity"),
  },
  {
    name: "filter",
    title: "Filter: text, column:value, !not, >5s",
    keys: ["/"],
    section: "view",
    when: (state) => allowedHere(state).filter,
    footer: { title: "filter", rank: 3 },
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const { filter } = currentSpot(screen);
        return { ...screen, overlay: { kind: "filter", text: filter, before: filter } };
      }),
  },
  {
    name: "sort-right",
    title: "Sort by the column to the right",
    keys: [">"],
    section: "view",
    when: isTable,
    footer: { title: "sort", rank: 3.5 },
    run: (context) => moveSort(context, 1),
  },
  {
    name: "sort-left",
    title: "Sort by the column to the left",
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
      const table = tableOf(store.getState());
      if (!table) return;
      updateScreen(store, (screen) => {
        const current = currentSpot(screen).sortBy ?? table.view.sortBy;
        return withSpot(screen, { sortBy: current.startsWith("-") ? current.slice(1) : `-${current}` });
      });
    },
  },
  {
    name: "idle",
    title: "Idle and background sessions on or off",
    keys: ["i"],
    section: "view",
    when: (state) => tableOf(state)?.view.name === "activity" || placeIf(state.screen, "node") !== null,
    footer: { title: "idle", rank: 3.7 },
    run: ({ store }) => updateScreen(store, (screen) => ({ ...screen, idle: !screen.idle })),
  },
  {
    name: "cluster-scope",
    title: "The same view over the node's whole cluster",
    keys: ["*"],
    section: "view",
    when: (state) => wholeCluster(state) !== null,
    run: ({ store }) => {
      const place = wholeCluster(store.getState());
      if (place) updateScreen(store, (screen) => withPlace(screen, place));
    },
  },
];
