import { subscriptionLevel } from "../../stats/replication/subscription-state.ts";
import { bytes, seconds, text } from "../columns.ts";
import { defineConclusion } from "../view.ts";
import { edgeNeeds, edgeNeedsToo, subscriptionEdges } from "./subscription-edges.ts";
import { subscriptionWorkers } from "./subscription-workers.ts";

const { subname, datname, ...own } = subscriptionWorkers.columns;

/** Subscriptions of all nodes: whether they go on, from which node, and how far they are behind it. */
export const subscriptions = defineConclusion({
  name: "subscriptions",
  title: "Subscriptions",
  section: "replication",
  source: `${subscriptionWorkers.source}; of the publisher pg_replication_slots, pg_stat_replication`,
  needs: edgeNeeds,
  needsToo: edgeNeedsToo,
  // The publisher is another node.
  asksAll: true,
  none: "no subscriptions",
  rowKey: ["datname", "subname"],
  rowName: "subname",
  sortBy: "subname",
  duration: "lag_seconds",
  withheld: ({ publisher }) => (publisher === null ? "durations" : null),
  isQuiet: ({ state }) => state === "on a standby",
  columns: {
    subname,
    state: text("STATE", {
      priority: 0,
      about:
        "applying, copying tables at its start, starting, disabled; failing where workers end with errors (15), before that no worker or starting again and again; on a standby, whose primary applies it; unknown to a role without pg_read_all_stats",
      severity: (state) => subscriptionLevel(state),
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
    issue: text("ISSUE", {
      usual: [],
      hidden: true,
      priority: 0,
      maxWidth: 60,
      about:
        "why it replicates nothing though it goes on: what is not on its publisher, or that it follows no table",
      severity: () => "warning",
    }),
    pair: text("PAIR", {
      usual: [],
      hidden: true,
      about: "what goes the other way between the two databases: one subscription, or all of them",
    }),
    datname,
    ...own,
  },
  rows: (fleet) =>
    subscriptionEdges(fleet).map(({ node, row, state, publisher, pair, nothing }) => ({
      ...row,
      ...{ node: node.name, state, publisher: publisher?.node.name ?? null },
      lag_bytes: publisher?.slot.behind ?? null,
      lag_seconds: publisher?.sender?.replay_lag ?? null,
      pair,
      issue: nothing,
    })),
});
