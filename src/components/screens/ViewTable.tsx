import { scrolledBy } from "../../store/on-screen.ts";
import { currentSpot, type PlaceOf } from "../../store/screen.ts";
import { nodesShown, shown } from "../../store/selectors.ts";
import { currentTable, drawableIn, type TableLine } from "../../store/table.ts";
import { seriesOf } from "../../store/tables/row-history.ts";
import { beyond, width as cellsWide } from "../../text/cells.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Cell, layOutScrolled, type OutOfSight } from "../drawing/layout.ts";
import { clip, drawLine, padded } from "../drawing/line.ts";
import { useSteadyWidths } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { restOfRow } from "./rest-of-row.ts";
import { isDimmed, lookOf } from "./table-look.ts";
import { emptyNote, oldAfterMs, windowOn } from "./table-notes.ts";

/** Any statistics view as a table: one node's rows, or many nodes' with the node first. */
export function ViewTable({ place, ...props }: BodyProps & { readonly place: PlaceOf<"view"> }) {
  const { state, theme, width, height } = props;
  const table = currentTable(state);
  const spot = currentSpot(state.screen);
  // The widths of some columns say nothing of others that stand in their places.
  const names = table && drawableIn(table).map(([name]) => name);
  const widest = useSteadyWidths(JSON.stringify([place, names]));
  if (!table) return <props.Lines {...props} lines={[]} />;
  const named = nodesShown(state, table.view, place.scope).length > 1;
  const { history, nowMs } = shown(state);
  const courseOf = (line: TableLine, name: string) => seriesOf(history.lines.get(line.key), name, nowMs);
  const { columns, cellsOf } = lookOf(table, { named, sortBy: spot.sortBy, courseOf }, theme);
  const { cursor, notes, room, top } = windowOn(table, state, theme, { width, height });
  const limitMs = oldAfterMs(state, table.view);
  // Widths are those of every line, as long as that is cheap: they would move while the table is scrolled.
  const isLong = table.lines.length > mostMeasured;
  const measured = (isLong ? table.lines.slice(top, top + room) : table.lines).map(cellsOf);
  const { columns: scrolled, cells: shifted } = scrolledBy(state);
  const { layout, outOfSight } = layOutScrolled(columns, measured, width - 1, {
    ...{ skip: scrolled, widest, said: true },
  });
  const onScreen = isLong ? measured : measured.slice(top, top + room);
  const last = columns.length - 1;
  const lines = onScreen.map((row, at) => {
    const isCursor = top + at === cursor;
    const line = table.lines[top + at];
    const look = isCursor ? "selected" : line && isDimmed(table, line, limitMs) ? "muted" : null;
    const mark = spot.marks.has(line?.key ?? "") ? theme.paint("accent", theme.glyphs.marked) : null;
    const sign = mark ?? (isCursor ? theme.glyphs.cursor : safe` `);
    const cells =
      shifted === 0 ? row : row.map((cell, of) => (of === last ? shiftedCell(cell, shifted) : cell));
    return safe`${sign}${drawLine(cells, columns, layout, theme, look)}`;
  });
  const headings = columns.map(({ header }) => ({ text: header }));
  const headed = drawLine(headings, columns, layout, theme, "heading");
  const heading = headingLine(headed, outOfSight, shifted > 0, width, theme);
  const empty = emptyNote(table, state);
  if (empty !== null) lines.push(theme.paint("muted", safe`  ${empty}`));
  // Notes come and go at the foot, where no row has to make way for them.
  const free = Math.max(0, room - lines.length);
  const [line, cells] = [table.lines[cursor], onScreen[cursor - top]];
  const rest =
    line && cells ? restOfRow({ table, line, cells, named, layout }, { room: free, width, theme }) : [];
  const blanks = Array.from({ length: free - rest.length }, () => safe``);
  return <props.Lines {...props} lines={[heading, ...lines, ...blanks, ...rest, ...notes]} />;
}

/** The headings, with marks for what the keys to the left and to the right bring into sight. */
function headingLine(
  names: SafeText,
  { left, right }: OutOfSight,
  isShifted: boolean,
  width: number,
  theme: Theme,
): SafeText {
  const { toLeft, toRight } = theme.glyphs;
  const before = left > 0 || isShifted ? theme.paint("accent", toLeft) : safe` `;
  if (right <= 0) return safe`${before}${names}`;
  const more = safe`+${right} ${toRight}`;
  const room = width - 1 - cellsWide(more);
  return safe`${before}${padded(clip(names, room - 1, safe``), room)}${theme.paint("accent", more)}`;
}

/** What is in sight of a long text that is scrolled on to the left. */
function shiftedCell(cell: Cell, cells: number): Cell {
  return { ...cell, text: beyond(cell.text, cells) };
}

/** Lines that are measured for the widths of their columns. */
const mostMeasured = 300;
