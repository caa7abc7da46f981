import { viewNamed } from "../../views/all.ts";
import { idText, type RowId } from "../../views/row-id.ts";
import type { Opened } from "../../views/view.ts";
import { currentSpot, isMissed, type Place, type PlaceOf } from "../screen.ts";
import { nodesShown } from "../selectors.ts";
import { currentTable, type TableLine } from "../table.ts";
import { nameOf, pathToNode, titleOf } from "./path.ts";
import { defineScreen, noSubject, type Opening, ofNode } from "./screen-of.ts";
import { wantedFor } from "./wanted-for.ts";

/** A statistics view of some nodes, as a table or a tree. */
export const view = defineScreen<PlaceOf<"view">, TableLine>({
  kind: "view",
  filters: true,
  lines: (state) => currentTable(state)?.lines ?? [],
  subject: ({ scope }, line, state) => {
    // No action for what only stands where the line would be that Enter was to lead to.
    const isOther = isMissed(currentSpot(state.screen), currentTable(state)?.keys ?? []);
    if (line?.node && !isOther) return ofNode(line.node.name, { row: line.id, scope });
    return scope.kind === "node" ? ofNode(scope.node) : { ...noSubject, scope };
  },
  opens: (place, line) => {
    if (!line) return null;
    if (!line.node) return { fold: "folded", name: line.key };
    const opened = viewNamed(place.view)?.opens?.(line.row, line.node.name) ?? null;
    return opened ? openingOf(opened) : { to: rowPlace(line.id) };
  },
  wants: (state, place) => {
    const shown = viewNamed(place.view);
    if (!shown) return [];
    const viewOptions = { idle: state.screen.idle, wholeText: false };
    return wantedFor(state, shown, nodesShown(state, shown, place.scope), viewOptions);
  },
  crumbs: (state, { view: name, scope }) => {
    if (scope.kind === "node") return [...pathToNode(state, scope.node), titleOf(name)];
    return [nameOf(scope), titleOf(name)];
  },
  nodes: (state, { view: name, scope }) => {
    const shown = viewNamed(name);
    return shown ? nodesShown(state, shown, scope) : [];
  },
  view: (place) => place.view,
  scope: (_, place) => place.scope,
  over: (place, scope) => ({ ...place, scope }),
});

/** The row's details. */
function rowPlace(id: RowId): Place {
  return { kind: "row", view: id.view, node: id.node, key: idText(id) };
}

function openingOf({ node, row }: Opened): Opening {
  if (row === null) return { to: { kind: "node", node } };
  const to = { kind: "view", view: row.view, scope: { kind: "node", node } } as const;
  const { key, filter = "" } = row;
  return { to, filter, ...(key !== null && { cursor: idText({ node, view: row.view, key }) }) };
}
