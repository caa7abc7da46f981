import { printAge } from "../postgres/pretty.ts";
import { safeText } from "../postgres/text.ts";
import { currentSpot } from "../store/screen.ts";
import type { Table, TableLine } from "../store/selectors.ts";
import { currentTable, cursorIndex } from "../store/selectors.ts";
import { alignsRight, printCell } from "../views/cells.ts";
import type { AnyColumn } from "../views/view.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";
import { type Cell, type DrawnColumn, drawLine, layOut, windowStart } from "./layout.ts";
import { stateLooks } from "./node-state.ts";
import type { Theme } from "./theme.ts";

/** Values older than this many refreshes are dimmed and carry their age. */
const freshRefreshes = 2;

/** Any statistics view as a table: one node's rows, or many nodes' with the node first. */
export function ViewTable({ state, theme, width, height }: BodyProps) {
  const table = currentTable(state);
  if (!table) return <Lines lines={[]} height={height} />;
  const spot = currentSpot(state.screen);
  const named = spot.place.kind === "view" && spot.place.scope.kind !== "node";
  const shownColumns = Object.entries(table.view.columns).filter(([, column]) => !column.hidden);
  const columns = [
    ...(named ? nodeColumns : []),
    ...shownColumns.map(([name, column]) => drawn(name, column, sortOf(table, spot.sortBy), theme)),
  ];
  const rows = table.lines.map((line) => [
    ...(named ? nodeCells(line, theme) : []),
    ...shownColumns.map(([name, column]) => cellOf(column, line.row[name])),
  ]);
  const layout = layOut(columns, rows, width - 2, spot.left);
  const cursor = cursorIndex(
    spot,
    table.lines.map(({ key }) => key),
  );
  const notes = notesOf(table, theme);
  const room = Math.max(1, height - 1 - notes.length);
  const top = windowStart(spot.top, cursor, rows.length, room);
  const limitMs = Math.max(2000, freshRefreshes * state.screen.refreshMs) + 500;
  const lines = rows.slice(top, top + room).map((row, at) => {
    const isCursor = top + at === cursor;
    const ageMs = table.lines[top + at]?.ageMs ?? 0;
    const look = isCursor ? "selected" : ageMs > limitMs ? "muted" : null;
    return `${isCursor ? theme.glyphs.cursor : " "}${drawLine(row, columns, layout, theme, look)}`;
  });
  const heading = ` ${theme.paint(
    "heading",
    drawLine(
      columns.map(({ header }) => ({ text: header })),
      columns,
      layout,
      theme,
    ),
  )}`;
  return <Lines lines={[heading, ...notes, ...lines]} height={height} />;
}

const nodeColumns: readonly DrawnColumn[] = [
  { header: " ", align: "left", priority: 0, maxWidth: 1 },
  { header: "NODE", align: "left", priority: 0, maxWidth: 20 },
];

function nodeCells({ node }: TableLine, theme: Theme): Cell[] {
  const looks = stateLooks(node);
  return [
    { text: theme.glyphs[looks.glyph], meaning: looks.meaning },
    { text: safeText(node.name, 40), colour: node.colour },
  ];
}

type Sort = { readonly name: string; readonly falling: boolean };

function sortOf({ view }: Table, sortBy: string | null): Sort {
  const spec = sortBy ?? view.sortBy;
  return { name: spec.replace(/^-/, ""), falling: spec.startsWith("-") };
}

function drawn(name: string, column: AnyColumn, sort: Sort, { glyphs }: Theme): DrawnColumn {
  const mark = name === sort.name ? ` ${sort.falling ? glyphs.falling : glyphs.rising}` : "";
  return {
    header: `${column.header}${mark}`,
    align: alignsRight(column) ? "right" : "left",
    priority: column.priority ?? 5,
    maxWidth: column.maxWidth ?? 12,
    grows: column.kind === "query",
    minWidth: column.kind === "seconds" ? 7 : 0,
  };
}

function cellOf(column: AnyColumn, value: unknown): Cell {
  const text = value == null && column.kind === "seconds" ? "" : printCell(column, value);
  const severity = value == null ? undefined : column.severity?.(value);
  return severity && severity !== "ok" ? { text, meaning: severity } : { text };
}

/** Above the rows: what the filter leaves out, and which nodes are missing or old, and why. */
function notesOf({ filterError, total, lines, missing, view }: Table, theme: Theme): string[] {
  const notes: string[] = [];
  if (filterError !== null)
    notes.push(theme.paint("warning", `  ${theme.glyphs.warning} filter: ${safeText(filterError, 100)}`));
  for (const { node, why } of missing.slice(0, 3)) {
    const looks = stateLooks(node);
    const ageMs = lines.find((line) => line.node === node)?.ageMs ?? 0;
    const old = ageMs > 1500 ? `, rows are ${printAge(ageMs / 1000)} old` : "";
    notes.push(
      theme.paint(
        looks.meaning,
        `  ${theme.glyphs[looks.glyph]} ${safeText(node.name, 40)}: ${safeText(why, 120)}${old}`,
      ),
    );
  }
  if (missing.length > 3)
    notes.push(theme.paint("muted", `  and ${missing.length - 3} more nodes without rows`));
  if (lines.length === 0 && missing.length === 0)
    notes.push(
      theme.paint(
        "muted",
        total > 0 ? `  none of ${total} rows matches; Esc drops the filter` : `  no rows in ${view.source}`,
      ),
    );
  return notes;
}
