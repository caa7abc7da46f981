/** The end of a timeline, which is a failover, a switchover or a recovery; null is what the source does not tell. */
type TimelineChange = {
  /** The one that ended. */
  readonly timeline: number;
  readonly lsn: number | null;
  readonly reason: string | null;
  /** Milliseconds of the servers' wall clock. */
  readonly atMs: number | null;
  /** Who led from then on. */
  readonly leader: string | null;
};

export type Changes =
  | { readonly ok: true; readonly changes: readonly TimelineChange[] }
  | { readonly ok: false; readonly why: string };

/** What is known of how a cluster came to its timeline. */
export type Timelines = {
  /** Oldest first. */
  readonly changes: readonly TimelineChange[];
  /** Why the last question was not answered; null when it was. */
  readonly why: string | null;
  /** The timeline of the leader, and how many answers of its source have had it. */
  readonly current: number;
  readonly answers: number;
};

/** The end of a timeline is written down soon after the next one begins. */
const soonAnswers = 6;
/** What is still not there then is missing for good, or does not answer. */
const laterAnswers = 60;

/** Whether it is time to ask how the leader came to its timeline: nothing is new while it has the same. */
export function isTimeToAsk(known: Timelines | null, current: number): boolean {
  // The first timeline came from no other.
  if (current === 1) return false;
  if (known?.current !== current) return true;
  if ((known.changes.at(-1)?.timeline ?? 0) >= current - 1) return false;
  return known.answers < soonAnswers || known.answers % laterAnswers === 0;
}

/** What is known after one more answer of the source. @param said null where it was not asked */
export function afterChanges(known: Timelines | null, current: number, said: Changes | null): Timelines {
  const answers = known?.current === current ? known.answers + 1 : 1;
  const { changes = [], why = null } = known ?? {};
  if (said === null) return { changes, why, current, answers };
  return said.ok
    ? { changes: said.changes, why: null, current, answers }
    : { changes, why: said.why, current, answers };
}
