import { width } from "../../text/cells.ts";
import type { SafeText } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { Meaning } from "./theme.ts";

/** A column as it is drawn. */
export type DrawnColumn = {
  readonly header: SafeText;
  readonly align: "left" | "right";
  /** Columns with a higher number leave first when there is no room; 0 never leaves. */
  readonly priority: number;
  readonly maxWidth: number;
  readonly minWidth?: number;
  /** So many cells whatever stands in it, also less than its header takes. */
  readonly width?: number;
  /** Takes the width that is left. At most one. */
  readonly grows?: boolean;
  /** What a growing column gets before others have to leave; about a quarter of the line if not given. */
  readonly growsFrom?: number;
  /** The rows are ordered by it: its header ends with a blank and a mark. */
  readonly sorted?: boolean;
  /** Not drawn until something has stood in it. */
  readonly whenFilled?: boolean;
  /** A growing column that asks for no more than the longest of its texts takes. */
  readonly asText?: boolean;
  /** A state's glyph: keeps its own look in a row that is selected or dimmed. */
  readonly sign?: boolean;
  /** What a row is known by: it stays where the others are scrolled sideways. */
  readonly frozen?: boolean;
};

/** A column of text, as wide as its text between the two widths. */
export function leftColumn(
  header: string,
  priority: number,
  minWidth: number,
  maxWidth = minWidth,
): DrawnColumn {
  return { header: safeText(header), priority, align: "left", minWidth, maxWidth };
}

/** A cell: text of one line, and what it means. */
export type Cell = {
  readonly text: SafeText;
  /** What to say instead where `text` does not fit, longest first. */
  readonly shorter?: readonly SafeText[];
  readonly meaning?: Meaning;
  readonly colour?: string | null;
};

/** Columns that are drawn, by their index, and how wide. */
export type Layout = readonly { readonly at: number; readonly width: number }[];

/** Columns that would say something and are out of sight: scrolled away to the left, and those that have no room. */
export type OutOfSight = { readonly left: number; readonly right: number };

const gap = 1;

/** Text of the first importance is cut down to this before it leaves. */
const leastOfText = 12;

/** A blank and the mark of the order. */
const markCells = 2;

/** What a growing column that asks for no more than its text keeps while others are more important. */
const leastAsText = 18;

/** Below this priority a column makes it do so. */
const important = 3;

const smallestGrowing = (available: number) => Math.max(20, Math.floor(available * 0.28));

/**
 * Column widths for a line of `available` cells: each as wide as its widest cell allows up to its maximum, a
 * growing one takes the rest. Where there is no room, columns leave by priority, and empty ones before others; `skip`
 * columns after the first are scrolled away to the left. `widest` holds the widths of the frames before and is brought up to date:
 * columns that grow with what they show but never shrink do not make the others jump to and fro.
 */
export function layOut(
  columns: readonly DrawnColumn[],
  rows: readonly (readonly Cell[])[],
  available: number,
  options: Scrolling = {},
): Layout {
  return layOutScrolled(columns, rows, available, options).layout;
}

type Scrolling = { readonly skip?: number; readonly widest?: number[] };

/** The same, and how many columns are out of sight: where the last one in sight leaves no room to say so, it is made. */
export function layOutScrolled(
  columns: readonly DrawnColumn[],
  rows: readonly (readonly Cell[])[],
  available: number,
  { skip = 0, widest = [], said = false }: Scrolling & { readonly said?: boolean } = {},
): { readonly layout: Layout; readonly outOfSight: OutOfSight } {
  const measured = columns.map((column, at) => {
    const filled = Math.max(0, ...rows.map((row) => width(row[at]?.text ?? "")));
    const header = width(column.header) - (column.sorted ? markCells : 0);
    const floor = column.grows || (column.whenFilled && filled === 0) ? 0 : header;
    const needed = Math.max(floor, filled === 0 && column.whenFilled ? 0 : (column.minWidth ?? 0), filled);
    const wish = column.growsFrom ?? smallestGrowing(available);
    const cap = column.grows ? wish : Math.max(column.maxWidth, header);
    const most = Math.min(Math.max(needed, widest[at] ?? 0), cap);
    if (filled > 0) widest[at] = most;
    if (column.width !== undefined && needed > 0) return { at, column, width: column.width };
    if (!column.grows) return { at, column, width: most };
    return { at, column, width: column.asText ? Math.max(most, leastAsText) : wish };
  });
  const wanted = measured.filter(({ width }) => width > 0);
  // A column in which nothing has stood yet leaves before one that says something.
  const isEmpty = (at: number) => rows.length > 0 && widest[at] === undefined;
  const away = Math.min(skip, Math.max(0, wanted.filter(({ column }) => !column.frozen).length - 1));
  const choose = (from: readonly Measured[], cells: number) =>
    away > 0 ? inOrder(from, away, cells) : fitted(from, cells, isEmpty);
  const chosenIn = (cells: number) =>
    withMark(choose(wanted, cells), cells) ?? choose(wanted.map(marked), cells);
  const first = chosenIn(available);
  // A column that grows has a header that is shorter than the column.
  const hasRoom = first.at(-1)?.column.grows === true || available - totalOf(first) >= saidCells;
  const isCrowded = said && !hasRoom && first.length + away < wanted.length;
  const cells = isCrowded ? available - saidCells : available;
  const chosen = isCrowded ? chosenIn(cells) : first;
  // Below zero where the columns that never leave ask for more than there is: the last of them get less.
  const rest = cells - totalOf(chosen);
  let left = cells;
  const layout = chosen.map(({ at, column, width }) => {
    const drawn = Math.max(0, Math.min(column.grows ? width + rest : width, left));
    left -= drawn + gap;
    return { at, width: drawn };
  });
  return { layout, outOfSight: { left: away, right: wanted.length - chosen.length - away } };
}

/** A blank, "+12" and the mark for more. */
const saidCells = 6;

/** The cells of a column with room for its header and the mark of the order; a width that was set has none to spare. */
const headedWidth = ({ column, width: own }: Measured) =>
  column.width === undefined ? Math.max(own, width(column.header)) : own;

type Measured = { readonly at: number; readonly column: DrawnColumn; readonly width: number };

const totalOf = (columns: readonly Measured[]) => columns.reduce((sum, { width }) => sum + width + gap, -gap);

/** The columns that have room, the more important of them: the others have left. */
function fitted(
  wanted: readonly Measured[],
  available: number,
  isEmpty: (at: number) => boolean,
): readonly Measured[] {
  let chosen = wanted;
  const priority = ({ at, column }: Measured) =>
    column.priority + (isEmpty(at) && !column.grows && column.priority > 0 ? 100 : 0);
  while (totalOf(chosen) > available) {
    const over = totalOf(chosen) - available;
    const leaves = chosen.reduce((worst, one) => (priority(one) >= priority(worst) ? one : worst));
    if (leaves.column.priority === 0) break;
    // Before one of the most important leaves, the growing one takes less than it would like to.
    const growing = chosen.find(({ column }) => column.grows);
    const least = growing?.column.asText ? leastAsText : smallestGrowing(available);
    const spare = growing ? growing.width - least : 0;
    const isImportant = priority(leaves) < (growing?.column.asText ? important : 1);
    if (growing && spare > 0 && isImportant) {
      const less = { ...growing, width: growing.width - Math.min(spare, over) };
      chosen = chosen.map((one) => (one === growing ? less : one));
      continue;
    }
    const cut = leaves.width - over;
    const isCut = leaves.column.priority <= 1 && leaves.column.align === "left" && cut >= leastOfText;
    chosen = isCut
      ? chosen.map((one) => (one === leaves ? { ...one, width: cut } : one))
      : chosen.filter((one) => one !== leaves);
  }
  return withSmaller(chosen, wanted, available, priority);
}

/** A wide column may have left more room than another one needs that left before it. */
function withSmaller(
  chosen: readonly Measured[],
  wanted: readonly Measured[],
  available: number,
  priority: (one: Measured) => number,
): readonly Measured[] {
  const growing = chosen.find(({ column }) => column.grows && column.asText);
  const ats = new Set(chosen.map(({ at }) => at));
  let free = growing ? available - totalOf(chosen) + growing.width - leastAsText : 0;
  for (const one of wanted.toSorted((a, b) => priority(a) - priority(b))) {
    if (ats.has(one.at) || priority(one) >= important || one.width + gap > free) continue;
    ats.add(one.at);
    free -= one.width + gap;
  }
  if (!growing || ats.size === chosen.length) return chosen;
  const all = wanted.flatMap((one) =>
    ats.has(one.at) ? (chosen.find(({ at }) => at === one.at) ?? one) : [],
  );
  const over = Math.max(0, totalOf(all) - available);
  return all.map((one) => (one.at === growing.at ? { ...one, width: growing.width - over } : one));
}

/** With room for its mark, what the rows are ordered by is the last that leaves. */
function marked(one: Measured): Measured {
  const { column } = one;
  if (!column.sorted) return one;
  const priority = Math.min(column.priority, 0.5);
  return { ...one, column: { ...column, priority }, width: headedWidth(one) };
}

/** The same columns with room for the mark, so that ordering moves none; null where there is none. */
function withMark(chosen: readonly Measured[], available: number): readonly Measured[] | null {
  const sorted = chosen.find(({ column }) => column.sorted);
  if (!sorted) return null;
  const more = headedWidth(sorted) - sorted.width;
  const missing = Math.max(0, totalOf(chosen) + more - available);
  const growing = chosen.find(({ column }) => column.grows);
  if (missing > 0 && !growing) return null;
  return chosen.map((one) => {
    if (one === sorted) return { ...one, width: one.width + more };
    return one === growing ? { ...one, width: one.width - missing } : one;
  });
}

/**
 * Scrolled sideways, columns stand in their order from the first that is not scrolled away, as many as have room: with
 * those of importance alone a press could scroll away a column that was not there.
 */
function inOrder(wanted: readonly Measured[], away: number, available: number): readonly Measured[] {
  const staying = narrowed(
    wanted.filter(({ column }) => column.frozen),
    available,
  );
  const [first, ...others] = wanted.filter(({ column }) => !column.frozen).slice(away);
  if (!first) return staying;
  const chosen = [...staying, first];
  let used = chosen.reduce((sum, { width }) => sum + width + gap, 0);
  for (const one of others) {
    const least = one.column.grows ? leastOfText : one.width;
    if (used + least > available) break;
    // What grows takes what is left in the end.
    chosen.push(one.column.grows ? { ...one, width: Math.min(one.width, available - used) } : one);
    used += (one.column.grows ? Math.min(one.width, available - used) : one.width) + gap;
  }
  return chosen;
}

/** Columns that stay leave a third of the line to the others: the widest texts of theirs are cut. */
function narrowed(staying: readonly Measured[], available: number): readonly Measured[] {
  const cutTo = (cells: number) =>
    staying.map((one) => (one.column.align === "left" ? { ...one, width: Math.min(one.width, cells) } : one));
  let cells = Math.max(leastOfText, ...staying.map((one) => one.width));
  while (cells > leastOfText && totalOf(cutTo(cells)) > (available * 2) / 3) cells -= 1;
  return cutTo(cells);
}

/** The rows that fit on screen with the cursor among them, starting as near to `top` as possible. */
export function windowStart(top: number, cursor: number, total: number, height: number): number {
  const lowest = Math.max(0, total - height);
  return Math.max(0, Math.min(Math.max(top, cursor - height + 1), cursor, lowest));
}
