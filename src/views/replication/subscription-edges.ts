import { isUp } from "../../stats/health.ts";
import { logicalEdges } from "../../stats/replication/logical-edges.ts";
import {
  type SubscriptionState,
  subscriptionState,
  whyNothing,
} from "../../stats/replication/subscription-state.ts";
import { lastAnswer, partsOf } from "../compared.ts";
import type { FleetNode } from "../fleet-node.ts";
import type { AskedView, AskedWhere, FleetSamples } from "../view.ts";
import { publications } from "./publications.ts";
import { replication, type WalSender } from "./replication.ts";
import { replicationSlots, type Slot } from "./replication-slots.ts";
import { mostTables, subscriptionTables } from "./subscription-tables.ts";
import { type SubscriptionWorker, subscriptionWorkers } from "./subscription-workers.ts";

/** A subscription with what the node says that it comes from. */
export type SubscriptionEdge = {
  /** The subscriber. */
  readonly node: FleetNode;
  readonly row: SubscriptionWorker;
  readonly state: SubscriptionState;
  /** Null where it is not among these nodes, or several may be it. */
  readonly publisher: Publisher | null;
  /** The subscriptions by which changes go the other way, by name; null where there are none. */
  readonly pair: string | null;
  /** Why it may bring back what came from here. */
  readonly mayLoop: string | null;
  /** Why it replicates nothing, where both sides tell. */
  readonly nothing: string | null;
  /** Another of these nodes is the same server, and tells it as well. */
  readonly isRepeated: boolean;
};

export type Publisher = {
  readonly node: FleetNode;
  /** The first of the nodes that are this server. */
  readonly server: string;
  readonly slot: Slot;
  /** What serves the slot now. */
  readonly sender: WalSender | null;
};

/** What {@link subscriptionEdges} follow from. */
export const edgeNeeds = [subscriptionWorkers, replicationSlots, replication] as const;

/** What is asked in the databases of servers with subscriptions, and with slots of them. */
export const edgeNeedsToo: readonly AskedWhere[] = [
  {
    view: publications,
    isExtra: true,
    holds: ({ sample }, node) =>
      lastAnswer(sample(replicationSlots, node))?.rows.some(({ plugin }) => plugin === "pgoutput") ?? false,
  },
  {
    view: subscriptionTables,
    isExtra: true,
    holds: ({ sample }, node) => (lastAnswer(sample(subscriptionWorkers, node))?.rows.length ?? 0) > 0,
  },
];

/** What is concluded from all nodes, once for each state of them, and of it that of the nodes in scope. */
export function inScope<Edge extends { readonly node: FleetNode }>(
  edgesOf: (all: FleetSamples) => readonly Edge[],
): (fleet: FleetSamples) => readonly Edge[] {
  const known = new WeakMap<FleetSamples, readonly Edge[]>();
  return (fleet) => {
    const all = fleet.ofAll();
    const edges = known.get(all) ?? edgesOf(all);
    known.set(all, edges);
    const names = new Set(fleet.nodes.map(({ name }) => name));
    return edges.filter(({ node }) => names.has(node.name));
  };
}

/** The subscriptions of all nodes in scope, each of a server that is watched twice as well, and where they come from. */
export const subscriptionEdges = inScope(edgesOf);

function edgesOf(fleet: FleetSamples): readonly SubscriptionEdge[] {
  const { serverOf, placeOf, spokesmen } = serversIn(fleet);
  // A standby has the subscriptions of its primary in its catalogs, and applies none.
  const isCopy = ({ facts }: FleetNode) => facts?.inRecovery === true;
  const all = fleet.nodes.flatMap((node) =>
    subscriptionsOf(fleet, node).map((row) => ({ node: node.name, at: node, row, ...row })),
  );
  const slots = fleet.nodes
    .filter(({ name }) => spokesmen.has(name))
    .flatMap((node) => slotsOf(fleet, node, serverOf(node.name)));
  const applied = all.filter(({ at }) => spokesmen.has(at.name) && !isCopy(at));
  const keyOf = ({ node, datname, subname }: (typeof all)[number]) =>
    JSON.stringify([serverOf(node), datname, subname]);
  const edges = new Map(
    logicalEdges(applied, slots, placeOf).map((edge) => [keyOf(edge.subscription), edge]),
  );
  return all.map((one) => {
    const { at: node, row } = one;
    const copied = isCopy(node);
    const edge = copied ? undefined : edges.get(keyOf(one));
    return {
      node,
      row,
      state: copied ? "on a standby" : subscriptionState(row),
      publisher: edge?.slot?.publisher ?? null,
      pair: pairOf(edge?.reverse ?? []),
      mayLoop: edge?.mayLoop ?? null,
      nothing: copied ? null : nothingOf(fleet, node, row, edge?.slot?.publisher ?? null),
      isRepeated: !spokesmen.has(node.name),
    };
  });
}

function nothingOf(
  fleet: FleetSamples,
  { name }: FleetNode,
  { datname, subname, subpublications }: SubscriptionWorker,
  publisher: Publisher | null,
): string | null {
  const published = publisher && rowsIn(fleet, publications, publisher.node.name, publisher.slot.database);
  const tables = rowsIn(fleet, subscriptionTables, name, datname);
  return whyNothing({
    wanted: subpublications,
    publisher: publisher?.node.name ?? null,
    published: published && new Set(published.map(({ pubname }) => String(pubname))),
    // Of so many the list may lack some.
    tables:
      tables && tables.length < mostTables ? tables.filter((row) => row["subname"] === subname).length : null,
  });
}

/** The rows of one database; null where it has not answered. */
function rowsIn(fleet: FleetSamples, view: AskedView, node: string, database: string | null) {
  const isKnown = database !== null && partsOf(fleet.sample(view, node)).get(database)?.state === "ok";
  return isKnown ? (fleet.rows(view, node) ?? []).filter((row) => row["database"] === database) : null;
}

/** What goes the other way, for people. */
export function pairOf(reverse: readonly { readonly subname: string | null }[]): string | null {
  return reverse.length === 0 ? null : reverse.map(({ subname }) => subname ?? "").join(", ");
}

/** The rows are finished by the columns of these views. */
const subscriptionsOf = (fleet: FleetSamples, { name }: FleetNode) =>
  (fleet.rows(subscriptionWorkers, name) ?? []) as readonly SubscriptionWorker[];

/** The logical slots of a node that somebody may subscribe by. */
export function slotsOf(fleet: FleetSamples, node: FleetNode, server: string) {
  const senders = (fleet.rows(replication, node.name) ?? []) as readonly WalSender[];
  const slots = (fleet.rows(replicationSlots, node.name) ?? []) as readonly Slot[];
  return slots
    .filter(({ slot_type, synced }) => slot_type === "logical" && !isCopied(node, synced))
    .map((slot) => {
      const sender = senders.find(({ pid }) => pid !== null && pid === slot.active_pid) ?? null;
      const { slot_name, database } = slot;
      return {
        ...{ node: node.name, versionNum: node.facts?.versionNum ?? null, slot_name, database },
        application_name: sender?.application_name ?? null,
        publisher: { node, server, slot, sender },
      };
    });
}

/** A standby's copy of its primary's slot (17) serves nobody; what it is called on a primary says nothing. */
const isCopied = ({ facts }: FleetNode, synced: boolean | null) =>
  facts?.inRecovery === true && synced === true;

/** Which nodes are ways to one server, and which server has databases of its own. */
export function serversIn({ clusters, nodes }: FleetSamples) {
  const members = new Map(
    clusters.flatMap((cluster) =>
      cluster.all.map(({ name, sameAs = name }) => [name, { server: sameAs, cluster: cluster.name }]),
    ),
  );
  const serverOf = (node: string) => members.get(node)?.server ?? node;
  const systems = new Map(nodes.map(({ name, facts }) => [name, facts?.systemIdentifier ?? null]));
  // A restored copy that replicates with its origin is in a cluster of its own.
  const placeOf = (node: string) =>
    JSON.stringify([members.get(node)?.cluster ?? null, systems.get(node) ?? serverOf(node)]);
  const byServer = Map.groupBy(nodes, ({ name }) => serverOf(name));
  const spokesmen = new Set(
    Array.from(byServer.values(), (ways) => (ways.find(({ health }) => isUp(health)) ?? ways[0])?.name),
  );
  return { serverOf, placeOf, spokesmen };
}
