import { isSamePlace } from "../store/history.ts";
import { scopeHere, viewHere } from "../store/on-screen.ts";
import {
  back,
  currentSpot,
  home,
  open,
  type Place,
  replace,
  type Scope,
  type ScreenState,
} from "../store/screen.ts";
import { type State, type Store, updateScreen } from "../store/store.ts";
import { offeredViews, viewNamed } from "../views/all.ts";
import { fleet } from "../views/server/fleet.ts";
import type { Section, View } from "../views/view.ts";

/** A view as it stands among the others on screen. */
export type Tab = { readonly name: string; readonly section: Section; readonly isHere: boolean };

/** The page of a node stands where the fleet does among the views of one node. */
const nodePage = "node";

/** The extension that a view needs. */
const extensionOf = (view: View | undefined) =>
  view?.kind === "asked" ? (view.needsExtension?.name ?? null) : null;

/**
 * The views that Tab goes through in the scope of the screen, in their order. Few servers have an extension: its views
 * are beside one another only.
 */
export function tabsHere(state: State): readonly Tab[] {
  const scope = scopeHere(state);
  const here = viewHere(state) ?? (scope.kind === "node" ? nodePage : null);
  const first = { all: [fleet.name], nodes: [fleet.name], node: [nodePage], cluster: [] }[scope.kind];
  const ofHere = extensionOf(here === null ? undefined : viewNamed(here));
  const others = offeredViews().filter((view) => {
    const extension = extensionOf(view);
    return view !== fleet && (extension === null || extension === ofHere);
  });
  return [
    ...first.map((name) => ({ name, section: fleet.section, isHere: name === here })),
    ...others.map(({ name, section }) => ({ name, section, isHere: name === here })),
  ];
}

/** Shows a view of some nodes: those that the screen is about, if not given. The fleet is the first screen. */
export function showView(store: Store, view: string, scope?: Scope): void {
  const state = store.getState();
  const place: Place = { kind: "view", view, scope: scope ?? scopeHere(state) };
  const isView = viewHere(state) !== null;
  updateScreen(store, (screen) => {
    if (view === fleet.name) return home(screen);
    return isView ? replace(screen, place) : open(screen, place);
  });
}

function showTab(store: Store, name: string): void {
  const scope = scopeHere(store.getState());
  if (name === nodePage && scope.kind === "node")
    updateScreen(store, (screen) => toPage(screen, { kind: "node", node: scope.node }));
  else showView(store, name);
}

/** The page from which the view was opened, or the page in its stead. */
function toPage(screen: ScreenState, place: Place): ScreenState {
  const before = back(screen);
  return isSamePlace(currentSpot(before).place, place) ? before : replace(screen, place);
}

/** The view that is `distance` further than this one, around the end. */
export function turn(store: Store, distance: number): void {
  const tabs = tabsHere(store.getState());
  const here = tabs.findIndex(({ isHere }) => isHere);
  const next = tabs.at((Math.max(0, here) + distance) % tabs.length);
  if (next) showTab(store, next.name);
}
