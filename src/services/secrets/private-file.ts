import { isAbsent } from "../../files/plain-file.ts";
import { readFileInTime } from "../files.ts";
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
  const read = await readFileInTime(path, largestBytes);
  if (isAbsent(read)) return nothing(`there is no ${name} ${path}`);
  if (!read.ok) return failed(`${name} ${path} ${read.why}`);
  if (process.platform !== "win32" && (read.mode & 0o077) !== 0)
    return failed(`${name} ${path} can be read by others: run chmod 600 on it`);
  return { text: read.bytes.toString("utf8") };
}
