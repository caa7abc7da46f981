import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Paths that no program should read, each with the words that say why, and a function that removes them. */
export type AwkwardFiles = {
  readonly folder: string;
  readonly paths: Readonly<Record<string, readonly [path: string, why: RegExp]>>;
  readonly remove: () => void;
};

/** Makes one of each kind. */
export async function awkwardFiles(): Promise<AwkwardFiles> {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-awkward-"));
  const at = (name: string) => join(folder, name);
  execFileSync("mkfifo", ["-m", "600", at("pipe")]);
  mkdirSync(at("folder"));
  symlinkSync("/dev/zero", at("zero"));
  symlinkSync("loop", at("loop"));
  symlinkSync(at("pipe"), at("link-to-pipe"));
  closeSync(openSync(at("sparse"), "w", 0o600));
  truncateSync(at("sparse"), 5 * 1024 ** 3);
  const server = createServer();
  await new Promise<void>((listening) => server.listen(at("socket"), listening));
  return {
    folder,
    paths: {
      "a named pipe": [at("pipe"), /is a named pipe/],
      "a link to a named pipe": [at("link-to-pipe"), /is a named pipe/],
      "an endless device": ["/dev/zero", /is a device/],
      "a link to an endless device": [at("zero"), /is a device/],
      "the terminal": ["/dev/tty", /is a device/],
      "a directory": [at("folder"), /is a directory/],
      "a socket": [at("socket"), /is a socket/],
      "a loop of links": [at("loop"), /is a loop of links/],
      "a sparse file of 5 GB": [at("sparse"), /is larger than \d+ (MB|kB)/],
    },
    remove: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
