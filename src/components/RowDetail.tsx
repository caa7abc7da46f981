import { printAge } from "../postgres/pretty.ts";
import { width as cellsOf, safeText } from "../postgres/text.ts";
import { currentSpot } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { viewNamed } from "../views/all.ts";
import { printCell } from "../views/cells.ts";
import { keyOf, type Row, type View } from "../views/view.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";

const longestText = 20_000;

/** One row of a view with every column, the whole statement included. */
export function RowDetail({ state, theme, width, height }: BodyProps) {
  const { place } = currentSpot(state.screen);
  if (place.kind !== "row") return <Lines lines={[]} height={height} />;
  const { samples, nowMs } = shown(state);
  const view = viewNamed(place.view);
  const sample = samples[place.view]?.[place.node];
  if (!view || !sample || sample.state === "notApplicable")
    return <Lines lines={["  nothing is known of this row"]} height={height} />;
  const row = sample.rows.find((one) => `${place.node}\u0000${keyOf(view, one)}` === place.key);
  if (!row) return <Lines lines={["  this row is gone; Esc goes back"]} height={height} />;
  const age =
    sample.atMs === null ? "" : `  ${theme.paint("muted", `${printAge((nowMs - sample.atMs) / 1000)} old`)}`;
  const facts = Object.entries(view.columns)
    .filter(([, column]) => column.kind !== "query")
    .map(
      ([name, column]) =>
        `${theme.paint("muted", (column.about ?? column.header).padStart(36))}  ${printCell(column, row[name])}`,
    );
  const texts = queryLines(view, row, width - 4).map((line) => `  ${line}`);
  return <Lines lines={[` ${safeText(place.node, 60)}${age}`, ...facts, "", ...texts]} height={height} />;
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
