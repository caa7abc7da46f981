import { currentSpot, type PlaceOf } from "../../store/screen.ts";
import { cursorIndex, nodesIn } from "../../store/selectors.ts";
import { currentTable, type Table, type TableLine } from "../../store/table.ts";
import { repeated, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { alignsRight, printValue } from "../../views/cells.ts";
import type { AnyColumn, Row, View } from "../../views/view.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Lines } from "../drawing/Lines.tsx";
import { type Cell, type DrawnColumn, layOut, windowStart } from "../drawing/layout.ts";
import { drawLine } from "../drawing/line.ts";
import { stateLooks } from "../drawing/node-state.ts";
import { useSteadyWidths } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { emptyNote, notesOf, oldAfterMs } from "./table-notes.ts";

/** Any statistics view as a table: one node's rows, or many nodes' with the node first. */
export function ViewTable({ place, ...props }: BodyProps & { readonly place: PlaceOf<"view"> }) {
  const { state, theme, width, height } = props;
  const table = currentTable(state);
  const spot = currentSpot(state.screen);
  const widest = useSteadyWidths(JSON.stringify(place));
  if (!table) return <Lines {...props} lines={[]} />;
  const named = nodesIn(state, place.scope).length > 1;
  const shownColumns = Object.entries(table.view.columns).filter(([, column]) => !column.hidden);
  const columns = [
    ...(named ? nodeColumns : []),
    ...shownColumns.map(([name, column]) => {
      const look = drawn(name, column, sortOf(table, spot.sortBy), theme);
      return table.view.parent && name === treeColumnOf(table.view)
        ? { ...look, align: "left" as const, maxWidth: look.maxWidth + deepest }
        : look;
    }),
  ];
  const treeColumn = table.view.parent ? treeColumnOf(table.view) : null;
  const cellsOf = (line: TableLine) => [
    ...(named ? nodeCells(line, theme) : []),
    ...shownColumns.map(([name, column]) => {
      const cell = cellOf(table.view, name, column, line.row, theme);
      return name === treeColumn ? withBranch(cell, line, state.screen.folded, theme) : cell;
    }),
  ];
  const cursor = cursorIndex(spot, table.keys);
  const limitMs = oldAfterMs(state, table.view);
  const notes = notesOf(table, state, theme).slice(0, Math.max(1, height - 4));
  const room = Math.max(1, height - 1 - notes.length);
  const top = windowStart(spot.top, cursor, table.lines.length, room);
  // Widths are those of every line, as long as that is cheap: they would move while the table is scrolled.
  const isLong = table.lines.length > mostMeasured;
  const measured = (isLong ? table.lines.slice(top, top + room) : table.lines).map(cellsOf);
  const layout = layOut(columns, measured, width - 1, { skip: spot.left, widest });
  const onScreen = isLong ? measured : measured.slice(top, top + room);
  const lines = onScreen.map((row, at) => {
    const isCursor = top + at === cursor;
    const { ageMs = 0, node } = table.lines[top + at] ?? {};
    const look = isCursor ? "selected" : node && ageMs > limitMs(node.name) ? "muted" : null;
    return safe`${isCursor ? theme.glyphs.cursor : " "}${drawLine(row, columns, layout, theme, look)}`;
  });
  const headings = columns.map(({ header }) => ({ text: header }));
  const heading = safe` ${drawLine(headings, columns, layout, theme, "heading")}`;
  const empty = emptyNote(table, state);
  if (empty !== null) lines.push(theme.paint("muted", safe`  ${empty}`));
  // Notes come and go at the foot, where no row has to make way for them.
  const blanks = Array.from({ length: Math.max(0, room - lines.length) }, () => safe``);
  return <Lines {...props} lines={[heading, ...lines, ...blanks, ...notes]} />;
}

/** Lines that are measured for the widths of their columns. */
const mostMeasured = 300;

/** Cells that branches may take beside what stands in the column of the tree. */
const deepest = 16;

/** The column that a tree is drawn in: the one by which a person knows a row. */
function treeColumnOf(view: View): string {
  return view.rowName ?? Object.keys(view.columns).find((name) => !view.columns[name]?.hidden) ?? "";
}

/** What hangs below another line stands to the right of it; one that is folded says how many it hides. */
function withBranch(
  cell: Cell,
  { key, depth, below }: TableLine,
  folded: ReadonlySet<string>,
  { glyphs }: Theme,
): Cell {
  const steps = Math.min(depth, deepest / 2);
  const branch = steps === 0 ? safe`` : safe`${repeated(safe`  `, steps - 1)}${glyphs.tree} `;
  const hidden = below > 0 && folded.has(key) ? safe` ${glyphs.folded}${below}` : safe``;
  return { ...cell, text: safe`${branch}${cell.text}${hidden}` };
}

const nodeColumns: readonly DrawnColumn[] = [
  { header: safe` `, align: "left", priority: 0, maxWidth: 1, sign: true },
  { header: safe`NODE`, align: "left", priority: 0, maxWidth: 20 },
];

function nodeCells({ node }: TableLine, theme: Theme): Cell[] {
  if (!node) return [{ text: safe`` }, { text: safe`` }];
  const looks = stateLooks(node);
  return [
    { text: theme.glyphs[looks.glyph], meaning: looks.meaning },
    { text: safeName(node.name, 40, theme.glyphs.ellipsis), colour: node.colour },
  ];
}

type Sort = { readonly name: string; readonly falling: boolean };

function sortOf({ view }: Table, sortBy: string | null): Sort {
  const spec = sortBy ?? view.sortBy;
  return { name: spec.replace(/^-/, ""), falling: spec.startsWith("-") };
}

function drawn(name: string, column: AnyColumn, sort: Sort, { glyphs }: Theme): DrawnColumn {
  const isSorted = name === sort.name;
  const mark = isSorted ? safe` ${sort.falling ? glyphs.falling : glyphs.rising}` : safe``;
  const priority = column.priority ?? 5;
  return {
    header: safe`${safeText(column.header)}${mark}`,
    align: alignsRight(column) ? "right" : "left",
    // What the rows are ordered by is the last that leaves.
    priority: isSorted ? Math.min(priority, 0.5) : priority,
    maxWidth: column.maxWidth ?? 12,
    grows: column.kind === "query",
    minWidth: column.kind === "seconds" ? 7 : 0,
  };
}

function cellOf(view: View, name: string, column: AnyColumn, row: Row, theme: Theme): Cell {
  const text = printValue(view, name, row, theme.glyphs);
  const severity = row[name] == null ? undefined : column.severity?.(row[name]);
  return severity && severity !== "ok" ? { text, meaning: severity } : { text };
}
