import { viewNamed } from "../../views/all.ts";
import { lockWaits } from "../../views/backends/lock-waits.ts";
import { sessionLocks } from "../../views/backends/session-locks.ts";
import { nodeLine, parseRowId } from "../../views/row-id.ts";
import { fleet } from "../../views/server/fleet.ts";
import { rowOnScreen } from "../last-row.ts";
import { hasSessions } from "../lock-facts.ts";
import type { PlaceOf, Scope } from "../screen.ts";
import { nodesAsked, shown } from "../selectors.ts";
import { rowNow } from "../table.ts";
import { pathToNode, titleOf } from "./path.ts";
import { defineScreen, noSubject, ofNode } from "./screen-of.ts";
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

/** What the lines that are drawn over time are of: nodes, clusters, or all nodes of a heading. */
function namesOf({ view, keys, nodes }: PlaceOf<"chart">): readonly string[] {
  const names = keys.map((key) => {
    const { node, key: own } = parseRowId(key) ?? { node: "", key: "" };
    if (node !== "") return node;
    return view === fleet.name ? (own.split("\u0000").at(-1) ?? "") : `${nodes.length} nodes`;
  });
  return [...new Set(names)];
}

/** The only node that the chart is of; null where it is of several, or of a heading. */
const onlyNode = ({ keys, nodes: [first, ...others] }: PlaceOf<"chart">) =>
  first !== undefined && others.length === 0 && keys.every((key) => parseRowId(key)?.node) ? first : null;

const chartScope = (place: PlaceOf<"chart">): Scope => {
  const node = onlyNode(place);
  if (node !== null) return { kind: "node", node };
  return { kind: "nodes", nodes: place.nodes, called: namesOf(place).join(", ") };
};

/** The numbers of one or two lines over time: its own lines are the columns that can be drawn. */
export const chart = defineScreen<PlaceOf<"chart">, { readonly key: string }>({
  kind: "chart",
  filters: false,
  lines: (_, place) => {
    // The first frame does not wait for it.
    const { figuresOf }: typeof import("../tables/figures.ts") = require("../tables/figures.ts");
    const shownView = viewNamed(place.view);
    return shownView ? figuresOf(shownView).map((key) => ({ key })) : [];
  },
  subject: (place) => {
    const node = onlyNode(place);
    return node === null ? { ...noSubject, nodes: place.nodes, scope: chartScope(place) } : ofNode(node);
  },
  opens: () => null,
  wants: (state, place) => {
    const shownView = viewNamed(place.view);
    const viewOptions = { idle: true, wholeText: false };
    return shownView && shownView !== fleet ? wantedFor(state, shownView, place.nodes, viewOptions) : [];
  },
  crumbs: (state, place) => {
    const node = onlyNode(place);
    const path = node === null ? [namesOf(place).join(", ")] : pathToNode(state, node);
    return place.view === fleet.name ? [...path, "chart"] : [...path, titleOf(place.view), "chart"];
  },
  nodes: (_, place) => place.nodes,
  view: (place) => place.view,
  scope: (_, place) => chartScope(place),
  over: (place, scope) => {
    if (place.view !== fleet.name) return { kind: "view", view: place.view, scope };
    if (scope.kind !== "node") return { kind: "fleet" };
    return { ...place, keys: [nodeLine(scope.node)], nodes: [scope.node] };
  },
});

/** A plan, line by line. */
export const plan = defineScreen<PlaceOf<"plan">, { readonly key: string }>({
  kind: "plan",
  filters: false,
  lines: (state) => {
    // The first frame does not wait for it.
    const { planLines }: typeof import("../actions/plan-lines.ts") = require("../actions/plan-lines.ts");
    return planLines(state);
  },
  subject: (place) => ofNode(place.node),
  opens: () => null,
  wants: () => [],
  crumbs: (state, place) => [...pathToNode(state, place.node), titleOf(place.view), "EXPLAIN"],
  nodes: (_, place) => [place.node],
  view: () => null,
  scope: (_, place) => ({ kind: "node", node: place.node }),
  over: () => null,
});
