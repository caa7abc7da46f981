import {
  type Demand,
  due,
  lookedAtShare,
  paceOf,
  type Ran,
  unaskedShare,
  united,
} from "../../stats/demand.ts";
import { isUp } from "../../stats/health.ts";
import type { Wanted } from "../../store/wanted.ts";
import { pulseView } from "../../views/server/pulse.ts";
import type { AskedView, ViewOptions } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import type { Taken } from "./rounds.ts";
import { askView } from "./sampling.ts";

/** A view that is asked of every node as long as the program runs, whatever is on screen. */
export type Standing = { readonly view: AskedView; readonly everyMs: number };

type Task = Demand & { readonly view: AskedView; readonly viewOptions: ViewOptions };

type NodeTasks = { isBusy: boolean; readonly ran: Map<string, Ran> };

/** What a task found. */
export type Found = Taken & {
  /** False for what only rules want: the screen waits for none of it. */
  readonly isLookedAt: boolean;
};

/** From here on, in milliseconds, a view is asked in a session that the pulse can do without. */
const longMs = 100;

const plain: ViewOptions = { idle: false, wholeText: false };

/** Asks nodes for the views that are wanted of them, beside the pulse: one at a time of a node. */
export class Tasks {
  readonly #manager: ConnectionManager;
  readonly #found: (found: Found) => void;
  readonly #standing: readonly Standing[];
  readonly #nodes = new Map<string, NodeTasks>();
  #demands: ReadonlyMap<string, readonly Task[]> = new Map();
  /** Since when each view of each node is wanted with its options. */
  #since: ReadonlyMap<string, number> = new Map();
  #tickMs = 1000;
  /** What was asked before is asked again, whatever it costs. */
  #askedAnewMs = 0;
  #lookedAt = 0;

  /** @param found called for each answer, also of a view that failed */
  constructor(manager: ConnectionManager, standing: readonly Standing[], found: (found: Found) => void) {
    this.#manager = manager;
    this.#standing = standing;
    this.#found = found;
  }

  /** How many tasks run whose answer the screen waits for. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  /** From now on these views are wanted, at each refresh, beside the standing ones. */
  want(wanted: readonly Wanted[], nodes: readonly string[], refreshMs: number, tickMs: number): void {
    this.#tickMs = tickMs;
    const nowMs = performance.now();
    const since = new Map<string, number>();
    const screen = wanted.flatMap(({ view, nodes: of, viewOptions }) =>
      of.map((node): Task => {
        const key = JSON.stringify([view.name, node, viewOptions]);
        const sinceMs = this.#since.get(key) ?? nowMs;
        since.set(key, sinceMs);
        return { node, view, viewOptions, everyMs: refreshMs, share: lookedAtShare, sinceMs };
      }),
    );
    const standing = this.#standing.flatMap((one) =>
      nodes.map((node): Task => {
        const everyMs = Math.max(one.everyMs, tickMs);
        return { node, view: one.view, viewOptions: plain, everyMs, share: unaskedShare, sinceMs: 0 };
      }),
    );
    this.#since = since;
    // The pulse brings its own view.
    const demands = united([...screen, ...standing]).filter(({ view }) => view !== pulseView);
    this.#demands = Map.groupBy(demands, ({ node }) => node);
  }

  /** The views that are wanted of a node. */
  viewsOf(node: string): readonly AskedView[] {
    return (this.#demands.get(node) ?? []).map(({ view }) => view);
  }

  /** Asks for everything that is wanted once more, as soon as what runs is done. */
  askAnew(): void {
    this.#askedAnewMs = performance.now();
  }

  /** Begins with what is due of a node that answers, if nothing runs. */
  run(node: string): void {
    const demands = this.#demands.get(node);
    if (!demands || this.#manager.health(node)?.state !== "connected") return;
    const memory = this.#nodes.get(node) ?? { isBusy: false, ran: new Map() };
    this.#nodes.set(node, memory);
    const [task] = due(demands, {
      ran: ({ view }) => {
        const last = memory.ran.get(view.name);
        return last && last.atMs >= this.#askedAnewMs ? last : undefined;
      },
      isBusy: () => memory.isBusy,
      nowMs: performance.now(),
      earlyMs: this.#tickMs / 2,
    });
    if (task) void this.#ask(node, memory, task);
  }

  /** What a server took that hung says nothing of a view: it is asked at once when the server is back. */
  lost(node: string): void {
    this.#nodes.get(node)?.ran.clear();
  }

  /** What is remembered goes on under the new name. What runs is not taken: it has the old one. */
  rename(from: string, to: string): void {
    const memory = this.#nodes.get(from);
    if (memory) this.#nodes.set(to, memory);
    this.#nodes.delete(from);
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  async #ask(node: string, memory: NodeTasks, task: Task): Promise<void> {
    const { view, viewOptions } = task;
    const atMs = performance.now();
    const isLookedAt = task.share === lookedAtShare;
    memory.isBusy = true;
    this.#lookedAt += Number(isLookedAt);
    const { sample, ms } = await askView(this.#manager, node, view, {
      viewOptions,
      apart: (memory.ran.get(view.name)?.tookMs ?? 0) >= longMs,
    });
    memory.isBusy = false;
    this.#lookedAt -= Number(isLookedAt);
    // The node may have been removed, and another of its name added, while it was asked.
    if (this.#nodes.get(node) !== memory) return;
    // The way to the server and back, and what keeps ourselves busy, cost the server nothing: the pulse has both too.
    const health = this.#manager.health(node);
    const tookMs = Math.max(0, ms - (health?.latencyMs ?? 0));
    const ran = { atMs, tookMs };
    const isLost = health !== undefined && !isUp(health);
    if (!isLost) memory.ran.set(view.name, ran);
    const pace = isLost ? null : paceOf(task, ran, this.#tickMs);
    this.#found({ node, view, sample, pace, isLookedAt });
    this.run(node);
  }
}
