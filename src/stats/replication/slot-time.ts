/** What the server says of a slot that its time follows from (pg_replication_slots, from 13). */
export type SlotPace = {
  readonly active: boolean | null;
  /** A copy of a primary's slot (17), which is brought forward and has no consumer of its own. */
  readonly synced: boolean | null;
  /** Bytes of WAL a second that its consumer is done with; null before two samples. */
  readonly consumed: number | null;
  readonly safe_wal_size: bigint | null;
  /** WAL that is kept for it; of a logical one, what its consumer has not confirmed. */
  readonly retained: bigint | null;
  readonly behind: bigint | null;
};

/** A consumer that is so many seconds of WAL behind, or less, keeps up: how fast it is at one look says nothing. */
const keepsUp = 30;

/** How much faster WAL is written than a slot's consumer is done with it, in bytes a second; null where not known. */
export function falling(slot: Omit<SlotPace, "safe_wal_size">, walRate: number | null): number | null {
  const { active, synced, consumed, retained, behind } = slot;
  if (walRate === null) return null;
  if (active === false && synced !== true) return walRate;
  if (Number(behind ?? retained ?? 0n) <= keepsUp * walRate) return 0;
  return consumed === null ? null : walRate - consumed;
}

/** What is further away, in seconds, says nothing: an idle server writes a few bytes a second. */
const inSight = 30 * 86_400;

/** Seconds until the WAL of a slot is lost; null where none is in sight, and where that is not known. */
export function secondsLeft(slot: SlotPace, walRate: number | null): number | null {
  const bytesASecond = falling(slot, walRate);
  if (slot.safe_wal_size === null || bytesASecond === null || bytesASecond <= 0) return null;
  const left = Number(slot.safe_wal_size) / bytesASecond;
  return left > inSight ? null : left;
}
