/** A view that one node is to be asked for, and why as often. */
export type Demand = {
  readonly node: string;
  /** `everyMs` is the view's own cadence; none is each refresh. */
  readonly view: { readonly name: string; readonly everyMs?: number };
  /** How often it is wanted: the refresh of a screen, the interval of a rule. */
  readonly everyMs: number;
  /** How much of the server's time it may take: with 0.1 100 ms of each second. */
  readonly share: number;
  /** From when on it is wanted. What was asked before is too old, whatever the interval. */
  readonly sinceMs: number;
};

/** The last time that a view was asked of a node: when it began, and what it took the server. */
export type Ran = { readonly atMs: number; readonly tookMs: number };

/** A view that costs too much to be asked as often as it is wanted. */
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

export type Past = {
  /** Undefined for a view that was never asked of the node. */
  readonly ran: (demand: Demand) => Ran | undefined;
  /** True while a task of the node runs. */
  readonly isBusy: (node: string) => boolean;
  readonly nowMs: number;
  /** How much too early a tick may come. */
  readonly earlyMs: number;
};

/** What is to be asked now: one task of a node at a time, the one that was asked longest ago; the oldest first. */
export function due<D extends Demand>(demands: readonly D[], { ran, isBusy, nowMs, earlyMs }: Past): D[] {
  const chosen = new Map<string, { readonly demand: D; readonly atMs: number }>();
  for (const demand of demands) {
    const last = ran(demand);
    if (isBusy(demand.node)) continue;
    if (last && nowMs < dueAtMs(demand, last, earlyMs)) continue;
    const atMs = last?.atMs ?? Number.NEGATIVE_INFINITY;
    const other = chosen.get(demand.node);
    if (!other || atMs < other.atMs) chosen.set(demand.node, { demand, atMs });
  }
  return [...chosen.values()].sort((a, b) => a.atMs - b.atMs).map(({ demand }) => demand);
}

/** The cost counts to the millisecond, the cadence as well as ticks can keep it. */
function dueAtMs(demand: Demand, last: Ran, earlyMs: number): number {
  const affordableMs = last.atMs + costMs(demand, last);
  if (last.atMs < demand.sinceMs) return affordableMs;
  return Math.max(last.atMs + cadenceMs(demand) - earlyMs, affordableMs);
}

const costMs = ({ share }: Demand, { tookMs }: Ran) => tookMs / share;

const cadenceMs = ({ view, everyMs }: Demand) => Math.max(view.everyMs ?? 0, everyMs);

/**
 * How often a view is asked that takes too long for its cadence; null where the cadence counts.
 * @param tickMs tasks begin on ticks of this length
 */
export function paceOf(demand: Demand, last: Ran, tickMs: number): Pace | null {
  const everyMs = costMs(demand, last);
  if (everyMs <= cadenceMs(demand)) return null;
  return { everyMs: Math.ceil(everyMs / tickMs) * tickMs, tookMs: last.tookMs };
}
