import {
  chartStretches,
  type LineHistory,
  type RowHistory,
  type Series,
  stretchMs,
} from "../../stats/history.ts";
import { viewNamed } from "../../views/all.ts";
import { fleet } from "../../views/server/fleet.ts";
import { neededBy, type Row, type View } from "../../views/view.ts";
import { currentSpot, placeIf } from "../screen.ts";
import { nodeOrder } from "../selectors.ts";
import type { State } from "../store.ts";
import { currentTable, linesOf, type TableLine } from "../table.ts";
import { figuresOf } from "./figures.ts";

/** Rows around the cursor of which numbers are remembered, and rows of all views together: some 5 MB. */
const mostOnScreen = 100;
const mostLines = 500;
const fleetEveryMs = 5000;
/** An answer stands for so many times the time until the next one is due. */
const mayMiss = 2.5;

/** What is remembered after a round: with the newest numbers of the rows on screen, and of every node and cluster. */
export function withRowHistory(state: State): RowHistory {
  const { observed } = state;
  const { history: before } = observed;
  const isFleetDue = observed.nowMs - before.fleetAtMs >= fleetEveryMs;
  const seen = linesSeen({ ...state, frozen: null });
  const nodes = isFleetDue ? linesOf(fleet, observed, nodeOrder(state)) : [];
  if (seen.length === 0 && nodes.length === 0) return before;
  const lines = new Map(before.lines);
  for (const { key, id, row, ageMs } of [...seen, ...nodes]) {
    const view = viewNamed(id.view);
    const last = lines.get(key);
    const atMs = observed.nowMs - ageMs;
    if (!view || (last && last.atMs >= atMs)) continue;
    // The newest stand last.
    lines.delete(key);
    lines.set(key, withNow(view, row, last, { atMs, holdMs: holdOf(state, view, id.node) }));
  }
  const oldestMs = observed.nowMs - chartStretches * stretchMs;
  for (const [key, { atMs }] of lines) {
    if (lines.size <= mostLines && atMs >= oldestMs) break;
    lines.delete(key);
  }
  return { lines, fleetAtMs: isFleetDue ? observed.nowMs : before.fleetAtMs };
}

/** The history of a row with the numbers of this moment: what goes on is copied, what is over is shared. */
function withNow(
  view: View,
  row: Row,
  last: LineHistory | undefined,
  { atMs, holdMs }: Pick<LineHistory, "atMs" | "holdMs">,
): LineHistory {
  const names = figuresOf(view);
  const now = names.map((name) => numberIn(row[name]));
  const plain = { names, atMs, holdMs, now };
  if (!last) return { ...plain, highest: now, endsAtMs: atMs + stretchMs, before: [] };
  const { before, endsAtMs } = last;
  if (atMs < endsAtMs)
    return { ...plain, highest: now.map((value, at) => higher(value, last.highest[at])), endsAtMs, before };
  const isHeld = atMs - last.atMs <= last.holdMs;
  // A rate is of the time since the answer before, a level is what it was until another one is seen.
  const between = names.map((name, at) => {
    if (!isHeld) return null;
    return (view.columns[name]?.kind === "perSecond" ? now[at] : last.now[at]) ?? null;
  });
  const missed = Math.floor((atMs - endsAtMs) / stretchMs);
  const filled = Array.from({ length: Math.min(missed, chartStretches) }, () => between);
  return {
    ...{ ...plain, highest: now, endsAtMs: endsAtMs + (missed + 1) * stretchMs },
    before: [...before, last.highest, ...filled].slice(1 - chartStretches),
  };
}

function higher(one: number | null, other: number | null | undefined): number | null {
  return one === null || other == null ? (one ?? other ?? null) : Math.max(one, other);
}

function numberIn(value: unknown): number | null {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
}

function holdOf({ screen, observed }: State, view: View, node: string): number {
  const due = neededBy(view).map(({ name, everyMs = 0 }) =>
    Math.max(everyMs, observed.paces[name]?.[node]?.everyMs ?? 0),
  );
  // The pulse, which the fleet is of, is asked as ever.
  const slowed = view === fleet ? 1 : (observed.nodes[node]?.stress?.slower ?? 1);
  return mayMiss * Math.max(slowed * screen.refreshMs, fleetEveryMs, ...due);
}

/** The rows that somebody looks at: those around the cursor and marked ones, or the one that a page is about. */
function linesSeen(state: State): readonly TableLine[] {
  const spot = currentSpot(state.screen);
  const row = placeIf(state.screen, "row");
  const chart = placeIf(state.screen, "chart") ?? (row && { ...row, keys: [row.key], nodes: [row.node] });
  const view = chart && viewNamed(chart.view);
  if (view && view !== fleet)
    return linesOf(view, state.observed, chart.nodes).filter(({ key }) => chart.keys.includes(key));
  if (!placeIf(state.screen, "view")) return [];
  const table = currentTable(state);
  const lines = table?.lines ?? [];
  const from = Math.max(0, Math.min(spot.top - mostOnScreen / 4, lines.length - mostOnScreen));
  const near = lines.slice(from, from + mostOnScreen);
  const marked = spot.marks.size === 0 ? [] : lines.filter(({ key }) => spot.marks.has(key));
  const chosen = [...new Set([...near, ...marked])];
  const own = table && table.comparison !== "rate" ? viewNamed(table.view.name) : undefined;
  if (!own) return chosen;
  // What came to a counter since a mark, or in all, is drawn in the table and is no rate.
  const wanted = new Set(chosen.map(({ key }) => key));
  const nodes = [...new Set(chosen.map(({ id }) => id.node))];
  return linesOf(own, state.observed, nodes).filter(({ key }) => wanted.has(key));
}

/** The values of a figure up to now, one a stretch; null where it is not known. */
export function seriesOf(line: LineHistory | undefined, name: string, nowMs: number): Series {
  const unknown = (count: number) => Array.from({ length: Math.max(0, count) }, () => null);
  const at = line?.names.indexOf(name) ?? -1;
  if (!line || at < 0) return unknown(chartStretches);
  const values = [...line.before, line.highest].map((all) => all[at] ?? null);
  const missed = Math.min(chartStretches, Math.max(0, Math.ceil((nowMs - line.endsAtMs) / stretchMs)));
  const now = figureNow(line, name, nowMs);
  const all = [...values, ...Array.from({ length: missed }, () => now)].slice(-chartStretches);
  return [...unknown(chartStretches - all.length), ...all];
}

/** What a figure is now; null where that is not known. */
export function figureNow(line: LineHistory | undefined, name: string, nowMs: number): number | null {
  return line && nowMs - line.atMs <= line.holdMs ? (line.now[line.names.indexOf(name)] ?? null) : null;
}
