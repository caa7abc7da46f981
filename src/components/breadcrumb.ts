import { rowOnScreen } from "../commands/statement.ts";
import { currentSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { viewNamed } from "../views/all.ts";
import { parseRowId } from "../views/row-id.ts";

/** Where the person is: config, cluster, node, view, row. Names as they came, not yet safe to draw. */
export function breadcrumb(state: State): string[] {
  // A single node gives its name to the whole, which need not be said twice.
  return [state.title, ...crumbsOf(state).filter((crumb) => crumb !== state.title)];
}

function crumbsOf(state: State): string[] {
  const { place } = currentSpot(state.screen);
  switch (place.kind) {
    case "fleet":
      return ["fleet"];
    case "connections":
      return ["connections"];
    case "node":
      return toNode(place.node, state);
    case "row":
      return [...toNode(place.node, state), titleOf(place.view), rowName(place.view, place.key, state)];
    case "view":
      if (place.scope.kind === "node") return [...toNode(place.scope.node, state), titleOf(place.view)];
      return [place.scope.kind === "cluster" ? place.scope.cluster : "all nodes", titleOf(place.view)];
  }
}

const titleOf = (view: string) => viewNamed(view)?.title.toLowerCase() ?? view;

/** What a person calls the row; by its key once it is gone. */
function rowName(view: string, key: string, state: State): string {
  const name = viewNamed(view)?.rowName;
  const called = name === undefined ? null : rowOnScreen(state)?.[name];
  return called == null ? (parseRowId(key)?.key.split("\u0000")[0] ?? "") : String(called);
}

/** The cluster that a node is in, if it has a heading, and the node. */
function toNode(node: string, state: State): string[] {
  const cluster = shown(state).clusters.find(
    ({ heading, nodes }) => heading && nodes.some(({ name }) => name === node),
  );
  return cluster ? [cluster.name, node] : [node];
}
