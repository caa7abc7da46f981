import { printAge } from "../postgres/pretty.ts";
import { width as cellsOf, safeText } from "../postgres/text.ts";
import { currentSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { viewNamed } from "../views/all.ts";
import { keyOf, type Row, type View } from "../views/view.ts";
import type { BodyProps } from "./body.ts";
import { type Fact, factLines } from "./fact-lines.ts";
import { Lines } from "./Lines.tsx";
import { stateLooks } from "./node-state.ts";
import type { Theme } from "./theme.ts";
import { printValue } from "./value.ts";

const longestText = 20_000;

/** One row of a view with every column, the whole statement included. */
export function RowDetail(props: BodyProps) {
  const { state, theme, width, height } = props;
  const { place } = currentSpot(state.screen);
  const say = (text: string) => <Lines {...props} lines={[`  ${text}`]} />;
  if (place.kind !== "row") return say("");
  const { samples, nodes, nowMs } = shown(state);
  const view = viewNamed(place.view);
  const sample = samples[place.view]?.[place.node];
  const node = nodes[place.node];
  if (!view || !node || !sample || sample.state === "notApplicable")
    return say("nothing is known of this row");
  const row = sample.rows.find((one) => `${place.node}\u0000${keyOf(view, one)}` === place.key);
  if (!row) return say("this row is gone; Esc goes back");
  const looks = stateLooks(node);
  const age = sample.atMs === null ? "" : `${printAge((nowMs - sample.atMs) / 1000)} old`;
  const failed = sample.state === "failed" ? `, ${safeText(sample.error.message, 120)}` : "";
  const head = ` ${theme.paint(looks.meaning, theme.glyphs[looks.glyph])} ${safeText(place.node, 60)}  ${theme.paint(failed ? "warning" : "muted", `${age}${failed}`)}`;
  const facts = factsOf(view, row, theme);
  const half = Math.ceil(facts.length / 2);
  const factRows = factLines(facts.slice(0, half), facts.slice(half), width, theme);
  const text = queryLines(view, row, width - 4);
  const room = Math.max(3, height - factRows.length - 3);
  const more = text.length > room ? [theme.paint("muted", `  and ${text.length - room + 1} more lines`)] : [];
  const query = text.slice(0, text.length > room ? room - 1 : room).map((line) => `  ${line}`);
  return <Lines {...props} lines={[head, "", ...query, ...more, "", ...factRows]} />;
}

function factsOf(view: View, row: Row, theme: Theme): Fact[] {
  return Object.entries(view.columns)
    .filter(([name, column]) => column.kind !== "query" && !(column.hidden && row[name] == null))
    .map(([name, column]) => {
      const severity = row[name] == null ? "ok" : (column.severity?.(row[name]) ?? "ok");
      return [
        column.header.toLowerCase(),
        printValue(column, row[name], theme),
        severity === "ok" ? "plain" : severity,
      ];
    });
}

/** The statement with its own line breaks, wrapped to the width; control characters are shown as escapes. */
function queryLines(view: View, row: Row, width: number): string[] {
  return Object.entries(view.columns).flatMap(([name, column]) => {
    const value = row[name];
    if (column.kind !== "query" || typeof value !== "string") return [];
    return value
      .slice(0, longestText)
      .split(/\r?\n/)
      .flatMap((line) => wrap(safeText(line.replaceAll("\t", "  "), longestText), width));
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const cells = cellsOf(segment);
    if (used + cells > width) {
      lines.push(line);
      line = "";
      used = 0;
    }
    line += segment;
    used += cells;
  }
  return [...lines, line];
}
