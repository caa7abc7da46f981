import { basename, dirname } from "node:path";
import { loadSettings } from "../config/load.ts";
import type { Flags, Settings } from "../config/settings.ts";
import { runTui } from "./tui.tsx";

/** The live screen. Exit code 2 when the config is wrong, before the screen is taken. */
export async function watch(flags: Flags, targets: readonly string[]): Promise<number> {
  const loaded = loadSettings(flags, targets, process.env);
  if (!loaded.ok) {
    console.error(loaded.error.message);
    return 2;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    console.error("pgparade: the screen needs a terminal; try `pgparade show fleet` or `pgparade check`");
    return 3;
  }
  return runTui(loaded.settings, { title: titleOf(loaded.settings, flags, targets) });
}

/** What is watched, in a word: the config's name, the only cluster, or the only node. */
function titleOf(settings: Settings, flags: Flags, targets: readonly string[]): string {
  const [only, another] = settings.nodes;
  if (flags.cluster) return flags.cluster;
  if (only && !another) return only.name;
  if (targets.length > 0 || settings.file === null) return `${settings.nodes.length} nodes`;
  const name = basename(settings.file).replace(/\.ya?ml$/, "");
  return name === "config" ? basename(dirname(settings.file)) : name;
}
