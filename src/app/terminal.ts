import type { Instance } from "ink";
import { log } from "../log.ts";
import { sleep } from "../services/schedule.ts";
import { maskSecrets } from "../text/known-secrets.ts";

/** Why there can be no screen here, or null. */
export function noScreenBecause({ TERM }: Readonly<Record<string, string | undefined>>): string | null {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return "the screen needs a terminal";
  return TERM === "dumb" ? "the screen needs a terminal that can move the cursor, and TERM is dumb" : null;
}

export type Terminal = {
  /** Restores the terminal and ends the screen with this exit code. */
  readonly leave: (code: number) => void;
  /** Comes true, with the exit code, once the terminal is the shell's again. */
  readonly left: Promise<number>;
};

/** Alternate screen off, cursor on, bracketed paste and mouse off: what a crashed program leaves behind. */
const restore = "\u001b[?1049l\u001b[?25h\u001b[?2004l\u001b[?1000l\u001b[?1006l";

/**
 * Starts the screen and sees to it that the terminal is given back, however the program ends: quit, signals, a
 * closed terminal, our own bug. Ink alone does not restore it after a throw outside of rendering, and says
 * nothing of one inside.
 */
export function takeOverTerminal(start: () => Instance): Terminal {
  let leaving = false;
  let resolve: (code: number) => void = () => {};
  const left = new Promise<number>((done) => {
    resolve = done;
  });
  let instance: Instance | null = null;
  const leave = (code: number) => {
    if (leaving) return;
    leaving = true;
    instance?.unmount();
    resolve(code);
  };
  const crash = (error: unknown) => {
    // On a closed window Ink still tries to change the terminal's mode; there is nobody to tell of it.
    if (leaving) return log("warn", "while leaving", { report: String(error) });
    const report = maskSecrets(error instanceof Error ? (error.stack ?? error.message) : String(error));
    log("error", "crash", { report });
    instance?.unmount();
    process.stdout.write(restore);
    process.stderr.write(`pgparade: this is a bug, please report it\n${report}\n`);
    process.exit(70);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGHUP", 1],
    ["SIGINT", 2],
  ] as const)
    process.on(signal, () => leave(128 + number));
  // Whoever reads our output is gone: there is nobody left to tell.
  process.stdout.on("error", () => leave(0));
  // What was typed until now has been echoed, and the first line would begin behind it.
  process.stdin.setRawMode(true);
  process.stdout.write("\r");
  instance = start();
  instance.waitUntilExit().catch(crash);
  return { leave, left };
}

/** Stops the whole job, as the shell would on Ctrl-Z, and resolves once fg has woken it. */
export async function stopUntilForeground(): Promise<void> {
  const woken = new Promise<void>((resolve) => process.once("SIGCONT", () => resolve()));
  process.kill(0, "SIGSTOP");
  // The signal may have been delivered while everything stood still.
  await Promise.race([woken, sleep(50)]);
}
