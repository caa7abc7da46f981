import { type Series, sparkline } from "../../stats/history.ts";
import { drawableIn, type Table, type TableLine } from "../../store/table.ts";
import { safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { alignsRight, headerOf, printValue } from "../../views/cells.ts";
import { isKeyColumn } from "../../views/row-id.ts";
import { type AnyColumn, isUsual, type View } from "../../views/view.ts";
import type { Cell, DrawnColumn } from "../drawing/layout.ts";
import { branch } from "../drawing/line.ts";
import { stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";

/** What the lines of a table are drawn from. */
export type TableLook = {
  readonly columns: readonly DrawnColumn[];
  readonly cellsOf: (line: TableLine) => readonly Cell[];
};

type Options = {
  /** The node stands first. */
  readonly named: boolean;
  readonly sortBy: string | null;
  /** The course of a number over the last minutes; not drawn if not given. */
  readonly courseOf?: (line: TableLine, name: string) => Series;
};

/** Cells of the course of a number: the last minute and a third. */
const sparkCells = 8;

/** The look of a view's lines, wherever they stand: on a screen of their own or in a panel of another. */
export function lookOf(table: Table, { named, sortBy, courseOf }: Options, theme: Theme): TableLook {
  const { view } = table;
  const shownColumns = drawableIn(table);
  const treeColumn = view.parent ? treeColumnOf(view) : null;
  const sort = sortOf(view, sortBy);
  const isSpark = ({ spark = false }: AnyColumn) => courseOf !== undefined && spark;
  const columns = shownColumns.map(([name, column]) => {
    const headed = { ...column, header: headerOf(column, table.comparison) };
    const own = { ...drawn(name, headed, sort, theme), frozen: isKeyColumn(view, name) };
    const more = isSpark(column) ? 1 + sparkCells : 0;
    const look = {
      ...own,
      maxWidth: own.maxWidth + more,
      ...(column.width !== undefined && { width: column.width + more }),
    };
    return name === treeColumn
      ? { ...look, align: "left" as const, maxWidth: look.maxWidth + deepest }
      : look;
  });
  const inFront = named ? nodeColumns.slice(0, view.nodeRows ? 1 : 2) : [];
  const cellsOf = (line: TableLine) => [
    ...(named ? nodeCells(line, view, theme).slice(0, inFront.length) : []),
    ...shownColumns.map(([name, column]) => {
      const plain = cellOf(view, name, column, line, theme);
      const cell = courseOf && isSpark(column) ? withCourse(plain, courseOf(line, name), theme) : plain;
      return name === treeColumn ? withBranch(cell, line, view, theme) : cell;
    }),
  ];
  return { columns: [...inFront, ...columns], cellsOf };
}

/** A number with its course behind it. A steady one is no block that touches the next line. */
function withCourse(cell: Cell, series: Series, { ascii }: Theme): Cell {
  const last = series.slice(-sparkCells);
  const highest = last.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const bars = sparkline(last, sparkCells, { floor: highest > 0 ? 1.2 * highest : 1, ascii });
  return { ...cell, text: safe`${cell.text} ${safeText(bars)}` };
}

/** Whether a line asks for no attention: it is old or quiet. */
export function isDimmed(
  { view }: Table,
  { row, node, ageMs }: TableLine,
  oldAfterMs: (node: string) => number,
): boolean {
  return (node !== null && ageMs > oldAfterMs(node.name)) || (view.isQuiet?.(row) ?? false);
}

/** Cells that branches may take beside what stands in the column of the tree. */
const deepest = 16;

/** The column that a tree is drawn in: the one by which a person knows a row. */
function treeColumnOf(view: View): string {
  return view.rowName ?? Object.keys(view.columns).find((name) => !view.columns[name]?.hidden) ?? "";
}

/** What hangs below another line stands to the right of it; one that is folded says how many it hides. */
function withBranch(cell: Cell, { depth, below, isFolded }: TableLine, { folds }: View, theme: Theme): Cell {
  const hidden = !isFolded
    ? safe``
    : folds
      ? safe` +${below} ${safeText(below === 1 ? folds.one : folds.many)}`
      : safe` ${theme.glyphs.folded}${below}`;
  return { ...cell, text: safe`${branch(Math.min(depth, deepest / 2), theme)}${cell.text}${hidden}` };
}

const nodeColumns: readonly DrawnColumn[] = [
  { header: safe` `, align: "left", priority: 0, maxWidth: 1, sign: true, frozen: true },
  { header: safe`NODE`, align: "left", priority: 0, maxWidth: 20, frozen: true },
];

function nodeCells({ node, row }: TableLine, { sign, isPast }: View, theme: Theme): Cell[] {
  if (!node) return [{ text: safe`` }, { text: safe`` }];
  const looks = isPast ? ({ glyph: "connected", meaning: "ok" } as const) : stateLooks(node);
  const severity = sign?.(row) ?? "ok";
  return [
    severity === "ok"
      ? { text: theme.glyphs[looks.glyph], meaning: looks.meaning }
      : { text: theme.glyphs[severity === "critical" ? "error" : "warning"], meaning: severity },
    { text: safeName(node.name, 40, theme.glyphs.ellipsis), colour: node.colour },
  ];
}

type Sort = { readonly name: string; readonly falling: boolean };

function sortOf(view: View, sortBy: string | null): Sort {
  const spec = sortBy ?? view.sortBy;
  return { name: spec.replace(/^-/, ""), falling: spec.startsWith("-") };
}

function drawn(name: string, column: AnyColumn, sort: Sort, { glyphs }: Theme): DrawnColumn {
  const isSorted = name === sort.name;
  const mark = isSorted ? safe` ${sort.falling ? glyphs.falling : glyphs.rising}` : safe``;
  return {
    header: safe`${safeText(column.header)}${mark}`,
    align: alignsRight(column) ? "right" : "left",
    priority: column.priority ?? 5,
    sorted: isSorted,
    whenFilled: column.usual !== undefined,
    maxWidth: column.maxWidth ?? 12,
    grows: column.kind === "query" || column.growsFrom !== undefined,
    asText: column.growsFrom === undefined,
    ...(column.growsFrom === undefined ? {} : { growsFrom: column.growsFrom }),
    minWidth: column.kind === "seconds" ? 7 : 0,
  };
}

function cellOf(view: View, name: string, column: AnyColumn, { node, row }: TableLine, theme: Theme): Cell {
  if (column.ofHeading && node !== null) return { text: safe`` };
  const isNone = column.usual !== undefined && row[name] == null;
  const text = isNone || isUsual(column, row[name]) ? safe`` : printValue(view, name, row, theme.glyphs);
  const severity = row[name] == null ? undefined : column.severity?.(row[name], row);
  return severity && severity !== "ok" ? { text, meaning: severity } : { text };
}
