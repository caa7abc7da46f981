import { constants } from "node:os";
import type { Instance } from "ink";
import { log } from "../log.ts";
import { anchored } from "../text/cells.ts";
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

/** Every cell blank, the cursor in the first. */
export const eraseScreen = "\u001b[2J\u001b[H";

/** Signals that end a program: it ends as after a key, with the shell's code for them. */
const ending = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGXCPU"] as const;

/**
 * Signals that would end the program though they mean nothing to it. A file that may not grow (SIGXFSZ) and a pipe
 * without a reader are errors of the write. The runtime has no handler for faults (SIGSEGV and the like), SIGSTKFLT and
 * real-time signals, and uses SIGPWR itself.
 */
const ignored = [
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGPIPE",
  "SIGXFSZ",
] as const;

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
    // On a closed window Ink still tries to change the terminal's mode; the error has no reader.
    if (leaving) return log("warn", "while leaving", { report: String(error) });
    const report = maskSecrets(error instanceof Error ? (error.stack ?? error.message) : String(error));
    log("error", "crash", { report });
    instance?.unmount();
    process.stdout.write(restore);
    process.stderr.write(`pgparade: this is a bug, please report it\n${report}\n`);
    process.exit(70);
  };
  // The runtime prints its warnings on standard error, which is the screen.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log("warn", "runtime", { warning: String(warning) }));
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  for (const signal of ending) process.on(signal, () => leave(128 + constants.signals[signal]));
  for (const signal of ignored) process.on(signal, () => {});
  // The terminal is gone. The signal that says so may come later.
  process.stdout.on("error", () => leave(128 + constants.signals.SIGHUP));
  // What was typed until now has been echoed, and the first line would begin behind it.
  process.stdin.setRawMode(true);
  process.stdout.write("\r");
  instance = start();
  instance.waitUntilExit().catch(crash);
  return { leave, left };
}

/** A serial line and some containers have a terminal that gives its size as 0x0: 80x24 is what each can show. */
export function sizeOf(stdout: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  const { columns, rows } = stdout;
  return columns && rows ? { columns, rows } : { columns: 80, rows: 24 };
}

/** The terminal's output for Ink, with words of disputed width held in their cells. */
export function anchoredOutput(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const write: typeof stdout.write = (chunk: string | Uint8Array, ...rest: []) =>
    stdout.write(typeof chunk === "string" ? anchored(chunk) : chunk, ...rest);
  return new Proxy(stdout, {
    get: (target, name) => {
      if (name === "write") return write;
      if (name === "columns" || name === "rows") return sizeOf(target)[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
