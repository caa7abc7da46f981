import { width as cellsOf } from "../../text/cells.ts";
import { printValue } from "../../views/cells.ts";
import { type AnyColumn, isUsual, type Row, type View } from "../../views/view.ts";
import { figuresOf } from "./figures.ts";

/** How the user wants to see a view; what is not said is as the view has it. */
export type ViewLook = {
  /** Columns from left to right. One that is not among them stands behind the one that it follows in the view. */
  readonly order?: readonly string[];
  /** Columns that are shown or hidden other than the view has it. */
  readonly shown?: Readonly<Record<string, boolean>>;
  /** So many cells, whatever stands in them; of a column that takes what is left, so many at least. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Numbers that are drawn with their course, other than the view has it. */
  readonly sparks?: Readonly<Record<string, boolean>>;
  readonly sortBy?: string;
  /** The filter that was kept last: it is offered, and hides nothing by itself. */
  readonly filter?: string;
};

/** By the name of the view. */
export type Looks = Readonly<Record<string, ViewLook>>;

/** Cells that a column may be made to take. */
const narrowest = 4;
const widest = 200;
/** What a column takes at most that does not say it. */
const usualWidth = 12;
/** A column that was asked for leaves as late as the most important ones where there is no room. */
const askedFor = 1;

const looked = new WeakMap<View, { readonly look: ViewLook; readonly view: View }>();

/** The view with its columns, and its order of rows, as the user wants them. What it does not have any more is left out. */
export function withLook(view: View, look: ViewLook): View {
  const known = looked.get(view);
  if (known?.look === look) return known.view;
  const columns = Object.fromEntries(
    orderOf(view, look).flatMap((name) => {
      const column = view.columns[name];
      if (!column) return [];
      const seen = withWidth(withShown(column, look.shown?.[name]), look.widths?.[name]);
      const spark = look.sparks?.[name];
      return [[name, spark === undefined ? seen : { ...seen, spark }]];
    }),
  );
  const sortBy = look.sortBy && view.columns[look.sortBy.replace(/^-/, "")] ? look.sortBy : view.sortBy;
  const found = { ...view, columns, sortBy };
  looked.set(view, { look, view: found });
  return found;
}

/** Every column of the view from left to right, hidden ones among them. */
export function orderOf({ columns }: View, { order = [] }: ViewLook): readonly string[] {
  const names = Object.keys(columns);
  const placed = [...new Set(order)].filter((name) => Object.hasOwn(columns, name));
  if (placed.length === 0) return names;
  const known = new Set(placed);
  names.forEach((name, at) => {
    if (known.has(name)) return;
    const before = names.slice(0, at).findLast((one) => placed.includes(one));
    placed.splice(before === undefined ? 0 : placed.indexOf(before) + 1, 0, name);
  });
  return placed;
}

/** Whether a column is among those that are drawn, all the time or while it has something to say. */
export const isShown = ({ hidden, usual }: AnyColumn): boolean => !hidden || usual !== undefined;

/** Whether a column takes what is left, instead of what stands in it. */
const grows = ({ growsFrom, kind }: AnyColumn) => growsFrom !== undefined || kind === "query";

/** The lines of a table. */
type Lines = readonly { readonly row: Row }[];

/** Of more lines than so many the first are measured. */
const mostMeasured = 300;

/** The cells that a column takes: as the user set it, else as what stands in it; `null` is what the others leave. */
export function widthIn({ view, lines }: { readonly view: View; readonly lines: Lines }, name: string) {
  const column = view.columns[name];
  if (!column || grows(column)) return column?.growsFrom ?? null;
  if (column.width !== undefined) return column.width;
  const own = Math.max(cellsOf(column.header), column.kind === "seconds" ? secondsWidth : 0);
  const texts = lines
    .slice(0, mostMeasured)
    .map(({ row }) => (isUsual(column, row[name]) ? 0 : cellsOf(printValue(view, name, row))));
  return Math.max(own, Math.min(Math.max(0, ...texts), column.maxWidth ?? usualWidth));
}

/** Cells that a duration takes at least. */
const secondsWidth = 7;

function withShown(column: AnyColumn, shown: boolean | undefined): AnyColumn {
  if (shown === undefined || column.internal) return column;
  const { usual: _, ...others } = column;
  if (!shown) return { ...others, hidden: true };
  return { ...column, hidden: false, priority: Math.min(column.priority ?? 5, askedFor) };
}

function withWidth(column: AnyColumn, width: number | undefined): AnyColumn {
  if (width === undefined || !Number.isFinite(width)) return column;
  const cells = Math.max(narrowest, Math.min(Math.round(width), widest));
  if (grows(column)) return { ...column, growsFrom: cells };
  return { ...column, width: cells, maxWidth: cells, priority: Math.min(column.priority ?? 5, askedFor) };
}

/** The columns that a user chooses from, in their order, as they are looked at. */
export function choosable(view: View, look: ViewLook): readonly (readonly [string, AnyColumn])[] {
  const { columns } = withLook(view, look);
  return Object.entries<AnyColumn>(columns).filter(([, { internal }]) => !internal);
}

/** A column shown that was hidden, or hidden that was shown. */
export function toggled(view: View, look: ViewLook, name: string): ViewLook {
  const [own, now] = [view.columns[name], withLook(view, look).columns[name]];
  if (!own || !now) return look;
  const { [name]: _, ...others } = look.shown ?? {};
  const isNow = !isShown(now);
  return said(look, "shown", isNow === isShown(own) ? others : { ...others, [name]: isNow });
}

/** A number with its course behind it, or without; null for what is no number. */
export function sparked(view: View, look: ViewLook, name: string): ViewLook | null {
  if (!figuresOf(view).includes(name)) return null;
  const [own, now] = [view.columns[name]?.spark ?? false, withLook(view, look).columns[name]?.spark ?? false];
  const { [name]: _, ...others } = look.sparks ?? {};
  return said(look, "sparks", now === own ? { ...others, [name]: !now } : others);
}

/** A column so many places further to the right, or to the left. */
export function moved(view: View, look: ViewLook, name: string, distance: number): ViewLook {
  const names = choosable(view, look).map(([one]) => one);
  const other = names[names.indexOf(name) + distance];
  if (other === undefined) return look;
  const order = names.filter((one) => one !== name);
  order.splice(order.indexOf(other) + (distance > 0 ? 1 : 0), 0, name);
  const isOwn = choosable(view, {}).every(([one], at) => order[at] === one);
  return said(look, "order", isOwn ? [] : order);
}

/**
 * A column wider or narrower by some cells than it is among these lines. Where it is as wide then as what stands in it, or
 * as the view has it, no width is said of it any more.
 */
export function widened(view: View, look: ViewLook, name: string, cells: number, lines: Lines): ViewLook {
  if (!view.columns[name]) return look;
  const now = widthIn({ view: withLook(view, look), lines }, name);
  const width = Math.max(narrowest, Math.min((now ?? queryWidth) + cells, widest));
  const { [name]: _, ...others } = look.widths ?? {};
  const isOwn = width === widthIn({ view, lines }, name);
  return said(look, "widths", isOwn ? others : { ...others, [name]: width });
}

/** From where a statement is widened: about what it takes on a wide terminal before others leave. */
const queryWidth = 40;

/** The look with one thing more said, or no more where that is nothing. */
function said<K extends keyof ViewLook>(look: ViewLook, what: K, value: NonNullable<ViewLook[K]>): ViewLook {
  const { [what]: _, ...others } = look;
  return Object.keys(value).length === 0 ? others : { ...others, [what]: value };
}
