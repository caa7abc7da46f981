export type Sample = { readonly atMs: number; readonly lsn: bigint };

/** Where the WAL that one node writes or receives was, and when, by our own monotonic clock. Oldest first. */
export type LsnClock = {
  /** Before our first sample, by what the primary said of its standbys; one every ten seconds. */
  readonly told: readonly Sample[];
  /** The last ten minutes, one sample a second; while the position stays, the first and the last of them. */
  readonly recent: readonly Sample[];
  /** Before that up to two hours, one every ten seconds. */
  readonly older: readonly Sample[];
};

export const emptyClock: LsnClock = { told: [], recent: [], older: [] };

const second = 1000;
const recentMs = 600 * second;
const olderStepMs = 10 * second;
const olderMs = 7200 * second;

/**
 * The clock with one more sample of pg_current_wal_lsn(). At most about 1300 samples are kept. When the
 * position went back (a crash lost WAL that was written but not flushed), what was ahead of it is forgotten.
 */
export function record(clock: LsnClock, atMs: number, lsn: bigint): LsnClock {
  const last = clock.recent.at(-1);
  if (last && atMs < last.atMs) return clock;
  const back = last !== undefined && lsn < last.lsn;
  const recent = back ? clock.recent.filter((sample) => sample.lsn <= lsn) : [...clock.recent];
  const older = back ? clock.older.filter((sample) => sample.lsn <= lsn) : [...clock.older];
  const told = clock.told.filter((sample) => sample.lsn <= lsn && sample.atMs >= atMs - olderMs);

  const [before, newest] = [recent.at(-2), recent.at(-1)];
  const isClose = before && newest && newest.atMs - before.atMs < second;
  const stays = before?.lsn === lsn && newest?.lsn === lsn;
  if (isClose || stays) recent.pop();
  recent.push({ atMs, lsn });

  const agedOut = recent.findIndex((sample) => sample.atMs >= atMs - recentMs);
  for (const sample of recent.splice(0, agedOut)) {
    if (sample.atMs - (older.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= olderStepMs) older.push(sample);
  }
  older.splice(0, older.filter((sample) => sample.atMs < atMs - olderMs).length);
  return { told, recent, older };
}

/** The clock with a position before its first sample, which was written at this time or earlier. */
export function tell(clock: LsnClock, sample: Sample): LsnClock {
  const first = firstOf(clock);
  if (!first || sample.lsn >= first.lsn || sample.atMs >= first.atMs) return clock;
  // Of several reports of one position the earliest is nearest to the truth.
  const told = clock.told.filter((one) =>
    one.lsn < sample.lsn ? one.atMs < sample.atMs : one.atMs > sample.atMs,
  );
  if (clock.told.some((one) => one.lsn === sample.lsn && one.atMs <= sample.atMs)) return clock;
  const at = told.filter(({ lsn }) => lsn < sample.lsn).length;
  const [before, newest] = [told[at - 2], told[at - 1]];
  const isClose = before && newest && newest.atMs - before.atMs < olderStepMs;
  told.splice(isClose ? at - 1 : at, isClose ? 1 : 0, sample);
  return { ...clock, told };
}

/** The first sample of our own. */
export function firstOf({ older, recent }: LsnClock): Sample | undefined {
  return older[0] ?? recent[0];
}

const rateMs = 30 * second;

/** Bytes of WAL a second over the last half minute, or since the sample before that; null without two samples. */
export function walRate({ older, recent }: LsnClock): number | null {
  const last = recent.at(-1);
  if (!last) return null;
  const sinceMs = last.atMs - rateMs;
  const at = recent.findLastIndex(({ atMs }) => atMs <= sinceMs);
  const first = recent[at] ?? older.at(-1) ?? recent[0] ?? last;
  // It may have stayed there until then.
  const fromMs = recent[at]?.lsn === recent[at + 1]?.lsn ? sinceMs : first.atMs;
  const seconds = secondsBetween(fromMs, last.atMs);
  return seconds >= 1 ? Number(last.lsn - first.lsn) / seconds : null;
}

/** When the WAL passed a position, by the clock's samples. */
type Passed = {
  readonly atMs: number;
  /** It may have been earlier: too long between two samples to tell. */
  readonly atLatest: boolean;
};

/**
 * When the primary's WAL passed a position; null when that was before the first sample. Between two samples it is
 * interpolated, but by no more than a second: a primary that was idle for most of a long refresh wrote at its end.
 */
export function passedAt({ older, recent }: LsnClock, position: bigint): Passed | null {
  const samples = [...older, ...recent];
  const index = samples.findLastIndex((sample) => sample.lsn <= position);
  const [from, to] = [samples[index], samples[index + 1]];
  if (!from) return null;
  if (!to || to.lsn <= from.lsn) return { atMs: from.atMs, atLatest: false };
  const share = Number(position - from.lsn) / Number(to.lsn - from.lsn);
  const atMs = from.atMs + share * (to.atMs - from.atMs);
  const proven = to.atMs - second;
  // Older samples are every tenth of those that were taken: what lies between them was no pause.
  if (from.atMs < (recent[0]?.atMs ?? 0) || atMs >= proven) return { atMs, atLatest: false };
  return { atMs: proven, atLatest: proven - atMs > second };
}

/**
 * When a position before our first sample was written, by what was told; null where nothing was. Far between two samples
 * it is a guess, and may have been as late as `notAfterMs`.
 */
export function toldAt(
  clock: LsnClock,
  position: bigint,
): { readonly atMs: number; readonly isGuess: boolean; readonly notAfterMs: number } | null {
  const { told } = clock;
  const index = told.findLastIndex(({ lsn }) => lsn <= position);
  const [from, to] = [told[index], told[index + 1] ?? firstOf(clock)];
  if (!from || !to || to.lsn <= position) return null;
  const share = Number(position - from.lsn) / Number(to.lsn - from.lsn);
  const atMs = from.atMs + share * (to.atMs - from.atMs);
  const isNear = to === told[index + 1] && to.atMs - from.atMs <= olderStepMs;
  return { atMs, isGuess: position > from.lsn && !isNear, notAfterMs: to.atMs };
}

export function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / second;
}

/** What the server says of a slot that its time follows from (pg_replication_slots, from 13). */
export type SlotPace = {
  readonly active: boolean | null;
  /** A copy of a primary's slot (17), which is brought forward and has no consumer of its own. */
  readonly synced: boolean | null;
  /** Bytes of WAL a second that its consumer is done with; null before two samples. */
  readonly consumed: number | null;
  readonly safe_wal_size: bigint | null;
  /** Unreserved where its WAL is no longer kept for it. */
  readonly wal_status: string | null;
  /** WAL that is kept for it; of a logical one, what its consumer has not confirmed. */
  readonly retained: bigint | null;
  readonly behind: bigint | null;
};

/** A consumer that is so many seconds of WAL behind, or less, keeps up: how fast it is at one look says nothing. */
const keepsUp = 30;

/** How much faster WAL is written than a slot's consumer is done with it, in bytes a second; null where not known. */
export function falling(
  slot: Omit<SlotPace, "safe_wal_size" | "wal_status">,
  walRate: number | null,
): number | null {
  const { active, synced, consumed, retained, behind } = slot;
  if (walRate === null) return null;
  if (active === false && synced !== true) return walRate;
  if (Number(behind ?? retained ?? 0n) <= keepsUp * walRate) return 0;
  return consumed === null ? null : walRate - consumed;
}

/** What is further away, in seconds, says nothing: an idle server writes a few bytes a second. */
const inSight = 30 * 86_400;

/** Whether the next checkpoint takes its WAL away, whatever is written until then, unless its consumer comes on. */
export const isLostNext = ({ wal_status, safe_wal_size }: Pick<SlotPace, "wal_status" | "safe_wal_size">) =>
  wal_status === "unreserved" || (safe_wal_size !== null && safe_wal_size <= 0n);

/** Seconds until the WAL of a slot is lost; null where none is in sight, and where that is not known. */
export function secondsLeft(slot: SlotPace, walRate: number | null): number | null {
  if (isLostNext(slot)) return 0;
  const bytesASecond = falling(slot, walRate);
  if (slot.safe_wal_size === null || bytesASecond === null || bytesASecond <= 0) return null;
  const left = Number(slot.safe_wal_size) / bytesASecond;
  return left > inSight ? null : left;
}
