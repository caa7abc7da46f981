import { chmod, chown, mkdir, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAbandoned, writeOwner } from "./abandoned-scratch.ts";
import { endServersIn, endServersNow } from "./end-servers.ts";
import { type Account, findServerBinaries, type ServerBinaries } from "./server-binaries.ts";

/**
 * A temporary directory that throw-away servers live in. Destroying it ends every server in it and removes it;
 * the same happens when the process exits in any way but a signal that it does not handle, after which the next
 * `openScratch` does it.
 */
export type Scratch = {
  readonly directory: string;
  /** Where the servers' Unix-domain sockets are; only their account can enter. */
  readonly socketDirectory: string;
  readonly binaries: ServerBinaries;
  /** Aborted as soon as destruction begins: nothing may be started any more. */
  readonly closing: AbortSignal;
  destroy(): Promise<void>;
};

/** A Unix-domain socket's path holds 103 bytes on every system (sun_path); ours adds 40 to its parent's. */
const longestParent = 60;

const prefixes = { demo: "pgparade-demo-", test: "pgparade-test-" };

/**
 * Makes an empty scratch directory below the system's temporary one, after removing those whose owner is gone.
 * Its servers run from the packaged binaries, or from those in `binariesFolder`. Rejects with what to do about it
 * when the server binaries are missing or do not run.
 */
export async function openScratch(purpose: keyof typeof prefixes, binariesFolder?: string): Promise<Scratch> {
  const temporary = await realpath(tmpdir());
  const parent = Buffer.byteLength(temporary) <= longestParent ? temporary : "/tmp";
  await removeAbandoned(parent, Object.values(prefixes));
  const directory = await mkdtemp(join(parent, prefixes[purpose]));
  const closing = new AbortController();
  const onExit = () => endServersNow(directory);
  process.on("exit", onExit);
  const destroy = async () => {
    closing.abort();
    await endServersIn(directory);
    process.off("exit", onExit);
  };
  try {
    await writeOwner(directory);
    await chmod(directory, 0o711); // the account of the servers passes through; their own folders are closed
    const binaries = await findServerBinaries(join(directory, "native"), binariesFolder);
    const socketDirectory = await makePrivate(join(directory, "s"), binaries.account);
    return { directory, socketDirectory, binaries, closing: closing.signal, destroy };
  } catch (error) {
    await destroy();
    throw error;
  }
}

/** Makes a folder that only the account of the servers can enter. */
export async function makePrivate(folder: string, account: Account | null): Promise<string> {
  await mkdir(folder, { mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}
