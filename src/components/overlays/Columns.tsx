import { sparkline } from "../../stats/history.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { currentTable } from "../../store/table.ts";
import { choosable, isShown, widthIn, withLook } from "../../store/tables/looks.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { padStart, type SafeText, safe } from "../../text/safe-text.ts";
import { fit, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { viewNamed } from "../../views/all.ts";
import type { AnyColumn } from "../../views/view.ts";
import type { BodyProps } from "../drawing/body.ts";
import { windowStart } from "../drawing/layout.ts";
import { clip } from "../drawing/line.ts";

/** The columns of a view from left to right, with what each of them says. */
export function Columns({ overlay, ...props }: BodyProps & { readonly overlay: OverlayOf<"columns"> }) {
  const { state, theme, width, height } = props;
  const view = viewNamed(overlay.view);
  if (!view) return <props.Lines {...props} lines={[]} />;
  const look = state.looks[view.name] ?? {};
  const columns = choosable(view, look);
  const { cursor, ellipsis, verified } = theme.glyphs;
  const names = columns.map(([name, { header }]) => safeText(header.trim() === "" ? name : header));
  const nameCells = Math.min(24, Math.max(...names.map(cellsOf)));
  const on = cellsOf(verified);
  const about = (at: number) => safeText(columns[at]?.[1].about ?? "", 300, ellipsis);
  const lines = currentTable(state)?.lines ?? [];
  const widthWord = (name: string, { width: set, growsFrom }: AnyColumn): SafeText => {
    if (set !== undefined) return safe`=${set}`;
    if (growsFrom !== undefined) return safe`${growsFrom}+`;
    const cells = widthIn({ view: withLook(view, look), lines }, name);
    return cells === null ? safe`rest` : safe`${cells}`;
  };
  const shown = columns.filter(([, column]) => isShown(column)).length;
  const sort = withLook(view, look).sortBy;
  const sorted = view.columns[sort.replace(/^-/, "")]?.header ?? sort;
  const bars = safeText(sparkline([1, 2, 3], 3, { ascii: theme.ascii }));
  const title = safe` ${theme.paint("strong", safeText(view.title))}: ${shown} of ${columns.length} columns, sorted by ${safeText(sorted)} ${sort.startsWith("-") ? theme.glyphs.falling : theme.glyphs.rising}`;
  const whole = wrapped(about(overlay.index), width - 4).slice(0, 2);
  const widths = safe`=12 is a width that was set, another one that of what stands there`;
  const foot: SafeText[] =
    height < roomy
      ? []
      : [safe``, ...[...whole, widths].map((line) => theme.paint("muted", safe`   ${line}`))];
  const room = Math.max(1, height - 2 - foot.length);
  const top = windowStart(0, overlay.index, columns.length, room);
  const rows = columns.slice(top, top + room).map(([name, column], at) => {
    const isOn = isShown(column);
    const wide = padStart(widthWord(name, column), 5);
    const mark = fit(isOn ? verified : safe``, on, "left", ellipsis);
    const text = safe`${mark} ${fit(names[top + at] ?? safe``, nameCells, "left", ellipsis)} ${wide} ${column.spark ? bars : safe`   `} ${about(top + at)}`;
    return top + at === overlay.index
      ? safe` ${cursor}${theme.paint("selected", fit(safe` ${text}`, width - 3, "left", ellipsis))}`
      : safe`   ${isOn ? clip(text, width - 4, ellipsis) : theme.paint("muted", clip(text, width - 4, ellipsis))}`;
  });
  return <props.Lines {...props} lines={[title, safe``, ...rows, ...foot]} />;
}

/** Fewer lines than this have no room for the whole of what a column says. */
const roomy = 14;
