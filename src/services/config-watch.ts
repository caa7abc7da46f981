import { type FSWatcher, watch } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { log } from "../log.ts";
import { identityInTime } from "./files.ts";
import { after, every } from "./schedule.ts";

/** Editors write in several steps: a file counts as saved when it has been left alone this long. */
const settleMs = 150;
/** How often it is looked at all the same: a network's file system tells of nothing, and a system has few watchers. */
const lookEveryMs = 5000;

/**
 * Calls `saved` when the file was changed, replaced, removed or put back, once it has settled. The folders are
 * watched and not the file: one that was saved by renaming is another file, of which the old watch says nothing.
 * The returned function ends it. A folder that cannot be watched is noted in the log.
 * @param asRead the file's `identity` when it was read (`files/plain-file.ts`), which may be a while ago
 */
export function watchFile(file: string, saved: () => void, asRead: string): () => void {
  const watchers = new Map<string, FSWatcher>();
  let last = asRead;
  let isOver = false;
  let callOff = () => {};
  /** Looks whether the file was changed; one look after the other, since each one waits for the disk. */
  let looked: Promise<void> = Promise.resolve();
  const look = (isAnnounced: boolean) => {
    looked = looked.then(async () => {
      const now = await identityInTime(file);
      // A disk that does not answer says nothing of a change that no event announced.
      if (isOver || now === last || (now === "LATE" && !isAnnounced)) return;
      last = now;
      // A thread is enough for a disk that does not answer.
      if (now !== "LATE") await follow();
      if (!isOver) saved();
    });
  };
  const stirred = () => {
    callOff();
    if (!isOver) callOff = after(settleMs, () => look(true));
  };
  /** After every save a link may lead elsewhere, and the folder may be another one of the same name. */
  const follow = async () => {
    const target = await realpath(file).catch(() => file);
    if (isOver) return;
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
    for (const folder of new Set([dirname(file), dirname(target)])) start(folder);
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
  // It may have been changed between being read and being watched.
  void follow().then(stirred);
  const stopLooking = every(lookEveryMs, () => look(false));
  return () => {
    isOver = true;
    stopLooking();
    callOff();
    for (const watcher of watchers.values()) watcher.close();
  };
}
