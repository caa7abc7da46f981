import type { FleetSamples } from "../view.ts";
import { pglogicalEdges } from "./pglogical-edges.ts";
import { type Publisher, serversIn, subscriptionEdges } from "./subscription-edges.ts";

/**
 * Tells the subscription that has a slot of a node, native or of pglogical: "orders_sub on billing-1"; null where none that
 * is seen has it.
 */
export function slotUsers(fleet: FleetSamples): (node: string, slot: string | null) => string | null {
  const all = fleet.ofAll();
  const { serverOf } = serversIn(all);
  const keyOf = (server: string, slot: string | null) => JSON.stringify([server, slot]);
  const users = new Map<string, string>();
  const add = (publisher: Publisher | null, name: string | null, node: string) => {
    if (publisher) users.set(keyOf(publisher.server, publisher.slot.slot_name), `${name} on ${node}`);
  };
  for (const { publisher, isRepeated, row, node } of subscriptionEdges(all))
    if (!isRepeated) add(publisher, row.subname, node.name);
  for (const { publisher, row, node } of pglogicalEdges(all)) add(publisher, row.sub_name, node.name);
  return (node, slot) => users.get(keyOf(serverOf(node), slot)) ?? null;
}
