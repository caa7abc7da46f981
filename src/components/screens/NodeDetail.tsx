import { isUp } from "../../stats/health.ts";
import { chartMinutes, chartStretches, columnLines, type Series, sparkline } from "../../stats/history.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { panelTable } from "../../store/panels.ts";
import type { PlaceOf } from "../../store/screen.ts";
import { nodePanels } from "../../store/screens/node.ts";
import { nodeNotes, shown } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { printAge, printElapsed, printRate, printTenths } from "../../text/pretty.ts";
import { padStart, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { factLines } from "../drawing/fact-lines.ts";
import { issueOf, stateLooks } from "../drawing/node-state.ts";
import { panelHeights, type Wants } from "../drawing/panel-heights.ts";
import { useSteadyWidthsOf } from "../drawing/steady-widths.ts";
import type { Theme } from "../drawing/theme.ts";
import { factsOf, sessionsOf } from "./node-facts.ts";
import { type Panel, panelLines, panelWants } from "./panel.ts";
import { emptyNote, oldAfterMs } from "./table-notes.ts";

/** One node: what it is and how the last minutes went, what is wrong, what goes on and what happened. */
export function NodeDetail({ place, ...props }: BodyProps & { readonly place: PlaceOf<"node"> }) {
  const { state, theme, width, height } = props;
  const { nodes, nowMs } = shown(state);
  const node = nodes[place.node];
  const widest = useSteadyWidthsOf(place.node);
  if (!node) return <props.Lines {...props} lines={[safe`  this node is gone; Esc goes back`]} />;
  const panels = panelsOf(state, node);
  const wants = panels.map(panelWants);
  const head = [headOf(node, nowMs, theme), ...troubles(node, nowMs, width, theme)];
  const about = factLines(sessionsOf(node, nowMs, theme), factsOf(node, theme), width, theme);
  // Facts make way for the worst alerts.
  const kept = wants[0]?.least ?? 0;
  const facts = [...head, ...(height < roomy ? [] : [safe``]), ...about].slice(0, height - kept);
  const hasRoom = height - facts.length >= roomForChart;
  const history = [...trends(node, width, theme), ...(hasRoom ? lagChart(node, width, theme) : [])];
  const [ofHistory = 0, ...ofPanels] = shares(height - facts.length, history.length, wants);
  const lines = [
    ...facts,
    ...(ofHistory > 0 ? [safe``, ...history] : []),
    ...panels.flatMap((panel, at) =>
      panelLines(panel, { height: ofPanels[at] ?? 0, width, theme, widest: widest(panel.table.view.name) }),
    ),
  ];
  return <props.Lines {...props} lines={lines} />;
}

/** So many lines have room for an empty one. */
const roomy = 26;

/** So many lines below the facts have room for a chart beside the panels. */
const roomForChart = 30;

/** Lines for the trends, and for each panel: what goes on comes before how it went, and that before what happened. */
function shares(room: number, trendLines: number, panels: readonly Wants[]): number[] {
  const history = trendLines > 0 ? trendLines + 1 : 0;
  const inOrder = [...panels.slice(0, -1), { least: history, most: history }, ...panels.slice(-1)];
  const heights = panelHeights(room, inOrder);
  const [ofHistory = 0] = heights.splice(-2, 1);
  return [ofHistory, ...heights];
}

/** The first lines of the views that tell what goes on and went on there. */
function panelsOf(state: State, node: NodeEntry): Panel[] {
  return nodePanels.map(({ view, least }) => {
    const table = panelTable(state, view, [node.name]);
    // Why a node that is down says nothing stands at the top.
    const isSilent = view.kind === "concluded" || !isUp(node.health);
    const [missing] = table.missing;
    return {
      title: safeText(view.title),
      table,
      least,
      named: false,
      empty: isSilent ? null : missing ? safeText(missing.why, 100) : emptyNote(table, state),
      oldAfterMs: oldAfterMs(state, view),
    };
  });
}

function headOf(node: NodeEntry, nowMs: number, theme: Theme): SafeText {
  const { glyph, word, meaning } = stateLooks(node);
  const since = printElapsed((nowMs - node.health.sinceMs) / 1000);
  const sign = theme.paint(meaning, safe`${theme.glyphs[glyph]} ${word}`);
  const name = safeName(node.name, 60, theme.glyphs.ellipsis);
  const painted = node.colour ? theme.tag(node.colour, name) : theme.paint("strong", name);
  const production = node.production ? safe`  ${theme.paint("production", safe`production`)}` : safe``;
  return safe` ${sign}  ${painted}${production}  ${safeName(node.address, 80, theme.glyphs.ellipsis)}  ${theme.paint("muted", safe`${node.health.state} for ${since}`)}`;
}

/** Why it is not reached and what to do about it; or what is unknown of a node that answers. */
function troubles(node: NodeEntry, nowMs: number, width: number, theme: Theme): SafeText[] {
  const { meaning } = stateLooks(node);
  const { health } = node;
  if (!isUp(health) || health.state === "stale") {
    const [issue] = issueOf(node, nowMs, theme.glyphs);
    const advice = health.error?.hint && safeText(health.error.hint, 400, theme.glyphs.ellipsis);
    // A right that is missing stands in the reason.
    const hint = advice && issue?.includes(advice) ? null : advice;
    // What to do is in the end of both.
    const lines = (text: SafeText) => wrapped(text, width - 4);
    return [
      ...(issue ? lines(issue).map((line) => safe`   ${theme.paint(meaning, line)}`) : []),
      ...(hint ? lines(hint).map((line) => safe`   ${theme.paint("muted", line)}`) : []),
    ];
  }
  const unknown = node.unknowns.flatMap(({ kind, reason }) =>
    wrapped(safe`unknown   ${safeText(reason, 400, theme.glyphs.ellipsis)}`, width - 4).map(
      (line) => safe`   ${theme.paint(kind === "receiver" ? "warning" : "muted", line)}`,
    ),
  );
  const notes = nodeNotes(node).flatMap((note) =>
    wrapped(safe`note      ${safeText(note, 400, theme.glyphs.ellipsis)}`, width - 4).map(
      (line) => safe`   ${theme.paint("warning", line)}`,
    ),
  );
  return [...notes, ...unknown];
}

function trends({ trends: series, pulse, lag }: NodeEntry, width: number, theme: Theme): SafeText[] {
  const cells = Math.max(10, Math.min(120, width - 44));
  const line = (
    label: SafeText,
    values: Series,
    floor: number,
    print: (value: number) => SafeText,
    sign = safe``,
  ) => {
    const known = values.slice(-cells).filter((value) => value !== null);
    if (known.length === 0) return safe``;
    const now = values.at(-1) ?? null;
    const value = padStart(now === null ? theme.glyphs.unknown : safe`${sign}${print(now)}`, 7);
    const bars = safeText(sparkline(values, cells, { floor, ascii: theme.ascii }));
    return safe` ${theme.paint("muted", padStart(label, 19))}${value}  ${theme.paint("accent", bars)}  ${theme.paint("muted", safe`max ${print(Math.max(...known))}`)}`;
  };
  return [
    line(safe`TX/s`, series.transactions, 20, printRate),
    line(
      safe`connections`,
      series.connections,
      pulse?.usable_connections ? pulse.usable_connections / 4 : 10,
      (count) => safe`${count}`,
    ),
    line(safe`replay lag`, series.lagSeconds, 5, printAge, lag?.atLeast === true ? safe`>` : safe``),
    line(safe`answer ms`, series.latencyMs, 5, printTenths),
  ].filter((text) => text !== "");
}

const chartLines = 4;

/** The lag of a standby over a quarter of an hour, once there is more than one value. */
function lagChart({ trends: { lagChart: chart } }: NodeEntry, width: number, theme: Theme): SafeText[] {
  const cells = Math.max(10, Math.min(chartStretches, width - 44));
  const values = chart.values.slice(-cells);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return [];
  const floor = 5;
  const left = (label: SafeText, value: SafeText) =>
    safe` ${theme.paint("muted", padStart(label, 19))}${theme.paint("muted", padStart(value, 7))}  `;
  const drawn = columnLines(values, chartLines, { floor, ascii: theme.ascii }).map((text, at) => {
    const value = at === 0 ? printAge(Math.max(floor, ...known)) : at === chartLines - 1 ? safe`0` : safe``;
    const label = at === 0 ? safe`over ${chartMinutes} min` : safe``;
    return safe`${left(label, value)}${theme.paint("accent", padStart(safeText(text), cells))}`;
  });
  return [safe``, ...drawn];
}
