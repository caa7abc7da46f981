import { currentSpot } from "./screen.ts";
import { bodyHeight, cursorIndex, fleetLines, nodesIn } from "./selectors.ts";
import type { State } from "./store.ts";

/** The nodes that the user looks at: those of the place, or on the fleet screen those within a screen of the cursor. */
export function nodesOnScreen(state: State): ReadonlySet<string> {
  const spot = currentSpot(state.screen);
  const { place } = spot;
  if (place.kind === "view") return new Set(nodesIn(state, place.scope));
  if (place.kind === "node" || place.kind === "row") return new Set([place.node]);
  const lines = fleetLines(state);
  const cursor = cursorIndex(
    spot,
    lines.map(({ key }) => key),
  );
  const height = bodyHeight(state);
  const near = lines.slice(Math.max(0, cursor - height + 1), cursor + height);
  return new Set(
    near.flatMap((line) => (line.kind === "node" ? line.node.name : line.nodes.map(({ name }) => name))),
  );
}
