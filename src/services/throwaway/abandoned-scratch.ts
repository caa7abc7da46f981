import { lstat, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "../../files/plain-file.ts";
import { readFileInTime } from "../files.ts";
import { endServersIn } from "./end-servers.ts";
import { identityOf, pidNamespace } from "./processes.ts";

const ownerFile = "owner.json";
/** Long enough for a process between making its directory and writing its name into it. */
const unownedMs = 60_000;

/** Writes into a scratch directory which process it belongs to. */
export async function writeOwner(directory: string): Promise<void> {
  const owner = { identity: identityOf(process.pid), namespace: pidNamespace() };
  await writeFile(join(directory, `${ownerFile}.new`), JSON.stringify(owner));
  await rename(join(directory, `${ownerFile}.new`), join(directory, ownerFile));
}

/**
 * Ends and removes the scratch directories in `parent` whose owner was killed before it could do so itself.
 * Only real directories of our own account are looked at: anyone may put a link of that name into /tmp.
 */
export async function removeAbandoned(parent: string, prefixes: readonly string[]): Promise<void> {
  const names = (await readdir(parent)).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  await Promise.all(
    names.map(async (name) => {
      const directory = join(parent, name);
      if (await isAbandoned(directory).catch(() => false)) await endServersIn(directory).catch(() => {});
    }),
  );
}

async function isAbandoned(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => null);
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return false;
  const read = await readFileInTime(join(directory, ownerFile), 4096);
  if (isAbsent(read)) return Date.now() - found.mtimeMs > unownedMs;
  // What could not be read now may well have an owner.
  if (!read.ok) return false;
  const { identity, namespace } = JSON.parse(read.bytes.toString("utf8")) as {
    identity: string;
    namespace: string;
  };
  return namespace === pidNamespace() && identityOf(Number.parseInt(identity, 10)) !== identity;
}
