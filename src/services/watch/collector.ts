import type { ClusterSettings } from "../../config/settings.ts";
import type { NodeError } from "../../postgres/node-error.ts";
import type { Listed } from "../../stats/discovery.ts";
import { isUp } from "../../stats/health.ts";
import { nodesOnScreen, wantedViews } from "../../store/on-screen.ts";
import { nothingObserved, type Store } from "../../store/store.ts";
import type { Wanted } from "../../store/wanted.ts";
import { viewNamed } from "../../views/all.ts";
import { failedSample, partsOf } from "../../views/compared.ts";
import type { Sample } from "../../views/sample.ts";
import { pulseView } from "../../views/server/pulse.ts";
import type { AskedView } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { after, every } from "../schedule.ts";
import { Rounds } from "./rounds.ts";
import { sampleView, statementOf } from "./sampling.ts";
import { StoreWriter } from "./store-writer.ts";
import { Stresses } from "./stresses.ts";
import { type Found, Tasks } from "./tasks.ts";
import type { Standing } from "./wishes.ts";

const pulseOptions = { idle: false, wholeText: false };

/** A round in which nobody answers is shown all the same: ages and next attempts move on. */
const silentRoundMs = 200;
/** Retries of lost nodes keep this pace however slow the refresh is. */
const slowestTickMs = 1000;

/** What no screen waits for begins when the first answers have been drawn. */
const firstStandingMs = 1000;

/**
 * An alert of a slow view is taken back after two good answers, and whether a subscription fails is told by how its errors
 * grow over ten seconds: rules ask every 30 s only.
 */
const followUpMs = [0, 2000, 12_000, 24_000, 36_000] as const;

type Pulse = { polling: boolean; again: boolean; askedAtMs: number };

/**
 * Asks every node for its pulse at every refresh, one in flight per node, and beside that for the views that are
 * wanted: by the screen, and by what stands. Writes what came in one store update a round.
 */
export class Collector {
  readonly #manager: ConnectionManager;
  readonly #store: Store;
  readonly #rounds: Rounds;
  readonly #writer: StoreWriter;
  readonly #stresses: Stresses;
  readonly #tasks: Tasks;
  readonly #pulses = new Map<string, Pulse>();
  #stopTicking = () => {};
  #tickMs = slowestTickMs;
  #polling = 0;
  #doesStanding = false;
  #wanted: readonly Wanted[] = [];
  #unsubscribe: (() => void)[] = [];

  /** @param standing what is asked of every node as long as the collector runs */
  constructor(
    manager: ConnectionManager,
    store: Store,
    clusters: readonly ClusterSettings[],
    standing: readonly Standing[] = [],
  ) {
    this.#manager = manager;
    this.#store = store;
    this.#rounds = new Rounds(manager, clusters, undefined, {
      dearest: (node) => this.#tasks.dearest(node),
      stress: (node) => this.#stresses.of(node),
    });
    this.#writer = new StoreWriter(this.#rounds, store);
    this.#stresses = new Stresses(manager);
    const stressOf = (node: string) => this.#stresses.of(node);
    this.#tasks = new Tasks(manager, standing, stressOf, (found) => this.#found(found));
  }

  start(): void {
    let { refreshMs } = this.#store.getState().screen;
    this.#wanted = wantedViews(this.#store.getState());
    this.#manager.askFirst((versionNum) => statementOf(pulseView, versionNum, pulseOptions));
    this.#manager.prefer(() => nodesOnScreen(this.#store.getState()));
    this.#unsubscribe = [
      this.#manager.on((event) => {
        if (event.type === "renamed") this.#rename(event.from, event.node);
        this.#noticed(event.node);
        if (event.type !== "state" && event.type !== "role") this.#want();
      }),
      this.#store.subscribe((state) => {
        const next = wantedViews(state);
        if (state.screen.refreshMs !== refreshMs) {
          refreshMs = state.screen.refreshMs;
          this.#tickEvery(refreshMs);
          this.#want();
        } else if (!sameWanted(next, this.#wanted)) {
          this.#wanted = next;
          this.#want();
          for (const node of this.#manager.list()) this.#runTasks(node);
        }
      }),
      after(firstStandingMs, () => {
        this.#doesStanding = true;
        this.#want();
      }),
    ];
    for (const node of this.#manager.list()) this.#rounds.refresh(node);
    // The first frame may have been drawn already, from the settings.
    if (this.#store.getState().observed === nothingObserved) this.#writer.flush();
    this.#tickEvery(refreshMs);
    this.#want();
  }

  stop(): void {
    this.#stopTicking();
    this.#writer.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Asks every node that may be asked for its pulse and for what is wanted of it, without waiting for what is due. */
  refreshNow(): void {
    this.#tasks.askAnew();
    for (const node of this.#manager.list()) this.#poll(node, true);
    this.#writer.flushWithin(silentRoundMs);
  }

  /** An operation has changed a node: it is asked at once for all that is wanted of it, and until its alerts can follow. */
  acted(node: string): void {
    this.#rounds.acted(node);
    for (const ms of followUpMs)
      this.#unsubscribe.push(
        after(ms, () => {
          this.#tasks.askNodeAnew(node);
          this.#poll(node, true);
        }),
      );
  }

  /** The nodes stand in these clusters from now on. */
  regroup(clusters: readonly ClusterSettings[]): void {
    this.#rounds.regroup(clusters);
    this.refreshNow();
  }

  /** Views of these names are others now, or gone: what was asked for them before counts no more. */
  viewsChanged(names: ReadonlySet<string>, standing: readonly Standing[]): void {
    this.#tasks.stand(standing);
    this.#rounds.forgetViews(names);
    this.#tasks.forgetViews(names);
    this.#want();
    for (const node of this.#manager.list()) this.#runTasks(node);
  }

  /** Sources say this of nodes, by their names, from now on. */
  list(listed: ReadonlyMap<string, Listed>): void {
    this.#rounds.list(listed);
    this.#writer.flushSoon();
  }

  #want(): void {
    const { refreshMs } = this.#store.getState().screen;
    this.#tasks.want(this.#wanted, this.#doesStanding ? this.#manager.list() : [], refreshMs, this.#tickMs);
  }

  #tickEvery(refreshMs: number): void {
    this.#stopTicking();
    this.#tickMs = Math.min(refreshMs, slowestTickMs);
    this.#stopTicking = every(this.#tickMs, () => {
      for (const node of this.#manager.list()) {
        this.#poll(node, false);
        this.#runTasks(node);
      }
      this.#writer.flushWithin(silentRoundMs);
    });
  }

  /** While the pulse is in flight the one session of a node that is at rest is busy. */
  #runTasks(node: string): void {
    if (!this.#pulses.get(node)?.polling) this.#tasks.run(node);
  }

  #poll(node: string, now: boolean): void {
    const health = this.#manager.health(node);
    if (!health || health.state === "disconnected") return;
    const memory = this.#pulses.get(node) ?? { polling: false, again: false, askedAtMs: 0 };
    this.#pulses.set(node, memory);
    const nowMs = performance.now();
    if (memory.polling) {
      memory.again ||= now;
      return;
    }
    const isLost = health.nextAttemptAtMs !== null;
    if (isLost && nowMs < (health.nextAttemptAtMs ?? 0)) return;
    const { refreshMs } = this.#store.getState().screen;
    // A tick may come a little early; half a tick is the tolerance.
    if (!now && !isLost && nowMs - memory.askedAtMs < refreshMs - this.#tickMs / 2) return;
    memory.polling = true;
    memory.askedAtMs = nowMs;
    this.#polling += 1;
    void this.#ask(node, memory).finally(() => {
      memory.polling = false;
      this.#polling -= 1;
      const again = memory.again;
      memory.again = false;
      if (again) this.#poll(node, true);
      this.#runTasks(node);
      this.#answered();
    });
  }

  async #ask(node: string, memory: Pulse): Promise<void> {
    const sample = await sampleView(this.#manager, node, pulseView, {
      viewOptions: pulseOptions,
      speaksForHealth: true,
    });
    // The node may have been removed, and another of its name added, while it was asked.
    if (this.#pulses.get(node) !== memory) return;
    if (sample.state === "ok") this.#stresses.pulsed(node, sample);
    this.#rounds.take({ view: pulseView, node, sample: this.#kept(sample, pulseView, node), pace: null });
    const health = this.#manager.health(node);
    if (sample.state === "failed" && health && !isUp(health)) this.#fail(node, sample.error);
  }

  /** No view can be fresh either when the node does not answer. */
  #fail(node: string, error: NodeError): void {
    this.#tasks.lost(node);
    for (const view of this.#tasks.viewsOf(node)) {
      const before = this.#sampleOf(view, node);
      if (before?.state !== "notApplicable")
        this.#rounds.take({ view, node, sample: failedSample(error, before), pace: null });
    }
  }

  #found({ isLookedAt, isTimeout, ...taken }: Found): void {
    const { sample, view, node, part = null } = taken;
    if (isTimeout) this.#stresses.timedOut(node, view.name);
    // The config may have changed it while it was asked.
    if (view.fromConfig && viewNamed(view.name) !== view) return;
    this.#rounds.take({ ...taken, sample: this.#kept(sample, view, node, part?.database ?? null) });
    if (isLookedAt) this.#answered();
  }

  /** A failure keeps the answer before it. */
  #kept(sample: Sample, view: AskedView, node: string, database: string | null = null): Sample {
    if (sample.state !== "failed") return sample;
    const before = this.#sampleOf(view, node);
    return failedSample(
      sample.error,
      database === null ? before : (partsOf(before).get(database) ?? undefined),
    );
  }

  #sampleOf(view: AskedView, node: string): Sample | undefined {
    return this.#store.getState().observed.samples[view.name]?.[node];
  }

  /** The last answer of a round is written at once. */
  #answered(): void {
    if (this.#polling + this.#tasks.lookedAt === 0) this.#writer.flush();
    else this.#writer.flushOnceQuiet();
  }

  /** The pulse that is in flight is not taken: it has the old name. */
  #rename(from: string, to: string): void {
    const memory = this.#pulses.get(from);
    if (memory) this.#pulses.set(to, memory);
    this.#pulses.delete(from);
    this.#tasks.rename(from, to);
    this.#stresses.rename(from, to);
    this.#rounds.rename(from, to);
  }

  /** Something happened to a node that no pulse told. */
  #noticed(node: string): void {
    this.#stresses.noticed(node);
    if (this.#manager.get(node)) this.#rounds.refresh(node);
    else {
      this.#pulses.delete(node);
      this.#tasks.forget(node);
      this.#rounds.forget(node);
    }
    // A node that has just connected is being asked: its first answer comes with the news.
    const isAnswering = this.#pulses.get(node)?.polling && this.#manager.health(node)?.state === "connected";
    if (isAnswering) this.#writer.flushWithin(silentRoundMs);
    else this.#writer.flushSoon();
  }
}

function sameWanted(a: readonly Wanted[], b: readonly Wanted[]): boolean {
  const text = (wanted: readonly Wanted[]) =>
    wanted
      .map(({ view, nodes, viewOptions }) =>
        [view.name, viewOptions.idle, viewOptions.wholeText, viewOptions.pid, ...nodes].join(" "),
      )
      .join("\n");
  return text(a) === text(b) && a.every(({ view }, at) => view === b[at]?.view);
}
