import { printTook } from "../text/pretty.ts";

/** A server that has too much to do, by what we know of it anyway. It is asked less until it is well again. */
export type Stress = {
  readonly sinceMs: number;
  /** For people: "pulse 900 ms (usually 2.0 ms)". While it passes the last that was bad. */
  readonly why: string;
  /** How many times less often its views are asked. */
  readonly slower: number;
  /** What its pulse takes else; null where that is not known. */
  readonly usualMs: number | null;
};

/** What the newest pulse tells, or that there is none. */
export type Signs = {
  /** What it took. */
  readonly latencyMs: number | null;
  readonly isOverdue: boolean;
  readonly connections: number | null;
  /** Slots that ordinary roles can take. */
  readonly usable: number | null;
};

export type StressMemory = {
  readonly signs: Signs;
  /** What pulses took while it was well, the newest last. */
  readonly calm: readonly number[];
  /** How many of the newest pulses were slow. */
  readonly slow: number;
  readonly timeouts: readonly { readonly view: string; readonly atMs: number }[];
  readonly stress: Stress | null;
  /** Since when nothing is bad any more. */
  readonly wellSinceMs: number | null;
};

export const unstressed: StressMemory = {
  signs: { latencyMs: null, isOverdue: false, connections: null, usable: null },
  calm: [],
  slow: 0,
  timeouts: [],
  stress: null,
  wellSinceMs: null,
};

const slower = 4;
/** So long all has to be well before it is asked as often as ever. */
const wellMs = 15_000;
/** A pulse is slow that takes so many times as long as usual, and no less than this. */
const timesUsual = 5;
const leastSlowMs = 500;
/** The same where it is not known yet what is usual. */
const slowMs = 1000;
/** A slow pulse may be our own doing, or the network's. */
const slowInRow = 2;
const leastCalm = 10;
const mostCalm = 60;
/** One view may be too much for any server; two in this time tell of the server. */
const timeoutsMs = 60_000;
const leastTimeouts = 2;

/** What is known after one more pulse, or none in time. Pure. */
export function afterPulse(before: StressMemory, signs: Signs, nowMs: number): StressMemory {
  const { latencyMs } = signs;
  if (latencyMs === null) return judged({ ...before, signs: { ...before.signs, ...signs } }, nowMs);
  const slow = isAtLeast(before, latencyMs, 1) ? before.slow + 1 : 0;
  // What is usual is not what it takes under stress, however long that lasts.
  const calm = before.stress ? before.calm : [...before.calm, latencyMs].slice(-mostCalm);
  const next = judged({ ...before, signs, slow }, nowMs);
  return { ...next, calm };
}

/** What is known after a question that ended at its deadline. Pure. */
export function afterTimeout(before: StressMemory, view: string, nowMs: number): StressMemory {
  return judged({ ...before, timeouts: [...before.timeouts, { view, atMs: nowMs }] }, nowMs);
}

function judged(memory: StressMemory, nowMs: number): StressMemory {
  const timeouts = memory.timeouts.filter(({ atMs }) => atMs > nowMs - timeoutsMs);
  const { stress } = memory;
  const found = reasons({ ...memory, timeouts });
  if (found.length > 0) {
    const { sinceMs } = stress ?? { sinceMs: nowMs };
    const now = { sinceMs, why: found.join(", "), slower, usualMs: usualOf(memory.calm) };
    return { ...memory, timeouts, stress: now, wellSinceMs: null };
  }
  const wellSinceMs = stress && (memory.wellSinceMs ?? nowMs);
  const isOver = wellSinceMs !== null && nowMs - wellSinceMs >= wellMs;
  return { ...memory, timeouts, stress: isOver ? null : stress, wellSinceMs: isOver ? null : wellSinceMs };
}

/** Under stress half of what began it counts as well. */
function reasons(memory: StressMemory): string[] {
  const { signs, slow, timeouts, stress } = memory;
  const { latencyMs, isOverdue, connections, usable } = signs;
  const isSlow = stress ? latencyMs !== null && isAtLeast(memory, latencyMs, 0.5) : slow >= slowInRow;
  const usualMs = isSlow ? usualOf(memory.calm) : null;
  const usual = usualMs === null ? "" : ` (usually ${printTook(usualMs)})`;
  const left = connections === null || usable === null ? null : Math.max(0, usable - connections);
  const isFull = left !== null && left <= fewOf(usable ?? 0) * (stress ? 2 : 1);
  const views = new Set(timeouts.map(({ view }) => view)).size;
  return [
    ...(isOverdue ? ["pulse overdue"] : isSlow ? [`pulse ${printTook(latencyMs ?? 0)}${usual}`] : []),
    ...(isFull ? [`${left === 0 ? "no" : left} connection${left === 1 || left === 0 ? "" : "s"} left`] : []),
    ...(views >= leastTimeouts ? [`${views} views ended at their deadline`] : []),
  ];
}

/** The last slots: three of a hundred, and of few none. */
const fewOf = (usable: number) => Math.min(Math.floor(usable / 10), Math.max(2, Math.ceil(0.03 * usable)));

/** Whether a pulse took this part of what is slow. What is usual is looked up for those alone that may be. */
function isAtLeast({ calm }: StressMemory, latencyMs: number, part: number): boolean {
  if (latencyMs < part * leastSlowMs) return false;
  const usualMs = usualOf(calm);
  return latencyMs >= part * (usualMs === null ? slowMs : Math.max(leastSlowMs, timesUsual * usualMs));
}

function usualOf(calm: readonly number[]): number | null {
  if (calm.length < leastCalm) return null;
  return calm.toSorted((a, b) => a - b)[Math.floor(calm.length / 2)] ?? null;
}
