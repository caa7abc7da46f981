import { afterAll } from "bun:test";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Servers, serversForTests } from "./servers.ts";

/** Real servers whose messages are German, severities included. */
export function germanServers(): Servers {
  const made: string[] = [];
  afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));
  const binaries = async () => {
    const folder = await mkdtemp(join(tmpdir(), "pgparade-test-german-"));
    made.push(folder);
    await chmod(folder, 0o755);
    return germanBinaries(folder);
  };
  return serversForTests({ binaries, settings: { lc_messages: "de_DE.UTF-8" } });
}

/**
 * Server binaries with translations, in `folder`, which every account may enter: those of the distribution (packages
 * postgresql and locales), started with a German locale that is made in the folder. The packaged binaries have English
 * only. Rejects with what is missing.
 */
async function germanBinaries(folder: string): Promise<string> {
  const installed = "/usr/lib/postgresql";
  const majors = (await readdir(installed).catch(() => [])).toSorted((a, b) => Number(b) - Number(a));
  for (const major of majors) {
    const bin = join(installed, major, "bin");
    if (!(await exists(join(bin, "initdb")))) continue;
    if (!(await exists(`/usr/share/locale/de/LC_MESSAGES/postgres-${major}.mo`))) continue;
    const locale = join(folder, "de_DE.UTF-8");
    // It warns of what the locale lacks by its own standard, and ends with 1 then.
    const define = ["-i", "de_DE", "-f", "UTF-8", locale];
    await promisify(execFile)("localedef", define).catch(() => {});
    if (!(await exists(join(locale, "LC_MESSAGES")))) throw new Error("localedef made no German locale");
    await mkdir(join(folder, "bin"));
    for (const program of ["postgres", "initdb"]) {
      const script = `#!/bin/sh\nLOCPATH='${folder}' exec '${join(bin, program)}' "$@"\n`;
      await writeFile(join(folder, "bin", program), script);
      await chmod(join(folder, "bin", program), 0o755);
    }
    return folder;
  }
  throw new Error(`no server with German messages in ${installed}: apt-get install postgresql locales`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
