import type { FleetSamples } from "../view.ts";
import { serversIn, subscriptionEdges } from "./subscription-edges.ts";

/**
 * Tells the subscription that has a slot of a node: "orders_sub on billing-1"; null where none that
 * is seen has it.
 */
export function slotUsers(fleet: FleetSamples): (node: string, slot: string | null) => string | null {
  const all = fleet.ofAll();
  const { serverOf } = serversIn(all);
  const keyOf = (server: string, slot: string | null) => JSON.stringify([server, slot]);
  const users = new Map<string, string>();
  for (const { publisher, isRepeated, row, node } of subscriptionEdges(all))
    if (publisher && !isRepeated)
      users.set(keyOf(publisher.server, publisher.slot.slot_name), `${row.subname} on ${node.name}`);
  return (node, slot) => users.get(keyOf(serverOf(node), slot)) ?? null;
}
