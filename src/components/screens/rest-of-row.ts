import { drawableIn, type Table, type TableLine } from "../../store/table.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { joined, repeated, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { headerOf, printValue } from "../../views/cells.ts";
import { labelOf } from "../drawing/fact-lines.ts";
import type { Cell, Layout } from "../drawing/layout.ts";
import { clip } from "../drawing/line.ts";
import { roomInRule, ruleLine } from "../drawing/rule.ts";
import type { Theme } from "../drawing/theme.ts";

type Drawn = {
  readonly table: Table;
  readonly line: TableLine;
  /** The cells of the line, of which the first are of the node where `named`. */
  readonly cells: readonly Cell[];
  readonly named: boolean;
  readonly layout: Layout;
};

/** Below so many lines nothing is said: a blank, a rule and one line. */
const leastLines = 3;

/**
 * What the line under the cursor has no room for, in the lines that the table leaves free: its statement first, then the
 * columns that are cut or left out. None where all of it is drawn.
 */
export function restOfRow(
  { table, line, cells, named, layout }: Drawn,
  { room, width, theme }: { readonly room: number; readonly width: number; readonly theme: Theme },
): SafeText[] {
  if (room < leastLines) return [];
  const { view } = table;
  const widths = new Map(layout.map(({ at, width: drawn }) => [at, drawn]));
  const columns = drawableIn(table);
  const before = named ? cells.length - columns.length : 0;
  const cut = columns.flatMap(([name, column], at) => {
    const text = cells[before + at]?.text ?? safe``;
    const isWhole = cellsOf(text) <= (widths.get(before + at) ?? 0);
    return text === "" || text === theme.glyphs.unknown || isWhole ? [] : [{ name, column, text }];
  });
  const ofStatement = cut.filter(({ column }) => column.kind === "query");
  const others = cut.filter(({ column }) => column.kind !== "query");
  const lines = [
    ...ofStatement.flatMap(({ text }) => wrapped(text, width - 4)),
    ...packed(
      others.map(
        ({ column, text }) => [safeText(labelOf(headerOf(column, table.comparison))), text] as const,
      ),
      width - 4,
      theme,
    ),
  ];
  if (lines.length === 0) return [];
  const name = printValue(view, view.rowName ?? view.rowKey[0] ?? "", line.row, theme.glyphs);
  const node = line.node ? safe`${safeName(line.node.name, 40, theme.glyphs.ellipsis)} ` : safe``;
  const title = clip(theme.paint("strong", safe`${node}${name}`), roomInRule(width), theme.glyphs.ellipsis);
  const fitting = lines.slice(0, room - 2);
  const last = fitting.at(-1) ?? safe``;
  if (fitting.length < lines.length)
    fitting[fitting.length - 1] = safe`${clip(last, width - 6, safe``)} ${theme.glyphs.ellipsis}`;
  return [safe``, ruleLine(title, width, theme), ...fitting.map((text) => safe`  ${text}`)];
}

/** Labels with their values one after the other, in as many lines as that takes; what is longer than a line is wrapped. */
function packed(facts: readonly (readonly [SafeText, SafeText])[], room: number, theme: Theme): SafeText[] {
  const lines: { text: SafeText; cells: number }[] = [];
  for (const [label, value] of facts) {
    const indent = cellsOf(label) + 1;
    const [first = safe``, ...others] = wrapped(value, room - indent);
    const text = joined([theme.paint("muted", label), first], safe` `);
    const cells = indent + cellsOf(first);
    const line = lines.at(-1);
    if (line && others.length === 0 && line.cells + 3 + cells <= room)
      lines[lines.length - 1] = { text: safe`${line.text}   ${text}`, cells: line.cells + 3 + cells };
    else lines.push({ text, cells });
    for (const more of others)
      lines.push({ text: safe`${repeated(safe` `, indent)}${more}`, cells: indent + cellsOf(more) });
  }
  return lines.map(({ text }) => text);
}
