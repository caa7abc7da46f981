import type { Terminal } from "../../tests/support/terminal/terminal.ts";
import { median } from "../median.ts";

/** Milliseconds from a key to the screen that shows its effect. */
export type KeyLatency = { readonly median: number; readonly worst: number };

/** The line of the screen that the cursor is on: the only one but the rules with a mark in its first column. */
export const cursorLine = (rows: readonly string[]): number => rows.findIndex((row) => /^[^\s─-]/.test(row));

/**
 * The pid under the cursor. In a table that each refresh sorts anew the
 * cursor goes with its row to another line, and at an edge the rows go on under it: only a key changes the pid.
 */
export const cursorPid = (rows: readonly string[]): string =>
  rows.map((row) => /^❯ *(\d+)/.exec(row)?.[1]).find((pid) => pid !== undefined) ?? "";

/** All that is on screen, for programs whose cursor is only a colour. */
export const wholeScreen = (rows: readonly string[]): string => rows.join("\n");

/** Where the cursor is in the part of a table that is on screen, 0 for its first row, and how many rows that part has. */
function placeOfCursor(rows: readonly string[]): { readonly at: number; readonly count: number } {
  const pids = rows.filter((row) => /^[❯ ] *\d+ /.test(row));
  return { at: pids.findIndex((row) => row.startsWith("❯")), count: pids.length };
}

/** The key that moves the cursor away from the edge that is nearer: a table that is sorted anew carries it anywhere. */
export const inwards = (rows: readonly string[]): string => {
  const { at, count } = placeOfCursor(rows);
  return 2 * at < count ? "j" : "k";
};

/** Whether a key moves nothing because the row under the cursor is the first or the last one now. */
function isAtEdge(rows: readonly string[], key: string): boolean {
  const { at, count } = placeOfCursor(rows);
  return at === (key === "j" ? count - 1 : 0);
}

/** How long a key may be without effect; where a table is sorted anew, until it is looked at whether it can have one. */
const [longestMs, edgeMs] = [30_000, 3000];

/**
 * Presses two keys in turn that undo one another, or the one that `keys` names, and waits each time until `effect` of the
 * screen has changed. The pauses between them differ, so that keys meet polls and frames at all their moments.
 * A key pressed just when the table was sorted anew, and its row became the first or last, is pressed again.
 */
export async function measureKeys(
  terminal: Terminal,
  keys: readonly [string, string] | ((rows: readonly string[]) => string),
  presses: number,
  effect: (rows: readonly string[]) => string | number,
): Promise<KeyLatency> {
  const latencies: number[] = [];
  while (latencies.length < presses) {
    const press = latencies.length;
    const rows = await terminal.screen();
    const before = effect(rows);
    const isNamed = typeof keys === "function";
    const key = isNamed ? keys(rows) : (keys[press % 2] ?? keys[0]);
    const pressedMs = performance.now();
    terminal.press(key);
    try {
      await terminal.until((rows) => effect(rows) !== before, isNamed ? edgeMs : longestMs);
    } catch (error) {
      if (!isNamed || !isAtEdge(await terminal.screen(), key)) throw error;
      continue;
    }
    latencies.push(performance.now() - pressedMs);
    await Bun.sleep(70 + ((press * 53) % 100));
  }
  return { median: median(latencies), worst: Math.max(...latencies) };
}
