import { syncStandbys } from "../../postgres/sync-standbys.ts";

/** A WAL sender, as far as commits may wait for whom it serves (pg_stat_replication). */
export type Confirming = {
  readonly application_name: string | null;
  /** Null where our role may not see it. */
  readonly state: string | null;
  readonly sync_state: string | null;
};

/** What commits of a primary wait for and do not get. */
export type CommitsWait = {
  /** Synchronous standbys that stream, and that are asked for. */
  readonly streaming: number;
  readonly wanted: number;
  /** Names in synchronous_standby_names without one; empty where `*` names any. */
  readonly absent: readonly string[];
};

/**
 * Whether a primary's synchronous_standby_names asks for more standbys than stream, so that its commits wait; null where
 * they go on, and "unknown" where the states of WAL senders are hidden.
 */
export function commitsWait(
  setting: string | null,
  senders: readonly Confirming[],
): CommitsWait | "unknown" | null {
  const wanted = syncStandbys(setting ?? "");
  if (wanted === null) return null;
  if (senders.some(({ state }) => state === null)) return "unknown";
  const streaming = senders.filter(
    ({ state, sync_state }) => state === "streaming" && (sync_state === "sync" || sync_state === "quorum"),
  );
  if (streaming.length >= wanted.count) return null;
  const names = new Set(streaming.map(({ application_name }) => application_name?.toLowerCase()));
  const absent = wanted.names.filter((name) => name !== "*" && !names.has(name.toLowerCase()));
  return { streaming: streaming.length, wanted: wanted.count, absent };
}

/** Why it is not told whether commits wait. */
export const waitUnknown = "states of WAL senders are hidden: whether commits wait is unknown";

/** "commits wait: 1 of 2 synchronous standbys stream" */
export function commitsWaitText({ streaming, wanted }: CommitsWait): string {
  return `commits wait: ${streaming} of ${wanted} synchronous standbys stream`;
}
