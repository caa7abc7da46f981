import { type Series, sparkline } from "../../stats/history.ts";
import { printAge } from "../../text/pretty.ts";
import { repeated, type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { type Cell, type DrawnColumn, leftColumn as left } from "../drawing/layout.ts";
import type { Theme } from "../drawing/theme.ts";

export const sparkCells = 8;
/** Idle servers show a flat line instead of the noise of our own polls. */
const sparkFloor = 20;
const gaugeCells = 8;

const right = (header: string, priority: number, minWidth: number, maxWidth = 12): DrawnColumn => ({
  ...left(header, priority, minWidth, maxWidth),
  align: "right",
});

/** The columns of the fleet screen with the names of their cells. Widths hold what a busy day needs. */
const named = {
  sign: { ...left(" ", 0, 1), sign: true, frozen: true },
  name: { ...left("NODE", 0, 4, 28), frozen: true },
  // Nothing where no node is a production one. It never leaves.
  production: { ...left("", 0, 0), frozen: true },
  role: left("ROLE", 1, 8),
  version: left("VER", 7, 5, 6),
  uptime: right("UP", 8, 5, 8),
  tls: left("TLS", 11, 5, 6),
  gauge: left("", 10, gaugeCells),
  connections: right("CONNS", 3, 8),
  active: right("ACT", 4, 3),
  blocked: right("WAIT", 4, 4),
  transactions: right("TX/s", 3, 4),
  spark: left("", 6, sparkCells),
  hit_ratio: right("HIT%", 9, 5),
  lag_seconds: right("LAG", 1, 5),
  lag_bytes: right("", 6, 7),
  oldest_transaction: right("OLDEST TX", 5, 6),
  issue: { ...left("ISSUE", 0, 20), grows: true },
} as const satisfies Record<string, DrawnColumn>;

/** A line of the fleet screen by column. */
export type FleetCells = Readonly<Record<keyof typeof named, Cell>>;

/** From this width on a production node is marked by a word, below it by a letter. */
const roomyWidth = 100;

/** The columns for a screen of this width, with a mark at the one that the fleet is sorted by, which stays. */
export function fleetColumns(
  sortBy: string | null,
  { glyphs }: Theme,
  width: number,
): readonly DrawnColumn[] {
  const name = sortBy?.replace(/^-/, "");
  const mark = sortBy?.startsWith("-") ? glyphs.falling : glyphs.rising;
  const production = { ...named.production, maxWidth: width < roomyWidth ? 1 : 4 };
  return Object.entries({ ...named, production }).map(([key, column]) =>
    key === name ? { ...column, header: safe`${column.header} ${mark}`, sorted: true } : column,
  );
}

/** Says that a mistake on this line is expensive, where colours say nothing too. */
export function productionCell(isProduction: boolean): Cell {
  return isProduction ? { text: safe`prod`, shorter: [safe`P`], meaning: "production" } : { text: safe`` };
}

const names = Object.keys(named).filter((name): name is keyof typeof named => name in named);

/** The cells in the order of {@link fleetColumns}. */
export function inOrder(cells: FleetCells): Cell[] {
  return names.map((name) => cells[name]);
}

/** The last eight values as bars, a little lower than the line: a steady rate is no block that touches the next. */
export function spark(series: Series, theme: Theme): SafeText {
  const highest = Math.max(0, ...series.slice(-sparkCells).map((value) => value ?? 0));
  const floor = Math.max(sparkFloor, 1.2 * highest);
  return safeText(sparkline(series, sparkCells, { floor, ascii: theme.ascii }));
}

/** How full: eight cells of connections against the slots that ordinary roles can take. */
export function gauge(value: number | null, max: number | null, { glyphs }: Theme): SafeText {
  if (value === null || !max) return safe``;
  const full = Math.min(gaugeCells, Math.ceil((gaugeCells * value) / max));
  return safe`${repeated(glyphs.full, full)}${repeated(glyphs.empty, gaugeCells - full)}`;
}

/** Replay lag in time, with ">" where the truth may be more; null is unknown. */
export function lagTime(lag: { readonly seconds: number | null; readonly atLeast: boolean } | null) {
  if (lag === null || lag.seconds === null) return null;
  return safe`${lag.atLeast ? ">" : ""}${printAge(lag.seconds)}`;
}
