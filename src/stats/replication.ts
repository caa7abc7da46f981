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
    readonly replayed_at: number | null;
    readonly server_time: number | null;
  } | null;
  readonly pulseAtMs: number | null;
};

/** Per node: where its WAL was while it was a primary, or what it had received while it was behind that. */
export type Clocks = ReadonlyMap<string, LsnClock>;

/** Adds the newest positions to the clocks of primaries and of standbys with WAL to replay; forgets the other clocks. */
export function advance(clocks: Clocks, nodes: readonly ReplicationNode[]): Clocks {
  const next = new Map<string, LsnClock>();
  for (const { name, pulse, pulseAtMs } of nodes) {
    const clock = clocks.get(name) ?? emptyClock;
    const position = pulse && (pulse.current_lsn ?? unreplayed(pulse));
    if (position != null && pulseAtMs !== null) next.set(name, record(clock, pulseAtMs, position));
  }
  return next;
}

/** What a standby has received, where it has not replayed all of it. */
function unreplayed({ receive_lsn, replay_lsn }: NonNullable<ReplicationNode["pulse"]>): bigint | null {
  return receive_lsn !== null && replay_lsn !== null && receive_lsn > replay_lsn ? receive_lsn : null;
}

/** Clusters, and the lag of every standby that answers, by the clock of the primary of its own cluster. */
export function replication(
  nodes: readonly ReplicationNode[],
  clocks: Clocks,
): { readonly clusters: readonly Cluster[]; readonly lags: ReadonlyMap<string, Lag> } {
  const clusters = topology(nodes);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const lags = new Map<string, Lag>();
  for (const cluster of clusters) {
    const members = cluster.members.flatMap(({ name }) => byName.get(name) ?? []);
    for (const node of members) {
      if (node.inRecovery && node.pulse && isUp(node.health))
        lags.set(node.name, lagOf(node, members, clocks));
    }
  }
  return { clusters, lags };
}

function lagOf(standby: ReplicationNode, members: readonly ReplicationNode[], clocks: Clocks): Lag {
  const primaries = members
    .filter((node) => node.inRecovery === false && node.systemIdentifier === standby.systemIdentifier)
    .sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  const primary = primaries.find((node) => node.timeline === standby.timeline) ?? primaries[0];
  const seen = primary && isUp(primary.health) ? primary : null;
  const { pulse } = standby;
  return lag({
    clock: clocks.get((seen ?? standby).name) ?? null,
    primaryLsn: seen?.pulse?.current_lsn ?? null,
    replayLsn: pulse?.replay_lsn ?? null,
    receiveLsn: pulse?.receive_lsn ?? null,
    receiving: pulse?.receiver == null ? null : pulse.receiver === "streaming",
    secondsSinceCommit: seen && secondsSinceCommit(standby, seen),
    otherTimeline: primary !== undefined && differ(primary.timeline, standby.timeline),
    // How old the answer is, is another matter: a standby that is asked twice a minute is not behind in between.
    nowMs: standby.pulseAtMs ?? 0,
  });
}

/** Age of the last commit that the standby replayed: the primary's clock stamped it, and says how late it is. */
function secondsSinceCommit(standby: ReplicationNode, primary: ReplicationNode): number | null {
  const committed = standby.pulse?.replayed_at ?? null;
  const clock = primary.pulse?.server_time ?? null;
  if (committed === null || clock === null) return null;
  const between = ((standby.pulseAtMs ?? 0) - (primary.pulseAtMs ?? 0)) / 1000;
  return Math.max(0, clock + between - committed);
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}
