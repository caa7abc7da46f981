import { viewNamed } from "../../views/all.ts";
import { lockWaits } from "../../views/backends/lock-waits.ts";
import { sessionLocks } from "../../views/backends/session-locks.ts";
import { parseRowId } from "../../views/row-id.ts";
import { rowOnScreen } from "../last-row.ts";
import { hasSessions } from "../lock-facts.ts";
import type { PlaceOf } from "../screen.ts";
import { nodesAsked, shown } from "../selectors.ts";
import { rowNow } from "../table.ts";
import { pathToNode, titleOf } from "./path.ts";
import { defineScreen, ofNode } from "./screen-of.ts";
import { wantedFor } from "./wanted-for.ts";

/** One row of a view with every column. */
export const row = defineScreen<PlaceOf<"row">, never>({
  kind: "row",
  filters: false,
  lines: () => [],
  subject: (place) => ofNode(place.node, { row: parseRowId(place.key) }),
  opens: () => null,
  wants: (state, place) => {
    const shownView = viewNamed(place.view);
    if (!shownView) return [];
    const viewOptions = { idle: true, wholeText: true };
    const nodes = nodesAsked(state, shownView, [place.node]);
    const asked = wantedFor(state, shownView, [place.node], viewOptions);
    const pid = hasSessions(place.view) ? rowOnScreen(state)?.["pid"] : null;
    if (typeof pid !== "number") return asked;
    const waits = asked.some(({ view }) => view === lockWaits)
      ? []
      : [{ view: lockWaits, nodes, viewOptions }];
    return [...asked, ...waits, { view: sessionLocks, nodes, viewOptions: { ...viewOptions, pid } }];
  },
  crumbs: (state, place) => {
    const id = parseRowId(place.key);
    const name = viewNamed(place.view)?.rowName;
    const value = id && name !== undefined ? rowNow(shown(state), id)?.[name] : null;
    // By its key once it is gone; a prepared transaction has no process id, and its name is the last part.
    const [first = "", ...others] = id?.key.split("\u0000") ?? [];
    const called = value == null ? (first === "null" ? (others.at(-1) ?? "") : first) : String(value);
    return [...pathToNode(state, place.node), titleOf(place.view), called];
  },
  nodes: (_, place) => [place.node],
  view: (place) => place.view,
  scope: (_, place) => ({ kind: "node", node: place.node }),
  over: (place, scope) => ({ kind: "view", view: place.view, scope }),
});
