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

/** The key that moves the cursor away from the edge that is nearer: a table that is sorted anew carries it anywhere. */
export const inwards = (rows: readonly string[]): string => {
  const pids = rows.filter((row) => /^[❯ ] *\d+ /.test(row));
  return 2 * pids.findIndex((row) => row.startsWith("❯")) < pids.length ? "j" : "k";
};

/**
 * Presses two keys in turn that undo one another, or the one that `keys` names, and waits each time until `effect` of the
 * screen has changed. The pauses between them differ, so that keys meet polls and frames at all their moments.
 */
export async function measureKeys(
  terminal: Terminal,
  keys: readonly [string, string] | ((rows: readonly string[]) => string),
  presses: number,
  effect: (rows: readonly string[]) => string | number,
): Promise<KeyLatency> {
  const latencies: number[] = [];
  for (let press = 0; press < presses; press++) {
    const rows = await terminal.screen();
    const before = effect(rows);
    const key = typeof keys === "function" ? keys(rows) : (keys[press % 2] ?? keys[0]);
    const pressedMs = performance.now();
    terminal.press(key);
    await terminal.until((rows) => effect(rows) !== before);
    latencies.push(performance.now() - pressedMs);
    await Bun.sleep(70 + ((press * 53) % 100));
  }
  return { median: median(latencies), worst: Math.max(...latencies) };
}
