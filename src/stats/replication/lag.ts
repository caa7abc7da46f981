import { lsnDifference } from "../../postgres/lsn.ts";
import { firstOf, type LsnClock, passedAt, type Sample, secondsBetween, toldAt } from "./wal-time.ts";

/** A lag of less is gone before it can be told when. */
const leastToCatchUp = 1024n ** 2n;

/**
 * Seconds until a standby has replayed all, at its pace and that of the WAL, both in bytes a second; null where it does not
 * gain on it, and where its lag is small or not known. One that is late on purpose never has.
 */
export function catchUpSeconds(
  { bytes }: Pick<Lag, "bytes">,
  replayRate: number | null,
  writeRate: number | null,
  applyDelay: number | null = null,
): number | null {
  if (applyDelay !== null && applyDelay > 0) return null;
  if (bytes === null || bytes < leastToCatchUp || replayRate === null || writeRate === null) return null;
  return replayRate > writeRate ? Number(bytes) / (replayRate - writeRate) : null;
}

/** The newest reply of a standby to its primary. */
export type Report = {
  /** replay_lag, and the position that it was measured for. */
  readonly seconds: number;
  readonly replayLsn: bigint | null;
  /** From the reply to the look at the standby. */
  readonly ageSeconds: number;
};

export type Standby = {
  /** The clock of the primary it follows, or of the WAL that it received while that primary is not seen. */
  readonly clock: LsnClock | null;
  /** The clock of that primary, until it was last seen. */
  readonly lastSeen?: LsnClock | null;
  /** pg_current_wal_lsn() of the primary; null when it is unreachable or not watched. */
  readonly primaryLsn: bigint | null;
  /** pg_last_wal_replay_lsn(). */
  readonly replayLsn: bigint | null;
  /** pg_last_wal_receive_lsn(); after a restart it begins at a segment start, below the replay position. */
  readonly receiveLsn: bigint | null;
  /** A WAL receiver streams; null when that is unknown. */
  readonly receiving: boolean | null;
  /** Since the commit of the last transaction replayed, both by the primary's clock; null when that is not seen. */
  readonly secondsSinceCommit: number | null;
  /** It has replayed every transaction that the primary has completed, and what else there is comes with the next segment. */
  readonly hasAllCommits?: boolean;
  /** What the primary's pg_stat_replication says of it; null where that is not known. */
  readonly reported?: Report | null;
  /** The standby replays another timeline than the primary writes: their positions say nothing together. */
  readonly otherTimeline?: boolean;
  /** When the standby was asked, by the clock that `record` was given. */
  readonly nowMs: number;
};

export type Lag = {
  /** WAL that the standby has not replayed. */
  readonly bytes: bigint | null;
  /** Age of the oldest WAL that the standby has not replayed. */
  readonly seconds: number | null;
  /** The truth may be more: history does not reach back, or the primary cannot be seen. */
  readonly atLeast: boolean;
  /** Where the truth may be more, what it cannot exceed; null when that is unknown or `seconds` is the truth. */
  readonly atMost: number | null;
  readonly source: "lsn-clock" | "primary" | "standby" | "unknown";
};

/** Two lags that say the same. */
export function isSameLag(a: Lag | null, b: Lag | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.bytes === b.bytes &&
    a.seconds === b.seconds &&
    a.atLeast === b.atLeast &&
    a.atMost === b.atMost &&
    a.source === b.source
  );
}

const unknown: Lag = { bytes: null, seconds: null, atLeast: false, atMost: null, source: "unknown" };
const caughtUp = { bytes: 0n, seconds: 0, atLeast: false, atMost: null } as const;

/**
 * How far a standby is behind, by the LSN clock: we see both sides, so we remember where the primary's WAL was
 * at each second, and the lag is the time since the primary passed the position that the standby has replayed.
 *
 * This is right where the usual figures are not. An idle primary gives 0, while the replay timestamp grows.
 * A dead WAL receiver gives a lag that grows second by second as soon as the primary has moved, while
 * "received equals replayed" says 0 and pg_stat_replication has lost its row. Skewed server clocks do not
 * matter, since only ours is read.
 *
 * Before the clock has a second sample the time is unknown, then it is a lower bound until the standby has replayed
 * the first. There the primary's own replay_lag stands in. The age of the last transaction replayed is only an upper
 * bound: an idle primary's may be a day old when it writes, and the standby a millisecond behind. Without the primary the WAL that the standby received takes its
 * place, and that says nothing once the receiver is dead. A record of which only the begin is written is no lag.
 */
export function lag(standby: Standby): Lag {
  if (standby.replayLsn === null || standby.otherTimeline) return unknown;
  return standby.primaryLsn === null
    ? lagAlone(standby, standby.replayLsn)
    : lagBehind(standby, standby.primaryLsn, standby.replayLsn);
}

function lagBehind(standby: Standby, primaryLsn: bigint, replayLsn: bigint): Lag {
  // Replay ahead of the primary only means that the primary was asked a moment earlier.
  if (replayLsn >= primaryLsn) return { ...caughtUp, source: "lsn-clock" };
  const bytes = primaryLsn - replayLsn;
  if (standby.hasAllCommits) return { ...caughtUp, bytes, source: "lsn-clock" };
  const clock = standby.clock && withoutCuts(standby.clock, standby);
  if (mayBeCut(primaryLsn, standby) && !hasPassed(clock, replayLsn))
    return { ...caughtUp, bytes, source: "lsn-clock" };
  const passed = clock && passedAt(clock, replayLsn);
  if (!passed) return { bytes, ...byReport(standby, sinceFirst({ ...standby, clock })) };
  const seconds = secondsBetween(passed.atMs, standby.nowMs);
  const { atLatest: atLeast } = passed;
  return {
    bytes,
    seconds,
    atLeast,
    atMost: atLeast ? standby.secondsSinceCommit : null,
    source: "lsn-clock",
  };
}

/**
 * The standby has not replayed what the clock saw first: that long at least. One sample proves nothing. What the primary
 * told of positions before that outlives its report.
 */
function sinceFirst({
  clock,
  replayLsn,
  nowMs,
  secondsSinceCommit,
}: Standby): Pick<Lag, "seconds" | "atLeast" | "atMost"> {
  const told = clock && replayLsn !== null ? toldAt(clock, replayLsn) : null;
  if (told && !told.isGuess)
    return { seconds: secondsBetween(told.atMs, nowMs), atLeast: false, atMost: null };
  const first = told?.notAfterMs ?? (clock && firstOf(clock))?.atMs;
  const seconds = first !== undefined && secondsBetween(first, nowMs);
  return { seconds: seconds || null, atLeast: true, atMost: secondsSinceCommit };
}

/** A report of this age, in seconds, is of now. */
const fresh = 2;

/**
 * The lag by what the standby reported to its primary, for one that was behind at our first look and has not caught up
 * since: of an idle standby an old report would count the quiet time. WAL that a report found unreplayed has got older
 * since; where the standby has replayed more, the report is an upper bound only.
 */
function byReport({ reported, replayLsn }: Standby, own: Omit<Lag, "bytes" | "source">): Omit<Lag, "bytes"> {
  if (!reported) return { ...own, source: "lsn-clock" };
  const { seconds, ageSeconds } = reported;
  const atMost = Math.max(0, Math.min(own.atMost ?? Number.POSITIVE_INFINITY, seconds + ageSeconds));
  const isStill = reported.replayLsn === replayLsn;
  if (!isStill && ageSeconds > fresh) return { ...own, atMost, source: "lsn-clock" };
  const found = isStill ? seconds + ageSeconds : seconds;
  return {
    seconds: Math.max(own.seconds ?? 0, Math.min(found, atMost)),
    atLeast: false,
    atMost: null,
    source: "primary",
  };
}

function lagAlone(standby: Standby, replayLsn: bigint): Lag {
  const { receiveLsn, receiving, nowMs } = standby;
  if (receiveLsn === null || receiveLsn <= replayLsn)
    return receiving === true ? { ...caughtUp, source: "standby" } : unknown;
  const clock = standby.clock && withoutCuts(standby.clock, standby);
  if (receiving === true && mayBeCut(receiveLsn, standby) && !hasPassed(clock, replayLsn))
    return { ...caughtUp, bytes: receiveLsn - replayLsn, source: "standby" };
  const written = sinceWritten(standby, replayLsn);
  if (written) return { ...written, bytes: receiveLsn - replayLsn, source: "standby" };
  const passed = clock && passedAt(clock, replayLsn);
  const times = passed
    ? { seconds: secondsBetween(passed.atMs, nowMs), atLeast: true, atMost: null }
    : { ...sinceFirst({ ...standby, clock }), atMost: null };
  return { ...times, bytes: lsnDifference(receiveLsn, replayLsn), source: "standby" };
}

/**
 * What the primary wrote while it was seen is as old as it was then, and older by the time since. A standby that was late
 * replays on without reports: between those that are known the time is a guess that the last commit bounds.
 */
function sinceWritten(
  standby: Standby,
  replayLsn: bigint,
): Pick<Lag, "seconds" | "atLeast" | "atMost"> | null {
  const clock = standby.lastSeen && withoutCuts(standby.lastSeen, standby);
  if (!clock || !hasPassed(clock, replayLsn)) return null;
  const passed = passedAt(clock, replayLsn);
  const { nowMs, secondsSinceCommit } = standby;
  if (passed) return { seconds: secondsBetween(passed.atMs, nowMs), atLeast: passed.atLatest, atMost: null };
  const proven = sinceFirst({ ...standby, clock });
  const told = toldAt(clock, replayLsn);
  if (!told) return proven;
  const guess = Math.min(secondsBetween(told.atMs, nowMs), secondsSinceCommit ?? Number.POSITIVE_INFINITY);
  return { ...proven, seconds: Math.max(proven.seconds ?? 0, guess) };
}

/** What a pulse says of replication. */
export type ReplicationPulse = {
  readonly current_lsn: bigint | null;
  readonly receive_lsn: bigint | null;
  readonly replay_lsn: bigint | null;
  /** On a standby all transactions before this one are over; on a primary none from this one on. */
  readonly completed_xid?: bigint | null;
  readonly receiver: string | null;
  readonly receiver_slot: string | null;
  readonly receiver_conninfo: string | null;
  /** primary_conninfo is set. */
  readonly follows?: boolean | null;
  readonly replayed_at: number | null;
  readonly server_time: number | null;
};

/**
 * Whether a standby that reads an archive and streams from nobody has all that its primary has committed. What the primary
 * writes while nobody changes anything stays in a segment that is archived once it is full.
 */
export function hasAllCommits(
  standby: Pick<ReplicationPulse, "completed_xid" | "follows"> | null,
  primary: Pick<ReplicationPulse, "completed_xid"> | null,
): boolean {
  const [own, all] = [standby?.completed_xid ?? null, primary?.completed_xid ?? null];
  return standby?.follows === false && own !== null && all !== null && own >= all;
}

/** The default wal_block_size. Bigger pages end where these end. */
const pageSize = 8192n;
/** A record holds 33 pages at most (XLR_MAX_BLOCK_ID); only a logical message may be longer. */
const longestRecord = 34n * pageSize;

/**
 * True when all WAL from the replay position to `written` may be the begin of one record, which no standby can replay.
 * While a transaction is open and nothing else commits, the WAL writer stops at the end of a page, amid a record, until
 * the background writer logs the running transactions, after 15 s or more. What the standby has not received is missing.
 */
function mayBeCut(
  written: bigint,
  { replayLsn, receiveLsn }: Pick<Standby, "replayLsn" | "receiveLsn">,
): boolean {
  if (replayLsn === null || receiveLsn === null || written > receiveLsn) return false;
  return written % pageSize === 0n && written > replayLsn && written - replayLsn <= longestRecord;
}

/** The clock without positions that do not prove that the standby is behind. */
function withoutCuts(clock: LsnClock, standby: Standby): LsnClock {
  const proves = ({ lsn }: Sample) => !mayBeCut(lsn, standby);
  return { ...clock, recent: clock.recent.filter(proves), older: clock.older.filter(proves) };
}

function hasPassed(clock: LsnClock | null, position: bigint): boolean {
  return [...(clock?.older ?? []), ...(clock?.recent ?? [])].some(({ lsn }) => lsn > position);
}

/** The positions that a standby told last. */
type Positions = { readonly receive_lsn: bigint | null; readonly replay_lsn: bigint | null };

/**
 * Up to where a standby is known to have the WAL; null where it says nothing. What it received begins at a segment start
 * after a restart, below what it has replayed, and is not told at all by one that reads an archive.
 */
export function hasUpTo({ receive_lsn, replay_lsn }: Positions): bigint | null {
  if (receive_lsn === null || replay_lsn === null) return receive_lsn ?? replay_lsn;
  return receive_lsn > replay_lsn ? receive_lsn : replay_lsn;
}

/**
 * Bytes that a standby received and has not replayed; null where it may have more than it says. Its receiver begins only
 * once it has replayed what it has, so that a position below that leaves nothing.
 */
export function notReplayed({ receive_lsn, replay_lsn }: Positions): bigint | null {
  if (receive_lsn === null || replay_lsn === null) return null;
  return receive_lsn > replay_lsn ? receive_lsn - replay_lsn : 0n;
}
