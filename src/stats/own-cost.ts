/** One question of ours to a server: when it was sent and when it was answered, monotonic milliseconds. */
export type Question = {
  readonly fromMs: number;
  readonly toMs: number;
  /** With those that begin and end its transaction. */
  readonly statements: number;
};

/** What our questions to one server took in the last minutes, in stretches of time, the oldest first. */
export type Spent = {
  /** Since when they are counted. */
  readonly sinceMs: number;
  readonly stretches: readonly Stretch[];
};

type Stretch = { readonly at: number; readonly ms: number; readonly statements: number };

/** What we cost a server, as the average of the last minute. */
export type MinuteCost = {
  /**
   * Of a server second, from question to answer. That is no less than what the server did: the way to it and back is
   * in it, and so is what it had to wait for. Two questions at once count twice.
   */
  readonly share: number;
  readonly statements: number;
};

/** What we cost a server now. */
export type OwnCost = {
  /** Null before there is a whole minute. */
  readonly minute: MinuteCost | null;
  /** Sessions that we hold there, also in other databases. */
  readonly sessions: number;
  /** The view that takes the largest share of its time; null while none is asked but the pulse. */
  readonly dearest: DearestView | null;
};

/** Which view that is, in how many milliseconds it was answered, and how often it is asked. */
type DearestView = { readonly view: string; readonly tookMs: number; readonly everyMs: number };

const stretchMs = 5000;
const minuteMs = 60_000;
const stretchesOfMinute = minuteMs / stretchMs;

export const nothingSpent = (nowMs: number): Spent => ({ sinceMs: nowMs, stretches: [] });

/** What was spent, with one more question. One that took long counts in each stretch in which it ran. */
export function withQuestion(before: Spent, { fromMs, toMs, statements }: Question): Spent {
  const last = Math.floor(toMs / stretchMs);
  const newest = before.stretches.at(-1);
  // So are nearly all, and there are several a second of each node.
  if (newest?.at === last && fromMs >= last * stretchMs) {
    const { at, ms, statements: known } = newest;
    const now = { at, ms: ms + toMs - fromMs, statements: known + statements };
    return { ...before, stretches: before.stretches.with(-1, now) };
  }
  const kept = (at: number) => at >= last - stretchesOfMinute;
  const stretches = new Map(before.stretches.flatMap((one) => (kept(one.at) ? [[one.at, one]] : [])));
  for (let at = Math.max(Math.floor(fromMs / stretchMs), last - stretchesOfMinute); at <= last; at += 1) {
    const known = stretches.get(at) ?? { at, ms: 0, statements: 0 };
    const ms = Math.min(toMs, (at + 1) * stretchMs) - Math.max(fromMs, at * stretchMs);
    stretches.set(at, {
      ...{ at, ms: known.ms + Math.max(0, ms) },
      statements: known.statements + (at === last ? statements : 0),
    });
  }
  return { ...before, stretches: [...stretches.values()].sort((a, b) => a.at - b.at) };
}

/** The average over the last minute that ended with a stretch; null before there is one. */
export function costOfMinute({ sinceMs, stretches }: Spent, nowMs: number): MinuteCost | null {
  const end = Math.floor(nowMs / stretchMs);
  if (sinceMs > (end - stretchesOfMinute) * stretchMs) return null;
  const within = stretches.filter(({ at }) => at >= end - stretchesOfMinute && at < end);
  return {
    share: within.reduce((sum, { ms }) => sum + ms, 0) / minuteMs,
    statements: within.reduce((sum, { statements }) => sum + statements, 0),
  };
}
