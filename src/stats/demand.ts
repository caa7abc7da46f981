import type { OwnCost } from "./own-cost.ts";

/** A view to ask one node for, how often, and at what cost. */
export type Demand = {
  readonly node: string;
  /** `everyMs` is the shortest interval that the view allows; without it the view may be asked at each refresh. */
  readonly view: {
    readonly name: string;
    readonly everyMs?: number;
    readonly scope?: "server" | "database";
  };
  /** How often it is wanted: the refresh of a screen, the interval of a rule. */
  readonly everyMs: number;
  /** How much of the server's time it may take: with 0.1 100 ms of each second. */
  readonly share: number;
  /** So many times less often it is asked of a server that is under stress, and so much less of its time it may take. */
  readonly slower?: number;
  /** From when on it is wanted. What was asked before is too old, whatever the interval. */
  readonly sinceMs: number;
};

/** The last time that a view was asked of a node: when it began, and what it took the server. */
export type Ran = {
  readonly atMs: number;
  readonly tookMs: number;
  /** The question came to no session and cost nothing; `tookMs` is of the time before. */
  readonly isUnasked?: boolean;
  /** How many of its newest answers took so long that the pulse had to wait. */
  readonly longInRow?: number;
};

/**
 * A view that costs too much to be asked as often as it is wanted, or is asked less of a server under stress; `tookMs`
 * is that of all its databases.
 */
export type Pace = { readonly everyMs: number; readonly tookMs: number };

/** Of the server's time, for what is looked at and for what runs unasked, such as the rules of alerts. */
export const lookedAtShare = 0.1;
export const unaskedShare = 0.02;

/** One demand for each view of a node. It has the options of the first, and is as frequent as the most frequent one. */
export function united<D extends Demand>(demands: readonly D[]): D[] {
  const byTask = new Map<string, D>();
  for (const demand of demands) {
    const key = `${demand.view.name}\u0000${demand.node}`;
    const other = byTask.get(key);
    const both = other && {
      ...other,
      everyMs: Math.min(other.everyMs, demand.everyMs),
      share: Math.max(other.share, demand.share),
      sinceMs: Math.max(other.sinceMs, demand.sinceMs),
    };
    byTask.set(key, both ?? demand);
  }
  return [...byTask.values()];
}

/** What a demand is asked of: a server, or one of its databases. */
export type Asked = {
  /** Null for a view that any database answers for the server. */
  readonly database: string | null;
  /** In a session of that database, not in the node's own. */
  readonly isApart: boolean;
};

/** A demand as it is asked: once, or of each of these databases. `own` is the one that the node's own sessions are in. */
export function tasksOf<D extends Demand>(
  demand: D,
  databases: readonly string[],
  own: string | null,
): (D & Asked)[] {
  if (demand.view.scope !== "database") return [{ ...demand, database: null, isApart: false }];
  return databases.map((database) => ({ ...demand, database, isApart: database !== own }));
}

export type Past<T extends Demand & Asked> = {
  /** Undefined for a view that was never asked there. */
  readonly ran: (task: T) => Ran | undefined;
  /** True while a task runs in the session that this one would be asked in. */
  readonly isBusy: (task: T) => boolean;
  /** In how many other databases of a node a task may begin now. */
  readonly free: (node: string) => number;
  readonly nowMs: number;
  /** How much too early a tick may come. */
  readonly earlyMs: number;
};

/**
 * What is to be asked now, the oldest first: in a session of a node, its own or one of another database, one task at a
 * time, the one that was asked longest ago.
 */
export function due<T extends Demand & Asked>(tasks: readonly T[], past: Past<T>): T[] {
  const { ran, isBusy, free, nowMs, earlyMs } = past;
  const chosen = new Map<string, { readonly task: T; readonly atMs: number }>();
  const took = new Map<string, number>();
  const whole = ({ node, view }: T) => `${view.name}\u0000${node}`;
  for (const task of tasks)
    if (task.database !== null) took.set(whole(task), (took.get(whole(task)) ?? 0) + costMs(ran(task)));
  for (const task of tasks) {
    const last = ran(task);
    if (isBusy(task)) continue;
    const tookMs = task.database === null ? costMs(last) : (took.get(whole(task)) ?? 0);
    if (last && nowMs < dueAtMs(task, last, tookMs, earlyMs)) continue;
    const atMs = last?.atMs ?? Number.NEGATIVE_INFINITY;
    const session = JSON.stringify([task.node, task.isApart && task.database]);
    const other = chosen.get(session);
    if (!other || atMs < other.atMs) chosen.set(session, { task, atMs });
  }
  const begun = new Map<string, number>();
  return [...chosen.values()]
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap(({ task }) => {
      if (!task.isApart) return [task];
      const others = (begun.get(task.node) ?? 0) + 1;
      begun.set(task.node, others);
      return others > free(task.node) ? [] : [task];
    });
}

/**
 * The cost counts to the millisecond, the cadence as well as ticks can keep it. Each database waits for what all of them took:
 * together they keep to the share, and the largest is not asked the most seldom.
 */
function dueAtMs(demand: Demand, last: Ran, tookMs: number, earlyMs: number): number {
  const affordableMs = last.atMs + (last.isUnasked ? 0 : affordedMs(demand, tookMs));
  if (last.atMs < demand.sinceMs) return affordableMs;
  const soonMs = last.isUnasked ? unaskedMs * (demand.slower ?? 1) : Number.POSITIVE_INFINITY;
  const cadence = Math.min(cadenceMs(demand), soonMs);
  return Math.max(last.atMs + cadence - earlyMs, affordableMs);
}

/** So soon a session is asked for again that was not to be had. */
const unaskedMs = 2000;

const costMs = (last: Ran | undefined) => (last && !last.isUnasked ? last.tookMs : 0);

/** How often a server can afford what takes so long. */
const affordedMs = ({ share, slower = 1 }: Demand, tookMs: number) => (slower * tookMs) / share;

const cadenceMs = (demand: Demand) => (demand.slower ?? 1) * wantedMs(demand);

const wantedMs = ({ view, everyMs }: Demand) => Math.max(view.everyMs ?? 0, everyMs);

/**
 * How often a view is asked that takes too long for its cadence, or of a server under stress; null where the cadence
 * counts.
 * @param all how it ran last: once, or in each database
 * @param tickMs tasks begin on ticks of this length
 */
export function paceOf(demand: Demand, all: readonly Ran[], tickMs: number): Pace | null {
  const tookMs = all.reduce((sum, ran) => sum + costMs(ran), 0);
  const everyMs = Math.max(affordedMs(demand, tookMs), cadenceMs(demand));
  if (everyMs <= wantedMs(demand)) return null;
  return { everyMs: Math.ceil(everyMs / tickMs) * tickMs, tookMs };
}

/**
 * The view that takes the largest share of a node's time: what it took in all databases together, by how often it is
 * asked. Null while no answer took the server any time.
 */
export function dearest<T extends Demand & Asked>(
  tasks: readonly T[],
  ran: (task: T) => Ran | undefined,
  tickMs: number,
): OwnCost["dearest"] {
  const byView = new Map<string, { readonly task: T; readonly all: Ran[] }>();
  for (const task of tasks) {
    const last = ran(task);
    if (!last || last.tookMs <= 0) continue;
    const known = byView.get(task.view.name);
    if (known) known.all.push(last);
    else byView.set(task.view.name, { task, all: [last] });
  }
  let most: OwnCost["dearest"] = null;
  for (const [view, { task, all }] of byView) {
    const tookMs = all.reduce((sum, last) => sum + last.tookMs, 0);
    const everyMs = paceOf(task, all, tickMs)?.everyMs ?? Math.ceil(cadenceMs(task) / tickMs) * tickMs;
    if (!most || tookMs / everyMs > most.tookMs / most.everyMs) most = { view, tookMs, everyMs };
  }
  return most;
}
