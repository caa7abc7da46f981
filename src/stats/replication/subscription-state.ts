import { printBytes, printCount } from "../../text/pretty.ts";

/** What a server says of a subscription that its state follows from (pg_subscription, pg_stat_subscription, …_stats). */
export type SubscriptionFacts = {
  readonly subenabled: boolean | null;
  /** The worker that applies; null while none runs. */
  readonly pid: number | null;
  /** Seconds since that worker began; null where that may not be seen. */
  readonly worker_seconds: number | null;
  /** Null where that worker has received nothing yet. */
  readonly received_lsn: bigint | null;
  /** Workers that copy a table at its start. */
  readonly copying: number | null;
  /** Null before 15. */
  readonly apply_error_count: bigint | null;
  readonly sync_error_count: bigint | null;
};

export type SubscriptionState =
  | "disabled"
  | "failing"
  | "no worker"
  | "unknown"
  | "copying"
  | "starting"
  | "applying"
  /** It is the copy of a standby, whose primary applies it. */
  | "on a standby";

/** A worker that fails is started again after wal_retrieve_retry_interval, 5 s by default; one of pglogical after 5 s. */
export const youngSeconds = 10;

/**
 * Whether a subscription goes on, as far as one look can tell. Errors are counted for life: a worker that has begun lately and
 * receives may be one that fails, or one that was started again once.
 */
export function subscriptionState(facts: SubscriptionFacts): SubscriptionState {
  const { subenabled, pid, worker_seconds: age, copying } = facts;
  if (subenabled === false) return "disabled";
  const isYoung = pid === null || (age !== null && age < youngSeconds);
  if (isYoung && (pid === null || facts.received_lsn === null) && hasErrors(facts)) return "failing";
  if (pid === null) return "no worker";
  if (age === null) return "unknown";
  if (copying !== null && copying > 0) return "copying";
  // One that waits for a publisher that does not answer is old, and has received nothing.
  return isYoung || facts.received_lsn === null ? "starting" : "applying";
}

const levels: Readonly<Partial<Record<string, "warning" | "critical">>> = {
  failing: "critical",
  "no worker": "critical",
  disabled: "warning",
  starting: "warning",
} satisfies Partial<Record<SubscriptionState, "warning" | "critical">>;

/** How bad that is; one that is enabled and whose slot is lost has ended. */
export function subscriptionLevel(state: string, from: SubscribedFrom | null = null): Level {
  const level = (Object.hasOwn(levels, state) ? levels[state] : undefined) ?? "ok";
  return whyLost(from) === null || state === "disabled" || state === "on a standby" ? level : "critical";
}

type Level = "ok" | "warning" | "critical";

/** What pglogical says of a subscription: its status in its own words, and the age of the worker. */
export type PglogicalFacts = { readonly status: string | null; readonly worker_seconds: number | null };

const pglogicalLevels: Readonly<Partial<Record<string, "ok" | "critical">>> = {
  replicating: "ok",
  down: "critical",
};

/** How bad the status of a pglogical subscription is, in the words of pglogical.show_subscription_status(). */
export const pglogicalStatusLevel = (status: string): Level =>
  (Object.hasOwn(pglogicalLevels, status) ? pglogicalLevels[status] : undefined) ?? "warning";

/** How bad it is, the age of the worker included. */
export function pglogicalLevel(facts: PglogicalFacts, from: SubscribedFrom | null = null): Level {
  if (whyLost(from) !== null && facts.status !== "disabled") return "critical";
  const level = facts.status === null ? "ok" : pglogicalStatusLevel(facts.status);
  return level === "ok" && isStarting(facts) ? "warning" : level;
}

const isStarting = ({ worker_seconds: age }: Pick<PglogicalFacts, "worker_seconds">) =>
  age !== null && age < youngSeconds;

/** Why a pglogical subscription does not go on, in words; null where it does, or where that is not known. */
export function whyPglogicalStopped(facts: PglogicalFacts, from: SubscribedFrom | null): string | null {
  const lost = whyLost(from);
  if (lost !== null) return lost;
  const cut = whyCutOff(from);
  switch (facts.status) {
    case "disabled":
      return whyDisabled(from?.retained ?? null);
    case "down":
      return cut === null ? whyNoWorker : `${whyNoWorker}: ${cut}`;
    case "initializing":
      return "it copies what was there before";
    default:
      return isStarting(facts) ? whyYoung : null;
  }
}

/** What is known of where a subscription comes from; null of what is not. */
export type SubscribedFrom = {
  readonly publisher: string;
  /** It is known not to answer. */
  readonly isDown: boolean;
  readonly wal_status: string | null;
  readonly invalidation_reason: string | null;
  /** Bytes of WAL that the slot keeps. */
  readonly retained: bigint | null;
};

/** Why a subscription can never go on, in words: its slot is of no use any more; null where it may. */
export function whyLost(from: SubscribedFrom | null): string | null {
  const reason = from?.invalidation_reason ?? null;
  if (from?.wal_status !== "lost" && reason === null) return null;
  const isOther = reason !== null && reason !== "wal_removed";
  return `its slot ${isOther ? `is invalidated (${reason})` : "has lost its WAL"}: it must be created anew`;
}

/** That the server which it comes from is down, in words; null where that is not known. */
export const whyCutOff = (from: SubscribedFrom | null): string | null =>
  from?.isDown ? `its publisher ${from.publisher} is down` : null;

const whyDisabled = (retained: bigint | null) =>
  `disabled${retained === null ? "" : `: its slot keeps ${printBytes(retained)} of WAL`}`;
const whyNoWorker = "no worker applies it";
const whySilent = "its worker has received nothing: its publisher may not answer";
const whyYoung = `its worker began less than ${youngSeconds} s ago: it starts, or fails again and again`;

/** Why a subscription does not go on, in words; null where it does, or where that is not known. One look is all that it knows. */
export function whyStopped(
  state: SubscriptionState,
  facts: SubscriptionFacts,
  from: SubscribedFrom | null,
): string | null {
  const lost = state === "on a standby" ? null : whyLost(from);
  if (lost !== null) return lost;
  const cut = whyCutOff(from);
  const errors = hasErrors(facts) ? `; ${errorsIn(facts)} so far` : "";
  switch (state) {
    case "disabled":
      return whyDisabled(from?.retained ?? null);
    case "no worker":
      return cut === null ? whyNoWorker : `${whyNoWorker}: ${cut}`;
    case "starting":
      return cut ?? `${isStarting(facts) ? whyYoung : whySilent}${errors}`;
    case "failing":
      if (cut !== null) return facts.pid === null ? `${whyNoWorker}: ${cut}` : cut;
      return `${facts.pid === null ? whyNoWorker : "its worker has received nothing yet"}${errors}`;
    default:
      return null;
  }
}

/** What both sides say of what a subscription is to replicate; null is not known. */
export type SubscribedTo = {
  /** The names of its publications. */
  readonly wanted: readonly string[] | null;
  readonly publisher: string | null;
  /** The publications of the publisher's database. */
  readonly published: ReadonlySet<string> | null;
  /** The tables that it follows, or copies first. */
  readonly tables: number | null;
};

/** Why a subscription that goes on replicates nothing, in words; null where it does, or where that is not known. */
export function whyNothing({ wanted, publisher, published, tables }: SubscribedTo): string | null {
  const missing = published === null ? [] : (wanted ?? []).filter((name) => !published.has(name));
  if (missing.length > 0)
    return `${missing.length === 1 ? "publication" : "publications"} ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not on ${publisher}`;
  return tables === 0 ? "it follows no table: refresh it once its publications have some" : null;
}

/** Whether errors of it were counted; false before 15. */
export const hasErrors = ({ apply_error_count, sync_error_count }: SubscriptionErrors): boolean =>
  (apply_error_count ?? 0n) > 0n || (sync_error_count ?? 0n) > 0n;

type SubscriptionErrors = Pick<SubscriptionFacts, "apply_error_count" | "sync_error_count">;

/** How many errors of it were counted, such as "3 apply errors, 1 copy error". */
export function errorsIn({ apply_error_count, sync_error_count }: SubscriptionErrors): string {
  const kinds = [
    [apply_error_count ?? 0n, "apply"],
    [sync_error_count ?? 0n, "copy"],
  ] as const;
  return kinds
    .filter(([count]) => count > 0n)
    .map(([count, what]) => `${printCount(count)} ${what} ${count === 1n ? "error" : "errors"}`)
    .join(", ");
}
