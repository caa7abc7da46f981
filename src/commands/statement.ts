import { placeIf } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { rowNow } from "../store/table.ts";
import type { SafeText } from "../text/safe-text.ts";
import { safeText } from "../text/text.ts";
import { pieces } from "../text/wrapped.ts";
import { viewNamed } from "../views/all.ts";
import { parseRowId } from "../views/row-id.ts";
import type { Row } from "../views/view.ts";

const longestText = 20_000;
const margin = 4;

/** The row that is on screen with all its columns; null when it is gone or none is. */
export function rowOnScreen(state: State): Row | null {
  const place = placeIf(state.screen, "row");
  const id = place && parseRowId(place.key);
  return id && rowNow(shown(state), id);
}

/**
 * The statement of the row on screen with its own line breaks, wrapped to the terminal's width; control
 * characters are shown as escapes.
 */
export function statementLines(state: State): SafeText[] {
  const place = placeIf(state.screen, "row");
  const row = rowOnScreen(state);
  const view = place ? viewNamed(place.view) : undefined;
  if (!row || !view) return [];
  return Object.entries(view.columns).flatMap(([name, column]) => {
    const value = row[name];
    if (column.kind !== "query" || typeof value !== "string") return [];
    return value
      .slice(0, longestText)
      .split(/\r\n?|\n/)
      .flatMap((line) => pieces(safeText(line.replaceAll("\t", "  ")), state.screen.columns - margin));
  });
}
