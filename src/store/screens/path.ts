import { viewNamed } from "../../views/all.ts";
import type { Scope } from "../screen.ts";
import { clusterOf } from "../selectors.ts";
import type { State } from "../store.ts";

/** The cluster that a node is in, if it has a heading, and the node. */
export function pathToNode(state: State, node: string): readonly string[] {
  const cluster = clusterOf(state, node);
  return cluster === null ? [node] : [cluster, node];
}

/** The nodes of a view in a word. */
export function nameOf(scope: Exclude<Scope, { readonly kind: "node" }>): string {
  if (scope.kind === "all") return "all nodes";
  return scope.kind === "cluster" ? scope.cluster : scope.called;
}

/** A view as it is called on the way to a place. */
export function titleOf(view: string): string {
  return viewNamed(view)?.title.toLowerCase() ?? view;
}
