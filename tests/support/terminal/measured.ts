import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { until } from "../servers/servers.ts";
import { TmuxPane } from "./tmux.ts";

const columns = 250;

/** How many cells each text takes behind a letter, in a real tmux. */
export async function cellsInTmux(texts: readonly string[]): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "measured-"));
  try {
    const [from, to] = [join(folder, "texts"), join(folder, "cells")];
    await Bun.write(from, JSON.stringify(texts));
    const fixture = join(import.meta.dir, "measure.fixture.ts");
    await using _ = await TmuxPane.open([process.execPath, fixture, from, to], { columns, rows: 5 });
    return await until(async (): Promise<number[] | false> => {
      const written = Bun.file(to);
      return (await written.exists()) && (await written.json());
    }, 120_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in xterm's model, with its own table of widths. */
export async function cellsInXterm(texts: readonly string[]): Promise<number[]> {
  const xterm = new Terminal({ cols: columns, rows: 5, allowProposedApi: true });
  const cells: number[] = [];
  xterm.onData((answer) => {
    for (const [, column] of answer.matchAll(/\u001b\[\d+;(\d+)R/g)) cells.push(Number(column) - 2);
  });
  for (let at = 0; at < texts.length; at += 1000) {
    const some = texts.slice(at, at + 1000);
    const output = some.map((text) => `\u001b[H\u001b[2Ka${text}\u001b[6n`).join("");
    await new Promise<void>((resolve) => xterm.write(output, resolve));
  }
  return cells;
}
