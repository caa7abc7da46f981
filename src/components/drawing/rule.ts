import { width as cellsOf } from "../../text/cells.ts";
import { repeated, type SafeText, safe } from "../../text/safe-text.ts";
import type { Theme } from "./theme.ts";

/** Cells of the rule before the words in it. */
const before = 2;

/** The most cells that words in a rule may take beside those at its end. */
export const roomInRule = (width: number, atEnd: SafeText = safe``): number =>
  Math.max(0, width - before - 4 - (atEnd === "" ? 0 : cellsOf(atEnd) + before + 2));

/** A line across the screen, with finished words in it where there are some, and others at its end. */
export function ruleLine(words: SafeText, width: number, theme: Theme, atEnd = safe``): SafeText {
  const line = (cells: number) => theme.paint("muted", repeated(theme.glyphs.rule, Math.max(0, cells)));
  if (atEnd !== "") {
    const left = ruleLine(words, width - cellsOf(atEnd) - before - 2, theme);
    return safe`${left} ${atEnd} ${line(before)}`;
  }
  if (words === "") return line(width);
  return safe`${line(before)} ${words} ${line(width - before - 2 - cellsOf(words))}`;
}
