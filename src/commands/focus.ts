import { connectionLines } from "../store/connection-lines.ts";
import { currentSpot } from "../store/screen.ts";
import { cursorIndex, fleetLines } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { currentTable, lineKeys } from "../store/table.ts";

/** The node that the screen or the cursor is on, or null. */
export function nodeInFocus(state: State): string | null {
  const spot = currentSpot(state.screen);
  const { place } = spot;
  if (place.kind === "node" || place.kind === "row") return place.node;
  if (place.kind === "view")
    return place.scope.kind === "node"
      ? place.scope.node
      : (currentTable(state)?.lines[cursorIndex(spot, lineKeys(state))]?.node.name ?? null);
  if (place.kind === "connections") {
    const line = connectionLines(state)[cursorIndex(spot, lineKeys(state))];
    return line?.kind === "node" && line.node ? line.node.name : null;
  }
  const line = fleetLines(state)[cursorIndex(spot, lineKeys(state))];
  return line?.kind === "node" ? line.node.name : null;
}
