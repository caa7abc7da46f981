import type { ClusterSettings } from "../../config/settings.ts";
import { nodesOnScreen, wantedViews } from "../../store/on-screen.ts";
import { nothingObserved, type Store } from "../../store/store.ts";
import type { Wanted } from "../../store/wanted.ts";
import type { Sample } from "../../views/sample.ts";
import { fleet } from "../../views/server/fleet.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { every } from "../schedule.ts";
import { type CounterMemory, sampleView, statementOf } from "./sampling.ts";
import { StoreWriter } from "./store-writer.ts";

const pulseOptions = { idle: false, wholeText: false };

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
  readonly #writer: StoreWriter;
  readonly #memory = new Map<string, NodeMemory>();
  #stopTicking = () => {};
  #polling = 0;
  #unsubscribe: (() => void)[] = [];

  constructor(manager: ConnectionManager, store: Store, clusters: readonly ClusterSettings[]) {
    this.#manager = manager;
    this.#store = store;
    this.#writer = new StoreWriter(manager, store, clusters);
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
    for (const node of this.#manager.list()) this.#writer.refresh(node);
    // The first frame may have been drawn already, from the settings.
    if (this.#store.getState().observed === nothingObserved) this.#writer.flush();
    this.#tickEvery(refreshMs);
  }

  stop(): void {
    this.#stopTicking();
    this.#writer.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Polls every node that may be asked, without waiting for the next tick. */
  refreshNow(): void {
    for (const node of this.#manager.list()) this.#poll(node, true);
    this.#writer.flushWithin(silentRoundMs);
  }

  /** The nodes stand in these clusters from now on. */
  regroup(clusters: readonly ClusterSettings[]): void {
    this.#writer.regroup(clusters);
    this.refreshNow();
  }

  #tickEvery(refreshMs: number): void {
    this.#stopTicking();
    this.#stopTicking = every(Math.min(refreshMs, slowestTickMs), () => {
      for (const node of this.#manager.list()) this.#poll(node, false);
      this.#writer.flushWithin(silentRoundMs);
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
      if (this.#polling === 0) this.#writer.flush();
      else this.#writer.flushOnceQuiet();
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
    this.#writer.took(node, sample);
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
      this.#writer.keep(view.name, node, rows);
    }
  }

  /** The views on screen cannot be fresh either when the node does not answer. */
  #fail(node: string, sample: Sample): void {
    if (sample.state !== "failed") return;
    for (const { view, nodes } of wantedViews(this.#store.getState())) {
      const before = this.#store.getState().observed.samples[view.name]?.[node];
      if (!nodes.includes(node) || before?.state === "notApplicable") continue;
      const kept = { rows: before?.rows ?? [], atMs: before?.atMs ?? null };
      this.#writer.keep(view.name, node, { ...sample, ...kept });
    }
  }

  /** The poll that runs is not taken: it has the old name. */
  #rename(from: string, to: string): void {
    const memory = this.#memory.get(from);
    if (memory) this.#memory.set(to, memory);
    this.#memory.delete(from);
    this.#writer.rename(from, to);
  }

  /** Something happened to a node that no poll told. */
  #noticed(node: string): void {
    if (this.#manager.get(node)) this.#writer.noticed(node);
    else {
      this.#memory.delete(node);
      this.#writer.forget(node);
    }
    // A node that has just connected is being asked: its first answer comes with the news.
    const isAnswering = this.#memory.get(node)?.polling && this.#manager.health(node)?.state === "connected";
    if (isAnswering) this.#writer.flushWithin(silentRoundMs);
    else this.#writer.flushSoon();
  }
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
