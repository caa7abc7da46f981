import {
  type Asked,
  dearest,
  due,
  lookedAtShare,
  type Pace,
  paceOf,
  type Ran,
  tasksOf,
} from "../../stats/demand.ts";
import { isUp } from "../../stats/health.ts";
import type { OwnCost } from "../../stats/own-cost.ts";
import type { Stress } from "../../stats/stress.ts";
import type { Wanted } from "../../store/wanted.ts";
import { waitSamples } from "../../views/backends/wait-samples.ts";
import { holdsBy } from "../../views/compared.ts";
import type { Row } from "../../views/row.ts";
import type { Sample } from "../../views/sample.ts";
import { type AskedDatabase, askedDatabases, databases } from "../../views/storage/databases.ts";
import type { AskedView, OnlyWhere } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { spareLoginMs } from "../session/pool.ts";
import type { Taken } from "./rounds.ts";
import { askView } from "./sampling.ts";
import { type Since, type Standing, type Wish, wishesOf } from "./wishes.ts";

type Task = Wish & Asked;

type NodeTasks = {
  /** The sessions in which a task runs, by {@link sessionOf}. */
  readonly busy: Set<string | null>;
  readonly ran: Map<string, Ran>;
  /** From when on it is asked what nobody looks at; null before it answers. */
  unaskedFromMs: number | null;
  /** The newest rows of views that others are asked by, by name. */
  readonly told: Map<string, readonly Row[]>;
  /** Null until the server has said which there are. */
  databases: readonly AskedDatabase[] | null;
  /** What was asked before is asked again, whatever it costs. */
  askedAnewMs: number;
  /** The dearest view of what ran last; undefined once that may be another. */
  dearest?: OwnCost["dearest"] | undefined;
};

const newMemory = (): NodeTasks => ({
  busy: new Set(),
  ran: new Map(),
  unaskedFromMs: null,
  told: new Map(),
  databases: null,
  askedAnewMs: 0,
});

/** The database in whose own session a task is asked; null is the node's session. */
const sessionOf = ({ database, isApart }: Task) => (isApart ? database : null);

/** Looked up for each task twice a second: that of a view of the server is the name that is there. */
const taskKey = ({ view, database }: Pick<Task, "view" | "database">) =>
  database === null ? view.name : `${view.name}\n${database}`;

/** What a task found. */
export type Found = Taken & {
  /** False for what only rules want: the screen waits for none of it. */
  readonly isLookedAt: boolean;
  /** It ended at its deadline. */
  readonly isTimeout: boolean;
};

/**
 * From here on, in milliseconds, a view is asked in a session that the pulse can do without, if it took so long twice: the
 * first time it has to be planned, and 200 nodes that log in take long for anything. The pulse waits as long for a session.
 */
const longMs = spareLoginMs;

/**
 * So much later than the node before it each node is asked what only rules want, and from then on by its own clock: a
 * fleet of 200 that is asked everything at once shows and draws nothing for seconds.
 */
const spreadMs = 50;

/** More than any interval. */
const longAgoMs = 1e9;

/** Asks nodes for the views that are wanted of them, beside the pulse: one at a time of a node. */
export class Tasks {
  readonly #manager: ConnectionManager;
  readonly #stress: (node: string) => Stress | null;
  readonly #found: (found: Found) => void;
  #standing: readonly Standing[];
  readonly #nodes = new Map<string, NodeTasks>();
  #demands: ReadonlyMap<string, readonly Wish[]> = new Map();
  #since: Since = new Map();
  #tickMs = 1000;
  /** What was asked before is asked again, whatever it costs. */
  #askedAnewMs = 0;
  #lookedAt = 0;

  /** @param found called for each answer, also of a view that failed */
  constructor(
    manager: ConnectionManager,
    standing: readonly Standing[],
    stress: (node: string) => Stress | null,
    found: (found: Found) => void,
  ) {
    this.#manager = manager;
    this.#stress = stress;
    this.#standing = standing;
    this.#found = found;
  }

  /** How many tasks run whose answer the screen waits for. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  /** These stand from now on, once something is wanted the next time. */
  stand(standing: readonly Standing[]): void {
    this.#standing = standing;
  }

  /** From now on these views are wanted, at each refresh, beside the standing ones. */
  want(wanted: readonly Wanted[], nodes: readonly string[], refreshMs: number, tickMs: number): void {
    this.#tickMs = tickMs;
    const sampled = new Set(nodes.filter((node) => this.#manager.get(node)?.waits === "always"));
    const standing = [...this.#standing, { view: waitSamples, everyMs: 0, onlyOn: sampled }];
    const asking = { wanted, standing, nodes, refreshMs, tickMs };
    const { byNode, since } = wishesOf(asking, this.#since, performance.now());
    [this.#demands, this.#since] = [byNode, since];
    for (const memory of this.#nodes.values()) memory.dearest = undefined;
  }

  /** The views that are wanted of a node. */
  viewsOf(node: string): readonly AskedView[] {
    return this.#wishesOf(node).map(({ view }) => view);
  }

  #wishesOf(node: string): readonly Wish[] {
    const told = this.#nodes.get(node)?.told;
    return (this.#demands.get(node) ?? []).filter(
      ({ onlyWhere }) => !onlyWhere || holdsBy(onlyWhere, ({ name }) => told?.get(name) ?? null),
    );
  }

  /** Asks for everything that is wanted once more, as soon as what runs is done. */
  askAnew(): void {
    this.#askedAnewMs = performance.now();
  }

  /** The same of one node. */
  askNodeAnew(node: string): void {
    const memory = this.#nodes.get(node);
    if (memory) memory.askedAnewMs = performance.now();
  }

  /** Begins with what is due of a node that answers, if with a refusal, in each of its sessions where nothing runs. */
  run(node: string): void {
    const health = this.#manager.health(node);
    const answers = health?.state === "connected" || (health?.state === "stale" && health.error !== null);
    if (!this.#demands.has(node) || !answers) return;
    const memory = this.#nodes.get(node) ?? newMemory();
    this.#nodes.set(node, memory);
    memory.unaskedFromMs ??= performance.now() + spreadMs * [...this.#nodes.keys()].indexOf(node);
    const others = this.#manager.get(node)?.pool.databases ?? 0;
    const busyOthers = memory.busy.size - Number(memory.busy.has(null));
    const tasks = due(this.#tasksOf(node, memory), {
      ran: (task) => {
        const last = memory.ran.get(taskKey(task));
        if (!last || last.atMs >= Math.max(this.#askedAnewMs, memory.askedAnewMs)) return last;
        // What was asked longest ago still goes first: a refresh again and again passes no view over.
        return { atMs: last.atMs - longAgoMs, tookMs: 0 };
      },
      isBusy: (task) => memory.busy.has(sessionOf(task)),
      // Where no other database may be asked each says so.
      free: () => Math.max(1, others) - busyOthers,
      nowMs: performance.now(),
      earlyMs: this.#tickMs / 2,
    });
    for (const task of tasks) void this.#ask(node, memory, task);
  }

  #tasksOf(node: string, memory: NodeTasks): Task[] {
    const own = this.#manager.facts(node)?.database ?? null;
    const names = memory.databases?.map(({ name }) => name) ?? [];
    const isTime = performance.now() >= (memory.unaskedFromMs ?? Number.POSITIVE_INFINITY);
    const wishes = this.#wishesOf(node).filter(({ share }) => isTime || share === lookedAtShare);
    const { slower } = this.#stress(node) ?? {};
    return wishes.flatMap((wish) => tasksOf(slower ? { ...wish, slower } : wish, names, own));
  }

  /** The view that takes the most of a node's time now. */
  dearest(node: string): OwnCost["dearest"] {
    const memory = this.#nodes.get(node);
    if (!memory) return null;
    if (memory.dearest === undefined) {
      const ran = (task: Task) => memory.ran.get(taskKey(task));
      memory.dearest = dearest(this.#tasksOf(node, memory), ran, this.#tickMs);
    }
    return memory.dearest;
  }

  /** What a server took that hung says nothing of a view: it is asked at once when the server is back. */
  lost(node: string): void {
    const memory = this.#nodes.get(node);
    if (!memory) return;
    memory.ran.clear();
    memory.dearest = undefined;
    memory.unaskedFromMs = null;
  }

  /** What is remembered goes on under the new name. What runs is not taken: it has the old one. */
  rename(from: string, to: string): void {
    const memory = this.#nodes.get(from);
    if (memory) this.#nodes.set(to, memory);
    this.#nodes.delete(from);
  }

  /** What views of these names took, and when they were asked, says nothing of what is called so now. */
  forgetViews(names: ReadonlySet<string>): void {
    for (const { ran } of this.#nodes.values())
      for (const key of ran.keys()) if (names.has(key.split("\n", 1)[0] ?? "")) ran.delete(key);
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  async #ask(node: string, memory: NodeTasks, task: Task): Promise<void> {
    const { view, viewOptions, database } = task;
    const atMs = performance.now();
    const isLookedAt = task.share === lookedAtShare;
    memory.busy.add(sessionOf(task));
    this.#lookedAt += Number(isLookedAt);
    const refused = memory.databases?.find(({ name }) => name === database)?.refused;
    const earlier = memory.ran.get(taskKey(task));
    const question = {
      viewOptions,
      database: database ?? undefined,
      apart: (earlier?.longInRow ?? 0) > 1,
    };
    const { sample, ms } = refused
      ? { sample: refused, ms: 0 }
      : await askView(this.#manager, node, view, question);
    memory.busy.delete(sessionOf(task));
    this.#lookedAt -= Number(isLookedAt);
    // The node may have been removed, and another of its name added, while it was asked.
    if (this.#nodes.get(node) !== memory) return;
    // The way to the server and back, and what keeps ourselves busy, cost the server nothing: the pulse has both too.
    const health = this.#manager.health(node);
    // Under stress the pulse takes long because of what the server does, as the view does.
    const usualMs = this.#stress(node)?.usualMs ?? Number.POSITIVE_INFINITY;
    const wayMs = Math.min(health?.latencyMs ?? 0, usualMs);
    const tookMs = ms === null ? (earlier?.tookMs ?? 0) : Math.max(0, ms - wayMs);
    const isLost = health !== undefined && !isUp(health);
    const longBefore = earlier?.longInRow ?? 0;
    const longInRow = ms === null ? longBefore : tookMs < longMs ? 0 : longBefore + 1;
    if (!isLost) memory.ran.set(taskKey(task), { atMs, tookMs, isUnasked: ms === null, longInRow });
    memory.dearest = undefined;
    const pace = isLost ? null : this.#paceOf(node, memory, view);
    const among = memory.databases?.map(({ name }) => name) ?? [];
    const part = database === null ? null : { database, among };
    const isTimeout = ms !== null && sample.state === "failed" && sample.error.kind === "timeout";
    this.#found({ node, view, sample, pace, isLookedAt, part, isTimeout });
    if (sample.state === "ok" && this.#standing.some(({ onlyWhere }) => onlyWhere && tells(onlyWhere, view)))
      memory.told.set(view.name, sample.rows);
    if (view === databases) this.#takeDatabases(node, memory, sample);
    this.run(node);
  }

  /** How far a view is slowed down. */
  #paceOf(node: string, memory: NodeTasks, view: AskedView): Pace | null {
    const tasks = this.#tasksOf(node, memory).filter((task) => task.view === view);
    const all = tasks.flatMap((task) => memory.ran.get(taskKey(task)) ?? []);
    return tasks[0] ? paceOf(tasks[0], all, this.#tickMs) : null;
  }

  /** A node that has not said yet which databases it has is without an answer in each view of them. */
  #takeDatabases(node: string, memory: NodeTasks, sample: Sample): void {
    const facts = this.#manager.facts(node);
    if (sample.state === "ok" && facts) memory.databases = askedDatabases(sample.rows, facts);
    else if (memory.databases === null)
      for (const { view, share } of this.#demands.get(node) ?? [])
        if (view.scope === "database")
          this.#found({
            node,
            view,
            sample,
            pace: null,
            isLookedAt: share === lookedAtShare,
            part: null,
            isTimeout: false,
          });
  }
}

/** Whether the rows of a view tell where another one is asked for. */
const tells = ({ view, and, or }: OnlyWhere, one: AskedView): boolean =>
  view === one || and?.view === one || (or !== undefined && tells(or, one));
