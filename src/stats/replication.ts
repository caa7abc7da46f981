import type { Health } from "./health.ts";
import { isUp } from "./health.ts";
import { emptyClock, type Lag, type LsnClock, lag, record } from "./lag.ts";
import { type Cluster, type TopologyNode, topology } from "./topology.ts";

/** What one node's newest sample says of replication. */
export type ReplicationNode = TopologyNode & {
  readonly health: Health;
  readonly pulse: {
    readonly current_lsn: bigint | null;
    readonly receive_lsn: bigint | null;
    readonly replay_lsn: bigint | null;
    readonly receiver: string | null;
    readonly seconds_since_replay: number | null;
  } | null;
  readonly pulseAtMs: number | null;
};

/** Per node: where its WAL was while it was a primary. */
export type Clocks = ReadonlyMap<string, LsnClock>;

/** Adds the primaries' newest positions to their clocks and forgets the clocks of everybody else. */
export function advance(clocks: Clocks, nodes: readonly ReplicationNode[]): Clocks {
  const next = new Map<string, LsnClock>();
  for (const { name, pulse, pulseAtMs } of nodes) {
    const clock = clocks.get(name) ?? emptyClock;
    if (pulse?.current_lsn != null && pulseAtMs !== null)
      next.set(name, record(clock, pulseAtMs, pulse.current_lsn));
  }
  return next;
}

/** Clusters, and the lag of every standby that answers, by the clock of the primary of its own cluster. */
export function replication(
  nodes: readonly ReplicationNode[],
  clocks: Clocks,
  nowMs: number,
): { readonly clusters: readonly Cluster[]; readonly lags: ReadonlyMap<string, Lag> } {
  const clusters = topology(nodes);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const lags = new Map<string, Lag>();
  for (const cluster of clusters) {
    const members = cluster.members.flatMap(({ name }) => byName.get(name) ?? []);
    for (const node of members) {
      if (node.inRecovery && node.pulse && isUp(node.health))
        lags.set(node.name, lagOf(node, members, clocks, nowMs));
    }
  }
  return { clusters, lags };
}

function lagOf(
  standby: ReplicationNode,
  members: readonly ReplicationNode[],
  clocks: Clocks,
  nowMs: number,
): Lag {
  const primaries = members
    .filter((node) => node.inRecovery === false && node.systemIdentifier === standby.systemIdentifier)
    .sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  const primary = primaries.find((node) => node.timeline === standby.timeline) ?? primaries[0];
  const primaryAnswers = primary !== undefined && isUp(primary.health);
  return lag({
    clock: (primary && clocks.get(primary.name)) ?? null,
    primaryLsn: primaryAnswers ? (primary.pulse?.current_lsn ?? null) : null,
    replayLsn: standby.pulse?.replay_lsn ?? null,
    receiveLsn: standby.pulse?.receive_lsn ?? null,
    receiverAlive: standby.pulse?.receiver != null,
    replayLagSeconds: null,
    secondsSinceReplay: standby.pulse?.seconds_since_replay ?? null,
    otherTimeline: primary !== undefined && differ(primary.timeline, standby.timeline),
    nowMs,
  });
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}
