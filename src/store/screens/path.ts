import { viewNamed } from "../../views/all.ts";
import { shown } from "../selectors.ts";
import type { State } from "../store.ts";

/** The cluster that a node is in, if it has a heading, and the node. */
export function pathToNode(state: State, node: string): readonly string[] {
  const cluster = shown(state).clusters.find(
    ({ heading, nodes }) => heading && nodes.some(({ name }) => name === node),
  );
  return cluster ? [cluster.name, node] : [node];
}

/** A view as it is called on the way to a place. */
export function titleOf(view: string): string {
  return viewNamed(view)?.title.toLowerCase() ?? view;
}
