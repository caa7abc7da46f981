import { viewNamed } from "../views/all.ts";
import { parseRowId } from "../views/row-id.ts";
import { neededBy, type Row } from "../views/view.ts";
import { remembered } from "./remembered.ts";
import { placeIf, type ScreenState } from "./screen.ts";
import { shown } from "./selectors.ts";
import type { Observed, State } from "./store.ts";
import { rowNow } from "./table.ts";

/** The row on screen with all its columns, as it was last seen; null when it was never seen or no row is on screen. */
export const rowOnScreen = remembered(
  (state) => [shown(state), placeIf(state.screen, "row"), state.screen.lastRow],
  (state): Row | null => {
    const place = placeIf(state.screen, "row");
    const { lastRow } = state.screen;
    if (!place) return null;
    return rowOf(shown(state), place.key) ?? (lastRow?.key === place.key ? lastRow.row : null);
  },
);

/** Seconds since the row on screen was last there; null while it is, and while its node has not answered. */
export function goneFor(state: State): number | null {
  const place = placeIf(state.screen, "row");
  const { lastRow } = state.screen;
  if (!place || lastRow?.key !== place.key || rowOf(shown(state), place.key)) return null;
  const { samples, nowMs } = shown(state);
  const view = viewNamed(place.view);
  const isAnswered =
    view !== undefined && neededBy(view).every(({ name }) => samples[name]?.[place.node]?.state === "ok");
  return isAnswered ? (nowMs - lastRow.seenMs) / 1000 : null;
}

/** The screen with what is known of its row before that may be gone; to be called at every new observation. */
export function withLastRow(state: State, before: Observed): ScreenState {
  const { screen } = state;
  const place = placeIf(screen, "row");
  if (!place) return screen.lastRow === null ? screen : { ...screen, lastRow: null };
  const { key } = place;
  for (const seen of [shown(state), ...(screen.lastRow?.key === key ? [] : [before])]) {
    const row = rowOf(seen, key);
    if (row) return { ...screen, lastRow: { key, row, seenMs: seen.nowMs } };
  }
  return screen;
}

function rowOf(observed: Observed, key: string): Row | null {
  const id = parseRowId(key);
  return id && rowNow(observed, id);
}
