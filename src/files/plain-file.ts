import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, lstat, open, stat } from "node:fs/promises";
import { devNull } from "node:os";

/** A regular file's bytes, permission bits and owner. All are of the file that was read. */
export type PlainFile = {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  /** Another one after any change of text or permissions; null of a pipe and /dev/null, which do not change. */
  readonly identity: string | null;
};

/** A file that was not read. */
export type Unreadable = {
  readonly ok: false;
  /** The system's, or ours: `KIND` (no regular file), `SIZE`, `LATE`. */
  readonly code: string;
  /** Follows the path in a sentence: "is a named pipe". */
  readonly why: string;
  /** Follows "found": "a named pipe", "no such file". */
  readonly found: string;
  /** What stands at the path: a pipe can be read as a stream; nothing where nothing can be seen. */
  readonly kind: "pipe" | "other" | "nothing";
};

export type FileRead = PlainFile | Unreadable;

/**
 * No open and no read waits: not for the writer of a pipe, not for a terminal's line, not for the end of another
 * program's lease. No terminal becomes that of the process.
 */
export const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const chunkBytes = 65_536;

/**
 * Reads a regular file of at most `maxBytes`, off the thread that draws. Never rejects. It has no deadline: see
 * `services/files.ts`.
 * @param links whether a link as the last part of the path is followed
 */
export async function readPlainFile(
  path: string,
  maxBytes: number,
  links: "follow" | "refuse" = "follow",
): Promise<FileRead> {
  let handle: FileHandle | null = null;
  let isSeen = false;
  try {
    // To open a device can have an effect, such as rewinding a tape: its kind is looked at before.
    const seen = await (links === "follow" ? stat : lstat)(path);
    isSeen = true;
    const before = isNull(seen) ? emptyFile : refusal(seen, maxBytes);
    if (before) return before;
    handle = await open(path, links === "follow" ? openFlags : openFlags | constants.O_NOFOLLOW);
    const found = await handle.stat();
    const refused = refusal(found, maxBytes);
    if (refused) return refused;
    const chunks: Buffer[] = [];
    for (let length = 0; ; ) {
      const chunk = Buffer.allocUnsafe(chunkFor(found.size, length, maxBytes));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return whole(found, chunks);
      length += bytesRead;
      if (length > maxBytes) return tooLarge(maxBytes);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } catch (cause) {
    return failure(cause, isSeen);
  } finally {
    await handle?.close().catch(() => {});
  }
}

/** As {@link readPlainFile}, at once: for files of the machine's own disk, and for programs that draw nothing. */
export function readPlainFileNow(path: string, maxBytes: number): FileRead {
  let descriptor: number | null = null;
  let isSeen = false;
  try {
    const seen = statSync(path);
    isSeen = true;
    const before = isNull(seen) ? emptyFile : refusal(seen, maxBytes);
    if (before) return before;
    descriptor = openSync(path, openFlags);
    const found = fstatSync(descriptor);
    const refused = refusal(found, maxBytes);
    if (refused) return refused;
    const chunks: Buffer[] = [];
    for (let length = 0; ; ) {
      const chunk = Buffer.allocUnsafe(chunkFor(found.size, length, maxBytes));
      const bytesRead = readSync(descriptor, chunk, 0, chunk.length, null);
      if (bytesRead === 0) return whole(found, chunks);
      length += bytesRead;
      if (length > maxBytes) return tooLarge(maxBytes);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } catch (cause) {
    return failure(cause, isSeen);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** One byte more than is left, so that the end is seen; the size of a file that grows, or of one in /proc, says nothing. */
function chunkFor(size: number, length: number, maxBytes: number): number {
  return Math.min(Math.max(size - length + 1, length === 0 ? 1 : chunkBytes), maxBytes - length + 1);
}

function whole(found: Stats, chunks: readonly Buffer[]): PlainFile {
  const { mode, uid } = found;
  return { ok: true, bytes: Buffer.concat(chunks), mode: mode & 0o777, uid, identity: identityOf(found) };
}

/** A file without a change since `identity` was taken has the same one. Never rejects. */
export async function seenAt(path: string): Promise<string> {
  return stat(path).then(identityOf, (cause: unknown) => failure(cause, false).code);
}

function identityOf({ dev, ino, mode, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, mode, size, mtimeMs, ctimeMs].join();
}

/** Whether it is /dev/null, which people name where they want no file. */
function isNull(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === statSync(devNull).rdev;
}

/** Its mode lets everybody write, which changes nothing in it. */
const emptyFile: PlainFile = { ok: true, bytes: Buffer.alloc(0), mode: 0o400, uid: 0, identity: null };

function refusal(found: Stats, maxBytes: number): Unreadable | null {
  if (found.isFIFO()) return unreadable("KIND", "a named pipe", "pipe");
  if (!found.isFile()) return unreadable("KIND", kindOf(found));
  return found.size > maxBytes ? tooLarge(maxBytes) : null;
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a directory";
  if (found.isSymbolicLink()) return "a link";
  return found.isSocket() ? "a socket" : "a device";
}

export function tooLarge(maxBytes: number): Unreadable {
  const size = maxBytes >= 1_048_576 ? `${maxBytes / 1_048_576} MB` : `${maxBytes / 1024} kB`;
  return { ...unreadable("SIZE", `a file of more than ${size}`), why: `is larger than ${size}` };
}

/** @param found what is there, as a noun */
export function unreadable(code: string, found: string, kind: Unreadable["kind"] = "other"): Unreadable {
  return { ok: false, code, found, kind, why: `is ${found}` };
}

/** The reason of an error of the system. */
export function failure(cause: unknown, isSeen: boolean): Unreadable {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "error";
  const [found, why] = reasons[code] ?? [`an error (${code})`, `cannot be read (${code})`];
  return { ok: false, code, found, why, kind: isSeen ? "other" : "nothing" };
}

/** True for a file, or a folder on the way to it, that is not there. */
export function isAbsent(read: FileRead): boolean {
  return !read.ok && ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(read.code);
}

const absent = ["no such file", "is not there"] as const;
const forbidden = ["no permission to read it", "cannot be read: no permission"] as const;

const reasons: Readonly<Record<string, readonly [found: string, why: string]>> = {
  ENOENT: absent,
  ENOTDIR: absent,
  ENAMETOOLONG: absent,
  EACCES: forbidden,
  EPERM: forbidden,
  ELOOP: ["a loop of links", "is a loop of links"],
  ENXIO: ["a socket", "is a socket"],
  EAGAIN: ["nothing to read now", "has nothing to read now"],
};
