import { connectionLines } from "../../store/connection-lines.ts";
import { cursorLine } from "../../store/on-screen.ts";
import { currentSpot } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Cell, layOut, windowStart } from "../drawing/layout.ts";
import { drawLine } from "../drawing/line.ts";
import { useSteadyWidths } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { connectionCells, connectionColumns } from "./connection-columns.ts";

/** Every connection on a line, below its group: how it is reached, how it is, and why it is not up. */
export function Connections(props: BodyProps) {
  const { state, theme, width, height } = props;
  const { nowMs } = shown(state);
  const lines = connectionLines(state);
  const cells = lines.map((line) => {
    const folded = line.kind === "group" && state.screen.foldedGroups.has(line.group.name);
    return connectionCells(line, folded, theme, nowMs);
  });
  const columns = connectionColumns(width);
  const headings: readonly Cell[] = columns.map(({ header }) => ({ text: header }));
  const layout = layOut(columns, cells, width - 1, { widest: useSteadyWidths("connections") });
  const spot = currentSpot(state.screen);
  const cursor = cursorLine(state);
  const problems = [state.configProblem, state.discoveryProblem].flatMap((problem) => problem ?? []);
  const room = height - 1 - problems.length;
  const top = windowStart(spot.top, cursor, lines.length, room);
  const rows = cells
    .slice(top, top + room)
    .map((row, at) =>
      top + at === cursor
        ? safe`${theme.glyphs.cursor}${drawLine(row, columns, layout, theme, "selected")}`
        : safe` ${drawLine(row, columns, layout, theme)}`,
    );
  const heading = safe` ${drawLine(headings, columns, layout, theme, "heading")}`;
  const hint = lines.length === 0 ? [emptyHint(state.connections.entries.length, spot.filter, theme)] : [];
  const above = [heading, ...rows, ...hint];
  if (problems.length === 0) return <props.Lines {...props} lines={above} />;
  const blanks = Array<SafeText>(Math.max(0, height - problems.length - above.length)).fill(safe``);
  const foot = problems.map((problem) =>
    theme.paint(
      "warning",
      safe`  ${theme.glyphs.warning} ${safeText(problem, width - 5, theme.glyphs.ellipsis)}`,
    ),
  );
  return <props.Lines {...props} lines={[...above, ...blanks, ...foot]} />;
}

function emptyHint(entries: number, filter: string, { glyphs }: Theme): SafeText {
  if (filter !== "" && entries > 0)
    return safe`  no connection matches ${safeText(filter, 60, glyphs.ellipsis)}; Esc drops the filter`;
  return safe`  no connections yet: N adds one`;
}
