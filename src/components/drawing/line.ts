import { sliced, width } from "../../text/cells.ts";
import { joined, repeated, type SafeText, safe, trim } from "../../text/safe-text.ts";
import { fit } from "../../text/text.ts";
import type { Cell, DrawnColumn, Layout } from "./layout.ts";
import type { Meaning, Theme } from "./theme.ts";

const empty: Cell = { text: safe`` };

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
): SafeText {
  const line: SafeText[] = [];
  let blanks = 0;
  let run: { readonly look: Look; text: SafeText } | null = null;
  const put = (look: Look, text: SafeText) => {
    const space = repeated(safe` `, blanks);
    if (run && joins(run.look, look)) run.text = joined([run.text, space, text]);
    else {
      if (run) line.push(paint(run.look, run.text, theme));
      line.push(space);
      run = { look, text };
    }
    blanks = 0;
  };
  layout.forEach(({ at, width }, position) => {
    const cell = cells[at] ?? empty;
    const column = columns[at];
    const text = fit(fitting(cell, width), width, column?.align ?? "left", theme.glyphs.ellipsis);
    if (position > 0) blanks += 1;
    const look = whole === null || column?.sign ? cell : { meaning: whole };
    const core = whole === "selected" && !column?.sign ? text : trim(text);
    const start = text.indexOf(core);
    blanks += start;
    if (core !== "") put(look, core);
    blanks += text.length - start - core.length;
  });
  return joined([...line, last(run, theme)]);
}

function last(run: { readonly look: Look; readonly text: SafeText } | null, theme: Theme): SafeText {
  return run ? paint(run.look, run.text, theme) : safe``;
}

function fitting({ text, shorter = [] }: Cell, cells: number): SafeText {
  return [text, ...shorter].find((form) => width(form) <= cells) ?? shorter.at(-1) ?? text;
}

function joins(a: Look, b: Look): boolean {
  return (
    a.meaning === b.meaning &&
    (a.meaning !== undefined ? !hasBackground.has(a.meaning) : (a.colour ?? null) === (b.colour ?? null))
  );
}

function paint({ meaning, colour }: Look, text: SafeText, theme: Theme): SafeText {
  return meaning ? theme.paint(meaning, text) : theme.tag(colour ?? null, text);
}

/** A finished line with blanks up to `cells`. */
export function padded(line: SafeText, cells: number): SafeText {
  return safe`${line}${repeated(safe` `, cells - width(line))}`;
}

/** A line with its colour codes, cut to `cells` where it is wider. */
export function clip(line: SafeText, cells: number, ellipsis: SafeText): SafeText {
  return width(line) <= cells ? line : safe`${sliced(line, cells - 1)}${ellipsis}`;
}

/** Before what hangs so many steps below the first line of a tree. */
export function branch(depth: number, { glyphs }: Pick<Theme, "glyphs">): SafeText {
  return depth === 0 ? safe`` : safe`${repeated(safe`  `, depth - 1)}${glyphs.tree} `;
}
