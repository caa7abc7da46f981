import { isUp } from "../../stats/health.ts";
import { subscriptionLevel, whyLost, whyStopped } from "../../stats/replication/subscription-state.ts";
import { bytes, type Severity, seconds, text } from "../columns.ts";
import { defineConclusion, keyOf, type Row } from "../view.ts";
import {
  edgeNeeds,
  edgeNeedsToo,
  fromOf,
  type SubscriptionEdge,
  subscriptionEdges,
} from "./subscription-edges.ts";
import { errorNeedsToo, lastErrorOf, untoldErrors } from "./subscription-errors.ts";
import { nameOf, subscriptionWorkers } from "./subscription-workers.ts";

const { subname, datname, ...own } = subscriptionWorkers.columns;

/** Subscriptions of all nodes: whether they go on, from which node, and how far they are behind it. */
export const subscriptions = defineConclusion({
  name: "subscriptions",
  title: "Subscriptions",
  section: "replication",
  source: `${subscriptionWorkers.source}; of the publisher pg_replication_slots, pg_stat_replication`,
  needs: edgeNeeds,
  needsToo: [...edgeNeedsToo, ...errorNeedsToo],
  // The publisher is another node.
  asksAll: true,
  none: "no subscriptions",
  rowKey: ["datname", "subname"],
  rowName: "subname",
  sortBy: "subname",
  duration: "lag_seconds",
  withheld: ({ publisher }) => (publisher === null ? "durations" : null),
  sign: levelOf,
  whyIn: "issue",
  unknownOf: ({ name }, fleet) => untoldErrors(fleet, name),
  isQuiet: ({ state }) => state === "on a standby",
  columns: {
    subname,
    state: text("STATE", {
      priority: 0,
      about:
        "applying, copying tables at its start, starting, disabled; failing where workers end with errors (15), before that no worker or starting again and again; on a standby, whose primary applies it; unknown to a role without pg_read_all_stats",
      severity: (_, row) => stateLevelOf(row),
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
        "why it does not go on, in the words of its alert; or why it replicates nothing or not all though it goes on: what is not on its publisher, that it follows no table, or a table that is not copied",
      severity: (_, row) => levelOf(row),
    }),
    last_error: text("LAST ERROR", {
      ...{ usual: [], hidden: true, priority: 1, maxWidth: 60, since: 150000 },
      about: "its last error while it fails, from the end of the server's log, where that may be read",
    }),
    last_error_context: text("CONTEXT", {
      ...{ hidden: true, since: 150000 },
      about:
        "the CONTEXT of that: the table, and the position of the transaction, which skip-transaction takes",
    }),
    pair: text("PAIR", {
      usual: [],
      hidden: true,
      about: "what goes the other way between the two databases: one subscription, or all of them",
    }),
    wal_status: text("SLOT WAL", {
      hidden: true,
      about: "whether its slot has its WAL (13): reserved, extended, unreserved or lost",
      severity: (status) => (status === "lost" ? "critical" : status === "unreserved" ? "warning" : "ok"),
    }),
    datname,
    ...own,
  },
  rows: (fleet) =>
    subscriptionEdges(fleet).map((edge) => {
      const { node, row, state, publisher, pair } = edge;
      const from = fromOf(publisher);
      const error = lastErrorOf(fleet, node.name, row);
      const sends = publisher !== null && isUp(publisher.node.health) ? publisher : null;
      return {
        ...row,
        ...{ node: node.name, state, publisher: publisher?.node.name ?? null, pair },
        // What is lost is never caught up.
        lag_bytes: whyLost(from) === null ? (sends?.slot.behind ?? null) : null,
        lag_seconds: sends?.sender?.replay_lag ?? null,
        wal_status: from?.wal_status ?? null,
        issue: issueOf(edge),
        last_error: error?.text ?? null,
        last_error_context: error?.context ?? null,
      };
    }),
});

/** The words of its alert, which has compared two looks; before there is one, what this look tells. */
function issueOf(edge: SubscriptionEdge): string | null {
  const { node, row, state, nothing } = edge;
  if (!isUp(node.health)) return null;
  const key = keyOf(subscriptionWorkers, row);
  const alert = node.alerts.find((one) => one.view === "subscriptions" && one.key === key);
  const name = `${nameOf(row)} `;
  const told = alert?.text.startsWith(name) && alert.lastKnownMs === undefined ? alert.text : null;
  const why = told?.slice(name.length) ?? whyStopped(state, row, fromOf(edge.publisher));
  return [why, nothing].filter((words) => words !== null).join("; ") || null;
}

function stateLevelOf({ state, wal_status }: Row): Severity {
  const isEnded = wal_status === "lost" && state !== "disabled" && state !== "on a standby";
  return isEnded ? "critical" : subscriptionLevel(String(state));
}

function levelOf(row: Row): Severity {
  const level = stateLevelOf(row);
  return level === "ok" && row["issue"] != null ? "warning" : level;
}
