import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { type FileRead, readPlainFile, type Unreadable } from "../files/plain-file.ts";
import { withDeadline } from "./schedule.ts";

/** Shorter than a login may take, so that the file is named and not the server. */
const deadlineMs = 2000;

/** The last read of each folder. One at a time: a read that is not answered holds a thread of the runtime. */
const underway = new Map<string, Promise<FileRead>>();
/** Folders with a read that was not answered in time. */
const silent = new Set<string>();
/** The runtime has a thread for each processor. One is left where there are more than two: names are resolved there too. */
const mostSilent = Math.max(2, availableParallelism() - 1);

/**
 * Reads a regular file of at most `maxBytes`, off the thread that draws, within 2 s. Never rejects. A folder on a
 * network that is gone is left alone until its first read comes back.
 * @param links whether a link as the last part of the path is followed
 */
export async function readFileInTime(
  path: string,
  maxBytes: number,
  links: "follow" | "refuse" = "follow",
): Promise<FileRead> {
  const folder = dirname(path);
  if (silent.has(folder) || silent.size >= mostSilent) return late(folder);
  let isLate = false;
  const turn = underway.get(folder) ?? Promise.resolve();
  const read = turn.then(() => (isLate ? late(folder) : readPlainFile(path, maxBytes, links)));
  underway.set(folder, read);
  void read.then(() => {
    if (underway.get(folder) !== read) return;
    underway.delete(folder);
    silent.delete(folder);
  });
  return withDeadline(read, deadlineMs, () => new Error()).catch(() => {
    isLate = true;
    silent.add(folder);
    return late(folder);
  });
}

/** The text of a file; empty when there is none or it cannot be read. For what is good to know and never needed. */
export async function textInTime(path: string, maxBytes: number): Promise<string> {
  const read = await readFileInTime(path, maxBytes);
  return read.ok ? read.bytes.toString("utf8") : "";
}

function late(folder: string): Unreadable {
  const [first = folder] = silent;
  const why = silent.has(folder) ? "does not answer" : `waits for ${first}, which does not answer`;
  return { ok: false, code: "LATE", kind: "other", why };
}
