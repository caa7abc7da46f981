import { type SqlToken, sqlTokens } from "../../postgres/sql-scan.ts";
import { rowOnScreen } from "../../store/last-row.ts";
import { lockFacts, lockLineCount } from "../../store/lock-facts.ts";
import { remembered } from "../../store/remembered.ts";
import { placeIf } from "../../store/screen.ts";
import { bodyHeight } from "../../store/selectors.ts";
import type { State } from "../../store/store.ts";
import { safeText } from "../../text/text.ts";
import { type Span, wrappedSpans } from "../../text/wrapped.ts";
import { viewNamed } from "../../views/all.ts";
import { printedColumns, type Row, type View } from "../../views/view.ts";

const longestText = 20_000;
const margin = 4;

/** A line of a statement, by what its pieces are. */
export type StatementLine = readonly Span<SqlToken["kind"]>[];

/**
 * The statement of the row on screen with its own line breaks, wrapped to the terminal's width; control
 * characters are shown as escapes.
 */
export const statementLines = remembered(
  (state) => [statementOnScreen(state), state.screen.columns],
  (state): readonly StatementLine[] => {
    const statement = statementOnScreen(state);
    if (statement === null) return [];
    const lines: Span<SqlToken["kind"]>[][] = [[]];
    for (const { kind, text } of sqlTokens(statement.slice(0, longestText))) {
      for (const [at, part] of text.split(/\r\n?|\n/).entries()) {
        if (at > 0) lines.push([]);
        if (part !== "") lines.at(-1)?.push({ kind, text: safeText(part.replaceAll("\t", "  ")) });
      }
    }
    return lines.flatMap((line) => wrappedSpans(line, state.screen.columns - margin));
  },
);

/** The columns of a row that are shown below its statement. */
export function columnsBelow(view: View, row: Row): ReturnType<typeof printedColumns> {
  return printedColumns(view).filter(
    ([name, { kind, hidden }]) => kind !== "query" && name !== view.whyIn && !(hidden && row[name] == null),
  );
}

/** Below so many columns of the terminal those of a row stand in one list instead of two. */
const twoLists = 80;

/**
 * How many lines of the statement are shown: what the row's columns and its locks leave, and three at least. One of
 * them says how many more there are.
 */
export function statementRoom(state: State): number {
  const place = placeIf(state.screen, "row");
  const view = place && viewNamed(place.view);
  const row = rowOnScreen(state);
  if (!view || !row) return 0;
  const columns = columnsBelow(view, row).length;
  const columnLines = state.screen.columns < twoLists ? columns : Math.ceil(columns / 2);
  const locks = lockLineCount(lockFacts(state));
  return Math.max(3, bodyHeight(state) - columnLines - (locks > 0 ? locks + 1 : 0) - 3);
}

/** The whole statement of the row on screen, as the server gave it; null where there is none. */
function statementOnScreen(state: State): string | null {
  const place = placeIf(state.screen, "row");
  const row = rowOnScreen(state);
  const columns = Object.entries((place && viewNamed(place.view)?.columns) ?? {});
  const name = columns.find(([, { kind }]) => kind === "query")?.[0];
  const value = name === undefined ? null : row?.[name];
  return typeof value === "string" ? value : null;
}
