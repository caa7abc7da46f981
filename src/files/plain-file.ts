import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, lstat, open, stat } from "node:fs/promises";

/** A regular file's bytes, permission bits and owner. All three are of the file that was read. */
export type PlainFile = {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
};

/**
 * A file that was not read. `code` is the system's, or ours: `KIND` (no regular file), `SIZE`, `LATE`.
 * `why` follows the path in a sentence: "is a named pipe". `kind` is `pipe` for one that can be read as a stream.
 */
export type Unreadable = {
  readonly ok: false;
  readonly code: string;
  readonly why: string;
  readonly kind: "pipe" | "other";
};

export type FileRead = PlainFile | Unreadable;

/**
 * No open and no read waits: not for the writer of a pipe, not for a terminal's line, not for the end of another
 * program's lease. No terminal becomes that of the process.
 */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

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
  try {
    // To open a device can have an effect, such as rewinding a tape: its kind is looked at before.
    const before = refusal(await (links === "follow" ? stat : lstat)(path), maxBytes);
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
    return unreadable(cause);
  } finally {
    await handle?.close().catch(() => {});
  }
}

/** As {@link readPlainFile}, at once: for files of the machine's own disk, and for programs that draw nothing. */
export function readPlainFileNow(path: string, maxBytes: number): FileRead {
  let descriptor: number | null = null;
  try {
    const before = refusal(statSync(path), maxBytes);
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
    return unreadable(cause);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** One byte more than is left, so that the end is seen; the size of a file that grows, or of one in /proc, says nothing. */
function chunkFor(size: number, length: number, maxBytes: number): number {
  return Math.min(Math.max(size - length + 1, length === 0 ? 1 : chunkBytes), maxBytes - length + 1);
}

function whole({ mode, uid }: Stats, chunks: readonly Buffer[]): PlainFile {
  return { ok: true, bytes: Buffer.concat(chunks), mode: mode & 0o777, uid };
}

function refusal(found: Stats, maxBytes: number): Unreadable | null {
  if (!found.isFile()) return { ok: false, code: "KIND", ...kindInWords(found) };
  return found.size > maxBytes ? tooLarge(maxBytes) : null;
}

function kindInWords(found: Stats): Pick<Unreadable, "why" | "kind"> {
  if (found.isFIFO()) return { kind: "pipe", why: "is a named pipe" };
  if (found.isDirectory()) return { kind: "other", why: "is a directory" };
  if (found.isSymbolicLink()) return { kind: "other", why: "is a link" };
  return { kind: "other", why: found.isSocket() ? "is a socket" : "is a device" };
}

function tooLarge(maxBytes: number): Unreadable {
  const size = maxBytes >= 1_048_576 ? `${maxBytes / 1_048_576} MB` : `${maxBytes / 1024} kB`;
  return { ok: false, code: "SIZE", kind: "other", why: `is larger than ${size}` };
}

/** The reason of an error of the file system. */
function unreadable(cause: unknown): Unreadable {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "error";
  return { ok: false, code, kind: "other", why: reasons[code] ?? `cannot be read (${code})` };
}

/** True for a file, or a folder on the way to it, that is not there. */
export function isAbsent(read: FileRead): boolean {
  return !read.ok && (read.code === "ENOENT" || read.code === "ENOTDIR");
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  ENOTDIR: "is not there",
  ENAMETOOLONG: "is not there",
  EACCES: "cannot be read: no permission",
  EPERM: "cannot be read: no permission",
  ELOOP: "is a loop of links",
  ENXIO: "is a socket",
  EAGAIN: "has nothing to read now",
};
