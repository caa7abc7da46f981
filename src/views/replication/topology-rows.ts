import { bool, bytes, hidden, integer, lsn, type Severity, seconds, text, texts } from "../columns.ts";
import type { RowOf } from "../view.ts";
import { lagAtLeast, maybeMore } from "./lag-columns.ts";

const originAbout =
  "origin of a subscription (16): any; none leaves out changes that were replicated to its publisher";

const severityOf = (level: unknown): Severity => (level === "critical" || level === "warning" ? level : "ok");

/** Whether a row is a subscription, native or of pglogical. */
export const isSubscription = (kind: unknown): boolean => kind === "subscription" || kind === "pglogical";

/** Of logical replication: drawn where there is some. */
const onlyLogical = { hidden: true, usual: [], found: true } as const;

/** The columns of the view `topology`. */
export const columns = {
  name: text("SERVER", {
    required: true,
    priority: 0,
    maxWidth: 24,
    about:
      "the node, below the server that it receives WAL from; database@node of a subscription, below its publisher; dimmed a receiver that is not watched",
  }),
  role: text("ROLE", {
    priority: 1,
    maxWidth: 15,
    about:
      "primary or standby, was primary of a node that does not answer; subscriber, or bidirectional where the publisher's database subscribes to it in turn; consumer of a logical slot",
  }),
  state: text("STATE", {
    priority: 2,
    about:
      "state of the WAL sender that serves it; its own where none is known; of a subscription that of the view subscriptions or pglogical_subscriptions",
    severity: (_, { kind, level }) => (isSubscription(kind) ? severityOf(level) : "ok"),
  }),
  sync_state: text("SYNC", { priority: 1, about: "async, potential, sync or quorum, as the sender has it" }),
  synchronous_standby_names: text("COMMITS WAIT FOR", {
    usual: [],
    priority: 2,
    maxWidth: 24,
    about: "synchronous_standby_names of a primary",
  }),
  timeline: integer("TLI", { priority: 3, about: "timeline that is written or received" }),
  lag_bytes: bytes("LAG BYTES", {
    priority: 2,
    about:
      "WAL of the primary that it has not replayed; WAL of its publisher that a subscription has not confirmed",
  }),
  lag_seconds: seconds("LAG", {
    ...maybeMore,
    priority: 0,
    about:
      "age of the oldest WAL that it has not replayed; time until a subscription confirmed recent WAL, empty when idle",
  }),
  lag_at_least: lagAtLeast,
  catch_up_seconds: seconds("CATCH UP", {
    usual: [],
    priority: 1,
    about:
      "time until it has replayed all, at its pace and at that at which WAL is written; empty where it does not gain, or is late on purpose",
  }),
  wal_rate: bytes("WAL/s", { priority: 3, about: "WAL a second that a primary writes" }),
  slot_name: text("SLOT", { priority: 4, maxWidth: 20, about: "replication slot that it streams from" }),
  subname: text("SUBSCRIPTION", { ...onlyLogical, priority: 2, maxWidth: 20, about: "the subscription" }),
  database: text("DATABASE", {
    ...onlyLogical,
    priority: 3,
    maxWidth: 16,
    about: "the publisher's database that a subscription follows",
  }),
  suborigin: text("ORIGIN", {
    ...onlyLogical,
    priority: 4,
    about: originAbout,
  }),
  problems: texts("ISSUE", {
    priority: 0,
    growsFrom: 30,
    about: "what is wrong with its replication, worst first",
    severity: (_, { level }) => severityOf(level),
  }),
  ...hidden({
    kind: text("KIND", {
      required: true,
      about: "cluster, node, subscription, pglogical: a subscription of it, or receiver: not watched",
    }),
    id: text("ID", {
      required: true,
      about:
        "name of the cluster or node; the row of a subscription in the view subscriptions or pglogical_subscriptions, of a receiver in replication",
    }),
    cluster: text("CLUSTER", { found: true, about: "the cluster that it is shown in" }),
    system_identifier: text("SYSTEM", { about: "system_identifier of pg_control_system()" }),
    upstream: text("UPSTREAM", {
      about: "the node, or else the host:port, that it receives WAL from; of a subscription its publisher",
    }),
    received: lsn("RECEIVED", { about: "position up to which a standby is known to have received WAL" }),
    client_addr: text("CLIENT", { about: "address that a receiver which is not watched connects from" }),
    datname: text("IN DATABASE", { about: "the database that a subscription is in" }),
    pair: text("PAIR", {
      about: "what goes the other way between the two databases: one subscription, or all of them",
    }),
    sync_priority: integer("PRIORITY", { about: "place in synchronous_standby_names; 0 is asynchronous" }),
    level: text("LEVEL", { about: "severity of the worst of its problems" }),
    position: integer("POSITION", { about: "place in fleet order" }),
    above: text("ABOVE", { internal: true, about: "the node that it stands below" }),
  }),
};

export type TopologyRow = RowOf<{ readonly columns: typeof columns }> & { readonly node: string | null };

/** A row of which nothing is known. */
export const nothing: TopologyRow = {
  ...{ node: null, name: null, role: null, state: null, sync_state: null, synchronous_standby_names: null },
  ...{
    timeline: null,
    lag_bytes: null,
    lag_seconds: null,
    lag_at_least: null,
    slot_name: null,
    problems: null,
    kind: null,
  },
  ...{ id: null, cluster: null, system_identifier: null, upstream: null, sync_priority: null, level: null },
  ...{ position: null, above: null, catch_up_seconds: null, wal_rate: null, subname: null, database: null },
  ...{ datname: null, suborigin: null, pair: null, client_addr: null, received: null },
};

/** The columns of the view `edges`. */
export const edgeColumns = {
  kind: text("KIND", { required: true, priority: 1, about: "physical or logical" }),
  upstream: text("FROM", {
    priority: 0,
    maxWidth: 24,
    about: "the node that sends, or else its host:port; empty where the publisher is not known",
  }),
  database: text("DATABASE", {
    priority: 2,
    maxWidth: 16,
    about: "the publisher's database that a subscription follows",
  }),
  downstream: text("TO", {
    required: true,
    priority: 0,
    maxWidth: 24,
    about: "the node that receives; where it is none of these, the application_name or address of what does",
  }),
  datname: text("IN DATABASE", {
    priority: 2,
    maxWidth: 16,
    about: "the database that a subscription is in",
  }),
  subname: text("SUBSCRIPTION", { priority: 2, maxWidth: 20, about: "the subscription" }),
  state: text("STATE", {
    priority: 1,
    about:
      "of a subscription as in the view subscriptions or pglogical_subscriptions, else that of the WAL sender",
    severity: (_, { kind, level }) => (kind === "logical" ? severityOf(level) : "ok"),
  }),
  pair: text("PAIR", {
    priority: 3,
    maxWidth: 20,
    about: "what goes the other way between the two databases: one subscription, or all of them",
  }),
  suborigin: text("ORIGIN", {
    priority: 4,
    about: originAbout,
  }),
  lag_bytes: bytes("LAG BYTES", { priority: 2, about: "WAL that it has not replayed, or not confirmed" }),
  lag_seconds: seconds("LAG", {
    ...maybeMore,
    priority: 1,
    about: "age of the oldest WAL that it has not replayed; of a subscription empty when idle",
  }),
  slot_name: text("SLOT", { priority: 4, maxWidth: 20, about: "replication slot that it goes through" }),
  problems: texts("ISSUE", { priority: 0, growsFrom: 30, about: "what is wrong with it" }),
  ...hidden({
    watched: bool("WATCHED", { required: true, about: "whether what receives is a node that is watched" }),
    lag_at_least: lagAtLeast,
    sync_state: text("SYNC", { about: "async, potential, sync or quorum, as the sender has it" }),
    sync_priority: integer("PRIORITY", { about: "place in synchronous_standby_names; 0 is asynchronous" }),
    level: text("LEVEL", { about: "severity of the worst of its problems" }),
    id: text("ID", { internal: true, about: "its row in the topology" }),
  }),
};

type Edge = Omit<RowOf<{ readonly columns: typeof edgeColumns }>, "id">;

/** What goes from where to where, by a row of the topology; null where it receives nothing. */
export function edgeOf(row: TopologyRow): Edge | null {
  const { kind, upstream, database, datname, subname, pair, suborigin } = row;
  if (!isSubscription(kind) && upstream === null) return null;
  const isLogical = isSubscription(kind) || row.role === "consumer";
  return {
    ...{ kind: isLogical ? "logical" : "physical", upstream, database },
    downstream: kind === "receiver" ? row.name : row.node,
    ...{ datname, subname, state: row.state, pair, suborigin },
    ...{
      lag_bytes: row.lag_bytes,
      lag_seconds: row.lag_seconds,
      lag_at_least: row.lag_at_least,
      slot_name: row.slot_name,
    },
    ...{ problems: row.problems, watched: kind !== "receiver", sync_state: row.sync_state },
    ...{ sync_priority: row.sync_priority, level: row.level },
  };
}
