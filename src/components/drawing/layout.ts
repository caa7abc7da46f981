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
  /** Takes the width that is left. At most one. */
  readonly grows?: boolean;
  /** What a growing column gets before others have to leave; about a quarter of the line if not given. */
  readonly growsFrom?: number;
  /** A state's glyph: keeps its own look in a row that is selected or dimmed. */
  readonly sign?: boolean;
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

const gap = 1;

/** Text of the first importance is cut down to this before it leaves. */
const leastOfText = 12;

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
  { skip = 0, widest = [] }: { readonly skip?: number; readonly widest?: number[] } = {},
): Layout {
  const measured = columns.map((column, at) => {
    if (column.grows) return { at, column, width: column.growsFrom ?? smallestGrowing(available) };
    const filled = Math.max(0, ...rows.map((row) => width(row[at]?.text ?? "")));
    const needed = Math.max(width(column.header), column.minWidth ?? 0, widest[at] ?? 0, filled);
    const most = Math.min(needed, Math.max(column.maxWidth, width(column.header)));
    if (filled > 0) widest[at] = most;
    return { at, column, width: most };
  });
  const wanted = measured.filter(({ width }) => width > 0);
  const frozen = wanted.filter(({ column }) => column.priority === 0 && !column.grows).length;
  let chosen = skip > 0 ? inOrder(wanted, { frozen, skip, available }) : wanted;
  // A column in which nothing has stood yet leaves before one that says something.
  const isEmpty = (at: number) => rows.length > 0 && widest[at] === undefined;
  const priority = ({ at, column }: (typeof wanted)[number]) =>
    column.priority + (isEmpty(at) && !column.grows && column.priority > 0 ? 100 : 0);
  const total = () => chosen.reduce((sum, { width }) => sum + width + gap, -gap);
  while (total() > available) {
    const leaves = chosen.reduce((worst, one) => (priority(one) >= priority(worst) ? one : worst));
    if (leaves.column.priority === 0) break;
    // Before one of the most important leaves, the growing one takes less than it would like to.
    const growing = chosen.find(({ column }) => column.grows);
    const spare = growing ? growing.width - smallestGrowing(available) : 0;
    if (growing && spare > 0 && priority(leaves) < 1) {
      const less = { ...growing, width: growing.width - Math.min(spare, total() - available) };
      chosen = chosen.map((one) => (one === growing ? less : one));
      continue;
    }
    const cut = leaves.width - (total() - available);
    const isCut = leaves.column.priority <= 1 && leaves.column.align === "left" && cut >= leastOfText;
    chosen = isCut
      ? chosen.map((one) => (one === leaves ? { ...one, width: cut } : one))
      : chosen.filter((one) => one !== leaves);
  }
  // Below zero where the columns that never leave ask for more than there is: the last of them get less.
  const rest = available - total();
  let left = available;
  return chosen.map(({ at, column, width }) => {
    const drawn = Math.max(0, Math.min(column.grows ? width + rest : width, left));
    left -= drawn + gap;
    return { at, width: drawn };
  });
}

/**
 * Scrolled sideways, columns stand in their order from the first that is not scrolled away, as many as have room: with
 * those of importance alone a press could scroll away a column that was not there.
 */
function inOrder<T extends { readonly column: DrawnColumn; readonly width: number }>(
  wanted: readonly T[],
  { frozen, skip, available }: { readonly frozen: number; readonly skip: number; readonly available: number },
): readonly T[] {
  const staying = wanted.slice(0, frozen);
  const [first, ...others] = wanted.slice(frozen + skip);
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

/** The rows that fit on screen with the cursor among them, starting as near to `top` as possible. */
export function windowStart(top: number, cursor: number, total: number, height: number): number {
  const lowest = Math.max(0, total - height);
  return Math.max(0, Math.min(Math.max(top, cursor - height + 1), cursor, lowest));
}
