import type { ClusterSettings } from "../../config/settings.ts";
import type { Pace } from "../../stats/demand.ts";
import { eventsBetween, withEvents } from "../../stats/events.ts";
import { stillQuiet } from "../../stats/quiet.ts";
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

/** The newest sample of a view of a node, and how far the view is slowed down there; null where it is not. */
type Kept = {
  readonly view: string;
  readonly node: string;
  readonly sample: Sample;
  readonly pace: Pace | null;
};

/** Gathers what nodes answered and writes it in one store update a round. */
export class StoreWriter {
  readonly #manager: ConnectionManager;
  readonly #store: Store;
  #clusters: readonly ClusterSettings[];
  readonly #entries = new Map<string, NodeEntry>();
  readonly #fresh = new Set<string>();
  readonly #kept = new Map<string, Kept>();
  readonly #removed = new Set<string>();
  #carried = nothingCarried;
  #callOffFlush: (() => void) | null = null;
  #flushAtMs = 0;
  #isStopped = false;
  /** When the first of the answers came that are not in the store yet. */
  #answeredAtMs: number | null = null;

  constructor(manager: ConnectionManager, store: Store, clusters: readonly ClusterSettings[]) {
    this.#manager = manager;
    this.#store = store;
    this.#clusters = clusters;
  }

  /** Nothing is written any more. */
  stop(): void {
    this.#isStopped = true;
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

  keep(kept: Kept): void {
    this.#kept.set(`${kept.view} ${kept.node}`, kept);
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
    if (this.#isStopped) return;
    this.#callOffFlush?.();
    this.#callOffFlush = null;
    this.#answeredAtMs = null;
    const nowMs = performance.now();
    const settings = this.#manager.list().flatMap((node) => this.#manager.get(node) ?? []);
    const before = this.#store.getState().observed;
    const kept = [...this.#kept.values()];
    const samples = replaced(before.samples, this.#removed, kept, ({ sample }) => sample);
    const paces = replaced(before.paces, this.#removed, kept, ({ pace }) => pace);
    const { nodes, clusters, carried } = evaluateRound(
      settings,
      this.#clusters,
      this.#entries,
      this.#fresh,
      this.#carried,
      nowMs,
      { samples, sampled: new Set(kept.map(({ node }) => node)) },
    );
    this.#carried = carried;
    for (const entry of Object.values(nodes)) this.#entries.set(entry.name, entry);
    for (const seen of [this.#fresh, this.#kept, this.#removed]) seen.clear();
    const clockMs = Date.now();
    const events = withEvents(before.events, eventsBetween(before.nodes, nodes, clockMs));
    const observed = { nowMs, clockMs, nodes, clusters, samples, paces, events };
    this.#store.setState(({ quieted }) => ({
      observed,
      quieted: stillQuiet(quieted, alertsOf(nodes), nowMs),
    }));
  }
}

function alertsOf(nodes: Readonly<Record<string, NodeEntry>>) {
  return Object.values(nodes).flatMap(({ name, alerts }) => alerts.map((alert) => ({ node: name, alert })));
}

type ByView<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/** The values by view and node without those of removed nodes, and with the new ones; null leaves a value out. */
function replaced<Value>(
  before: ByView<Value>,
  removed: ReadonlySet<string>,
  kept: readonly Kept[],
  pick: (kept: Kept) => Value | null,
): ByView<Value> {
  if (removed.size === 0 && kept.length === 0) return before;
  const byView = new Map(Object.entries(before).map(([view, values]) => [view, { ...values }]));
  for (const values of byView.values()) for (const node of removed) delete values[node];
  for (const one of kept) {
    const values = byView.get(one.view) ?? {};
    byView.set(one.view, values);
    const value = pick(one);
    if (value === null) delete values[one.node];
    else values[one.node] = value;
  }
  return Object.fromEntries(byView);
}

function moved<Value>(
  values: ReadonlyMap<string, Value>,
  from: string,
  to: string,
): ReadonlyMap<string, Value> {
  return new Map(Array.from(values, ([name, value]) => [name === from ? to : name, value]));
}
