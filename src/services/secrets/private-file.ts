import { readFile, stat } from "node:fs/promises";
import { type Absent, failed, nothing } from "./password-lookup.ts";

/** More than any file of passwords that people keep; a log named by mistake is not read to its end. */
const largestBytes = 1_048_576;

/**
 * The text of a file that only its owner can read. One that its group or others have any access to is left alone, as
 * libpq does with its password file (libpq, "The Password File"). `name` says in errors what the file is.
 * Never rejects.
 */
export async function readPrivateFile(
  name: string,
  path: string,
): Promise<{ readonly text: string } | Absent> {
  try {
    const found = await stat(path);
    // Reading a pipe would wait for its writer.
    if (!found.isFile()) return failed(`${name} ${path} is no plain file`);
    if (process.platform !== "win32" && (found.mode & 0o077) !== 0)
      return failed(`${name} ${path} can be read by others: run chmod 600 on it`);
    if (found.size > largestBytes) return failed(`${name} ${path} is larger than 1 MB`);
    return { text: await readFile(path, "utf8") };
  } catch (cause) {
    return isAbsent(cause)
      ? nothing(`there is no ${name} ${path}`)
      : failed(`${name} ${path} cannot be read`);
  }
}

/** True for the error of a file, or of a folder on the way to it, that is not there. */
export function isAbsent(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : null;
  return code === "ENOENT" || code === "ENOTDIR";
}
