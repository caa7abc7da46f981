import { existsSync } from "node:fs";
import example from "../../config.example.yaml" with { type: "text" };
import { saveConfig } from "../config/edit/save.ts";
import { starterConfig } from "../config/edit/starter.ts";
import { isConfigName, printable } from "../config/error.ts";
import { defaultFile } from "../config/locate.ts";
import type { Flags } from "../config/settings.ts";
import { isNamedTwice, refuseTwoFiles } from "./config.ts";
import { complain, printPath } from "./output.ts";

/**
 * Writes a commented config file where the one that counts would be, for its owner only. Exit code 1 when it is there
 * already, which is never changed, or cannot be written.
 */
export async function configInit(file: string | null, flags: Flags): Promise<number> {
  if (isNamedTwice(file, flags)) return refuseTwoFiles("init");
  const path = file ?? flags.config ?? (process.env["PGPARADE_CONFIG"] || defaultFile(process.env));
  const problem = path === null ? "name a file: there is no home folder" : await write(path);
  if (problem === null) {
    await printPath(path ?? "");
    return 0;
  }
  complain(`pgparade: ${problem}`);
  return 1;
}

async function write(path: string): Promise<string | null> {
  if (existsSync(path)) return "the file is there already: nothing was written";
  const problem = await saveConfig(path, starterConfig(example), null);
  // A path of the command line may be a password in the wrong place.
  return isConfigName(path) ? problem : (problem?.replaceAll(printable(path), "the file") ?? null);
}
