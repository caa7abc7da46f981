import type { Found } from "../../config/resolve/discovered.ts";
import type { SourceSettings } from "../../config/settings.ts";
import {
  type Answer,
  afterAnswer,
  type Listing,
  nothingListed,
  type Outcome,
  watchedMembers,
} from "../../stats/discovery.ts";
import { same } from "../same.ts";
import { every } from "../schedule.ts";
import type { Source } from "./source.ts";

/** How often a source is asked. A switchover itself is seen by the pulse of the nodes. */
const askEveryMs = 10_000;

type Asking = {
  readonly settings: SourceSettings;
  readonly stop: AbortController;
  /** The last good answer to these settings: that of other addresses may be of another cluster. */
  known: Answer | null;
  callOff: () => void;
  isUnderway: boolean;
  /** Once more as soon as what is underway is over: that may have been asked before what is to be seen. */
  again: boolean;
};

/** Called after each answer of a source, and each failure. */
type Listen = (cluster: string, before: Listing, after: Listing) => void;

/** The members of all clusters that are discovered, as their sources list them. */
export class Discovery {
  readonly #asking = new Map<string, Asking>();
  readonly #listings = new Map<string, Listing>();
  readonly #replication: Source<"replication">;
  #listen: Listen = () => {};

  /** @param replication how servers are heard that tell of one another */
  constructor(replication: Source<"replication">) {
    this.#replication = replication;
  }

  /** What becomes nodes, by cluster. */
  get found(): Found {
    return new Map(
      Array.from(this.#listings, ([cluster, listing]) => [
        cluster,
        watchedMembers(listing).map(({ name, host, port }) => ({ name, host, port })),
      ]),
    );
  }

  listing(cluster: string): Listing {
    return this.#listings.get(cluster) ?? nothingListed;
  }

  /** Asks each source once, all at the same time, and returns what is found. Takes at most the longest deadline. */
  async askOnce(settings: readonly SourceSettings[]): Promise<Found> {
    const stop = new AbortController();
    const asked = settings.map(async (one) =>
      this.#take(one.cluster, await this.#outcome(one, stop.signal, null)),
    );
    await Promise.all(asked);
    return this.found;
  }

  /** Asks these sources again and again from now on, and no other. What is known of a cluster stays. */
  watch(settings: readonly SourceSettings[], listen: Listen): void {
    this.#listen = listen;
    for (const [cluster, asking] of this.#asking)
      if (!settings.some((one) => same(one, asking.settings))) {
        end(asking);
        this.#asking.delete(cluster);
      }
    for (const cluster of this.#listings.keys())
      if (!settings.some((one) => one.cluster === cluster)) this.#listings.delete(cluster);
    for (const one of settings) if (!this.#asking.has(one.cluster)) this.#begin(one);
  }

  /** Asks the source of a cluster now, and not only when its time has come. */
  askNow(cluster: string): void {
    const asking = this.#asking.get(cluster);
    if (asking?.isUnderway) asking.again = true;
    else if (asking) this.#ask(asking);
  }

  stop(): void {
    this.watch([], () => {});
  }

  #begin(settings: SourceSettings): void {
    const asking: Asking = {
      ...{ settings, stop: new AbortController(), known: null, callOff: () => {} },
      ...{ isUnderway: false, again: false },
    };
    this.#asking.set(settings.cluster, asking);
    asking.callOff = every(askEveryMs, () => this.#ask(asking));
  }

  #ask(asking: Asking): void {
    if (asking.isUnderway) return;
    asking.isUnderway = true;
    const { settings, stop, known } = asking;
    void this.#outcome(settings, stop.signal, known).then((outcome) => {
      asking.isUnderway = false;
      if (stop.signal.aborted) return;
      if (outcome.ok) asking.known = outcome.answer;
      this.#take(settings.cluster, outcome);
      if (!asking.again) return;
      asking.again = false;
      this.#ask(asking);
    });
  }

  /** What checks the answers takes 30 ms to load, which only a config with a source pays for. */
  async #outcome(settings: SourceSettings, stop: AbortSignal, known: Answer | null): Promise<Outcome> {
    const { askSource } = await import("./sources.ts");
    return askSource(settings, stop, known, this.#replication);
  }

  #take(cluster: string, outcome: Outcome): void {
    const before = this.listing(cluster);
    const next = afterAnswer(before, outcome, performance.now(), Date.now());
    this.#listings.set(cluster, next);
    this.#listen(cluster, before, next);
  }
}

function end({ stop, callOff }: Asking): void {
  callOff();
  stop.abort();
}
