import { mkdir, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { maskDeeply, maskInOurWords } from "./text/known-secrets.ts";
import { safeJson } from "./text/text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
type Entry = { readonly level: LogLevel; readonly message: string; readonly fields: object };

const waiting: Entry[] = [];
let logger: Logger | null = null;
let isOff = false;

/** Where the log is: the XDG state folder. */
export function logDirectory(environment: Record<string, string | undefined>): string {
  return join(environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "pgparade");
}

/**
 * Starts writing JSON lines to a file that is rotated at 5 MB, four of them kept, readable by the user only.
 * Loaded after the first frame: until then lines wait in memory. A folder that cannot be written to, or whose
 * log is no regular file, turns the log off; the program goes on, and the reason is returned.
 */
export async function openLog(directory: string, level: LogLevel): Promise<string | null> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await refuseOtherKinds(directory);
    const [{ default: pino }, { default: roll }] = await Promise.all([import("pino"), import("pino-roll")]);
    const file = await roll({
      file: join(directory, "pgparade"),
      extension: ".log",
      size: "5m",
      limit: { count: 4 },
      mkdir: false,
      mode: 0o600,
      sync: true,
    });
    file.on("error", () => {
      isOff = true;
    });
    // Whoever looks at the file does it on a terminal.
    const hooks = { streamWrite: safeJson };
    logger = pino({ level, base: { pid: process.pid }, hooks }, file);
    for (const entry of waiting.splice(0)) log(entry.level, entry.message, entry.fields);
    return null;
  } catch (error) {
    isOff = true;
    waiting.length = 0;
    return error instanceof Error ? error.message : String(error);
  }
}

/** A pipe would have every line wait for its reader, and a terminal shows them on the screen. Rejects with words. */
async function refuseOtherKinds(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^pgparade.*\.log$/.test(name)) continue;
    const path = join(directory, name);
    // A link that leads nowhere becomes a file, as a log that is not there yet.
    const found = await stat(path).catch(() => null);
    if (found && !found.isFile()) throw new Error(`${path} is no regular file`);
  }
}

/** One line in the log file; never on the screen. Secrets that are known are stars in it, wherever they stand. */
export function log(level: LogLevel, message: string, fields: object = {}): void {
  if (isOff) return;
  if (logger) logger[level](maskDeeply(fields), maskInOurWords(message));
  else if (waiting.length < 1000) waiting.push({ level, message, fields });
}
