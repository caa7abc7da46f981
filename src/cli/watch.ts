import { basename } from "node:path";
import { noScreenBecause } from "../app/terminal.ts";
import type { UnsavedFile } from "../config/file/document.ts";
import { loadSettings } from "../config/load.ts";
import { locateFile } from "../config/locate.ts";
import type { FoundNow } from "../config/resolve/discovered.ts";
import type { Flags, Settings } from "../config/settings.ts";
import { ConfigFiles } from "../services/config-files.ts";
import { complain } from "./output.ts";

/** The live screen. Exit code 2 when the config is wrong, before the screen is taken. */
export async function watch(flags: Flags, targets: readonly string[]): Promise<number> {
  // The screen's packages are read and its layout engine is compiled while the config is.
  const screen = import("../app/tui.tsx");
  const files = new ConfigFiles();
  const { read } = files;
  const named = await files.afresh(() => locateFile(flags, process.env, read), "files and pipes");
  if (named !== null) await import("../config/file/file.ts");
  const first = () => loadSettings(flags, targets, process.env, null, read);
  const loaded = await files.afresh(first, "files and pipes");
  if (!loaded.ok) {
    complain(loaded.error.message);
    return 2;
  }
  const obstacle = noScreenBecause(process.env);
  if (obstacle !== null) {
    complain(`pgparade: ${obstacle}; try \`pgparade show fleet\` or \`pgparade check\``);
    return 3;
  }
  const { file } = loaded.settings;
  // By its name, so that a file that is gone is an error and not a config without one.
  const found: FoundNow = { servers: new Map() };
  const load = (unsaved?: UnsavedFile) => {
    const named = { ...flags, config: file ?? flags.config };
    return loadSettings(named, targets, process.env, unsaved, read, found.servers);
  };
  // A choice of --cluster or --group says nothing of a connection that is in none.
  const anyOf = { ...flags, cluster: undefined, group: undefined };
  const loadTarget = (target: string) => loadSettings(anyOf, [target], process.env, null, read);
  const { runTui } = await screen;
  return runTui(loaded.settings, {
    source: { files, found, load, loadTarget, titleOf: (settings) => titleOf(settings, flags) },
  });
}

/** What is watched, in a word: the cluster chosen, the only node, the number of nodes, or the config's own name. */
function titleOf({ nodes, file }: Settings, flags: Flags): string {
  const [only, another] = nodes;
  if (flags.cluster) return flags.cluster;
  if (only && !another) return only.name;
  const name = file === null ? "config" : basename(file).replace(/\.ya?ml$/, "");
  return name === "config" ? `${nodes.length} nodes` : name;
}
