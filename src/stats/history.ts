/**
 * The last values of one figure, oldest first, one a beat; null is a beat without an answer.
 * Immutable, so that a component redraws only when it changed: copying 120 values takes a quarter of a
 * microsecond, which for 20 nodes with 4 series each is nothing beside one query.
 */
export type Series = readonly (number | null)[];

/** The series with one more value, cut to its last `length`. What is not a finite number is a gap. */
export function append(series: Series, value: number | null, length: number): Series {
  const next = series.slice(Math.max(0, series.length - length + 1));
  next.push(value !== null && Number.isFinite(value) ? value : null);
  return next;
}

/** The highest value of each stretch of time, oldest first; the last stretch goes on until `endsAtMs`. */
export type Chart = { readonly endsAtMs: number; readonly values: Series };

export const noChart: Chart = { endsAtMs: 0, values: [] };

/** What the numbers of a row were over the last quarter of an hour: their names, and their values in the same order. */
export type LineHistory = {
  readonly names: readonly string[];
  /** The moment of its newest answer, and for how long that stands for what comes after: monotonic milliseconds. */
  readonly atMs: number;
  readonly holdMs: number;
  readonly now: Series;
  /** The highest of the stretch of time that goes on until `endsAtMs`, and of those before it, the oldest first. */
  readonly highest: Series;
  readonly endsAtMs: number;
  readonly before: readonly Series[];
};

/** By the key of the line. Rows are remembered while somebody looks at their view, nodes all the time. */
export type RowHistory = { readonly fleetAtMs: number; readonly lines: ReadonlyMap<string, LineHistory> };

export const noRowHistory: RowHistory = { fleetAtMs: Number.NEGATIVE_INFINITY, lines: new Map() };

/** A quarter of an hour in stretches that fit on a line of 100 cells. */
export const stretchMs = 10_000;
export const chartStretches = 90;
export const chartMinutes = (stretchMs * chartStretches) / 60_000;

/** The chart with one more value, of the moment `nowMs` of the monotonic clock. Stretches without a value are gaps. */
export function charted({ endsAtMs, values }: Chart, value: number | null, nowMs: number): Chart {
  if (nowMs < endsAtMs) {
    const last = values.at(-1) ?? null;
    const highest = value === null || last === null ? (value ?? last) : Math.max(value, last);
    return highest === last ? { endsAtMs, values } : { endsAtMs, values: [...values.slice(0, -1), highest] };
  }
  const isFirst = values.length === 0;
  const missed = isFirst ? 0 : Math.min(chartStretches, Math.floor((nowMs - endsAtMs) / stretchMs));
  const gaps = Array.from({ length: missed }, () => null);
  const next = [...values, ...gaps].slice(1 - chartStretches);
  return {
    endsAtMs: (isFirst ? nowMs : endsAtMs + missed * stretchMs) + stretchMs,
    values: append(next, value, chartStretches),
  };
}

/**
 * The values as columns over several lines, the top line first; blank where there is no value. The highest column is the
 * highest value or `floor`, whichever is more.
 */
export function columnLines(
  values: Series,
  lines: number,
  { floor, ascii }: { readonly floor: number; readonly ascii: boolean },
): string[] {
  const top = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), floor);
  const steps = ascii ? ".:" : blocks;
  const heights = values.map((value) =>
    value === null ? null : Math.max(1, Math.round((Math.max(0, value) / top) * lines * steps.length)),
  );
  return Array.from({ length: lines }, (_, at) => {
    const below = (lines - 1 - at) * steps.length;
    const cells = heights.map((height) => {
      const rest = (height ?? 0) - below;
      return rest <= 0 ? " " : steps.charAt(Math.min(rest, steps.length) - 1);
    });
    return cells.join("");
  });
}

const blocks = "▁▂▃▄▅▆▇█";
const asciiLevels = ".:-=+*#";

/**
 * The last `cells` values as bars, newest on the right, blank where there is no value. The tallest bar is the
 * highest value shown or `floor`, whichever is more: a floor keeps a quiet series from looking like a storm.
 */
export function sparkline(
  series: Series,
  cells: number,
  { floor = 0, ascii = false }: { readonly floor?: number; readonly ascii?: boolean } = {},
): string {
  if (cells <= 0) return "";
  const shown = series.slice(-cells);
  const levels = ascii ? asciiLevels : blocks;
  const top = shown.reduce<number>((highest, value) => Math.max(highest, value ?? 0), floor);
  const bars = shown.map((value) => (value === null ? " " : bar(value, top, levels)));
  return bars.join("").padStart(cells);
}

function bar(value: number, top: number, levels: string): string {
  const level = value <= 0 ? 0 : Math.round((value / top) * (levels.length - 1));
  return levels.charAt(level);
}
