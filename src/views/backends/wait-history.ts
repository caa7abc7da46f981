import type { Row } from "../row.ts";

/** Samples are added up in stretches of this length. */
const stretchMs = 10_000;

/** The windows that averages are shown of, in stretches. */
const windows = [6, 30, 90] as const;
const kept = Math.max(...windows);

/** Groups that are told apart in one stretch; of the others only what they wait for is, so that averages by event stay right. */
export const mostGroups = 100;

/** Sessions of one kind, in all samples of a stretch or of a window together. */
export type Counted = { readonly group: Row; readonly sessions: number };

type Stretch = {
  readonly at: number;
  readonly samples: number;
  readonly counted: ReadonlyMap<string, Counted>;
};

/** What was sampled in the last quarter of an hour, oldest first; a stretch in which nothing was asked has no entry. */
export type WaitHistory = { readonly stretches: readonly Stretch[] };

/** The history with one more sample, taken at this moment of the monotonic clock. */
export function remembered(before: unknown, rows: readonly Row[], atMs: number): WaitHistory {
  const { stretches } = (before ?? { stretches: [] }) as WaitHistory;
  const at = Math.floor(atMs / stretchMs);
  const last = stretches.at(-1);
  const isSame = last?.at === at;
  const older = (isSame ? stretches.slice(0, -1) : stretches).filter((one) => one.at > at - kept);
  const counted = new Map(isSame ? last.counted : []);
  for (const row of rows) {
    const own = groupKey(row);
    const isTold = counted.has(own) || counted.size < mostGroups;
    const key = isTold ? own : groupKey(withoutNames(row));
    const known = counted.get(key);
    // The texts of one group are held once, however many stretches have it.
    const group = known?.group ?? last?.counted.get(key)?.group ?? (isTold ? row : withoutNames(row));
    counted.set(key, { group, sessions: (known?.sessions ?? 0) + Number(row["sessions"]) });
  }
  return { stretches: [...older, { at, samples: (isSame ? last.samples : 0) + 1, counted }] };
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

/** One window: how many samples it has, and all that they counted. Null where it has no more than the shorter one. */
export type Window = { readonly samples: number; readonly counted: readonly Counted[] } | null;

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
    const sums = new Map<string, { group: Row; sessions: number }>();
    for (const { counted } of within)
      for (const [key, { group, sessions }] of counted) {
        const sum = sums.get(key);
        if (sum) sum.sessions += sessions;
        else sums.set(key, { group, sessions });
      }
    return { samples: within.reduce((sum, { samples }) => sum + samples, 0), counted: [...sums.values()] };
  });
}
