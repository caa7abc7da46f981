import type { IBuffer, IBufferCell } from "@xterm/headless";

/** `undefined` is the terminal's own colour, a number one of its palette of 256, a string `#rrggbb`. */
export type Colour = undefined | number | `#${string}`;

/** One character position of a screen; the second half of a wide character has `width` 0 and no text. */
export type Cell = {
  text: string;
  width: number;
  foreground: Colour;
  background: Colour;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
};

/** The cells of the rows that are on screen, top row first. */
export function screenCells(buffer: IBuffer, columns: number, rows: number): Cell[][] {
  const spare = buffer.getNullCell();
  return Array.from({ length: rows }, (_, y) => {
    const line = buffer.getLine(buffer.viewportY + y);
    return Array.from({ length: columns }, (_, x) =>
      readCell(line?.getCell(x, spare) ?? buffer.getNullCell()),
    );
  });
}

function readCell(cell: IBufferCell): Cell {
  return {
    text: cell.getChars(),
    width: cell.getWidth(),
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

function colour(isDefault: boolean, isRgb: boolean, value: number): Colour {
  if (isDefault) return undefined;
  return isRgb ? `#${value.toString(16).padStart(6, "0")}` : value;
}
