import { isUp } from "../../stats/health.ts";
import { subscriptionLevel, whyLost, whyStopped } from "../../stats/replication/subscription-state.ts";
import { fromOf, type SubscriptionEdge, subscriptionEdges } from "../logical/subscription-edges.ts";
import { subscriptions } from "../logical/subscriptions.ts";
import { nodeWord } from "../node-word.ts";
import { type FleetSamples, keyOf } from "../view.ts";
import { pglogicalEdges } from "./pglogical-edges.ts";
import { replication, type WalSender } from "./replication.ts";
import { replicationSlots, type Slot } from "./replication-slots.ts";
import { pglogicalRow } from "./topology-pglogical.ts";
import { nothing, type TopologyRow } from "./topology-rows.ts";

/** What receives changes of databases, by the node that it stands below. */
export type LogicalRows = {
  /** Subscriptions: below their publishers, or below their own nodes where those are not known or not in scope. */
  readonly subscriptions: ReadonlyMap<string, readonly TopologyRow[]>;
  /** What reads a logical slot of a node that no subscription seen here has. */
  readonly consumers: (node: string) => readonly TopologyRow[];
};

export function logicalRows(fleet: FleetSamples): LogicalRows {
  const inScope = new Set(fleet.nodes.map(({ name }) => name));
  const rows = subscriptionEdges(fleet)
    .filter(({ state, isRepeated }) => state !== "on a standby" && !isRepeated)
    .map(subscriptionRow)
    .concat(pglogicalEdges(fleet).map(pglogicalRow))
    .map((row) => {
      const { upstream, node } = row;
      return { ...row, above: upstream !== null && inScope.has(upstream) ? upstream : node };
    });
  const all = fleet.ofAll();
  const served = new Set(
    [...subscriptionEdges(all), ...pglogicalEdges(all)].flatMap(({ publisher }) =>
      publisher?.sender ? `${publisher.server} ${publisher.sender.pid}` : [],
    ),
  );
  return {
    subscriptions: Map.groupBy(rows, ({ above }) => above ?? ""),
    consumers: (node) => {
      const slots = (fleet.rows(replicationSlots, node) ?? []) as readonly Slot[];
      return ((fleet.rows(replication, node) ?? []) as readonly WalSender[])
        .filter(
          ({ pid, slot_type, slot_name }) =>
            slot_type === "logical" && !served.has(`${node} ${pid}`) && !copiesTable(slot_name),
        )
        .map((sender) =>
          consumerRow(sender, slots.find(({ slot_name }) => slot_name === sender.slot_name) ?? null, node),
        );
    },
  };
}

/** The slot by which a table is copied at the start of a subscription ends with that copy. */
const copiesTable = (slot: string | null) => /_\d+_sync_\d+(_\d+)?$/.test(slot ?? "");

function subscriptionRow(edge: SubscriptionEdge): TopologyRow {
  const { node, row, publisher, pair, mayLoop } = edge;

  const { datname, subname, subslotname, suborigin } = row;
  const answers = isUp(node.health);
  const sends = publisher !== null && isUp(publisher.node.health) ? publisher : null;
  const from = fromOf(publisher);
  const stopped = answers ? whyStopped(edge.state, row, from) : null;
  const empty = answers ? edge.nothing : null;
  const own = answers ? subscriptionLevel(edge.state, from) : "ok";
  const level = own === "ok" && empty !== null ? "warning" : own;
  const unknown = publisher === null ? ["which node it comes from is not known"] : [];
  return {
    ...{ ...nothing, node: node.name, kind: "subscription", id: keyOf(subscriptions, row) },
    ...{ name: `${datname}@${node.name}`, role: pair === null ? "subscriber" : "bidirectional" },
    ...{ state: answers ? edge.state : nodeWord(node), slot_name: subslotname },
    sync_state: sends?.sender?.sync_state ?? null,
    sync_priority: sends?.sender?.sync_priority ?? null,
    // What is lost is never caught up.
    lag_bytes: whyLost(from) === null ? (sends?.slot.behind ?? null) : null,
    lag_seconds: sends?.sender?.replay_lag ?? null,
    ...{ subname, datname, suborigin, pair },
    database: publisher?.slot.database ?? null,
    system_identifier: node.facts?.systemIdentifier ?? null,
    upstream: publisher?.node.name ?? null,
    problems: [
      ...(stopped === null ? [] : [stopped]),
      ...(empty === null ? [] : [empty]),
      ...unknown,
      ...(mayLoop === null ? [] : [mayLoop]),
    ],
    level: level === "ok" ? null : level,
  };
}

/** It may be a native subscription that is not watched; its lag is what it says that it has flushed. */
function consumerRow(sender: WalSender, slot: Slot | null, from: string): TopologyRow {
  const { application_name, client_addr, slot_name, state, sync_state, sync_priority } = sender;
  const plugin = slot?.plugin ?? "pgoutput";
  const what =
    plugin === "pgoutput"
      ? "no subscription seen here has its slot"
      : `no native subscription: it reads by ${plugin}`;
  return {
    ...{ ...nothing, node: from, kind: "receiver", id: keyOf(replication, sender), above: from },
    name: application_name || client_addr || String(sender.pid),
    ...{ role: "consumer", upstream: from, database: slot?.database ?? null, slot_name, client_addr },
    ...{ state, sync_state, sync_priority, lag_bytes: sender.flush_behind, lag_seconds: sender.flush_lag },
    problems: [`${what}${client_addr === null ? "" : `; it connects from ${client_addr}`}`],
  };
}

/** Where a null of a subscription is none: it has no timeline, and while it applies and nothing comes no lag. */
export const lacksOfSubscription = (state: unknown, upstream: unknown, column: string): boolean =>
  column === "timeline" || (column === "lag_seconds" && goesOn(state) && upstream !== null);

/** In the words of native subscriptions, and of pglogical's. */
export const goesOn = (state: unknown): boolean => state === "applying" || state === "replicating";
