import type { Settings } from "../config/load.ts";
import type { FoundNow } from "../config/resolve/discovered.ts";
import type { SourceSettings } from "../config/settings.ts";
import { log } from "../log.ts";
import { Discovery } from "../services/discovery/discovery.ts";
import { watchedServers } from "../services/discovery/watched-servers.ts";
import type { Collector } from "../services/watch/collector.ts";
import { failingText, type Listing, listingEvents, sameServers, sourceNames } from "../stats/discovery.ts";
import { withEvents } from "../stats/events.ts";
import { type Observed, type Store, updateEvents, updateScreen } from "../store/store.ts";
import { safeName, safeText } from "../text/text.ts";
import { listedNodes, sourceProblem } from "./discovered-nodes.ts";

type Program = { readonly collector: Collector; readonly store: Store };

/**
 * Asks the sources of members while the program runs. Other servers than before are a reason to load the configuration
 * anew; all else that they say is shown as it comes.
 */
export class LiveDiscovery {
  readonly #discovery: Discovery;
  readonly #found: FoundNow;
  readonly #program: Program;
  readonly #reload: (notice: string) => Promise<void>;
  #settings: Settings;
  #hasListed = false;
  /** What the servers of a cluster said last of one another. */
  readonly #told = new Map<string, string>();
  readonly #unsubscribe: () => void;

  /**
   * @param found is kept up to date
   * @param reload loads the configuration with what is found now, and tells what that changed behind the notice
   */
  constructor(start: Settings, found: FoundNow, program: Program, reload: (notice: string) => Promise<void>) {
    this.#settings = start;
    this.#found = found;
    this.#program = program;
    this.#reload = reload;
    this.#discovery = new Discovery(async (...question) => {
      const { seenBy } = await import("../services/discovery/replication.ts");
      return seenBy(program.store, () => this.#settings)(...question);
    });
    this.#unsubscribe = program.store.subscribe(({ observed }, before) => {
      if (observed !== before.observed) this.#hearServers(observed);
    });
    this.follow(start);
    const asked = start.sources.map(({ cluster }) => safeName(cluster, 40)).join(", ");
    if (start.nodes.length === 0 && asked !== "") this.#tell(`asking for the members of ${asked}`);
  }

  /** These settings count from now on. */
  follow(settings: Settings): void {
    this.#settings = settings;
    this.#discovery.watch(settings.sources, (cluster, before, after) => {
      void this.#heard(cluster, before, after);
    });
    this.#show();
  }

  /** Where the members of a cluster are asked for now; null where they are not. */
  source(cluster: string): SourceSettings | null {
    return this.#settings.sources.find((one) => one.cluster === cluster) ?? null;
  }

  /** What was done to a cluster is to be seen at once. */
  askNow(cluster: string): void {
    this.#discovery.askNow(cluster);
  }

  stop(): void {
    this.#unsubscribe();
    this.#discovery.stop();
  }

  /** What servers tell of one another counts as soon as it is here. */
  #hearServers(observed: Observed): void {
    for (const { kind, cluster } of this.#settings.sources) {
      if (kind !== "replication") continue;
      const told = JSON.stringify(watchedServers(observed, this.#settings, cluster));
      if (told === this.#told.get(cluster)) continue;
      this.#told.set(cluster, told);
      this.#discovery.askNow(cluster);
    }
  }

  async #heard(cluster: string, before: Listing, after: Listing): Promise<void> {
    const name = safeName(cluster, 40);
    this.#found.servers = this.#discovery.found;
    const { answer } = after;
    if (answer && !sameServers(before, after)) {
      const { source, members, leftOut } = answer;
      const count = members.length;
      log("info", "members found", { cluster, source, count, leftOut });
      await this.#reload(
        `${name}: ${sourceNames[source]} lists ${count} ${count === 1 ? "member" : "members"}`,
      );
    }
    if (after.failing && after.failing.why !== before.failing?.why)
      log("warn", "discovery fails", { cluster, why: after.failing.why });
    if (after.failing && !before.failing) this.#tell(`${name}: ${safeText(failingText(after.failing), 400)}`);
    if (before.failing && !after.failing && before.answer) this.#tell(`${name}: discovery answers again`);
    this.#remember(cluster, before, after);
    this.#show();
  }

  #remember(cluster: string, before: Listing, after: Listing): void {
    const clockMs = Date.now();
    const nodes = new Map(
      this.#settings.members.flatMap((one) => (one.cluster === cluster ? [[one.member, one.node]] : [])),
    );
    const events = listingEvents(before, after).flatMap(({ member, severity, text }) => {
      const node = nodes.get(member);
      return node === undefined ? [] : [{ clockMs, node, kind: "discovery" as const, severity, text }];
    });
    updateEvents(this.#program.store, (known) => withEvents(known, events));
  }

  #show(): void {
    const { collector, store } = this.#program;
    const { members } = this.#settings;
    const discoveryProblem = sourceProblem(this.#settings, this.#discovery);
    if (store.getState().discoveryProblem !== discoveryProblem) store.setState({ discoveryProblem });
    // Without a source there is nothing to draw anew.
    if (members.length === 0 && !this.#hasListed) return;
    this.#hasListed = members.length > 0;
    collector.list(listedNodes(members, this.#discovery));
  }

  #tell(notice: string): void {
    updateScreen(this.#program.store, (screen) => ({ ...screen, notice }));
  }
}
