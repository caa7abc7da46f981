import { isUp } from "../../stats/health.ts";
import { subscriptionLevel, whyStopped } from "../../stats/replication/subscription-state.ts";
import { nodeWord } from "../node-word.ts";
import { type FleetSamples, keyOf } from "../view.ts";
import { replication, type WalSender } from "./replication.ts";
import { type SubscriptionEdge, subscriptionEdges } from "./subscription-edges.ts";
import { subscriptions } from "./subscriptions.ts";
import { nothing, type TopologyRow } from "./topology-rows.ts";

/** What receives changes of databases, by the node that it stands below. */
export type LogicalRows = {
  /** Subscriptions: below their publishers, or below their own nodes where those are not known or not in scope. */
  readonly subscriptions: ReadonlyMap<string, readonly TopologyRow[]>;
  /** WAL senders of logical slots that no subscription seen here has. */
  readonly consumers: (node: string) => readonly WalSender[];
};

export function logicalRows(fleet: FleetSamples): LogicalRows {
  const inScope = new Set(fleet.nodes.map(({ name }) => name));
  const rows = subscriptionEdges(fleet)
    .filter(({ state, isRepeated }) => state !== "on a standby" && !isRepeated)
    .map((edge) => {
      const row = subscriptionRow(edge);
      const { upstream, node } = row;
      return { ...row, above: upstream !== null && inScope.has(upstream) ? upstream : node };
    });
  const served = new Set(
    subscriptionEdges(fleet.ofAll()).flatMap(({ publisher }) =>
      publisher?.sender ? `${publisher.server} ${publisher.sender.pid}` : [],
    ),
  );
  return {
    subscriptions: Map.groupBy(rows, ({ above }) => above ?? ""),
    consumers: (node) =>
      ((fleet.rows(replication, node) ?? []) as readonly WalSender[]).filter(
        ({ pid, slot_type, slot_name }) =>
          slot_type === "logical" && !served.has(`${node} ${pid}`) && !copiesTable(slot_name),
      ),
  };
}

/** The slot by which a table is copied at the start of a subscription ends with that copy. */
const copiesTable = (slot: string | null) => /_\d+_sync_\d+(_\d+)?$/.test(slot ?? "");

function subscriptionRow(edge: SubscriptionEdge): TopologyRow {
  const { node, row, publisher, reverse, mayLoop } = edge;
  const { datname, subname, subslotname, suborigin } = row;
  const answers = isUp(node.health);
  const sends = publisher !== null && isUp(publisher.node.health) ? publisher : null;
  const stopped = answers ? whyStopped(edge.state, row, sends?.slot.retained ?? null) : null;
  const level = answers ? subscriptionLevel(edge.state) : "ok";
  const unknown = publisher === null ? ["which node it comes from is not known"] : [];
  return {
    ...{ ...nothing, node: node.name, kind: "subscription", id: keyOf(subscriptions, row) },
    ...{ name: `${datname}@${node.name}`, role: reverse === null ? "subscriber" : "bidirectional" },
    ...{ state: answers ? edge.state : nodeWord(node), slot_name: subslotname },
    sync_state: sends?.sender?.sync_state ?? null,
    sync_priority: sends?.sender?.sync_priority ?? null,
    lag_bytes: sends?.slot.behind ?? null,
    lag_seconds: sends?.sender?.replay_lag ?? null,
    ...{ subname, datname, suborigin, pair: reverse?.subname ?? null },
    database: publisher?.slot.database ?? null,
    system_identifier: node.facts?.systemIdentifier ?? null,
    upstream: publisher?.node.name ?? null,
    problems: [...(stopped === null ? [] : [stopped]), ...unknown, ...(mayLoop === null ? [] : [mayLoop])],
    level: level === "ok" ? null : level,
  };
}

/** Where a null of a subscription is none: it has no timeline, and while it applies and nothing comes no lag. */
export const lacksOfSubscription = (state: unknown, upstream: unknown, column: string): boolean =>
  column === "timeline" || (column === "lag_seconds" && state === "applying" && upstream !== null);
