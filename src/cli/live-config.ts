import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Loaded, Settings } from "../config/load.ts";
import { log } from "../log.ts";
import type { Collector } from "../services/collector.ts";
import { watchFile } from "../services/config-watch.ts";
import type { ConnectionManager } from "../services/connection-manager.ts";
import type { NodeChanges } from "../services/node-changes.ts";
import { type Store, updateScreen } from "../store/store.ts";
import { connectionList } from "./connection-list.ts";

type Program = {
  readonly manager: ConnectionManager;
  readonly collector: Collector;
  readonly store: Store;
  /** Draws with the theme of these settings. */
  readonly redraw: (settings: Settings) => void;
};

export type LiveConfig = {
  /** Reads the whole configuration again, the same way as at the start. */
  readonly load: () => Loaded;
  readonly titleOf: (settings: Settings) => string;
};

/**
 * Applies every good edit of the config file while the program runs. A bad one changes nothing and is told with its
 * place. The returned function ends it.
 */
export function followConfig(start: Settings, { load, titleOf }: LiveConfig, program: Program): () => void {
  const { file } = start;
  if (file === null) return () => {};
  let current = start;
  const tell = (notice: string) => updateScreen(program.store, (screen) => ({ ...screen, notice }));
  return watchFile(file, () => {
    const loaded = load();
    const why = loaded.ok ? emptied(file, current, loaded.settings) : loaded.error.message;
    if (!loaded.ok || why !== null) {
      log("warn", "config refused", { why });
      return tell(shortened(why ?? "", file));
    }
    const { settings } = loaded;
    const changes = program.manager.become(settings.nodes);
    program.collector.regroup(settings.clusters);
    program.store.setState({ title: titleOf(settings), connections: connectionList(settings, []) });
    // A refresh that was chosen with a key stays until the file says something new.
    if (settings.refreshMs !== current.refreshMs)
      updateScreen(program.store, (screen) => ({ ...screen, refreshMs: settings.refreshMs }));
    program.redraw(settings);
    const news = settings.warnings.filter((warning) => !current.warnings.includes(warning));
    current = settings;
    log("info", "config applied", { ...changes, warnings: news });
    tell([`${basename(file)} applied${inWords(changes)}`, ...news].join("; "));
  });
}

/** A file without a byte is one that is being written, or an accident: no reason to leave every server. */
function emptied(file: string, before: Settings, after: Settings): string | null {
  if (after.nodes.length > 0 || before.nodes.length === 0) return null;
  if (statSync(file, { throwIfNoEntry: false })?.size !== 0) return null;
  return `${file}:1:1: the file is empty. Write nodes: {} to watch none.`;
}

/** The first problem without its folder, and how many more there are. */
function shortened(message: string, file: string): string {
  const [first = "", ...more] = message.replaceAll(file, basename(file)).split("\n");
  return more.length === 0 ? `config kept: ${first}` : `config kept (1 of ${more.length + 1}): ${first}`;
}

function inWords({ added, removed, reconnected, retuned }: NodeChanges): string {
  const parts: [string, readonly string[]][] = [
    ["added", added],
    ["removed", removed],
    ["changed", [...reconnected, ...retuned]],
  ];
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names], index) => `${index === 0 ? ":" : ","} ${what} ${named(names)}`)
    .join("");
}

function named(names: readonly string[]): string {
  return names.length > 3 ? `${names.length} nodes` : names.join(" and ");
}
