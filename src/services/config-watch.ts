import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { log } from "../log.ts";
import { after } from "./schedule.ts";

/** Editors write in several steps: a file counts as saved when it has been left alone this long. */
const settleMs = 150;

/**
 * Calls `saved` when the file was changed, replaced, removed or put back, once it has settled. The folders are
 * watched and not the file: one that was saved by renaming is another file, of which the old watch says nothing.
 * The returned function ends it. A folder that cannot be watched is noted in the log.
 * @param asRead the {@link identity} of the file when it was read, if that is a while ago
 */
export function watchFile(file: string, saved: () => void, asRead = identity(file)): () => void {
  const watchers = new Map<string, FSWatcher>();
  let last = asRead;
  let callOff = () => {};
  const settled = () => {
    const now = identity(file);
    if (now === last) return;
    last = now;
    look();
    saved();
  };
  const stirred = () => {
    callOff();
    callOff = after(settleMs, settled);
  };
  /** A link may lead elsewhere after every save. */
  const look = () => {
    const folders = new Set([dirname(file), dirname(target(file))]);
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) if (!watchers.has(folder)) start(folder);
  };
  const start = (folder: string) => {
    const failed = (error: unknown) =>
      log("warn", "config folder cannot be watched", { error: String(error) });
    try {
      // Nobody waits for it: the program may end while it watches.
      watchers.set(folder, watch(folder, { persistent: false }, stirred).on("error", failed));
    } catch (error) {
      failed(error);
    }
  };
  look();
  if (identity(file) !== last) stirred();
  return () => {
    callOff();
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** Differs after any change of text or permissions; without a file that can be reached, why there is none. */
export function identity(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    return String(error);
  }
}

function target(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
