import type { NodeSettings } from "../../config/settings.ts";
import { same } from "../same.ts";

/** The names of what differs between two configurations; a node is in one list at most. */
export type NodeChanges = {
  /** Nodes that have another name now and connect and log in as before: their sessions are as good as before. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Nodes that connect or log in otherwise than before. */
  readonly reconnected: readonly string[];
  /** Nodes of which only thresholds, cluster, group, looks, actions, waits or hot_standby differ: their sessions are as good as before. */
  readonly retuned: readonly string[];
};

/** Compares by name and value; passwords by their text. */
export function nodeChanges(before: readonly NodeSettings[], after: readonly NodeSettings[]): NodeChanges {
  const old = new Map(before.map((node) => [node.name, node]));
  const kept = new Set(after.map(({ name }) => name));
  const names = (wanted: (node: NodeSettings, was: NodeSettings | undefined) => boolean) =>
    after.filter((node) => wanted(node, old.get(node.name))).map(({ name }) => name);
  const gone = before.filter(({ name }) => !kept.has(name));
  const renamed: { from: string; to: string }[] = [];
  for (const node of after.filter(({ name }) => !old.has(name))) {
    const at = gone.findIndex((was) => same(session({ ...was, name: node.name }), session(node)));
    const [was] = at < 0 ? [] : gone.splice(at, 1);
    if (was) renamed.push({ from: was.name, to: node.name });
  }
  const isRenamed = (node: string) => renamed.some(({ to }) => to === node);
  return {
    renamed,
    added: names(({ name }, was) => was === undefined && !isRenamed(name)),
    removed: gone.map(({ name }) => name),
    reconnected: names((node, was) => was !== undefined && !same(session(was), session(node))),
    retuned: names((node, was) => was !== undefined && same(session(was), session(node)) && !same(was, node)),
  };
}

/** What a session was made with. */
function session({
  cluster,
  group,
  colour,
  production,
  thresholds,
  actions,
  actionsFrom,
  waits,
  waitsFrom,
  hotStandby,
  ...rest
}: NodeSettings) {
  return rest;
}
