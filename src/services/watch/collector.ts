import type { ClusterSettings } from "../../config/settings.ts";
import { eventsBetween, withEvents } from "../../stats/events.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { nodesOnScreen, wantedViews } from "../../store/on-screen.ts";
import { nothingObserved, type Store } from "../../store/store.ts";
import type { Wanted } from "../../store/wanted.ts";
import type { Sample } from "../../views/sample.ts";
import { fleet } from "../../views/server/fleet.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { after, every } from "../schedule.ts";
import { evaluateRound, newEntry, nothingCarried } from "./observation.ts";
import { type CounterMemory, pulseOf, sampleView, statementOf } from "./sampling.ts";

const pulseOptions = { idle: false, wholeText: false };

/** Answers that come within this time of one another land in one store update. */
const coalesceMs = 20;
/** Answers that keep coming are shown all the same after this time. */
const longestWaitMs = 100;
/** A round in which nobody answers is shown all the same: ages and next attempts move on. */
const silentRoundMs = 200;
/** Retries of lost nodes keep this pace however slow the refresh is. */
const slowestTickMs = 1000;

type NodeMemory = { polling: boolean; again: boolean; askedAtMs: number; counters: CounterMemory };

/**
 * Asks every node at every refresh, one poll in flight per node, and writes what came in one store update a
 * round. What nobody looks at is not asked for.
 */
export class Collector {
  readonly #manager: ConnectionManager;
  readonly #store: Store;
  #clusters: readonly ClusterSettings[];
  readonly #memory = new Map<string, NodeMemory>();
  readonly #entries = new Map<string, NodeEntry>();
  readonly #fresh = new Set<string>();
  readonly #samples = new Map<string, { view: string; node: string; sample: Sample }>();
  readonly #removed = new Set<string>();
  #carried = nothingCarried;
  #stopTicking = () => {};
  #callOffFlush: (() => void) | null = null;
  #flushAtMs = 0;
  /** When the first of the answers came that are not in the store yet. */
  #answeredAtMs: number | null = null;
  #polling = 0;
  #unsubscribe: (() => void)[] = [];

  constructor(manager: ConnectionManager, store: Store, clusters: readonly ClusterSettings[]) {
    this.#manager = manager;
    this.#store = store;
    this.#clusters = clusters;
  }

  start(): void {
    let { refreshMs } = this.#store.getState().screen;
    let wanted = wantedViews(this.#store.getState());
    this.#manager.askFirst((versionNum) => statementOf(fleet, versionNum, pulseOptions));
    this.#manager.prefer(() => nodesOnScreen(this.#store.getState()));
    this.#unsubscribe = [
      this.#manager.on((event) => {
        if (event.type === "renamed") this.#rename(event.from, event.node);
        this.#noticed(event.node);
      }),
      this.#store.subscribe((state) => {
        const next = wantedViews(state);
        if (state.screen.refreshMs !== refreshMs) {
          refreshMs = state.screen.refreshMs;
          this.#tickEvery(refreshMs);
        } else if (!sameWanted(next, wanted)) {
          wanted = next;
          this.refreshNow();
        }
      }),
    ];
    for (const node of this.#manager.list()) this.#refreshed(node);
    // The first frame may have been drawn already, from the settings.
    if (this.#store.getState().observed === nothingObserved) this.#flush();
    this.#tickEvery(refreshMs);
  }

  stop(): void {
    this.#stopTicking();
    this.#callOffFlush?.();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Polls every node that may be asked, without waiting for the next tick. */
  refreshNow(): void {
    for (const node of this.#manager.list()) this.#poll(node, true);
    this.#flushWithin(silentRoundMs);
  }

  /** The nodes stand in these clusters from now on. */
  regroup(clusters: readonly ClusterSettings[]): void {
    this.#clusters = clusters;
    this.refreshNow();
  }

  #tickEvery(refreshMs: number): void {
    this.#stopTicking();
    this.#stopTicking = every(Math.min(refreshMs, slowestTickMs), () => {
      for (const node of this.#manager.list()) this.#poll(node, false);
      this.#flushWithin(silentRoundMs);
    });
  }

  #poll(node: string, now: boolean): void {
    const health = this.#manager.health(node);
    if (!health || health.state === "disconnected") return;
    const memory = this.#memory.get(node) ?? {
      polling: false,
      again: false,
      askedAtMs: 0,
      counters: new Map(),
    };
    this.#memory.set(node, memory);
    const nowMs = performance.now();
    if (memory.polling) {
      memory.again ||= now;
      return;
    }
    const isLost = health.nextAttemptAtMs !== null;
    if (isLost && nowMs < (health.nextAttemptAtMs ?? 0)) return;
    const { refreshMs } = this.#store.getState().screen;
    // A tick may come a little early; half a tick is the tolerance.
    if (!now && !isLost && nowMs - memory.askedAtMs < refreshMs - Math.min(refreshMs, slowestTickMs) / 2)
      return;
    memory.polling = true;
    memory.askedAtMs = nowMs;
    this.#polling += 1;
    void this.#ask(node, memory).finally(() => {
      memory.polling = false;
      this.#polling -= 1;
      const again = memory.again;
      memory.again = false;
      if (again) this.#poll(node, true);
      if (this.#polling === 0) this.#flush();
      else this.#flushOnceQuiet();
    });
  }

  async #ask(node: string, memory: NodeMemory): Promise<void> {
    const sample = await sampleView(this.#manager, node, fleet, {
      viewOptions: pulseOptions,
      counters: memory.counters,
      before: undefined,
    });
    // The node may have been removed, and another of its name added, while it was asked.
    if (this.#memory.get(node) !== memory) return;
    this.#took(node, sample);
    if (sample.state !== "ok") return this.#fail(node, sample);
    for (const { view, viewOptions } of wantedViews(this.#store.getState()).filter(({ nodes }) =>
      nodes.includes(node),
    )) {
      const before = this.#store.getState().observed.samples[view.name]?.[node];
      const rows = await sampleView(this.#manager, node, view, {
        viewOptions,
        counters: memory.counters,
        before,
      });
      if (this.#memory.get(node) !== memory) return;
      this.#samples.set(`${view.name} ${node}`, { view: view.name, node, sample: rows });
    }
  }

  /** The views on screen cannot be fresh either when the node does not answer. */
  #fail(node: string, sample: Sample): void {
    if (sample.state !== "failed") return;
    for (const { view, nodes } of wantedViews(this.#store.getState())) {
      const before = this.#store.getState().observed.samples[view.name]?.[node];
      if (!nodes.includes(node) || before?.state === "notApplicable") continue;
      const kept = { rows: before?.rows ?? [], atMs: before?.atMs ?? null };
      this.#samples.set(`${view.name} ${node}`, { view: view.name, node, sample: { ...sample, ...kept } });
    }
  }

  #took(node: string, sample: Sample): void {
    const pulse = pulseOf(sample);
    if (pulse?.in_recovery != null) this.#manager.observeRole(node, pulse.in_recovery, pulse.timeline);
    const entry = this.#refreshed(node);
    if (!entry) return;
    this.#fresh.add(node);
    if (pulse && sample.state === "ok") this.#entries.set(node, { ...entry, pulse, pulseAtMs: sample.atMs });
  }

  /** What is remembered of a node goes on under its new name. The poll that runs is not taken: it has the old one. */
  #rename(from: string, to: string): void {
    const entry = this.#entries.get(from);
    const memory = this.#memory.get(from);
    if (entry) this.#entries.set(to, { ...entry, name: to });
    if (memory) this.#memory.set(to, memory);
    this.#carried = {
      clocks: moved(this.#carried.clocks, from, to),
      alerts: moved(this.#carried.alerts, from, to),
    };
    this.#entries.delete(from);
    this.#memory.delete(from);
    this.#removed.add(from);
  }

  /** Something happened to a node that no poll told. */
  #noticed(node: string): void {
    const settings = this.#manager.get(node);
    if (!settings) {
      this.#entries.delete(node);
      this.#memory.delete(node);
      this.#removed.add(node);
    } else {
      const before = this.#entries.get(node);
      const entry = this.#refreshed(node);
      if (before?.facts && entry?.facts && before.facts.inRecovery !== entry.facts.inRecovery)
        this.#entries.set(node, { ...entry, promotedAtMs: performance.now() });
    }
    // A node that has just connected is being asked: its first answer comes with the news.
    const isAnswering = this.#memory.get(node)?.polling && this.#manager.health(node)?.state === "connected";
    this.#flushWithin(isAnswering ? silentRoundMs : coalesceMs);
  }

  /** The node's entry with the manager's newest health, facts and pool statistics. */
  #refreshed(node: string): NodeEntry | null {
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

  #flushWithin(ms: number): void {
    if (this.#callOffFlush && this.#flushAtMs <= performance.now() + ms) return;
    this.#flushIn(ms);
  }

  /** Waits for answers that follow closely: to draw one alone takes longer than to wait for the next ten. */
  #flushOnceQuiet(): void {
    const nowMs = performance.now();
    this.#answeredAtMs ??= nowMs;
    this.#flushIn(Math.min(coalesceMs, this.#answeredAtMs + longestWaitMs - nowMs));
  }

  #flushIn(ms: number): void {
    this.#callOffFlush?.();
    this.#flushAtMs = performance.now() + ms;
    this.#callOffFlush = after(ms, () => this.#flush());
  }

  #flush(): void {
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

function sameWanted(a: readonly Wanted[], b: readonly Wanted[]): boolean {
  const text = (wanted: readonly Wanted[]) =>
    wanted
      .map(({ view, nodes, viewOptions }) =>
        [view.name, viewOptions.idle, viewOptions.wholeText, ...nodes].join(" "),
      )
      .join("\n");
  return text(a) === text(b);
}
