import { receiverName } from "../../postgres/receiver-conninfo.ts";
import { isOnOther } from "../../postgres/server.ts";
import { type Health, isUp } from "../health.ts";
import { hasAllCommits, type Lag, lag, type ReplicationPulse, type Report } from "./lag.ts";
import { namedBy, type Receiving, type Served, servedBy } from "./senders.ts";
import { type Cluster, type Member, type TopologyNode, topology, type Upstream } from "./topology.ts";
import { emptyClock, type LsnClock, record, tell, walRate } from "./wal-time.ts";

/** What one node's newest sample says of replication. */
export type ReplicationNode = TopologyNode & {
  /** As the facts have it. */
  readonly timelineAtLeast?: boolean;
  readonly health: Health;
  readonly pulse: ReplicationPulse | null;
  readonly pulseAtMs: number | null;
  /** Its newest pg_stat_replication, and when that came. */
  readonly senders?: Senders;
};

/** null where it was not asked. */
export type Senders = { readonly atMs: number; readonly rows: readonly Sender[] } | null;

/** A WAL sender, as far as it tells which standby it serves, and how late that is. */
export type Sender = Served & {
  readonly pid: number | null;
  readonly replay_lag: number | null;
  readonly reply_age: number | null;
};

/** The WAL sender that serves a standby, and the node that it is of. */
export type Serving = { readonly node: string; readonly sender: Sender };

/** Per node: where its WAL was while it was a primary, or what it had received while it was behind that. */
export type Clocks = ReadonlyMap<string, LsnClock>;

/**
 * Adds the newest positions to the clocks of primaries, with what those say of their standbys, and of standbys with WAL to
 * replay; forgets the other clocks.
 */
export function advance(clocks: Clocks, nodes: readonly ReplicationNode[]): Clocks {
  const next = new Map<string, LsnClock>();
  for (const { name, pulse, pulseAtMs, senders } of nodes) {
    const clock = clocks.get(name) ?? emptyClock;
    const position = pulse && (pulse.current_lsn ?? unreplayed(pulse));
    if (position == null || pulseAtMs === null) continue;
    const recorded = record(clock, pulseAtMs, position);
    next.set(name, pulse?.current_lsn == null || !senders ? recorded : told(recorded, senders));
  }
  return next;
}

/** A standby's reply tells when the position was written that it had replayed by then. */
function told(clock: LsnClock, { atMs, rows }: NonNullable<Senders>): LsnClock {
  return rows.reduce((made, { replay_lsn, replay_lag, reply_age }) => {
    // The standby's clock stamps its replies: one that is set wrong is not believed for longer than usual.
    const age = Math.min(Math.max(0, reply_age ?? 0), usualReply);
    // An old reply of a standby that had caught up would count the quiet time after it.
    if (replay_lsn === null || replay_lag === null || replay_lag <= Math.max(1, age)) return made;
    return tell(made, { atMs: atMs - (replay_lag + age) * 1000, lsn: replay_lsn });
  }, clock);
}

/** What a standby has received, where it has not replayed all of it. */
function unreplayed({ receive_lsn, replay_lsn }: NonNullable<ReplicationNode["pulse"]>): bigint | null {
  return receive_lsn !== null && replay_lsn !== null && receive_lsn > replay_lsn ? receive_lsn : null;
}

/**
 * Clusters; the lag of every standby that answers, by the clock of the primary of its own cluster; the WAL sender that
 * serves it, where that is told; and the WAL a second of each node whose primary answers.
 */
export function replication(
  nodes: readonly ReplicationNode[],
  clocks: Clocks,
): {
  readonly clusters: readonly Cluster[];
  readonly lags: ReadonlyMap<string, Lag>;
  readonly servings: ReadonlyMap<string, Serving>;
  readonly walRates: ReadonlyMap<string, number>;
} {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const clusters = placed(nodes, byName);
  const lags = new Map<string, Lag>();
  const servings = new Map<string, Serving>();
  const walRates = new Map<string, number>();
  for (const cluster of clusters) {
    const members = cluster.members.flatMap(({ name }) => byName.get(name) ?? []);
    const servers = serversOf(cluster, byName);
    const standbys = receivers(servers, cluster);
    for (const { node, ways } of servers) {
      if (!node.senders?.rows.length) continue;
      const below = standbys.filter(
        ({ name, from }) => name !== node.name && from !== null && ways.includes(from),
      );
      for (const [name, sender] of servedBy(node.senders.rows, below))
        for (const way of servers.find((one) => one.node.name === name)?.ways ?? [])
          servings.set(way, { node: ways[0] ?? node.name, sender });
    }
    const rates = ratesOf(members, clocks);
    const upstreams = new Map(cluster.members.map(({ name, upstream }) => [name, upstream]));
    for (const node of members) {
      const primary = node.inRecovery === false ? node : primaryOf(node, members, cluster);
      if (node.inRecovery && node.pulse && isUp(node.health))
        lags.set(
          node.name,
          lagOf(node, primary, clocks, {
            serving: servings.get(node.name) ?? null,
            receiving: receives(node, upstreams, byName),
          }),
        );
      const rate = rates.get(primary?.name ?? "");
      if (rate != null) walRates.set(node.name, rate);
    }
  }
  return { clusters, lags, servings, walRates };
}

/** The WAL a second of each primary that answers. */
function ratesOf(members: readonly ReplicationNode[], clocks: Clocks): ReadonlyMap<string, number | null> {
  const primaries = members.filter(({ inRecovery, health }) => inRecovery === false && isUp(health));
  return new Map(primaries.map(({ name }) => [name, walRate(clocks.get(name) ?? emptyClock)]));
}

/** A server by one of its nodes, one that answers where there is one, and by the names of all of them. */
type Server = { readonly node: ReplicationNode; readonly ways: readonly string[] };

/** Each server of a cluster that has a standby, once: two ways to one would be two that a WAL sender may serve. */
function serversOf({ members }: Cluster, byName: ReadonlyMap<string, ReplicationNode>): readonly Server[] {
  if (!members.some(({ role }) => role === "standby")) return [];
  const ways = Map.groupBy(members, ({ name, sameAs = name }) => sameAs);
  return [...ways.values()].flatMap((named) => {
    const all = named.flatMap(({ name }) => byName.get(name) ?? []);
    const node = all.find(({ isUp }) => isUp) ?? all[0];
    return node ? [{ node, ways: all.map(({ name }) => name) }] : [];
  });
}

/** The clusters. A standby that does not tell a node that it follows is below that which says that it serves it. */
function placed(
  nodes: readonly ReplicationNode[],
  byName: ReadonlyMap<string, ReplicationNode>,
): readonly Cluster[] {
  const clusters = topology(nodes);
  const told = new Map<string, string>();
  for (const cluster of clusters) {
    const servers = serversOf(cluster, byName);
    const standbys = receivers(servers, cluster);
    if (standbys.every(({ isBelow }) => isBelow)) continue;
    const sending = servers.map(({ node, ways }) => ({
      name: node.name,
      first: ways[0],
      senders: node.senders?.rows ?? [],
    }));
    for (const [name, by] of namedBy(sending, standbys))
      for (const way of servers.find(({ node }) => node.name === name)?.ways ?? [])
        told.set(way, sending.find((one) => one.name === by)?.first ?? by);
  }
  return told.size === 0
    ? clusters
    : topology(nodes.map((node) => ({ ...node, servedFrom: told.get(node.name) ?? null })));
}

/** The standbys of a cluster, and the node that each says that it streams from; of one that does not say, its primary. */
function receivers(
  servers: readonly Server[],
  cluster: Cluster,
): (Receiving & { readonly from: string | null })[] {
  const upstreams = new Map(cluster.members.map(({ name, upstream }) => [name, upstream]));
  const members = servers.map(({ node }) => node);
  return members.flatMap((standby) => {
    const { name, host, own, pulse } = standby;
    if (standby.inRecovery !== true) return [];
    const upstream = upstreams.get(name) ?? null;
    const from =
      upstream === null ? primaryOf(standby, members, cluster)?.name : "name" in upstream && upstream.name;
    return [
      {
        ...{ name, host, ownHost: own?.host ?? null, from: from || null },
        applicationName: receiverName(pulse?.receiver_conninfo ?? ""),
        slot: pulse?.receiver_slot ?? null,
        streams: pulse && pulse.receiver === null ? null : pulse?.receiver === "streaming",
        isBelow: upstream?.kind === "node",
      },
    ];
  });
}

/** The primary that a standby follows; where that is not told, of its system: on its timeline, or else on the newest. */
function primaryOf(
  standby: ReplicationNode,
  members: readonly ReplicationNode[],
  cluster: Cluster,
): ReplicationNode | undefined {
  const primaries = members
    .filter((node) => node.inRecovery === false && node.systemIdentifier === standby.systemIdentifier)
    .sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  const above = primaryAbove(standby.name, cluster);
  return (
    primaries.find(({ name, isUp: answers }) => above.includes(name) && answers) ??
    primaries.find((node) => isOnOther(standby, node) === false) ??
    primaries[0]
  );
}

/** The primary at the top of what a standby streams from, by the names of all its nodes; none where that is not told. */
export function primaryAbove(name: string, { members }: Pick<Cluster, "members">): readonly string[] {
  const above = new Set<string>();
  const isWayTo = (server: string) => (one: Member) => (one.sameAs ?? one.name) === server;
  for (let at: string | null = name; at !== null && !above.has(at); ) {
    above.add(at);
    const member = members.find((one) => one.name === at);
    if (member?.role === "primary")
      return members.filter(isWayTo(member.sameAs ?? at)).map((one) => one.name);
    at = member?.upstream && "name" in member.upstream ? member.upstream.name : null;
  }
  return [];
}

/**
 * Whether what the primary writes reaches a standby: its own WAL receiver streams, and so does that of each watched standby
 * above it. Null where one of them does not tell.
 */
function receives(
  standby: ReplicationNode,
  upstreams: ReadonlyMap<string, Upstream | null>,
  byName: ReadonlyMap<string, ReplicationNode>,
): boolean | null {
  const above = new Set<ReplicationNode>();
  for (let node: ReplicationNode | undefined = standby; node?.inRecovery && !above.has(node); ) {
    above.add(node);
    const upstream = upstreams.get(node.name);
    node = upstream && upstream.kind !== "unwatched" ? byName.get(upstream.name) : undefined;
  }
  const all = Array.from(above, ({ pulse, health }) =>
    isUp(health) && pulse?.receiver != null ? pulse.receiver === "streaming" : null,
  );
  if (all.includes(false)) return false;
  return all.includes(null) ? null : true;
}

function lagOf(
  standby: ReplicationNode,
  primary: ReplicationNode | undefined,
  clocks: Clocks,
  { serving, receiving }: { readonly serving: Serving | null; readonly receiving: boolean | null },
): Lag {
  const seen = primary && isUp(primary.health) ? primary : null;
  const { pulse } = standby;
  return lag({
    clock: clocks.get((seen ?? standby).name) ?? null,
    lastSeen: (!seen && primary && clocks.get(primary.name)) || null,
    primaryLsn: seen?.pulse?.current_lsn ?? null,
    replayLsn: pulse?.replay_lsn ?? null,
    receiveLsn: pulse?.receive_lsn ?? null,
    receiving,
    reported: seen && reportedBy(seen, standby, serving),
    hasAllCommits: hasAllCommits(pulse, seen?.pulse ?? null),
    secondsSinceCommit: primary ? secondsSinceCommit(standby, primary) : null,
    otherTimeline: primary !== undefined && isOnOther(standby, primary) === true,
    // How old the answer is, is another matter: a standby that is asked twice a minute is not behind in between.
    nowMs: standby.pulseAtMs ?? 0,
  });
}

/** What a primary says of a standby's lag; null where it may stream from another server, or several WAL senders may serve it. */
function reportedBy(
  primary: ReplicationNode,
  standby: ReplicationNode,
  serving: Serving | null,
): Report | null {
  if (serving?.node !== primary.name || serving.sender.replay_lag === null || !primary.senders) return null;
  const { replay_lag, replay_lsn, reply_age } = serving.sender;
  const sinceAsked = Math.max(0, (standby.pulseAtMs ?? 0) - primary.senders.atMs) / 1000;
  return {
    seconds: replay_lag,
    replayLsn: replay_lsn,
    ageSeconds: sinceAsked + (reply_age ?? usualReply),
  };
}

/** The default wal_receiver_status_interval, in seconds: so old a reply may be where its age is not told. */
const usualReply = 10;

/** Age of the last commit that the standby replayed: the primary's clock stamped it, and says how late it is. */
function secondsSinceCommit(standby: ReplicationNode, primary: ReplicationNode): number | null {
  const committed = standby.pulse?.replayed_at ?? null;
  const clock = primary.pulse?.server_time ?? null;
  if (committed === null || clock === null) return null;
  const between = ((standby.pulseAtMs ?? 0) - (primary.pulseAtMs ?? 0)) / 1000;
  return Math.max(0, clock + between - committed);
}
