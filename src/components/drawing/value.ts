import type { SafeText } from "../../text/safe-text.ts";
import { printCell } from "../../views/cells.ts";
import type { AnyColumn } from "../../views/view.ts";
import type { Theme } from "./theme.ts";

/** A value as it stands in a cell; what is not known in the theme's own sign. */
export function printValue(column: AnyColumn, value: unknown, { glyphs }: Theme): SafeText {
  const text = printCell(column, value, glyphs.lineBreak);
  return value == null && text !== "" ? glyphs.unknown : text;
}
