import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { Pipe } from "../files/pipe.ts";
import {
  type FileRead,
  failure,
  readPlainFile,
  seenAt,
  tooLarge,
  type Unreadable,
  unreadable,
} from "../files/plain-file.ts";
import { sleep, withDeadline } from "./schedule.ts";

/** Shorter than a login may take, so that the file is named and not the server. */
const deadlineMs = 2000;

/** What a command that decrypts a config, and asks a service far away for the key, may take. */
const pipeDeadlineMs = 10_000;
/** How often a pipe is looked at: it has nothing that could wake us without a thread. */
const pipeLookMs = 10;

/** The last look into each folder. One at a time: one that is not answered holds a thread of the runtime. */
const underway = new Map<string, Promise<unknown>>();
/** Folders with a look that was not answered in time. */
const silent = new Set<string>();
/** The runtime has a thread for each processor. One is left where there are more than two: names are resolved there too. */
const mostSilent = Math.max(2, availableParallelism() - 1);

/**
 * Reads a regular file of at most `maxBytes`, off the thread that draws, within 2 s. Never rejects. A folder on a
 * network that is gone is left alone until its first read comes back.
 * @param links whether a link as the last part of the path is followed
 */
export function readFileInTime(
  path: string,
  maxBytes: number,
  links: "follow" | "refuse" = "follow",
): Promise<FileRead> {
  return inTime(dirname(path), () => readPlainFile(path, maxBytes, links), late);
}

/** The text of a file; empty when there is none or it cannot be read. For what is good to know and never needed. */
export async function textInTime(path: string, maxBytes: number): Promise<string> {
  const read = await readFileInTime(path, maxBytes);
  return read.ok ? read.bytes.toString("utf8") : "";
}

/** What tells whether the file at a path was changed: `identity` of {@link FileRead}, or why it cannot be seen. Never rejects. */
export function identityInTime(path: string): Promise<string> {
  return inTime(
    dirname(path),
    () => seenAt(path),
    (folder) => late(folder).code,
  );
}

/** Looks into a folder when it is its turn; what comes of it, or of `late` when that takes more than 2 s. */
async function inTime<T>(folder: string, look: () => Promise<T>, late: (folder: string) => T): Promise<T> {
  if (silent.has(folder) || silent.size >= mostSilent) return late(folder);
  let isLate = false;
  const turn = underway.get(folder) ?? Promise.resolve();
  const answer = turn.then(() => (isLate ? late(folder) : look()));
  underway.set(folder, answer);
  void answer.then(() => {
    if (underway.get(folder) !== answer) return;
    underway.delete(folder);
    silent.delete(folder);
  });
  return withDeadline(answer, deadlineMs, () => new Error()).catch(() => {
    isLate = true;
    silent.add(folder);
    return late(folder);
  });
}

function late(folder: string): Unreadable {
  const [first = folder] = silent;
  const why = silent.has(folder) ? "does not answer" : `waits for ${first}, which does not answer`;
  return { ...unreadable("LATE", "a file system that does not answer"), why };
}

/**
 * Reads a file, or a pipe to its end, which has to come within 10 s. Never rejects. For what is read once, at the start:
 * a shell gives a command's output as a pipe.
 */
export async function readFileOrPipe(path: string, maxBytes: number): Promise<FileRead> {
  const read = await readFileInTime(path, maxBytes);
  if (read.ok || read.kind !== "pipe") return read;
  let pipe: Pipe | null = null;
  try {
    pipe = await Pipe.open(path);
    return pipe ? await drain(pipe, maxBytes) : read;
  } catch (cause) {
    return failure(cause, true);
  } finally {
    await pipe?.close();
  }
}

async function drain(pipe: Pipe, maxBytes: number): Promise<FileRead> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (const until = performance.now() + pipeDeadlineMs; performance.now() < until; ) {
    const piece = await pipe.take();
    if (piece === null)
      return { ok: true, bytes: Buffer.concat(chunks), mode: pipe.mode, uid: pipe.uid, identity: null };
    if (piece.length === 0) await sleep(pipeLookMs);
    length += piece.length;
    if (length > maxBytes) return tooLarge(maxBytes);
    chunks.push(piece);
  }
  const seconds = `${pipeDeadlineMs / 1000} s`;
  return unreadable(
    "LATE",
    length === 0
      ? `a pipe that nothing came from within ${seconds}`
      : `a pipe without an end within ${seconds}`,
    "pipe",
  );
}
