import { Terminal as Xterm } from "@xterm/headless";
import { type Cell, screenCells } from "../tests/support/terminal/cells.ts";
import { background, escapeXml, foreground, inkOf, paperOf } from "./picture-colours.ts";

const cellWidth = 8.4;
const rowHeight = 17;
const baseline = 13;
const margin = 14;
const titleHeight = 24;

type Picture = { title?: string };

/** A screen as an SVG document: the cells of `Terminal.cells()`, or of `drawText`, in a frame like a window's. */
export function picture(rows: readonly (readonly Cell[])[], { title = "" }: Picture = {}): string {
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const width = round(columns * cellWidth + 2 * margin);
  const height = rows.length * rowHeight + 2 * margin + titleHeight;
  const lines = rows.flatMap((row, y) => drawRow(row, titleHeight + margin + y * rowHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    ...["#f7768e", "#e0af68", "#9ece6a"].map(
      (colour, n) => `<circle cx="${margin + 4 + n * 16}" cy="17" r="5" fill="${colour}"/>`,
    ),
    `<g font-family="'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace" font-size="14" fill="${foreground}" xml:space="preserve">`,
    ...(title
      ? [`<text x="${round(width / 2)}" y="22" text-anchor="middle" opacity=".6">${escapeXml(title)}</text>`]
      : []),
    ...lines,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** Draws text with its escape sequences on a screen of its own, as `cat` would. */
export async function drawText(text: string, columns: number, rows: number): Promise<Cell[][]> {
  const xterm = new Xterm({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  // The newline after the last row would scroll the first one away.
  await new Promise<void>((resolve) => xterm.write(text.replace(/\r?\n$/, ""), resolve));
  return screenCells(xterm.buffer.active, columns, rows);
}

type Run = { x: number; cells: Cell[] };

/** Neighbours of one look become one element; a wide character stands alone so that it keeps its place. */
function runs(row: readonly Cell[]): Run[] {
  const found: Run[] = [];
  for (const [x, cell] of row.entries()) {
    const last = found.at(-1);
    const before = last?.cells.at(-1);
    if (
      last &&
      before &&
      (cell.width === 0 || (before.width === 1 && cell.width === 1 && look(cell) === look(before)))
    ) {
      last.cells.push(cell);
    } else {
      found.push({ x, cells: [cell] });
    }
  }
  return found;
}

const look = (cell: Cell) =>
  [inkOf(cell), paperOf(cell), cell.bold, cell.dim, cell.italic, cell.underline].join();

function drawRow(row: readonly Cell[], top: number): string[] {
  const all = runs(row);
  return [...all.flatMap((run) => drawPaper(run, top)), ...all.flatMap((run) => drawInk(run, top))];
}

function drawPaper({ x, cells }: Run, top: number): string[] {
  const paper = cells[0] ? paperOf(cells[0]) : undefined;
  if (paper === undefined) return [];
  const left = round(margin + x * cellWidth);
  return [
    `<rect x="${left}" y="${top}" width="${round(cells.length * cellWidth)}" height="${rowHeight}" fill="${paper}"/>`,
  ];
}

function drawInk({ x, cells }: Run, top: number): string[] {
  const [first] = cells;
  const text = cells.map((cell) => (cell.width === 0 ? "" : cell.text || " ")).join("");
  const shown = text.trimEnd();
  if (!first || shown === "") return [];
  const blanks = shown.length - shown.trimStart().length;
  const left = round(margin + (x + blanks) * cellWidth);
  // textLength keeps columns under one another whatever the reader's monospace font is.
  const length = round((cells.length - (text.length - shown.length) - blanks) * cellWidth);
  const attributes = [
    `x="${left}" y="${top + baseline}" textLength="${length}" lengthAdjust="spacingAndGlyphs"`,
    inkOf(first) === foreground ? "" : `fill="${inkOf(first)}"`,
    first.bold ? 'font-weight="bold"' : "",
    first.italic ? 'font-style="italic"' : "",
    first.underline ? 'text-decoration="underline"' : "",
    first.dim ? 'opacity=".55"' : "",
  ];
  return [`<text ${attributes.filter(Boolean).join(" ")}>${escapeXml(shown.trimStart())}</text>`];
}

const round = (value: number) => Math.round(value * 10) / 10;
