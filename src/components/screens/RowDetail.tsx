import {
  columnsBelow,
  type StatementLine,
  statementLines,
  statementRoom,
} from "../../commands/row/statement.ts";
import { reasonOf } from "../../postgres/node-error.ts";
import { comparisonOf } from "../../store/fleet-samples.ts";
import { goneFor, rowOnScreen } from "../../store/last-row.ts";
import { lockFacts } from "../../store/lock-facts.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { currentSpot, type PlaceOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { printAge } from "../../text/pretty.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { viewNamed } from "../../views/all.ts";
import { headerOf, printValue } from "../../views/cells.ts";
import { type Comparison, lastAnswer, partsOf } from "../../views/compared.ts";

import type { Row, View } from "../../views/view.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Fact, factColumn, labelOf, wholeFactLines } from "../drawing/fact-lines.ts";
import { stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";
import { lockLines } from "./lock-lines.ts";

/** One row of a view with every column; the statement first, which scrolls where it is longer than its room. */
export function RowDetail({ place, ...props }: BodyProps & { readonly place: PlaceOf<"row"> }) {
  const { state, theme, width } = props;
  const { top } = currentSpot(state.screen);
  const view = viewNamed(place.view);
  const row = rowOnScreen(state);
  if (!view || !row) return <props.Lines {...props} lines={[safe`  this row is gone; Esc goes back`]} />;
  const facts = factsOf(view, row, comparisonOf(shown(state), view), theme);
  const factRows = wholeFactLines(facts, width, theme);
  const known = lockFacts(state);
  const locks = known ? factColumn(lockLines(known, theme), width, theme) : [];
  const lockRows = locks.length > 0 ? [...locks, safe``] : [];
  const statement = statementLines(state);
  const room = statementRoom(state);
  const from = Math.min(top, Math.max(0, statement.length - 1));
  const rest = statement.length - from;
  const shownLines = statement.slice(from, from + (rest > room ? room - 1 : room));
  const below = rest - shownLines.length;
  const lines = [
    headOf(state, view, place.node, theme),
    from === 0 ? safe`` : theme.paint("muted", safe`  ${from} lines above`),
    ...shownLines.map((line) => safe`  ${highlighted(line, theme)}`),
    ...whyOf(view, row, width, theme),
    ...(below > 0 ? [theme.paint("muted", safe`  ${below} more lines below`)] : []),
    safe``,
    ...lockRows,
    ...factRows,
  ];
  return <props.Lines {...props} lines={lines} />;
}

const looks = { keyword: "accent", string: "ok", comment: "muted", plain: "plain" } as const;

function highlighted(line: StatementLine, theme: Theme): SafeText {
  return joined(line.map(({ kind, text }) => theme.paint(looks[kind], text)));
}

/** Of a message so many lines are shown, and so much of each of its own lines. */
const mostLines = 20;
const longestLine = 2000;

/** What is wrong with the row, in its own words: an alert led here. */
function whyOf(view: View, row: Row, width: number, theme: Theme): SafeText[] {
  const why = view.whyIn === undefined ? null : row[view.whyIn];
  if (typeof why !== "string") return [];
  const severity = view.sign?.(row) ?? "ok";
  const meaning = severity === "ok" ? "plain" : severity;
  return why
    .split("\n")
    .slice(0, mostLines)
    .flatMap((line) => wrapped(safeText(line, longestLine, theme.glyphs.ellipsis), width - 4))
    .slice(0, mostLines)
    .map((line) => safe`  ${theme.paint(meaning, line)}`);
}

/** The node, and how old what is shown of it is. */
function headOf(state: BodyProps["state"], view: View, name: string, theme: Theme): SafeText {
  const { samples, nodes, nowMs } = shown(state);
  const node = nodes[name];
  const sample = samples[view.name]?.[name];
  const { ellipsis } = theme.glyphs;
  const sign = node ? safe`${signOf(state, view, node, theme)} ` : safe``;
  const part = partsOf(sample).get(String(rowOnScreen(state)?.["database"])) ?? sample;
  const atMs = lastAnswer(part)?.atMs ?? null;
  const age = atMs === null ? safe`` : safe`${printAge((nowMs - atMs) / 1000)} old`;
  const gone = goneFor(state);
  if (gone !== null)
    return safe` ${sign}${safeName(name, 60, ellipsis)}  ${theme.paint("warning", safe`ended ${printAge(gone)} ago; this is its last state`)}`;
  const failed = part?.state === "failed" ? part : sample;
  const why =
    failed?.state === "failed" ? safe`, ${safeText(reasonOf(failed.error), 120, ellipsis)}` : safe``;
  return safe` ${sign}${safeName(name, 60, ellipsis)}  ${theme.paint(why ? "warning" : "muted", safe`${age}${why}`)}`;
}

/** As in the table: how bad what the row says is, else how its node is. */
function signOf(state: BodyProps["state"], view: View, node: NodeEntry, theme: Theme): SafeText {
  const row = rowOnScreen(state);
  const severity = (row && view.sign?.(row)) ?? "ok";
  if (severity !== "ok")
    return theme.paint(severity, theme.glyphs[severity === "critical" ? "error" : "warning"]);
  const { meaning, glyph } = stateLooks(node);
  return theme.paint(meaning, theme.glyphs[glyph]);
}

function factsOf(view: View, row: Row, as: Comparison, theme: Theme): Fact[] {
  return columnsBelow(view, row).map(([name, column]) => {
    const severity = row[name] == null ? "ok" : (column.severity?.(row[name], row) ?? "ok");
    return [
      labelOf(headerOf(column, as)),
      printValue(view, name, row, theme.glyphs),
      severity === "ok" ? "plain" : severity,
    ];
  });
}
