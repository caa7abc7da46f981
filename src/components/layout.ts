import { fit, width } from "../postgres/text.ts";
import type { Meaning, Theme } from "./theme.ts";

/** A column as it is drawn. */
export type DrawnColumn = {
  readonly header: string;
  readonly align: "left" | "right";
  /** Columns with a higher number leave first when there is no room; 0 never leaves. */
  readonly priority: number;
  readonly maxWidth: number;
  readonly minWidth?: number;
  /** Takes the width that is left. At most one. */
  readonly grows?: boolean;
};

/** A cell: safe text of one line, and what it means. */
export type Cell = { readonly text: string; readonly meaning?: Meaning; readonly colour?: string | null };

/** Columns that are drawn, by their index, and how wide. */
export type Layout = readonly { readonly at: number; readonly width: number }[];

const gap = 1;
const smallestGrowing = 20;

/**
 * Column widths for a line of `available` cells: each as wide as its widest cell allows up to its maximum, a
 * growing one takes the rest. Where there is no room, columns leave by priority; `skip` columns after the first
 * are scrolled away to the left.
 */
export function layOut(
  columns: readonly DrawnColumn[],
  rows: readonly (readonly Cell[])[],
  available: number,
  skip = 0,
): Layout {
  const wanted = columns.map((column, at) => {
    if (column.grows) return { at, column, width: smallestGrowing };
    let widest = Math.max(width(column.header), column.minWidth ?? 0);
    for (const row of rows) widest = Math.max(widest, width(row[at]?.text ?? ""));
    return { at, column, width: Math.min(widest, Math.max(column.maxWidth, width(column.header))) };
  });
  const frozen = wanted.filter(({ column }) => column.priority === 0 && !column.grows).length;
  let chosen = skip > 0 ? wanted.filter((_, at) => at < frozen || at >= frozen + skip) : wanted;
  const total = () => chosen.reduce((sum, { width }) => sum + width + gap, -gap);
  while (total() > available) {
    const leaves = chosen.reduce((worst, one) =>
      one.column.priority >= worst.column.priority ? one : worst,
    );
    if (leaves.column.priority === 0) break;
    chosen = chosen.filter((one) => one !== leaves);
  }
  const rest = Math.max(0, available - total());
  return chosen.map(({ at, column, width }) => ({ at, width: column.grows ? width + rest : width }));
}

/** One line of a table, exactly as wide as its layout, without trailing blanks. */
export function drawLine(
  cells: readonly Cell[],
  columns: readonly DrawnColumn[],
  layout: Layout,
  theme: Theme,
  meaning: Meaning | null = null,
): string {
  let line = "";
  layout.forEach(({ at, width }, position) => {
    const cell = cells[at] ?? { text: "" };
    const text = fit(cell.text, width, columns[at]?.align ?? "left", theme.glyphs.ellipsis);
    if (position > 0) line += " ";
    if (meaning !== null) line += text;
    else if (cell.meaning) line += theme.paint(cell.meaning, text);
    else line += cell.colour ? theme.tag(cell.colour, text) : text;
  });
  return meaning === null ? line : theme.paint(meaning, line);
}

/** The rows that fit on screen with the cursor among them, starting as near to `top` as possible. */
export function windowStart(top: number, cursor: number, total: number, height: number): number {
  const lowest = Math.max(0, total - height);
  return Math.max(0, Math.min(Math.max(top, cursor - height + 1), cursor, lowest));
}
