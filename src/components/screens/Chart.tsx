import { chartMinutes, columnLines, type Series, sparkline } from "../../stats/history.ts";
import { cursorLine } from "../../store/on-screen.ts";
import type { PlaceOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { linesOf } from "../../store/table.ts";
import { figuresOf } from "../../store/tables/figures.ts";
import { figureNow, seriesOf } from "../../store/tables/row-history.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { joined, repeated, type SafeText, safe } from "../../text/safe-text.ts";
import { fit, safeName, safeText } from "../../text/text.ts";
import { viewNamed } from "../../views/all.ts";
import { printCell, printValue } from "../../views/cells.ts";
import { parseRowId } from "../../views/row-id.ts";
import { type AnyColumn, treeName, type View } from "../../views/view.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Cell, layOut, leftColumn, windowStart } from "../drawing/layout.ts";
import { clip, drawLine } from "../drawing/line.ts";
import type { Theme } from "../drawing/theme.ts";

/** Cells of the axis before the chart. */
const axisCells = 10;

/** Fewer lines than this have none that is empty. */
const roomy = 16;

type Drawn = {
  readonly name: SafeText;
  readonly seriesOf: (figure: string) => Series;
  readonly nowOf: (figure: string) => number | null;
};

/** The numbers of one or two rows over a quarter of an hour: one of them large, all of them below it. */
export function Chart({ place, ...props }: BodyProps & { readonly place: PlaceOf<"chart"> }) {
  const { state, theme, width, height } = props;
  const view = viewNamed(place.view);
  const figures = view ? figuresOf(view) : [];
  const cursor = cursorLine(state);
  const figure = figures[cursor];
  const column = figure === undefined ? undefined : view?.columns[figure];
  if (!view || figure === undefined || !column)
    return <props.Lines {...props} lines={[safe`  it has no numbers that can be drawn; Esc goes back`]} />;
  const { history, nowMs } = shown(state);
  const drawn = place.keys.map(
    (key): Drawn => ({
      name: nameOf(key, view, place.nodes, props),
      seriesOf: (name) => seriesOf(history.lines.get(key), name, nowMs),
      nowOf: (name) => figureNow(history.lines.get(key), name, nowMs),
    }),
  );
  const about = theme.paint("muted", safeText(column.about ?? "", 300, theme.glyphs.ellipsis));
  const title = safe` ${theme.paint("strong", safeText(column.header))}  ${about}`;
  const legend = drawn.map((one, at) => legendLine(one, at, drawn.length, { figure, column }, theme));
  const blank = height < roomy ? [] : [safe``];
  // The title, the time below the chart and the headings of the list.
  const room = height - legend.length - blank.length - 3;
  const rows = Math.max(1, Math.min(figures.length, Math.floor(height / 3), room - 1));
  const series = drawn.map((one) => one.seriesOf(figure));
  const lines = [
    clip(title, width, theme.glyphs.ellipsis),
    ...legend,
    ...plot(series, column, { lines: Math.max(1, room - rows), cells: width - axisCells - 1, theme }),
    ...blank,
    ...figureList(view, figures, drawn, cursor, { rows, width, theme }),
  ];
  return <props.Lines {...props} lines={lines} />;
}

/** The node, and of a row what a person knows it by; of a heading that alone, with its statement if it has one. */
function nameOf(key: string, view: View, nodes: readonly string[], { state, theme }: BodyProps): SafeText {
  const id = parseRowId(key);
  if (!id) return safe``;
  const { ellipsis } = theme.glyphs;
  const parts = id.key.split("\u0000");
  if (view.nodeRows) return safeName(id.node || (parts.at(-1) ?? ""), 40, ellipsis);
  const row = linesOf(view, shown(state), nodes).find((line) => line.key === key)?.row;
  const called = row
    ? clip(printValue(view, treeName(view), row, theme.glyphs), 40, ellipsis)
    : safeName(String(parts[0]), 40, ellipsis);
  if (id.node !== "") return safe`${safeName(id.node, 40, ellipsis)} ${called}`;
  const query = Object.keys(view.columns).find((name) => view.columns[name]?.kind === "query");
  return safe`${called} ${safeText(String((query && row?.[query]) ?? ""), 40, ellipsis)}`;
}

/** What stands for each of two rows where they are drawn together; bars need no sign. */
function signOf(at: number, of: number, { glyphs, paint }: Theme): SafeText {
  if (of === 1) return safe` `;
  return at === 0 ? paint("accent", glyphs.connected) : paint("ok", glyphs.disconnected);
}

const print = (column: AnyColumn, value: number): SafeText =>
  printCell(column, wholeKinds.has(column.kind) ? Math.round(value) : value);

const wholeKinds: ReadonlySet<AnyColumn["kind"]> = new Set(["integer", "count", "bytes"]);

type Extent = { readonly now: SafeText; readonly least: SafeText; readonly most: SafeText };

function extentOf(one: Drawn, figure: string, column: AnyColumn, { glyphs }: Theme): Extent {
  const now = one.nowOf(figure);
  // A stretch has its highest value: what is less now is not in it.
  const values = [...one.seriesOf(figure), now].filter((value) => value !== null);
  const printed = (value: number | null) => (value === null ? glyphs.unknown : print(column, value));
  const [least, most] = values.length === 0 ? [null, null] : [Math.min(...values), Math.max(...values)];
  return { now: printed(now), least: printed(least), most: printed(most) };
}

function legendLine(
  one: Drawn,
  at: number,
  of: number,
  { figure, column }: { readonly figure: string; readonly column: AnyColumn },
  theme: Theme,
): SafeText {
  const series = one.seriesOf(figure);
  const { now, least, most } = extentOf(one, figure, column, theme);
  const said = series.some((value) => value !== null)
    ? safe`now ${now}   min ${least}   max ${most}`
    : safe`nothing is known of it yet: it is remembered while it is looked at`;
  return safe` ${signOf(at, of, theme)} ${theme.paint("strong", one.name)}   ${said}`;
}

type Size = { readonly lines: number; readonly cells: number; readonly theme: Theme };

/** The chart with its axes: bars of one row, points of two. It begins at zero. */
function plot(series: readonly Series[], column: AnyColumn, { lines, cells, theme }: Size): SafeText[] {
  const all = series.map((one) => spread(one, cells));
  const most = all.flat().reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
  const top = most > 0 ? most : 1;
  const [first = [], second] = all;
  const rows = second
    ? pointLines(first, second, { lines, top, theme })
    : columnLines(first, lines, { floor: top, ascii: theme.ascii }).map((row) =>
        theme.paint("accent", safeText(row)),
      );
  const middle = Math.floor((lines - 1) / 2);
  const isFine = !wholeKinds.has(column.kind) || top >= 4;
  const labelAt = (at: number) => {
    if (at === 0) return print(column, top);
    if (at === lines - 1) return print(column, 0);
    return at === middle && lines >= 6 && isFine
      ? print(column, (top * (lines - 1 - at)) / (lines - 1))
      : safe``;
  };
  const axis = rows.map((row, at) => {
    const label = fit(labelAt(at), axisCells - 2, "right", theme.glyphs.ellipsis);
    return safe` ${theme.paint("muted", label)} ${row}`;
  });
  return [...axis, timeLine(cells, theme)];
}

/** The time below the chart, from a quarter of an hour ago until now. */
function timeLine(cells: number, theme: Theme): SafeText {
  const { rule } = theme.glyphs;
  const marks = cells < 40 ? [chartMinutes] : [chartMinutes, 10, 5];
  let line = safe``;
  for (const minutes of marks) {
    const at = Math.round(cells * (1 - minutes / chartMinutes));
    line = safe`${line}${repeated(rule, at - cellsOf(line))}${safe`${minutes} min ago `}`;
  }
  const end = safe` now`;
  const rest = repeated(rule, cells - cellsOf(line) - cellsOf(end));
  return safe`${repeated(safe` `, axisCells)}${theme.paint("muted", safe`${line}${rest}${end}`)}`;
}

/** A series as wide as the chart: a cell is the highest of its stretches. */
function spread(series: Series, cells: number): Series {
  const at = (cell: number) => Math.floor((cell * series.length) / cells);
  return Array.from({ length: cells }, (_, cell) =>
    series
      .slice(at(cell), Math.max(at(cell) + 1, at(cell + 1)))
      .reduce<number | null>(
        (highest, value) => (value === null ? highest : Math.max(highest ?? value, value)),
        null,
      ),
  );
}

/** Two series as points: where they meet stands a sign of its own. */
function pointLines(
  first: Series,
  second: Series,
  { lines, top, theme }: { readonly lines: number; readonly top: number; readonly theme: Theme },
): SafeText[] {
  const rowOf = (value: number | null | undefined) =>
    value == null ? -1 : lines - 1 - Math.round((Math.max(0, value) / top) * (lines - 1));
  const { paint, glyphs } = theme;
  return Array.from({ length: lines }, (_, line) =>
    joined(
      first.map((value, at) => {
        const [one, other] = [rowOf(value) === line, rowOf(second[at]) === line];
        if (one && other) return paint("strong", glyphs.both);
        if (one) return paint("accent", glyphs.connected);
        return other ? paint("ok", glyphs.disconnected) : safe` `;
      }),
    ),
  );
}

/** Every number with what it is now, its extent and its course; the one under the cursor is drawn above. */
function figureList(
  view: View,
  figures: readonly string[],
  drawn: readonly Drawn[],
  cursor: number,
  { rows, width, theme }: { readonly rows: number; readonly width: number; readonly theme: Theme },
): SafeText[] {
  const numeric = { priority: 0, align: "right", maxWidth: 14, minWidth: 7 } as const;
  const columns = [
    leftColumn("FIGURE", 0, 8, 16),
    ...drawn.flatMap((_, at) => {
      const which =
        drawn.length === 1 ? safe`` : at === 0 ? theme.glyphs.connected : theme.glyphs.disconnected;
      return ["NOW", "MIN", "MAX"].map((word, of) => ({
        ...{ ...numeric, priority: of === 0 ? 0 : 2 },
        header: of === 0 && which !== "" ? safe`${which} ${safeText(word)}` : safeText(word),
      }));
    }),
    ...(drawn.length === 1 ? [leftColumn("LAST 15 MIN", 3, 20, 60)] : []),
  ];
  const top = windowStart(0, cursor, figures.length, rows);
  const cells = figures.map((name): Cell[] => {
    const column = view.columns[name];
    if (!column) return [];
    const [only] = drawn;
    return [
      { text: safeText(column.header.trim() === "" ? name : column.header) },
      ...drawn.flatMap((one) => {
        const { now, least, most } = extentOf(one, name, column, theme);
        return [{ text: now }, { text: least }, { text: most }];
      }),
      ...(drawn.length === 1 && only
        ? [{ text: safeText(sparkline(spread(only.seriesOf(name), 45), 45, { ascii: theme.ascii })) }]
        : []),
    ];
  });
  const layout = layOut(columns, cells, width - 1);
  const headings = columns.map(({ header }) => ({ text: header }));
  return [
    safe` ${drawLine(headings, columns, layout, theme, "heading")}`,
    ...cells.slice(top, top + rows).map((row, at) => {
      const isCursor = top + at === cursor;
      const sign = isCursor ? theme.glyphs.cursor : safe` `;
      return safe`${sign}${drawLine(row, columns, layout, theme, isCursor ? "selected" : null)}`;
    }),
  ];
}
