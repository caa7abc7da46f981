import { basename } from "node:path";
import type { UnsavedFile } from "../config/file/document.ts";
import type { Loaded, Settings } from "../config/load.ts";
import type { FoundNow } from "../config/resolve/discovered.ts";
import type { GroupSettings, NodeSettings } from "../config/settings.ts";
import { log } from "../log.ts";
import { allRules, setCustomRules, standingDemand } from "../rules/all.ts";
import type { ConfigFiles } from "../services/config-files.ts";
import { watchFile } from "../services/config-watch.ts";
import type { ConnectionManager } from "../services/nodes/connection-manager.ts";
import type { NodeChanges } from "../services/nodes/node-changes.ts";
import type { Collector } from "../services/watch/collector.ts";
import { withEdits } from "../stats/events.ts";
import type { GroupEntry } from "../store/connections.ts";
import { withNames } from "../store/renamed.ts";
import { withViews } from "../store/screens/changed-views.ts";
import { type Store, updateEvents, updateScreen } from "../store/store.ts";
import { safeName } from "../text/text.ts";
import { setCustomViews } from "../views/all.ts";
import { connectionList } from "./connections/list.ts";
import { LiveDiscovery } from "./live-discovery.ts";

type Program = {
  readonly manager: ConnectionManager;
  readonly collector: Collector;
  readonly store: Store;
  /** Draws with the theme of these settings. */
  readonly redraw: (settings: Settings) => void;
};

/** Nodes before and after an edit of the program's own. */
export type Rewritten = { readonly before: readonly NodeSettings[]; readonly after: readonly NodeSettings[] };

/** Where the configuration comes from. */
export type ConfigSource = {
  /** What the configuration is made of. The functions below ask for no other file. */
  readonly files: ConfigFiles;
  /** The members of discovered clusters, which the functions below make nodes of. */
  readonly found: FoundNow;
  /** The whole configuration, found the same way as at the start; with what its file would hold, if given. */
  readonly load: (unsaved?: UnsavedFile) => Loaded;
  /** The one with a connection string as its only TARGET. */
  readonly loadTarget: (target: string) => Loaded;
  readonly titleOf: (settings: Settings) => string;
};

/**
 * The configuration while the program runs: every good edit of the file is applied, a bad one changes nothing and is
 * told with its place. What is watched beside it, such as a node that nobody saved, stays until the end.
 */
export class LiveConfig {
  readonly #source: ConfigSource;
  readonly #program: Program;
  readonly #discovery: LiveDiscovery;
  #current: Settings;
  #beside: readonly NodeSettings[] = [];
  /** Nodes of the command line that are not watched any more. */
  readonly #left = new Set<string>();
  #written: string | null = null;
  #watched: string | null = null;
  #unwatch = () => {};
  #isStopped = false;
  /** One after the other: the last one that began is the one that counts. */
  #reloaded: Promise<void> = Promise.resolve();

  constructor(start: Settings, source: ConfigSource, program: Program) {
    this.#current = start;
    this.#source = source;
    this.#program = program;
    this.#list();
    this.#fold([], start.groups);
    this.#watch();
    this.#discovery = new LiveDiscovery(start, source.found, program, (notice) =>
      this.#reload((changes) => `${notice}${inWords(changes)}`, null, "discovery"),
    );
  }

  get discovery(): LiveDiscovery {
    return this.#discovery;
  }

  get settings(): Settings {
    return this.#current;
  }

  /** The node of this name as it is watched now. */
  node(name: string): NodeSettings | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  /** The names that are taken, also by nodes of the file that are not watched now and by strings with several hosts. */
  get names(): readonly string[] {
    const { fileEntries, fileNodes } = this.#current;
    return [...new Set([...fileEntries, ...fileNodes, ...this.nodes.map(({ name }) => name)])];
  }

  /** The groups in the order of the screen. */
  get groups(): readonly GroupEntry[] {
    return this.#program.store.getState().connections.groups;
  }

  /** Words about the config file without its folder. */
  withoutFolder(problem: string): string {
    const { file } = this.#current;
    return file === null ? problem : problem.replaceAll(file, basename(file));
  }

  /** Watches nodes beside those of the configuration, or does so otherwise than before. */
  keep(...nodes: readonly NodeSettings[]): void {
    const names = new Set(nodes.map(({ name }) => name));
    this.#beside = [...this.#beside.filter(({ name }) => !names.has(name)), ...nodes];
    for (const name of names) this.#left.delete(name);
    this.#reconcile();
  }

  /** Leaves a node that was watched beside them. */
  drop(name: string): void {
    this.#beside = this.#beside.filter((node) => node.name !== name);
    this.#left.add(name);
    this.#reconcile();
  }

  /**
   * Applies the file after `text` was written to it by the program itself, which says what it did in its own words.
   * @param before the nodes that it changed
   * @param after what they are now: watched also when --cluster, --group or a TARGET leaves them out
   */
  wrote(text: string, notice: string, { before, after }: Rewritten): Promise<void> {
    this.#written = text;
    const { fileNodes, members } = this.#current;
    const configured = new Set([...fileNodes, ...members.map(({ node }) => node)]);
    const beside = new Set(this.#beside.map(({ name }) => name));
    const changed = new Set([...before, ...after].map(({ name }) => name));
    for (const { name } of before) this.#left.add(name);
    for (const { name } of after) this.#left.delete(name);
    // What is watched without a file goes on when the first node is saved.
    const others = this.nodes.filter(({ name }) => !configured.has(name) || beside.has(name));
    // Of these the reload takes out what is watched because of the file.
    this.#beside = [...others.filter(({ name }) => !changed.has(name)), ...after];
    return this.#reload(() => notice);
  }

  stop(): void {
    this.#isStopped = true;
    this.#unwatch();
    this.#discovery.stop();
  }

  #watch(): void {
    const { file } = this.#current;
    if (file === null || file === this.#watched) return;
    this.#unwatch();
    this.#watched = file;
    // What came from a pipe does not change.
    const asRead = this.#source.files.identity(file);
    if (asRead === null) return;
    const saved = () => void this.#reload((changes) => `${basename(file)} applied${inWords(changes)}`, file);
    this.#unwatch = watchFile(file, saved, asRead);
  }

  /** @param saved the file that changed, when that may be by the program itself, which has told it then */
  #reload(
    told: (changes: NodeChanges) => string,
    saved: string | null = null,
    by: "config" | "discovery" = "config",
  ): Promise<void> {
    const reload = async () => {
      const loaded = await this.#source.files.afresh(() => this.#source.load());
      if (this.#isStopped) return;
      if (saved !== null && this.#written !== null && this.#written === this.#source.files.text(saved))
        return;
      if (saved !== null) this.#written = null;
      this.#apply(loaded, told, by);
    };
    this.#reloaded = this.#reloaded.then(reload);
    return this.#reloaded;
  }

  #apply(loaded: Loaded, told: (changes: NodeChanges) => string, by: "config" | "discovery"): void {
    const file = (loaded.ok ? loaded.settings.file : this.#current.file) ?? "";
    const why = loaded.ok ? this.#emptied(file, loaded.settings) : loaded.error.message;
    if (!loaded.ok || why !== null) {
      log("warn", "config refused", { why });
      const configProblem = shortened(why ?? "", file);
      this.#program.store.setState({ configProblem });
      this.#tell(configProblem);
      return;
    }
    const { settings } = loaded;
    const before = this.#current;
    this.#current = settings;
    const saved = settings.nodes.filter(({ name }) => settings.fileNodes.includes(name));
    const names = new Set(saved.map(({ name }) => name));
    this.#beside = this.#beside.filter(({ name }) => !names.has(name));
    for (const name of names) this.#left.delete(name);
    this.#takeViews(settings);
    const changes = this.#reconcile(by);
    this.#program.store.setState({ title: this.#source.titleOf(settings), configProblem: null });
    // A refresh that was chosen with a key stays until the file says something new.
    if (settings.refreshMs !== before.refreshMs)
      updateScreen(this.#program.store, (screen) => ({ ...screen, refreshMs: settings.refreshMs }));
    this.#fold(before.groups, settings.groups);
    this.#program.redraw(settings);
    this.#watch();
    this.#discovery.follow(settings);
    const news = settings.warnings.filter((warning) => !before.warnings.includes(warning));
    log("info", "config applied", { ...changes, warnings: news });
    this.#tell([told(changes), ...news].join("; "));
  }

  /** Views of the file that changed are asked for anew; one that is gone leaves the screen. */
  #takeViews({ views, rules }: Settings): void {
    const changed = setCustomViews(views);
    const before = allRules();
    setCustomRules(rules);
    if (changed.size === 0 && isSameList(before, allRules())) return;
    const { store, collector } = this.#program;
    store.setState(withViews(store.getState(), changed));
    collector.viewsChanged(changed, standingDemand());
  }

  /** Makes the nodes of the configuration and those beside it the ones that are watched. */
  #reconcile(by: "config" | "discovery" = "config"): NodeChanges {
    const changes = this.#program.manager.reconcile(this.nodes);
    const { store } = this.#program;
    if (changes.renamed.length > 0) store.setState(withNames(store.getState(), changes.renamed));
    updateEvents(store, (events) => withEdits(events, changes, Date.now(), by));
    this.#list();
    this.#program.collector.regroup(this.#current.clusters);
    return changes;
  }

  /** All that is watched now. */
  get nodes(): readonly NodeSettings[] {
    const beside = new Map(this.#beside.map((node) => [node.name, node]));
    const first = this.#current.nodes
      .filter(({ name }) => !this.#left.has(name))
      .map((node) => beside.get(node.name) ?? node);
    const names = new Set(first.map(({ name }) => name));
    return [...first, ...this.#beside.filter(({ name }) => !names.has(name))];
  }

  #list(): void {
    this.#program.store.setState({ connections: connectionList(this.nodes, this.#current) });
  }

  /** Folds and unfolds groups of which the file says something new; what a person folded stays otherwise. */
  #fold(before: readonly GroupSettings[], after: readonly GroupSettings[]): void {
    const was = new Map(before.map(({ name, folded }) => [name, folded]));
    updateScreen(this.#program.store, (screen) => {
      const foldedGroups = new Set(screen.foldedGroups);
      for (const { name, folded } of after) {
        if (folded === (was.get(name) ?? false)) continue;
        if (folded) foldedGroups.add(name);
        else foldedGroups.delete(name);
      }
      return { ...screen, foldedGroups };
    });
  }

  /** A file without a byte is one that is being written, or an accident: no reason to leave every server. */
  #emptied(file: string, after: Settings): string | null {
    if (after.nodes.length > 0 || this.#current.nodes.length === 0) return null;
    if (this.#source.files.text(file) !== "") return null;
    return `${file}:1:1: the file is empty. Write nodes: {} to watch none.`;
  }

  #tell(notice: string): void {
    updateScreen(this.#program.store, (screen) => ({ ...screen, notice }));
  }
}

/** The first problem without its folder, and how many more there are. */
function shortened(message: string, file: string): string {
  const [first = "", ...more] = message.replaceAll(file, basename(file)).split("\n");
  return more.length === 0 ? `config kept: ${first}` : `config kept (1 of ${more.length + 1}): ${first}`;
}

function inWords({ renamed, added, removed, reconnected, retuned }: NodeChanges): string {
  const parts: [string, readonly string[]][] = [
    ["renamed", renamed.map(({ from, to }) => `${safeName(from)} to ${safeName(to)}`)],
    ["added", added.map((name) => safeName(name))],
    ["removed", removed.map((name) => safeName(name))],
    ["changed", [...reconnected, ...retuned].map((name) => safeName(name))],
  ];
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names], index) => `${index === 0 ? ":" : ","} ${what} ${named(names)}`)
    .join("");
}

function named(names: readonly string[]): string {
  return names.length > 3 ? `${names.length} nodes` : names.join(" and ");
}

const isSameList = <T>(a: readonly T[], b: readonly T[]) =>
  a.length === b.length && a.every((one, at) => one === b[at]);
