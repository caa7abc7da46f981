import { width as cellsOf } from "../../text/cells.ts";
import { repeated, type SafeText, safe } from "../../text/safe-text.ts";
import type { Theme } from "./theme.ts";

/** Cells of the rule before the words in it. */
const before = 2;

/** The most cells that words in a rule may take. */
export const roomInRule = (width: number): number => Math.max(0, width - before - 4);

/** A line across the screen, with finished words in it where there are some. */
export function ruleLine(words: SafeText, width: number, theme: Theme): SafeText {
  const line = (cells: number) => theme.paint("muted", repeated(theme.glyphs.rule, cells));
  if (words === "") return line(width);
  return safe`${line(before)} ${words} ${line(Math.max(0, width - before - 2 - cellsOf(words)))}`;
}
