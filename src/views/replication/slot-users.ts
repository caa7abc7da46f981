import { type Publisher, serversIn, subscriptionEdges } from "../logical/subscription-edges.ts";
import type { FleetSamples } from "../view.ts";
import { pglogicalEdges } from "./pglogical-edges.ts";

/**
 * Tells the standby that streamed from a slot of a node when it answered last, by what its own WAL receiver said; null where
 * none did, and where several of the cluster did and none says from whom.
 */
export function lastReceivers(fleet: FleetSamples): (node: string, slot: string | null) => string | null {
  const all = fleet.ofAll();
  const pulses = new Map(all.nodes.map(({ name, pulse }) => [name, pulse]));
  const clusterOf = new Map(all.clusters.flatMap((one) => one.all.map(({ name }) => [name, one])));
  const receivers = all.clusters.flatMap((cluster) =>
    cluster.all.flatMap(({ name, upstream, sameAs }) => {
      const slot = pulses.get(name)?.["receiver_slot"];
      if (typeof slot !== "string" || sameAs !== undefined) return [];
      const from = upstream === null || upstream.kind === "unwatched" ? null : upstream.name;
      return [{ name, slot, from, cluster }];
    }),
  );
  return (node, slot) => {
    const cluster = clusterOf.get(node);
    const fits = receivers.filter((one) => one.slot === slot && one.name !== node && one.cluster === cluster);
    const told = fits.filter(({ from }) => from === node);
    const [only, another] = told.length > 0 ? told : fits.filter(({ from }) => from === null);
    return only && !another ? only.name : null;
  };
}

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
