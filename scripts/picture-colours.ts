import type { Cell, Colour } from "../tests/support/terminal/cells.ts";

export const background = "#16161e";
export const foreground = "#c8d0e0";

/** The sixteen named colours, chosen to be read on the dark background (contrast of 4.5 or more but for black). */
const named = [
  "#32344a",
  "#f7768e",
  "#9ece6a",
  "#e0af68",
  "#7aa2f7",
  "#bb9af7",
  "#7dcfff",
  "#a9b1d6",
  "#7a80a0",
  "#ff899d",
  "#b9f27c",
  "#ffc777",
  "#8db0ff",
  "#c7a9ff",
  "#a4daff",
  "#e6eaf5",
];

/** The colour that a cell's text is drawn in. */
export function inkOf(cell: Cell): string {
  return cell.inverse ? (hex(cell.background) ?? background) : (hex(cell.foreground) ?? foreground);
}

/** The colour behind a cell's text, or `undefined` when the background shows. */
export function paperOf(cell: Cell): string | undefined {
  return cell.inverse ? (hex(cell.foreground) ?? foreground) : hex(cell.background);
}

/** xterm's palette of 256: 16 named colours, a cube of 6×6×6, and 24 greys. */
function hex(colour: Colour): string | undefined {
  if (typeof colour !== "number") return colour;
  if (colour < 16) return named[colour];
  if (colour > 231) return rgb(Array(3).fill(8 + (colour - 232) * 10));
  const cube = colour - 16;
  return rgb(
    [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) =>
      step === 0 ? 0 : 55 + step * 40,
    ),
  );
}

const rgb = (parts: readonly number[]) =>
  `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
