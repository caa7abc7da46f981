import { isLeader, patroniPaused } from "../stats/discovery.ts";
import { type Health, isUp } from "../stats/health.ts";
import type { Cluster } from "../stats/replication/topology.ts";
import { printAge } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import type { JudgedFleet, JudgedNode } from "./rule.ts";

/** The cluster that a node is in. */
export function clusterOf({ name }: JudgedNode, { clusters }: JudgedFleet): Cluster | undefined {
  return clusters.find(({ members }) => members.some((member) => member.name === name));
}

/** The other nodes of its cluster that are known to be copies of the same system. */
export function relatives(node: JudgedNode, all: JudgedFleet): JudgedNode[] {
  const system = node.facts?.systemIdentifier ?? null;
  if (system === null) return [];
  const members = clusterOf(node, all)?.members ?? [];
  return members.flatMap(({ name }) => {
    const other = name === node.name ? undefined : all.nodes.get(name);
    const startedAt = other?.pulse?.started_at ?? null;
    // Another way to the same server is no copy of it.
    if (startedAt !== null && startedAt === node.pulse?.started_at) return [];
    return other?.facts?.systemIdentifier === system ? [other] : [];
  });
}

/** A primary that is down, and the standby that was promoted in its place. */
export type Failover = {
  /** "orders-2 was promoted 40s ago" */
  readonly promotion: string;
  /** The same with who is down. */
  readonly text: string;
};

/** The failover from a node that was a primary when it was last reached; null when it was not, or nothing took its place. */
export function failoverOf(node: JudgedNode, all: JudgedFleet): Failover | null {
  if (node.facts?.inRecovery !== false || isUp(node.health)) return null;
  const [successor] = relatives(node, all)
    .filter(({ facts, health }) => isUp(health) && facts?.inRecovery === false)
    .sort((a, b) => (b.facts?.timeline ?? 0) - (a.facts?.timeline ?? 0));
  if (!successor) return null;
  const { promotedAtMs } = successor;
  const when =
    promotedAtMs === null
      ? "is the primary now"
      : `was promoted ${printAge((all.nowMs - promotedAtMs) / 1000)} ago`;
  const promotion = `${safeName(successor.name)} ${when}`;
  return { promotion, text: `${promotion}; ${safeName(node.name)} is down` };
}

/** The one primary that answers in the cluster of a node that was never reached, so that its own role is unknown. */
export function primaryBeside(node: JudgedNode, all: JudgedFleet): JudgedNode | null {
  if (node.facts !== null) return null;
  const members = clusterOf(node, all)?.members ?? [];
  const [primary, another] = members
    .flatMap(({ name }) => all.nodes.get(name) ?? [])
    .filter(({ facts, health }) => isUp(health) && facts?.inRecovery === false);
  return primary && !another ? primary : null;
}

/** It was reached before, or never, and should be; one that the user disconnected, or that only starts, is not lost. */
export function isLost({ state }: Health): boolean {
  return state === "reconnecting" || state === "error";
}

/** Whether Patroni of a cluster is paused and its primary, or what may be that, is lost: no replica takes over. */
export function isPausedWithoutPrimary(
  { members }: Pick<Cluster, "members">,
  { nodes }: JudgedFleet,
): boolean {
  const all = members.flatMap(({ name }) => nodes.get(name) ?? []);
  const isPaused = all.some(({ listed }) => listed?.goneSinceMs === null && listed.paused);
  // One that was never reached may be it: where Patroni saw it stop, it lists no leader.
  const mayLead = all.filter(
    ({ facts, listed }) => !facts?.inRecovery || (listed?.goneSinceMs === null && isLeader(listed.member)),
  );
  return isPaused && mayLead.length > 0 && mayLead.every(({ health }) => isLost(health));
}

/** What is wrong with a cluster as a whole, or null. */
export function problemOf(cluster: Cluster, fleet: JudgedFleet): string | null {
  const [first, second] = cluster.splitBrain;
  if (first && second)
    return `two primaries: ${cluster.splitBrain.map((name) => withTimeline(name, fleet)).join(", ")}`;
  return failoverIn(cluster, fleet) ?? pauseIn(cluster, fleet);
}

/** A primary is down and a standby was promoted in its place. */
function failoverIn({ members }: Cluster, fleet: JudgedFleet): string | null {
  for (const { name } of members) {
    const node = fleet.nodes.get(name);
    const failover = node && failoverOf(node, fleet);
    if (failover) return failover.text;
  }
  return null;
}

function withTimeline(name: string, { nodes }: JudgedFleet): string {
  const timeline = nodes.get(name)?.facts?.timeline ?? null;
  return timeline === null ? name : `${name} (timeline ${timeline})`;
}

/** Said of the cluster, since the leader, whose note it is else, has a failure to tell. */
function pauseIn(cluster: Cluster, fleet: JudgedFleet): string | null {
  return isPausedWithoutPrimary(cluster, fleet) ? `${patroniPaused}; no primary answers` : null;
}
