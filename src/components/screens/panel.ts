import { wayTo } from "../../commands/views.ts";
import type { Table, TableLine } from "../../store/table.ts";
import { type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { keyHint } from "../drawing/key-hints.ts";
import { layOut } from "../drawing/layout.ts";
import { clip, drawLine } from "../drawing/line.ts";
import type { Wants } from "../drawing/panel-heights.ts";
import { roomInRule, ruleLine } from "../drawing/rule.ts";
import type { Theme } from "../drawing/theme.ts";
import { isDimmed, lookOf } from "./table-look.ts";

/** The first lines of a view within another screen. */
export type Panel = {
  readonly title: SafeText;
  readonly table: Table;
  /** Lines below which it is left out. */
  readonly least: number;
  /** Each line says its node. */
  readonly named: boolean;
  /** What stands beside the title of a table without lines; null leaves the panel out. */
  readonly empty: SafeText | null;
  /** What its lines leave out, below them. */
  readonly notes?: readonly SafeText[];
  /** From what age on, in milliseconds, rows of a node are dimmed. */
  readonly oldAfterMs: (node: string) => number;
};

type Frame = {
  readonly height: number;
  readonly width: number;
  readonly theme: Theme;
  /** The widths of the frames before, which are brought up to date: see `layOut`. */
  readonly widest?: number[];
};

/** Title and headings. The alerts and the events are sentences, which need none. */
const above = ({ table: { view } }: Panel) => (view.kind === "concluded" && !view.parent ? 1 : 2);

/** What a panel asks of {@link panelHeights}. */
export function panelWants(panel: Panel): Wants {
  const { table, empty, least, notes = [] } = panel;
  const { length } = table.lines;
  const bare = empty === null ? 0 : 1 + notes.length;
  if (length === 0) return { least: bare, most: bare };
  const most = above(panel) + length + notes.length;
  return { least: Math.min(least, most), most };
}

/** A view's first lines as its own screen draws them, below a title that says how many more there are and where. */
export function panelLines(panel: Panel, { height, width, theme, widest = [] }: Frame): SafeText[] {
  const { table, named, oldAfterMs } = panel;
  if (height <= 0) return [];
  // Lines come before what they leave out.
  const notes = (panel.notes ?? []).slice(0, Math.max(0, height - above(panel) - 1));
  const shown = linesIn(panel, Math.max(0, height - above(panel) - notes.length));
  const title = ruleLine(
    clip(titleOf(panel, shown.length, theme), roomInRule(width), theme.glyphs.ellipsis),
    width,
    theme,
  );
  if (shown.length === 0) return [title, ...(panel.notes ?? [])].slice(0, height);
  const { columns, cellsOf } = lookOf(table, { named, sortBy: null }, theme);
  const cells = shown.map(cellsOf);
  const layout = layOut(columns, cells, width - 1, { widest });
  const headings = columns.map(({ header }) => ({ text: header }));
  return [
    title,
    ...(above(panel) > 1 ? [safe` ${drawLine(headings, columns, layout, theme, "heading")}`] : []),
    ...cells.map((row, at) => {
      const line = shown[at];
      const isDim = line !== undefined && isDimmed(table, line, oldAfterMs);
      return safe` ${drawLine(row, columns, layout, theme, isDim ? "muted" : null)}`;
    }),
    ...notes,
  ];
}

/**
 * The first lines; where a tree does not fit, as many levels of it as do, so that every root is there, and of the level
 * below them what has room.
 */
function linesIn({ table: { view, lines } }: Panel, room: number): readonly TableLine[] {
  if (!view.parent || lines.length <= room) return lines.slice(0, room);
  const upTo = (depth: number) => lines.filter((line) => line.depth <= depth);
  const deepest = Math.max(...lines.map(({ depth }) => depth));
  let depth = 0;
  while (depth < deepest && upTo(depth + 1).length <= room) depth += 1;
  let free = room - upTo(depth).length;
  if (free <= 0) return upTo(depth).slice(0, room);
  return lines.filter((line) => {
    if (line.depth <= depth) return true;
    if (line.depth > depth + 1 || free === 0) return false;
    free -= 1;
    return true;
  });
}

/** What it is, how many of how many lines are shown, and the key that opens the view: the cursor stays among the nodes. */
function titleOf({ title, table, empty, named }: Panel, shown: number, theme: Theme): SafeText {
  const { length } = table.lines;
  const name = theme.paint("strong", title);
  if (length === 0) return empty === null ? name : safe`${name}  ${theme.paint("muted", empty)}`;
  const silent = named ? new Set(table.missing.map(({ node }) => node)).size : 0;
  const not = safe`${silent} ${silent === 1 ? "node" : "nodes"} incomplete`;
  const missing = silent === 0 ? safe`` : safe`  ${theme.paint("warning", not)}`;
  const way = wayTo(table.view.name, named);
  const isAll = shown === length;
  const does = way.startsWith(":") ? "" : isAll ? "opens" : "shows all";
  const count = isAll ? safe`${length}` : safe`${shown} of ${length}`;
  return safe`${name}  ${count}  ${trimEnd(keyHint({ keys: [way], does }, theme))}${missing}`;
}
