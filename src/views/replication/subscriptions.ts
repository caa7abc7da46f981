import { bytes, seconds, text } from "../columns.ts";
import { defineConclusion, type FleetSamples } from "../view.ts";
import { replication, type WalSender } from "./replication.ts";
import { replicationSlots, type Slot } from "./replication-slots.ts";
import { type SubscriptionWorker, subscriptionWorkers } from "./subscription-workers.ts";

const { subname, datname, ...own } = subscriptionWorkers.columns;

/** Subscriptions of all nodes: whether they go on, from which node, and how far they are behind it. */
export const subscriptions = defineConclusion({
  name: "subscriptions",
  title: "Subscriptions",
  section: "replication",
  source: `${subscriptionWorkers.source}; of the publisher pg_replication_slots, pg_stat_replication`,
  needs: [subscriptionWorkers, replicationSlots, replication],
  none: "no subscriptions",
  rowKey: ["datname", "subname"],
  rowName: "subname",
  sortBy: "subname",
  duration: "lag_seconds",
  withheld: ({ publisher }) => (publisher === null ? "durations" : null),
  columns: {
    subname,
    state: text("STATE", {
      priority: 0,
      about:
        "applying, copying tables at its start, starting, disabled; failing where workers end with errors (15), before that no worker or starting again and again; unknown to a role without pg_read_all_stats",
      severity: (state) =>
        state === "failing" || state === "no worker"
          ? "critical"
          : state === "disabled" || state === "starting"
            ? "warning"
            : "ok",
    }),
    publisher: text("PUBLISHER", {
      priority: 1,
      maxWidth: 20,
      about: "the node that has its slot; empty where that is not watched, or several have one of this name",
    }),
    lag_bytes: bytes("LAG BYTES", { priority: 1, about: "WAL of the publisher that it has not confirmed" }),
    lag_seconds: seconds("LAG", {
      priority: 1,
      about: "time until it confirmed recent WAL, by the publisher; empty when idle",
    }),
    datname,
    ...own,
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name }) =>
      // The rows are finished by the columns of this view.
      ((fleet.rows(subscriptionWorkers, name) ?? []) as readonly SubscriptionWorker[]).map((row) => ({
        ...row,
        node: name,
        state: stateOf(row),
        ...publisherOf(row, fleet),
      })),
    ),
});

/** A worker that fails is started again after wal_retrieve_retry_interval, 5 s by default. */
const youngSeconds = 10;

function stateOf(row: SubscriptionWorker): string {
  const { subenabled, pid, worker_seconds: age, copying, apply_error_count, sync_error_count } = row;
  if (subenabled === false) return "disabled";
  const isYoung = pid === null || (age !== null && age < youngSeconds);
  if (isYoung && (apply_error_count ?? 0n) + (sync_error_count ?? 0n) > 0n) return "failing";
  if (pid === null) return "no worker";
  if (age === null) return "unknown";
  if (copying !== null && copying > 0) return "copying";
  return isYoung ? "starting" : "applying";
}

/**
 * The node with the slot of a subscription. Its connection string may not be read: of several slots of one name it is the
 * one that is served under the name of the subscription, and none where that is not one either.
 */
function publisherOf({ subname, subslotname }: SubscriptionWorker, fleet: FleetSamples) {
  const found = fleet.nodes.flatMap(({ name }) => {
    const senders = (fleet.rows(replication, name) ?? []) as readonly WalSender[];
    const slots = (fleet.rows(replicationSlots, name) ?? []) as readonly Slot[];
    return slots
      .filter(({ slot_name, slot_type }) => slot_type === "logical" && slot_name === subslotname)
      .map((slot) => ({ name, slot, sender: senders.find(({ pid }) => pid === slot.active_pid) }));
  });
  const named = found.filter(({ sender }) => sender?.application_name === subname);
  const [only, another] = named.length > 0 ? named : found;
  if (!only || another) return { publisher: null, lag_bytes: null, lag_seconds: null };
  return {
    publisher: only.name,
    lag_bytes: only.slot.behind,
    lag_seconds: only.sender?.replay_lag ?? null,
  };
}
