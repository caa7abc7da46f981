import { lsnDifference } from "../postgres/lsn.ts";

type Sample = { readonly atMs: number; readonly lsn: bigint };

/**
 * Where the WAL of one primary was, and when, by our own monotonic clock. One for each system identifier and
 * timeline, since positions of different timelines cannot be compared. Oldest first.
 */
export type LsnClock = {
  /** The last ten minutes, one sample a second. */
  readonly recent: readonly Sample[];
  /** Before that up to two hours, one every ten seconds. */
  readonly older: readonly Sample[];
};

export const emptyClock: LsnClock = { recent: [], older: [] };

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

  const [before, newest] = [recent.at(-2), recent.at(-1)];
  if (before && newest && newest.atMs - before.atMs < second) recent.pop();
  recent.push({ atMs, lsn });

  const agedOut = recent.findIndex((sample) => sample.atMs >= atMs - recentMs);
  for (const sample of recent.splice(0, agedOut)) {
    if (sample.atMs - (older.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= olderStepMs) older.push(sample);
  }
  older.splice(0, older.filter((sample) => sample.atMs < atMs - olderMs).length);
  return { recent, older };
}

/** When the primary's WAL passed a position, in ms of the clock; null when that was before the first sample. */
function passedAt(clock: LsnClock, position: bigint, now: Sample): number | null {
  const samples = [...clock.older, ...clock.recent, now];
  const index = samples.findLastIndex((sample) => sample.lsn <= position);
  const [from, to] = [samples[index], samples[index + 1]];
  if (!from) return null;
  if (!to || to.lsn <= from.lsn) return from.atMs;
  const share = Number(position - from.lsn) / Number(to.lsn - from.lsn);
  return from.atMs + share * (to.atMs - from.atMs);
}

export type Standby = {
  /** The clock of the primary it follows; null when that primary is not watched. */
  readonly clock: LsnClock | null;
  /** pg_current_wal_lsn() of the primary now; null when it is unreachable or not watched. */
  readonly primaryLsn: bigint | null;
  /** pg_last_wal_replay_lsn(). */
  readonly replayLsn: bigint | null;
  /** pg_last_wal_receive_lsn(); after a restart it begins at a segment start, below the replay position. */
  readonly receiveLsn: bigint | null;
  /** pg_stat_wal_receiver has a row; null when that is unknown. */
  readonly receiverAlive: boolean | null;
  /** replay_lag of this standby in the primary's pg_stat_replication. */
  readonly replayLagSeconds: number | null;
  /** now() - pg_last_xact_replay_timestamp() on the standby; negative when the servers' clocks differ. */
  readonly secondsSinceReplay: number | null;
  /** The standby replays another timeline than the primary writes: their positions say nothing together. */
  readonly otherTimeline?: boolean;
  /** By the clock that `record` was given. */
  readonly nowMs: number;
};

export type Lag = {
  /** WAL that the standby has not replayed. */
  readonly bytes: bigint | null;
  /** Age of the oldest WAL that the standby has not replayed. */
  readonly seconds: number | null;
  /** The truth may be more: history does not reach back, or the primary cannot be seen. */
  readonly atLeast: boolean;
  readonly source: "lsn-clock" | "replay_lag" | "standby" | "unknown";
};

const unknown: Lag = { bytes: null, seconds: null, atLeast: false, source: "unknown" };

/**
 * How far a standby is behind, by the LSN clock: we see both sides, so we remember where the primary's WAL was
 * at each second, and the lag is the time since the primary passed the position that the standby has replayed.
 *
 * This is right where the usual figures are not. An idle primary gives 0, while the replay timestamp grows.
 * A dead WAL receiver gives a lag that grows second by second as soon as the primary has moved, while
 * "received equals replayed" says 0 and pg_stat_replication has lost its row. Skewed server clocks do not
 * matter, since only ours is read.
 *
 * Before the clock reaches back far enough, the primary's replay_lag fills in, then the standby's replay
 * timestamp, which can be too high after a quiet time. Without the primary only received against replayed is
 * left, and that says nothing once the receiver is dead.
 */
export function lag(standby: Standby): Lag {
  if (standby.replayLsn === null || standby.otherTimeline) return unknown;
  return standby.primaryLsn === null
    ? lagAlone(standby, standby.replayLsn)
    : lagBehind(standby, standby.primaryLsn, standby.replayLsn);
}

function lagBehind(standby: Standby, primaryLsn: bigint, replayLsn: bigint): Lag {
  // Replay ahead of the primary only means that the primary was asked a moment earlier.
  if (replayLsn >= primaryLsn) return { bytes: 0n, seconds: 0, atLeast: false, source: "lsn-clock" };
  const bytes = primaryLsn - replayLsn;
  const { nowMs } = standby;
  const clock = standby.clock ?? emptyClock;
  const passedMs = passedAt(clock, replayLsn, { atMs: nowMs, lsn: primaryLsn });
  if (passedMs !== null) {
    return { bytes, seconds: secondsBetween(passedMs, nowMs), atLeast: false, source: "lsn-clock" };
  }
  const first = clock.older[0] ?? clock.recent[0];
  const atLeastSeconds = secondsBetween(first?.atMs ?? nowMs, nowMs);
  const told = toldLag(standby, replayLsn);
  return told && told.seconds > atLeastSeconds
    ? { bytes, ...told, atLeast: false }
    : { bytes, seconds: atLeastSeconds, atLeast: true, source: "lsn-clock" };
}

/** What the servers say themselves, for the time before the clock has seen enough. */
function toldLag(standby: Standby, replayLsn: bigint): (Pick<Lag, "source"> & { seconds: number }) | null {
  const { replayLagSeconds, secondsSinceReplay } = standby;
  if (replayLagSeconds !== null) return { seconds: replayLagSeconds, source: "replay_lag" };
  // A live receiver that has replayed all it got is at most a moment behind, however old its last transaction.
  const upToDate = standby.receiverAlive === true && !hasUnreplayed(standby, replayLsn);
  return secondsSinceReplay === null || upToDate ? null : { seconds: secondsSinceReplay, source: "standby" };
}

function lagAlone(standby: Standby, replayLsn: bigint): Lag {
  if (!hasUnreplayed(standby, replayLsn)) {
    return standby.receiverAlive === true
      ? { bytes: 0n, seconds: 0, atLeast: false, source: "standby" }
      : unknown;
  }
  const { secondsSinceReplay } = standby;
  const bytes = lsnDifference(standby.receiveLsn, replayLsn);
  const seconds = secondsSinceReplay === null ? null : Math.max(0, secondsSinceReplay);
  return { bytes, seconds, atLeast: true, source: "standby" };
}

function hasUnreplayed(standby: Standby, replayLsn: bigint): boolean {
  return standby.receiveLsn !== null && standby.receiveLsn > replayLsn;
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / second;
}
