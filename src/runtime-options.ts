import { accessSync, statSync } from "node:fs";
import { isatty } from "node:tty";

/** What a function or loop has to count up to before the optimising compiler takes it; 1000 otherwise. */
const worthwhile = "300000";

/**
 * The memory of the machine in bytes, as the collector is to see it. By the true size of a server it lets as much garbage
 * gather as there is live data, and more: a heap of less than a quarter of the memory may double.
 */
const heapFor = String(64 * 1024 ** 2);

/** Bytes between two collections, at least: with the usual 8 MB the first frame of 200 nodes waits for two, now for one. */
const betweenCollections = String(16 * 1024 ** 2);

/** Options of JavaScriptCore, of Bun and of its allocator, which read them from the environment, once, before any of our code runs. */
const options: Readonly<Record<string, string>> = {
  BUN_JSC_thresholdForOptimizeAfterWarmUp: worthwhile,
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: worthwhile,
  BUN_JSC_thresholdForOptimizeSoon: worthwhile,
  BUN_JSC_forceRAMSize: heapFor,
  BUN_JSC_largeHeapSize: betweenCollections,
  // Otherwise Bun collects each second for half a minute, however little there is, and then seldom.
  BUN_GC_TIMER_DISABLE: "1",
  // What a second frees the next second takes again: to give it back to the kernel meanwhile takes a quarter of our time.
  MIMALLOC_PURGE_HOLES: "0",
};

/**
 * Starts a program that draws a screen once more in the same process, with the runtime's options set. In the second
 * start it takes them out of the environment, so that no child inherits them. An option that the user has set keeps the
 * user's value. Where a process cannot be replaced by another, or was given an open file, the program runs without the
 * options.
 */
export function setRuntimeOptions(): void {
  const { env } = process;
  const names = Object.keys(options);
  if (names.some((name) => env[name] !== undefined)) {
    for (const name of names) delete env[name];
    return;
  }
  // A command that prints and ends is over before the options save anything.
  if (!isatty(0) || !isatty(1)) return;
  const [, script = "", ...args] = process.argv;
  // The shell's `<(…)` is a file that the second start would find closed.
  if (
    [...args, ...Object.values(env)].some((text) => /(?:^|=)\/(?:dev|proc\/[\w-]+)\/fd\/\d/.test(text ?? ""))
  )
    return;
  // In the executable the script is inside, and is named in no argument.
  const isPackaged = script.startsWith("/$bunfs/");
  const command = [process.argv0, ...process.execArgv, ...(isPackaged ? args : [script, ...args])];
  try {
    process.execve?.(process.execPath, command, { ...withoutLostRoots(env), ...options });
  } catch {
    // It costs more, and is otherwise the same.
  }
}

/** The runtime complains on standard error, which is the screen, of roots that cannot be read. */
function withoutLostRoots(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: roots, ...others } = env;
  if (roots === undefined) return env;
  try {
    accessSync(roots);
    return statSync(roots).isFile() ? env : others;
  } catch {
    return others;
  }
}
