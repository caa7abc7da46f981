import { fit, width } from "../../text/text.ts";
import type { Cell, DrawnColumn, Layout } from "./layout.ts";
import type { Meaning, Theme } from "./theme.ts";

type Look = Pick<Cell, "meaning" | "colour">;

/** Looks with a background of their own in some theme: it must not run on between two cells. */
const hasBackground: ReadonlySet<Meaning> = new Set(["critical", "production"]);

/**
 * One line of a table, no wider than its layout. With `whole` every cell but the sign takes that look.
 * Colour codes go around text, not around the blanks of its column, and neighbours of one look share them:
 * what is written to the terminal stays small, and there is nothing to trim at the end.
 */
export function drawLine(
  cells: readonly Cell[],
  columns: readonly DrawnColumn[],
  layout: Layout,
  theme: Theme,
  whole: Meaning | null = null,
): string {
  let line = "";
  let blanks = "";
  let run: { readonly look: Look; text: string } | null = null;
  const put = (look: Look, text: string) => {
    if (run && joins(run.look, look)) run.text += blanks + text;
    else {
      line += (run ? paint(run.look, run.text, theme) : "") + blanks;
      run = { look, text };
    }
    blanks = "";
  };
  layout.forEach(({ at, width }, position) => {
    const cell = cells[at] ?? { text: "" };
    const column = columns[at];
    const text = fit(fitting(cell, width), width, column?.align ?? "left", theme.glyphs.ellipsis);
    if (position > 0) blanks += " ";
    const look = whole === null || column?.sign ? cell : { meaning: whole };
    const core = whole === "selected" && !column?.sign ? text : text.trim();
    const start = text.indexOf(core);
    blanks += text.slice(0, start);
    if (core !== "") put(look, core);
    blanks += text.slice(start + core.length);
  });
  return line + last(run, theme);
}

function last(run: { readonly look: Look; readonly text: string } | null, theme: Theme): string {
  return run ? paint(run.look, run.text, theme) : "";
}

function fitting({ text, shorter = [] }: Cell, cells: number): string {
  return [text, ...shorter].find((form) => width(form) <= cells) ?? shorter.at(-1) ?? text;
}

function joins(a: Look, b: Look): boolean {
  return (
    a.meaning === b.meaning &&
    (a.meaning !== undefined ? !hasBackground.has(a.meaning) : (a.colour ?? null) === (b.colour ?? null))
  );
}

function paint({ meaning, colour }: Look, text: string, theme: Theme): string {
  return meaning ? theme.paint(meaning, text) : theme.tag(colour ?? null, text);
}
