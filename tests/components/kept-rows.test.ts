import { expect, test } from "bun:test";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { type Cell, screenCells } from "../support/terminal/cells.ts";

/** All screens as they are drawn when each follows another on the same terminal. */
async function drawnInTurn(renderer: "ink" | "kept"): Promise<string[][]> {
  const fixture = join(import.meta.dir, "../support/screens/kept-rows.fixture.tsx");
  const child = Bun.spawn([process.execPath, fixture, renderer], { stdout: "pipe" });
  // The fixture is ours.
  return (await new Response(child.stdout).json()) as string[][];
}

/** The cells of a terminal that is given these rows: there is more than one way to write a colour. */
async function cellsOf(frame: readonly string[]): Promise<Cell[][]> {
  const terminal = new Terminal({ cols: 120, rows: 40, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(frame.join("\r\n"), resolve));
  const cells = screenCells(terminal.buffer.active, 120, 40);
  terminal.dispose();
  return cells;
}

test("rows that are kept from the frame before look as those that Ink draws anew", async () => {
  const [kept, anew] = await Promise.all([drawnInTurn("kept"), drawnInTurn("ink")]);
  expect(anew.length).toBeGreaterThan(50);
  for (const [at, frame] of anew.entries())
    expect(await cellsOf(kept[at] ?? [])).toEqual(await cellsOf(frame));
}, 240_000);
