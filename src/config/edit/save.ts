import { randomUUID } from "node:crypto";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readPlainFile } from "../../files/plain-file.ts";
import { printable } from "../error.ts";
import { largestBytes } from "../reading.ts";

/**
 * Writes a config file so that there is never half of one: into a new file beside it, onto the disk, then renamed over
 * it. It keeps its permissions and owner; a new one is for its owner only, as its folder is. A link stays a link to the
 * file that is written. Null when it is done; else why not, in a sentence, with nothing changed.
 * @param expected what the file held when the edit began; null when there was none
 */
export async function saveConfig(
  path: string,
  text: string,
  expected: string | null,
): Promise<string | null> {
  try {
    const target = await followed(path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
    try {
      await writeNew(beside, text, target);
      if ((await textOf(target)) !== expected)
        return `${printable(path)} was changed by somebody else meanwhile: nothing was written, try again`;
      await rename(beside, target);
      await syncFolder(dirname(target));
    } finally {
      await unlink(beside).catch(() => {});
    }
    return null;
  } catch (cause) {
    const code = codeOf(cause);
    return `${printable(path)} could not be written: ${reasons[code] ?? code}`;
  }
}

/** Null when there is no file. */
async function textOf(file: string): Promise<string | null> {
  const read = await readPlainFile(file, largestBytes);
  if (read.ok) return read.bytes.toString("utf8");
  if (read.code === "ENOENT") return null;
  throw Object.assign(new Error(read.why), {
    code: read.code === "KIND" ? `it is ${read.found}` : read.code,
  });
}

/** The file that a path leads to, through links, though it may not be there yet. */
async function followed(path: string): Promise<string> {
  for (let [at, hops] = [resolve(path), 0]; ; hops++) {
    const found = await lstat(at).catch(() => null);
    if (!found?.isSymbolicLink()) return found ? realpath(at) : at;
    if (hops > 20) throw Object.assign(new Error("a loop of links"), { code: "ELOOP" });
    at = resolve(dirname(at), await readlink(at));
  }
}

/** Makes a file that was not there, which no link can lead elsewhere, and has it on the disk before it is used. */
async function writeNew(file: string, text: string, like: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await takeAfter(handle, like);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function takeAfter(handle: FileHandle, like: string): Promise<void> {
  const found = await stat(like).catch(() => null);
  if (!found) return;
  const { mode, uid, gid } = found;
  const own = await handle.stat();
  // Who may not give files away owns the new one; the mode is set after, since a change of owner clears bits of it.
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid).catch(() => {});
  await handle.chmod(mode & 0o777);
}

/** Renaming is a change of the folder. Where folders cannot be opened, the file system keeps its own order. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "no space is left",
  ENOENT: "its folder is gone",
  EEXIST: "its folder is none",
  ENOTDIR: "its folder is none",
  ELOOP: "a loop of links",
  EBUSY: "it is mounted as a single file, which cannot be replaced",
};
