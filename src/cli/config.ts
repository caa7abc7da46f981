import { defaultFile, locateFile } from "../config/locate.ts";
import type { Flags, SourceSettings } from "../config/settings.ts";
import { loadOnce } from "../services/config-files.ts";
import { safeName } from "../text/text.ts";
import { complain, printPath } from "./output.ts";

/** Prints the config file that counts. Exit code 0 when there is one; else 1, with the place where one may stand. */
export async function configPath(flags: Flags): Promise<number> {
  const file = locateFile(flags, process.env);
  if (file !== null) {
    await printPath(file);
    return 0;
  }
  const place = defaultFile(process.env);
  complain(`pgparade: there is no config file${place === null ? "" : `; it would be ${place}`}`);
  return 1;
}

/** Checks a config file, by default the one that counts. Exit code 2 when something is wrong, with every problem. */
export async function configValidate(file: string | null, flags: Flags): Promise<number> {
  if (isNamedTwice(file, flags)) return refuseTwoFiles("validate");
  const loaded = await loadOnce(file === null ? flags : { ...flags, config: file }, []);
  if (!loaded.ok) {
    complain(loaded.error.message);
    return 2;
  }
  const { file: read, nodes, sources, views, rules, warnings } = loaded.settings;
  for (const warning of warnings) complain(`pgparade: ${warning}`);
  const count = counted(nodes.length, "node");
  const more = sources.length === 0 ? "" : `, and the members of ${listOf(sources)}`;
  const own =
    views.length + rules.length === 0
      ? ""
      : `; of its own ${counted(views.length, "view")} and ${counted(rules.length, "rule")}`;
  await printPath(read ?? "no config file", `: no mistakes, ${count} to watch${more}${own}`);
  return 0;
}

const counted = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;

function listOf(sources: readonly SourceSettings[]): string {
  return sources.map(({ cluster }) => safeName(cluster)).join(", ");
}

/** Whether a file stands as the argument and another as `--config`: one of them would not be looked at. */
export function isNamedTwice(file: string | null, { config }: Flags): boolean {
  return file !== null && config !== undefined && config !== file;
}

/** Says so, and returns the exit code for it. */
export function refuseTwoFiles(command: string): number {
  complain(`pgparade config ${command}: name one file, as the argument or with --config`);
  return 3;
}
