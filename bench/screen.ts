import { start, type Terminal } from "../tests/support/terminal/terminal.ts";

/** The size of every terminal here, so that figures can be compared. */
const size = { columns: 180, rows: 50 };

/** A program on a screen, with the moment it was started. */
export type Running = { readonly terminal: Terminal; readonly startedMs: number };

/** Starts a program with a home of its own: no config file or log of the person who measures. */
export function startOnScreen(command: readonly string[], home: string): Running {
  const startedMs = performance.now();
  const env = { HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, PGPASSFILE: "/dev/null" };
  return { startedMs, terminal: start(command, { ...size, env }) };
}

/** True when every one of these nodes has a line with its connections on the fleet screen. */
export function showsDataOf(names: readonly string[]): (rows: string[]) => boolean {
  return (rows) => names.every((name) => rows.some((row) => row.includes(name) && /\d\/\d/.test(row)));
}

/** Full clears of the screen in what a program wrote: ED 2 and 3, and ED 0 from the top left corner (xterm ctlseqs). */
export function fullClears(output: string): number {
  return output.match(/\x1b\[[23]J|\x1b\[(?:1;1)?H\x1b\[0?J/g)?.length ?? 0;
}
