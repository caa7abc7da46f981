import { type ConnectionLine, connectionLines } from "../connection-lines.ts";
import type { PlaceOf } from "../screen.ts";
import { defineScreen, noSubject, ofNode } from "./screen-of.ts";

/** Every connection below its group: where they are added, tested and changed. */
export const connections = defineScreen<PlaceOf<"connections">, ConnectionLine>({
  kind: "connections",
  filters: true,
  lines: connectionLines,
  subject: (_, line) => {
    if (!line) return noSubject;
    if (line.kind === "node") return line.node ? ofNode(line.node.name) : noSubject;
    const nodes = line.nodes.map(({ name }) => name);
    return { ...noSubject, nodes, scope: { kind: "nodes", nodes, called: line.group.name } };
  },
  opens: (_, line) => {
    if (!line) return null;
    if (line.kind === "group") return { fold: "foldedGroups", name: line.group.name };
    return line.node ? { to: { kind: "node", node: line.node.name } } : null;
  },
  wants: () => [],
  crumbs: () => ["connections"],
  nodes: () => null,
  view: () => null,
  scope: () => ({ kind: "all" }),
  over: () => null,
});
