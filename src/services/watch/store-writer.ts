import type { ClusterSettings } from "../../config/settings.ts";
import { eventsBetween, withEvents } from "../../stats/events.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import type { Store } from "../../store/store.ts";
import type { Sample } from "../../views/sample.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { after } from "../schedule.ts";
import { evaluateRound, newEntry, nothingCarried } from "./observation.ts";
import { pulseOf } from "./sampling.ts";

/** Answers that come within this time of one another land in one store update. */
const coalesceMs = 20;
/** Answers that keep coming are shown all the same after this time. */
const longestWaitMs = 100;

/** Gathers what nodes answered and writes it in one store update a round. */
export class StoreWriter {
  readonly #manager: ConnectionManager;
  readonly #store: Store;
  #clusters: readonly ClusterSettings[];
  readonly #entries = new Map<string, NodeEntry>();
  readonly #fresh = new Set<string>();
  readonly #samples = new Map<string, { view: string; node: string; sample: Sample }>();
  readonly #removed = new Set<string>();
  #carried = nothingCarried;
  #callOffFlush: (() => void) | null = null;
  #flushAtMs = 0;
  /** When the first of the answers came that are not in the store yet. */
  #answeredAtMs: number | null = null;

  constructor(manager: ConnectionManager, store: Store, clusters: readonly ClusterSettings[]) {
    this.#manager = manager;
    this.#store = store;
    this.#clusters = clusters;
  }

  stop(): void {
    this.#callOffFlush?.();
  }

  /** The nodes stand in these clusters from now on. */
  regroup(clusters: readonly ClusterSettings[]): void {
    this.#clusters = clusters;
  }

  /** A node's pulse was answered, or failed. */
  took(node: string, sample: Sample): void {
    const pulse = pulseOf(sample);
    if (pulse?.in_recovery != null) this.#manager.observeRole(node, pulse.in_recovery, pulse.timeline);
    const entry = this.refresh(node);
    if (!entry) return;
    this.#fresh.add(node);
    if (pulse && sample.state === "ok") this.#entries.set(node, { ...entry, pulse, pulseAtMs: sample.atMs });
  }

  /** The newest sample of a view. */
  keep(view: string, node: string, sample: Sample): void {
    this.#samples.set(`${view} ${node}`, { view, node, sample });
  }

  /** What is remembered of a node goes on under its new name. */
  rename(from: string, to: string): void {
    const entry = this.#entries.get(from);
    if (entry) this.#entries.set(to, { ...entry, name: to });
    this.#carried = {
      clocks: moved(this.#carried.clocks, from, to),
      alerts: moved(this.#carried.alerts, from, to),
    };
    this.forget(from);
  }

  forget(node: string): void {
    this.#entries.delete(node);
    this.#removed.add(node);
  }

  /** Takes over what changed of a node without a pulse. */
  noticed(node: string): void {
    const before = this.#entries.get(node);
    const entry = this.refresh(node);
    if (before?.facts && entry?.facts && before.facts.inRecovery !== entry.facts.inRecovery)
      this.#entries.set(node, { ...entry, promotedAtMs: performance.now() });
  }

  /** The node's entry with the manager's newest health, facts and pool statistics. */
  refresh(node: string): NodeEntry | null {
    const settings = this.#manager.get(node);
    const health = this.#manager.health(node);
    const pool = this.#manager.poolStatistics(node);
    if (!settings || !health || !pool) return null;
    const before = this.#entries.get(node) ?? newEntry(settings, health, pool);
    const { group, colour, production, actions, hotStandby } = settings;
    const facts = this.#manager.facts(node);
    const entry = { ...before, group, colour, production, actions, hotStandby, health, pool, facts };
    this.#entries.set(node, entry);
    return entry;
  }

  /** Writes after this time at the latest. */
  flushWithin(ms: number): void {
    if (this.#callOffFlush && this.#flushAtMs <= performance.now() + ms) return;
    this.#flushIn(ms);
  }

  /** Writes what is no answer: another answer may follow at once. */
  flushSoon(): void {
    this.flushWithin(coalesceMs);
  }

  /** Waits for answers that follow closely: to draw one alone takes longer than to wait for the next ten. */
  flushOnceQuiet(): void {
    const nowMs = performance.now();
    this.#answeredAtMs ??= nowMs;
    this.#flushIn(Math.min(coalesceMs, this.#answeredAtMs + longestWaitMs - nowMs));
  }

  #flushIn(ms: number): void {
    this.#callOffFlush?.();
    this.#flushAtMs = performance.now() + ms;
    this.#callOffFlush = after(ms, () => this.flush());
  }

  flush(): void {
    this.#callOffFlush?.();
    this.#callOffFlush = null;
    this.#answeredAtMs = null;
    const nowMs = performance.now();
    const settings = this.#manager.list().flatMap((node) => this.#manager.get(node) ?? []);
    const before = this.#store.getState().observed;
    const samples: Record<string, Readonly<Record<string, Sample>>> = { ...before.samples };
    for (const node of this.#removed) {
      for (const [view, { [node]: _, ...others }] of Object.entries(samples)) samples[view] = others;
    }
    this.#removed.clear();
    const taken = [...this.#samples.values()];
    for (const { view, node, sample } of taken) samples[view] = { ...samples[view], [node]: sample };
    const { nodes, clusters, carried } = evaluateRound(
      settings,
      this.#clusters,
      this.#entries,
      this.#fresh,
      this.#carried,
      nowMs,
      { samples, sampled: new Set(taken.map(({ node }) => node)) },
    );
    this.#carried = carried;
    for (const entry of Object.values(nodes)) this.#entries.set(entry.name, entry);
    for (const seen of [this.#fresh, this.#samples]) seen.clear();
    const clockMs = Date.now();
    const events = withEvents(before.events, eventsBetween(before.nodes, nodes, clockMs));
    this.#store.setState({ observed: { nowMs, clockMs, nodes, clusters, samples, events } });
  }
}

function moved<Value>(
  values: ReadonlyMap<string, Value>,
  from: string,
  to: string,
): ReadonlyMap<string, Value> {
  return new Map(Array.from(values, ([name, value]) => [name === from ? to : name, value]));
}
