import { rowOnScreen } from "../../store/last-row.ts";
import { rowInTable, subjectHere } from "../../store/on-screen.ts";
import { placeIf } from "../../store/screen.ts";
import type { State } from "../../store/store.ts";
import { currentTable } from "../../store/table.ts";
import { viewNamed } from "../../views/all.ts";
import { statementStart } from "../../views/columns.ts";
import { printedColumns, type Row, type View } from "../../views/view.ts";
import type { Command } from "../command.ts";

/** The row on screen, or the one under the cursor of a table. */
export function rowHere(
  state: State,
): { readonly view: View; readonly row: Row; readonly isWhole: boolean } | null {
  const { row: id } = subjectHere(state);
  const view = id && viewNamed(id.view);
  const isWhole = placeIf(state.screen, "row") !== null;
  const row = isWhole ? rowOnScreen(state) : rowInTable(state);
  return view && row ? { view, row, isWhole } : null;
}

/** The statement of a row, as the column of that kind has it; null for none. */
export function statementOf({ view, row }: { readonly view: View; readonly row: Row }): string | null {
  const name = Object.keys(view.columns).find((column) => view.columns[column]?.kind === "query");
  const value = name === undefined ? null : row[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** A line for each column that has a value: its name and the exact value. */
function linesOf({ view, row }: { readonly view: View; readonly row: Row }): string {
  return printedColumns(view)
    .filter(([name]) => row[name] != null)
    .map(([name]) => `${name}: ${String(row[name])}`)
    .join("\n");
}

/** In our own words, behind what they are needed for. */
const grantPattern = /\bGRANT (?:[^";]|"(?:[^"]|"")*")+? TO (?:"(?:[^"]|"")*"|[\w$]+)/g;

/** The GRANTs that the notes below a table name, each once. */
function missingGrants(state: State): string[] {
  const table = placeIf(state.screen, "view") && currentTable(state);
  const words = table ? table.missing.map(({ why }) => why) : [];
  return [...new Set(words.flatMap((why) => why.match(grantPattern) ?? []))];
}

export const copying: readonly Command[] = [
  {
    name: "copy-statement",
    title: "Copy the statement",
    keys: ["y"],
    section: "view",
    when: (state) => {
      const here = rowHere(state);
      return here !== null && statementOf(here) !== null;
    },
    run: ({ store, actions }) => {
      const here = rowHere(store.getState());
      const statement = here && statementOf(here);
      if (!here || statement === null) return;
      // A table is asked for the beginning of statements only.
      const isCut = !here.isWhole && Buffer.byteLength(statement) > statementStart - 4;
      actions.copy(statement, isCut ? "the statement's beginning (Enter shows all of it)" : "the statement");
    },
  },
  {
    name: "copy-grant",
    title: "Copy the missing GRANT",
    keys: ["y"],
    section: "view",
    when: (state) => {
      const here = rowHere(state);
      return (here === null || statementOf(here) === null) && missingGrants(state).length > 0;
    },
    run: ({ store, actions }) => {
      const grants = missingGrants(store.getState());
      const what = grants.length === 1 ? "the GRANT" : `${grants.length} GRANTs`;
      actions.copy(grants.map((grant) => `${grant};`).join("\n"), what);
    },
  },
  {
    name: "copy-row",
    title: "Copy the row",
    keys: ["Y"],
    section: "view",
    when: (state) => rowHere(state) !== null,
    run: ({ store, actions }) => {
      const here = rowHere(store.getState());
      if (here) actions.copy(linesOf(here), "the row");
    },
  },
];
