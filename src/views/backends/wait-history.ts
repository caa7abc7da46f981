import type { Row } from "../row.ts";

/** Samples are added up in stretches of this length. */
const stretchMs = 10_000;

/** The windows that averages are shown of, in stretches. */
const windows = [6, 30, 90] as const;
const kept = Math.max(...windows);

/** Groups that are told apart in one stretch; of the others only what they wait for is, so that averages by event stay right. */
export const mostGroups = 100;

/** Sessions of one kind, in all samples of a stretch or of a window together, each by the milliseconds that its sample stands for. */
export type Counted = { readonly group: Row; readonly sessionMs: number };

type Stretch = {
  readonly at: number;
  readonly samples: number;
  /** For how long they stand. */
  readonly ms: number;
  readonly counted: ReadonlyMap<string, Counted>;
};

/** What was sampled in the last quarter of an hour, oldest first; a stretch in which nothing was asked has no entry. */
export type WaitHistory = {
  readonly stretches: readonly Stretch[];
  /** When the newest sample was taken, and how long after the one before it. */
  readonly atMs: number;
  readonly gapMs: number;
};

/** A sample that nothing came before stands for so long: as often it is asked where nothing slows it. */
const firstMs = 1000;

/**
 * A sample stands for the time since the one before: where samples come less often, of a server that is slow or while
 * nobody looks, each counts for more. A time in which nothing was asked belongs to none: it is much longer than the
 * pace before it.
 */
function standsFor(
  before: WaitHistory | null,
  atMs: number,
): { readonly ms: number; readonly gapMs: number } {
  if (!before) return { ms: firstMs, gapMs: firstMs };
  const gapMs = Math.max(1, Math.round(atMs - before.atMs));
  return { ms: Math.min(gapMs, 2 * Math.max(firstMs, before.gapMs)), gapMs };
}

/** The history with one more sample, taken at this moment of the monotonic clock. */
export function remembered(before: unknown, rows: readonly Row[], atMs: number): WaitHistory {
  const known = (before ?? null) as WaitHistory | null;
  const { stretches = [] } = known ?? {};
  const { ms, gapMs } = standsFor(known, atMs);
  const at = Math.floor(atMs / stretchMs);
  const last = stretches.at(-1);
  const isSame = last?.at === at;
  const older = (isSame ? stretches.slice(0, -1) : stretches).filter((one) => one.at > at - kept);
  const counted = new Map(isSame ? last.counted : []);
  for (const row of rows) {
    const own = groupKey(row);
    const isTold = counted.has(own) || counted.size < mostGroups;
    const key = isTold ? own : groupKey(withoutNames(row));
    const same = counted.get(key);
    // The texts of one group are held once, however many stretches have it.
    const group = same?.group ?? last?.counted.get(key)?.group ?? (isTold ? row : withoutNames(row));
    counted.set(key, { group, sessionMs: (same?.sessionMs ?? 0) + ms * Number(row["sessions"]) });
  }
  const all = { samples: (isSame ? last.samples : 0) + 1, ms: (isSame ? last.ms : 0) + ms };
  return { stretches: [...older, { at, ...all, counted }], atMs, gapMs };
}

const names = ["backend_type", "usename", "datname", "query_id", "statement_key", "query"] as const;

const withoutNames = (row: Row): Row => ({
  ...row,
  ...Object.fromEntries(names.map((name) => [name, null])),
});

const key = [
  "unknown",
  "wait_event_type",
  "wait_event",
  "backend_type",
  "usename",
  "datname",
  "statement_key",
];
const groupKey = (row: Row): string => JSON.stringify(key.map((name) => row[name]));

/** One window: how many samples it has, for how long they stand, and all that they counted. Null where it has no more than the shorter one. */
export type Window = {
  readonly samples: number;
  readonly ms: number;
  readonly counted: readonly Counted[];
} | null;

const known = new WeakMap<WaitHistory, readonly Window[]>();

/** The {@link windows} up to the newest sample; computed once for a history. */
export function windowsOf(history: WaitHistory): readonly Window[] {
  const found = known.get(history) ?? summed(history);
  known.set(history, found);
  return found;
}

function summed({ stretches }: WaitHistory): readonly Window[] {
  const newest = stretches.at(-1)?.at ?? 0;
  let shorter = 0;
  return windows.map((length) => {
    const within = stretches.filter(({ at }) => at > newest - length);
    if (within.length === shorter) return null;
    shorter = within.length;
    const sums = new Map<string, { group: Row; sessionMs: number }>();
    for (const { counted } of within)
      for (const [key, { group, sessionMs }] of counted) {
        const sum = sums.get(key);
        if (sum) sum.sessionMs += sessionMs;
        else sums.set(key, { group, sessionMs });
      }
    const samples = within.reduce((sum, one) => sum + one.samples, 0);
    return { samples, ms: within.reduce((sum, one) => sum + one.ms, 0), counted: [...sums.values()] };
  });
}
