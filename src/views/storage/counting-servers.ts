import { isUp } from "../../stats/health.ts";
import { mayBeStandbys, unservedBy, waysTo } from "../../stats/replication/senders.ts";
import type { FleetNode } from "../fleet-node.ts";
import { nodeWord } from "../node-word.ts";
import { replication, type WalSender } from "../replication/replication.ts";
import { replicationSlots, type Slot } from "../replication/replication-slots.ts";
import { lastReceivers } from "../replication/slot-users.ts";
import type { FleetSamples } from "../view.ts";

/** The servers that read the same files as one of them, each of which counts by itself what it reads. */
export type CountingServers = {
  readonly nodes: readonly FleetNode[];
  /** Null where it is not watched, or not known. */
  readonly primary: FleetNode | null;
  /** What else may read them and cannot be asked, in words. */
  readonly unknown: readonly string[];
};

/**
 * The primary of a node and all its standbys, those of standbys too, in whatever cluster they are shown: a physical copy has
 * the same system identifier, and the same OIDs. What receives WAL and is not watched may be read by anyone; so may a node
 * that never said which system it is of. A server that is configured twice is asked once.
 */
export function countingServers(of: FleetNode, fleet: FleetSamples): CountingServers {
  const all = fleet.ofAll();
  const own = all.clusters.find((cluster) => cluster.all.some(({ name }) => name === of.name));
  const members = new Set(own?.all.map(({ name }) => name));
  const isAlone = (name: string) =>
    !all.clusters.some((cluster) => cluster.heading && cluster.all.some((one) => one.name === name));
  const repeated = new Set(
    all.clusters.flatMap((cluster) =>
      cluster.all.flatMap((one) => (one.sameAs === undefined ? [] : one.name)),
    ),
  );
  const system = of.facts?.systemIdentifier ?? null;
  const isCopy = ({ name, facts }: FleetNode) =>
    facts?.systemIdentifier && system !== null
      ? facts.systemIdentifier === system
      : members.has(name) || (facts === null && isAlone(name));
  const others = all.nodes.filter(
    (node) => node.name !== of.name && !repeated.has(node.name) && isCopy(node),
  );
  const ordered = [of, ...others.toSorted((a, b) => Number(isUp(b.health)) - Number(isUp(a.health)))];
  const nodes = ordered.filter((node, at) => {
    const ways = waysTo(node.name, all.nodes);
    return !ordered.slice(0, at).some(({ name }) => ways.has(name));
  });
  // A copy that was promoted is a server of its own, and its standbys may be of either.
  const copies = nodes.filter(
    (node) => node.name === of.name || node.facts?.inRecovery !== false || isStandby(of),
  );
  const primaries = copies.filter(({ facts }) => facts?.inRecovery === false);
  const [primary, another] = primaries;
  return {
    nodes: copies,
    primary: primary && !another ? primary : null,
    unknown: [
      ...(another
        ? [`${primaries.map(({ name }) => name).join(" and ")} are primaries of the same system`]
        : []),
      ...(primary ? [] : ["the primary is not watched"]),
      ...copies.flatMap((node) => unwatchedBelow(node, all)),
    ],
  };
}

const isStandby = ({ facts }: FleetNode) => facts?.inRecovery === true;

/** What receives WAL from a node, or did, and is none of the watched ones. */
function unwatchedBelow({ name, health }: FleetNode, all: FleetSamples): readonly string[] {
  // That it does not answer is said of itself.
  if (!isUp(health)) return [];
  const senders = all.rows(replication, name) as readonly WalSender[] | null;
  const slots = all.rows(replicationSlots, name) as readonly Slot[] | null;
  if (senders === null || slots === null) return [`which standbys ${name} has`];
  const ways = waysTo(name, all.nodes);
  const { others, untold } = unservedBy(
    ways,
    senders.filter(mayBeStandbys),
    all.clusters.flatMap((cluster) => cluster.all),
  );
  const unwatched = untold === 0 ? others : others.slice(untold);
  const receiverOf = lastReceivers(all);
  const away = slots.filter(
    ({ slot_type, active, slot_name, restart_lsn, wal_status }) =>
      slot_type === "physical" &&
      active === false &&
      // One that was never used is nobody's.
      (restart_lsn !== null || wal_status === "lost") &&
      [...ways].every((way) => receiverOf(way, slot_name) === null),
  );
  return [
    ...unwatched.map(
      ({ application_name, client_addr, pid }) =>
        `${application_name || client_addr || pid}, which receives from ${name} and is not watched`,
    ),
    ...away.map(({ slot_name }) => `the standby of slot ${slot_name} on ${name}, which is not connected`),
  ];
}

/** A node accepts no connections: nobody reads there. */
export const isClosed = (node: FleetNode): boolean => nodeWord(node) === "warm standby";
