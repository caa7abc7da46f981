import { randomUUID } from "node:crypto";
import { mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file that is its owner's alone, in a folder that is made if it is not there. It takes the place of the one before
 * in one step: whoever reads sees either, and a link that someone put there is not followed. Null when it is done, else why
 * not. Never rejects.
 */
export async function writePrivateFile(path: string, text: string): Promise<string | null> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await using file = await open(beside, "wx", 0o600);
    await file.writeFile(text);
    await rename(beside, path);
    return null;
  } catch (cause) {
    await unlink(beside).catch(() => {});
    return cause instanceof Error ? cause.message : String(cause);
  }
}
