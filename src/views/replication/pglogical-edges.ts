import { type Edge, logicalEdges } from "../../stats/replication/logical-edges.ts";
import { isAskedOf } from "../compared.ts";
import type { FleetNode } from "../fleet-node.ts";
import { inScope, type Publisher, pairOf, serversIn, slotsOf } from "../logical/subscription-edges.ts";
import { pglogicalWhere } from "../pglogical/pglogical-origins.ts";
import { type PglogicalSubscription, pglogicalSubscriptions } from "../pglogical/pglogical-subscriptions.ts";
import type { FleetSamples } from "../view.ts";

/** A subscription of pglogical with the provider that it comes from. */
export type PglogicalEdge = {
  readonly node: FleetNode;
  readonly row: PglogicalSubscription;
  /** Null where it is not among these nodes, or several may be it. */
  readonly publisher: Publisher | null;
  /** The subscriptions by which changes go the other way, by name; null where there are none. */
  readonly pair: string | null;
  readonly mayLoop: string | null;
};

/** The subscriptions of pglogical of all nodes in scope, each once, and where they come from. */
export const pglogicalEdges = inScope(edgesOf);

/** Its connection string is for few to read: the provider is the node with a slot of its name, as of a native subscription. */
function edgesOf(fleet: FleetSamples): readonly PglogicalEdge[] {
  const { serverOf, placeOf, spokesmen } = serversIn(fleet);
  const spoken = fleet.nodes.filter(({ name }) => spokesmen.has(name));
  const subscriptions = spoken.flatMap((node) => subscriptionsOf(fleet, node));
  if (subscriptions.length === 0) return [];
  const slots = spoken
    .flatMap((node) => slotsOf(fleet, node, serverOf(node.name)))
    .filter(({ publisher }) => publisher.slot.plugin === "pglogical_output");
  return logicalEdges(subscriptions, slots, placeOf).map((edge) => ({
    node: edge.subscription.at,
    row: edge.subscription.row,
    publisher: edge.slot?.publisher ?? null,
    pair: pairOf(edge.reverse),
    mayLoop: whyMayLoop(edge),
  }));
}

function subscriptionsOf(fleet: FleetSamples, node: FleetNode) {
  if (!isAskedOf(pglogicalWhere, fleet, node.name)) return [];
  // The rows are those of this view.
  const rows = (fleet.rows(pglogicalSubscriptions, node.name) ?? []) as readonly PglogicalSubscription[];
  return rows.map((row) => ({
    ...{ node: node.name, at: node, row, datname: row.database, subname: row.sub_name },
    ...{ subslotname: row.sub_slot_name, suborigin: null },
  }));
}

type Subscribing = ReturnType<typeof subscriptionsOf>[number];

/** The provider leaves out what was replicated to it unless it is told to forward it, on any version. */
function whyMayLoop({ reverse, subscription }: Edge<Subscribing, ReturnType<typeof slotsOf>[number]>) {
  const forwards = subscription.row.sub_forward_origins?.includes("all") === true;
  return reverse.length > 0 && forwards ? "changes may loop: forward_origins is all" : null;
}
