import { isUp } from "../../stats/health.ts";
import { logicalEdges } from "../../stats/replication/logical-edges.ts";
import {
  type SubscribedFrom,
  type SubscriptionState,
  subscriptionState,
  whyNothing,
} from "../../stats/replication/subscription-state.ts";
import { lastAnswer, partsOf } from "../compared.ts";
import type { FleetNode } from "../fleet-node.ts";
import { replication, type WalSender } from "../replication/replication.ts";
import { replicationSlots, type Slot } from "../replication/replication-slots.ts";
import type { AskedView, AskedWhere, FleetSamples, Row } from "../view.ts";
import { publications } from "./publications.ts";
import { mostTables, subscriptionTables } from "./subscription-tables.ts";
import { type SubscriptionWorker, subscriptionWorkers } from "./subscription-workers.ts";

/** What has to be known of a node to say what it subscribes to. */
type Ended = Pick<FleetNode, "name" | "facts" | "health">;

/** Nodes, and what they answered. */
type Answers<Node extends Ended> = Pick<FleetSamples, "rows" | "sample"> & {
  readonly nodes: readonly Node[];
  readonly clusters: readonly {
    readonly name: string;
    readonly all: readonly { readonly name: string; readonly sameAs?: string }[];
  }[];
};

/** A subscription with what the node says that it comes from. */
export type SubscriptionEdge<Node extends Ended = FleetNode> = {
  /** The subscriber. */
  readonly node: Node;
  readonly row: SubscriptionWorker;
  readonly state: SubscriptionState;
  /** Null where it is not among these nodes, or several may be it. */
  readonly publisher: Publisher<Node> | null;
  /** The subscriptions by which changes go the other way, by name; null where there are none. */
  readonly pair: string | null;
  /** Why it may bring back what came from here. */
  readonly mayLoop: string | null;
  /** Why it replicates nothing or not all, where both sides tell. */
  readonly nothing: string | null;
  /** Another of these nodes is the same server, and tells it as well. */
  readonly isRepeated: boolean;
};

export type Publisher<Node extends Ended = FleetNode> = {
  readonly node: Node;
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
    onlyWhere: {
      view: replicationSlots,
      holds: (rows) => rows.some(({ plugin }) => plugin === "pgoutput"),
    },
  },
  {
    view: subscriptionTables,
    isExtra: true,
    onlyWhere: { view: subscriptionWorkers, holds: (rows) => rows.length > 0 },
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
export const subscriptionEdges = inScope<SubscriptionEdge>(edgesIn);

/** The subscriptions of these nodes, and from which of them they come. */
export function edgesIn<Node extends Ended>(fleet: Answers<Node>): readonly SubscriptionEdge<Node>[] {
  const { serverOf, placeOf, spokesmen } = serversIn(fleet);
  // A standby has the subscriptions of its primary in its catalogs, and applies none.
  const isCopy = ({ facts }: Ended) => facts?.inRecovery === true;
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
  fleet: Pick<FleetSamples, "rows" | "sample">,
  { name }: Ended,
  { datname, subname, subpublications }: SubscriptionWorker,
  publisher: Publisher<Ended> | null,
): string | null {
  // What a server had that is down says nothing of now.
  const published =
    publisher && isUp(publisher.node.health)
      ? rowsIn(fleet, publications, publisher.node.name, publisher.slot.database)
      : null;
  const listed = rowsIn(fleet, subscriptionTables, name, datname);
  const tables = listed?.filter((row) => row["subname"] === subname) ?? [];
  const why = whyNothing({
    wanted: subpublications,
    publisher: publisher?.node.name ?? null,
    published: published && new Set(published.map(({ pubname }) => String(pubname))),
    // Of so many the list may lack some.
    tables: listed && listed.length < mostTables ? tables.length : null,
  });
  return why ?? whyNotAll(tables);
}

/** Which table is not copied at its start, and why; null where each is, or may be soon. */
function whyNotAll(tables: readonly Row[]): string | null {
  const stuck = tables.filter(({ issue }) => typeof issue === "string");
  const [first] = stuck;
  if (!first) return null;
  const more = stuck.length === 1 ? "is" : `and ${stuck.length - 1} more are`;
  return `${first["relname"]} ${more} not copied: ${first["issue"]}`;
}

/** The rows of one database; null where it has not answered. */
function rowsIn(
  fleet: Pick<FleetSamples, "rows" | "sample">,
  view: AskedView,
  node: string,
  database: string | null,
) {
  const isKnown = database !== null && partsOf(fleet.sample(view, node)).get(database)?.state === "ok";
  return isKnown ? (fleet.rows(view, node) ?? []).filter((row) => row["database"] === database) : null;
}

/** What goes the other way, for people. */
export function pairOf(reverse: readonly { readonly subname: string | null }[]): string | null {
  return reverse.length === 0 ? null : reverse.map(({ subname }) => subname ?? "").join(", ");
}

/** The rows are finished by the columns of these views. */
const subscriptionsOf = (fleet: Pick<FleetSamples, "rows">, { name }: Ended) =>
  (fleet.rows(subscriptionWorkers, name) ?? []) as readonly SubscriptionWorker[];

/** What a subscription's state follows from of where it comes from; of a server that is down what is for good. */
export function fromOf(publisher: Publisher<Ended> | null): SubscribedFrom | null {
  if (publisher === null) return null;
  const { node, slot } = publisher;
  const { wal_status, invalidation_reason = null, retained } = slot;
  return {
    ...{ publisher: node.name, isDown: node.health.state === "reconnecting" },
    ...{ wal_status, invalidation_reason, retained: isUp(node.health) ? retained : null },
  };
}

/** The logical slots of a node that somebody may subscribe by; of one that does not answer those that it had. */
export function slotsOf<Node extends Ended>(
  fleet: Pick<FleetSamples, "rows" | "sample">,
  node: Node,
  server: string,
) {
  const had = isUp(node.health) ? null : lastAnswer(fleet.sample(replicationSlots, node.name));
  const senders = (fleet.rows(replication, node.name) ?? []) as readonly WalSender[];
  const slots = (fleet.rows(replicationSlots, node.name) ?? had?.rows ?? []) as readonly Slot[];
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
const isCopied = ({ facts }: Ended, synced: boolean | null) => facts?.inRecovery === true && synced === true;

/** Which nodes are ways to one server, and which server has databases of its own. */
export function serversIn({ clusters, nodes }: Pick<Answers<Ended>, "clusters" | "nodes">) {
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
