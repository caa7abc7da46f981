import { currentSpot } from "../../store/screen.ts";
import { cursorIndex, type FleetLine, fleetLines, shown } from "../../store/selectors.ts";
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

const headings: readonly Cell[] = fleetColumns.map(({ header }) => ({ text: header }));

/** The first screen: every node on a line, clusters as headings that take the worst state of what is inside. */
export function Fleet(props: BodyProps) {
  const { state, theme, width, height } = props;
  const { nowMs } = shown(state);
  const lines = fleetLines(state);
  const cells = lines.map((line) => cellsOf(line, state.screen.folded, theme, nowMs));
  const layout = layOut(fleetColumns, cells, width - 1, { widest: useSteadyWidths("fleet") });
  const spot = currentSpot(state.screen);
  const cursor = cursorIndex(
    spot,
    lines.map(({ key }) => key),
  );
  const top = windowStart(spot.top, cursor, lines.length, height - 1);
  const rows = cells
    .slice(top, top + height - 1)
    .map((row, at) =>
      top + at === cursor
        ? safe`${theme.glyphs.cursor}${drawLine(row, fleetColumns, layout, theme, "selected")}`
        : safe` ${drawLine(row, fleetColumns, layout, theme)}`,
    );
  const heading = safe` ${drawLine(headings, fleetColumns, layout, theme, "heading")}`;
  const isEmpty = lines.length === 0 && state.observed.clockMs !== 0;
  const hint = isEmpty ? [emptyHint(state.observed.clusters.length, spot.filter, theme)] : [];
  return <Lines {...props} lines={[heading, ...rows, ...hint]} />;
}

function emptyHint(clusters: number, filter: string, { glyphs }: Theme): SafeText {
  if (filter !== "" && clusters > 0)
    return safe`  no node matches ${safeText(filter, 60, glyphs.ellipsis)}; Esc drops the filter`;
  return safe`  no nodes yet: o opens the connections, where one can be added`;
}

function cellsOf(line: FleetLine, folded: ReadonlySet<string>, theme: Theme, nowMs: number): Cell[] {
  return inOrder(
    line.kind === "node"
      ? nodeCells(line.node, line.depth, theme, nowMs)
      : clusterCells(line.cluster, line.nodes, folded.has(line.cluster.name), theme, nowMs),
  );
}
