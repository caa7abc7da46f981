import { cursorLine, scopeHere } from "../../store/on-screen.ts";
import { panelTable } from "../../store/panels.ts";
import { currentSpot } from "../../store/screen.ts";
import { type FleetLine, fleetLines } from "../../store/screens/fleet.ts";
import { type FleetPanel, fleetPanels } from "../../store/screens/fleet-panels.ts";
import { nodesIn, shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { currentTable } from "../../store/table.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Cell, layOut, windowStart } from "../drawing/layout.ts";
import { drawLine } from "../drawing/line.ts";
import { panelHeights } from "../drawing/panel-heights.ts";
import { useSteadyWidths, useSteadyWidthsOf } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { clusterCells } from "./fleet-cluster.ts";
import { fleetColumns, inOrder } from "./fleet-columns.ts";
import { nodeCells } from "./fleet-node.ts";
import { type Panel, panelLines, panelWants } from "./panel.ts";
import { filterNotes, oldAfterMs } from "./table-notes.ts";

/** The first screen: every node on a line, clusters as headings that take the worst state of what is inside. */
export function Fleet(props: BodyProps) {
  const { state, theme, width, height } = props;
  const table = currentTable(state);
  const panelWidths = useSteadyWidthsOf("fleet");
  const lines = fleetLines(state);
  const spot = currentSpot(state.screen);
  const columns = fleetColumns(spot.sortBy, theme, width);
  const cells = lines.map((line) => cellsOf(line, state, theme));
  const layout = layOut(columns, cells, width - 1, { skip: spot.left, widest: useSteadyWidths("fleet") });
  const cursor = cursorLine(state);
  const notes = table ? filterNotes(table, theme) : [];
  const room = height - 1 - notes.length;
  const top = windowStart(spot.top, cursor, lines.length, room);
  const rows = cells.slice(top, top + room).map((row, at) => {
    const isCursor = top + at === cursor;
    const isMarked = spot.marks.has(lines[top + at]?.key ?? "");
    const mark = isMarked ? theme.paint("accent", theme.glyphs.marked) : null;
    const sign = mark ?? (isCursor ? theme.glyphs.cursor : safe` `);
    return safe`${sign}${drawLine(row, columns, layout, theme, isCursor ? "selected" : null)}`;
  });
  const headings: readonly Cell[] = columns.map(({ header }) => ({ text: header }));
  const heading = safe` ${drawLine(headings, columns, layout, theme, "heading")}`;
  const isEmpty = lines.length === 0 && state.observed.clockMs !== 0;
  const hint = isEmpty ? [emptyHint(state, spot.filter, theme)] : [];
  const below = room - rows.length - hint.length;
  const panels = panelsBelow(props, below, panelWidths);
  const blanks = Array.from({ length: notes.length > 0 ? below - panels.length : 0 }, () => safe``);
  return <props.Lines {...props} lines={[heading, ...rows, ...hint, ...panels, ...blanks, ...notes]} />;
}

/** What is wrong and what may be in the way, over all nodes that are shown, in the lines that they leave. */
function panelsBelow(
  { state, theme, width }: BodyProps,
  room: number,
  widest: (table: string) => number[],
): SafeText[] {
  const panels = fleetPanels(state, nodesIn(state, scopeHere(state))).map(
    ({ view, title, least, nodes, unknown, keeps }): Panel => {
      const table = panelTable(state, view, nodes);
      const lines = table.lines.filter(({ row }) => keeps(row));
      const [missing] = table.missing;
      const { ellipsis } = theme.glyphs;
      return {
        title: safeText(title),
        table: { ...table, lines },
        least,
        named: true,
        // It was asked because the pulse says that there is something.
        empty: missing
          ? safe`${safeName(missing.node.name, 40, ellipsis)}: ${safeText(missing.why, 80, ellipsis)}`
          : unknown.length > 0
            ? safe`unknown on ${unknown.length} ${unknown.length === 1 ? "node" : "nodes"}`
            : null,
        notes: unknownNotes(unknown, theme, width),
        oldAfterMs: oldAfterMs(state, view),
      };
    },
  );
  const wants = panels.map(panelWants);
  const heights = panelHeights(room, wants);
  return panels.flatMap((panel, at) =>
    panelLines(panel, { height: heights[at] ?? 0, width, theme, widest: widest(panel.table.view.name) }),
  );
}

/** Why it is not known whether nodes have anything to show, with the first that it is so of. */
function unknownNotes(unknown: FleetPanel["unknown"], theme: Theme, width: number): SafeText[] {
  const [first, ...others] = unknown;
  if (!first) return [];
  const { ellipsis } = theme.glyphs;
  const more = others.length > 0 ? safe` and ${others.length} more` : safe``;
  const text = safe`${safeName(first.node.name, 40, ellipsis)}${more}: ${safeText(first.why, 400, ellipsis)}`;
  return wrapped(text, width - 4).map((line, at) =>
    theme.paint("muted", safe`${at === 0 ? "  " : "    "}${line}`),
  );
}

function emptyHint({ observed, discoveryProblem }: State, filter: string, { glyphs }: Theme): SafeText {
  if (filter !== "" && observed.clusters.length > 0)
    return safe`  no node matches ${safeText(filter, 60, glyphs.ellipsis)}; Esc drops the filter`;
  if (discoveryProblem !== null)
    return safe`  no nodes yet: ${safeText(discoveryProblem, 400, glyphs.ellipsis)}`;
  return safe`  no nodes yet: o opens the connections, where one can be added`;
}

function cellsOf({ node, nodes, row, isFolded, depth }: FleetLine, state: State, theme: Theme): Cell[] {
  const { nowMs, nodes: entries, clusters } = shown(state);
  // A lone node has no heading, below which it would stand.
  if (node)
    return inOrder(nodeCells(node, row["cluster"] === null ? depth : Math.max(0, depth - 1), theme, nowMs));
  const cluster = clusters.find(({ name }) => name === row["name"]);
  const members = nodes.flatMap((name) => entries[name] ?? []);
  return cluster ? inOrder(clusterCells(cluster, members, isFolded, theme, nowMs)) : [];
}
