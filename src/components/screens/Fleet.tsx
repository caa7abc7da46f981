import { currentSpot } from "../../store/screen.ts";
import { type FleetLine, fleetLines } from "../../store/screens/fleet.ts";
import { cursorIndex, shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { currentTable } from "../../store/table.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Lines } from "../drawing/Lines.tsx";
import { type Cell, layOut, windowStart } from "../drawing/layout.ts";
import { drawLine } from "../drawing/line.ts";
import { useSteadyWidths } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { clusterCells } from "./fleet-cluster.ts";
import { fleetColumns, inOrder } from "./fleet-columns.ts";
import { nodeCells } from "./fleet-node.ts";
import { filterNotes } from "./table-notes.ts";

/** The first screen: every node on a line, clusters as headings that take the worst state of what is inside. */
export function Fleet(props: BodyProps) {
  const { state, theme, width, height } = props;
  const table = currentTable(state);
  const lines = fleetLines(state);
  const spot = currentSpot(state.screen);
  const columns = fleetColumns(spot.sortBy, theme);
  const cells = lines.map((line) => cellsOf(line, state, theme));
  const layout = layOut(columns, cells, width - 1, { skip: spot.left, widest: useSteadyWidths("fleet") });
  const cursor = cursorIndex(
    spot,
    lines.map(({ key }) => key),
  );
  const notes = table ? filterNotes(table, theme) : [];
  const room = height - 1 - notes.length;
  const top = windowStart(spot.top, cursor, lines.length, room);
  const rows = cells
    .slice(top, top + room)
    .map((row, at) =>
      top + at === cursor
        ? safe`${theme.glyphs.cursor}${drawLine(row, columns, layout, theme, "selected")}`
        : safe` ${drawLine(row, columns, layout, theme)}`,
    );
  const headings: readonly Cell[] = columns.map(({ header }) => ({ text: header }));
  const heading = safe` ${drawLine(headings, columns, layout, theme, "heading")}`;
  const isEmpty = lines.length === 0 && state.observed.clockMs !== 0;
  const hint = isEmpty ? [emptyHint(state.observed.clusters.length, spot.filter, theme)] : [];
  const blanks = Array.from(
    { length: notes.length > 0 ? room - rows.length - hint.length : 0 },
    () => safe``,
  );
  return <Lines {...props} lines={[heading, ...rows, ...hint, ...blanks, ...notes]} />;
}

function emptyHint(clusters: number, filter: string, { glyphs }: Theme): SafeText {
  if (filter !== "" && clusters > 0)
    return safe`  no node matches ${safeText(filter, 60, glyphs.ellipsis)}; Esc drops the filter`;
  return safe`  no nodes yet: o opens the connections, where one can be added`;
}

function cellsOf({ node, nodes, row, key, depth }: FleetLine, state: State, theme: Theme): Cell[] {
  const { nowMs, nodes: entries, clusters } = shown(state);
  // A lone node has no heading, below which it would stand.
  if (node)
    return inOrder(nodeCells(node, row["cluster"] === null ? depth : Math.max(0, depth - 1), theme, nowMs));
  const cluster = clusters.find(({ name }) => name === row["name"]);
  const members = nodes.flatMap((name) => entries[name] ?? []);
  return cluster ? inOrder(clusterCells(cluster, members, state.screen.folded.has(key), theme, nowMs)) : [];
}
