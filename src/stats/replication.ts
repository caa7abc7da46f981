import type { Health } from "./health.ts";
import { isUp } from "./health.ts";
import { emptyClock, type Lag, type LsnClock, lag, type Report, record } from "./lag.ts";
import { type Cluster, canonicalHost, type Member, type TopologyNode, topology } from "./topology.ts";

/** What one node's newest sample says of replication. */
export type ReplicationNode = TopologyNode & {
  readonly health: Health;
  readonly pulse: {
    readonly current_lsn: bigint | null;
    readonly receive_lsn: bigint | null;
    readonly replay_lsn: bigint | null;
    readonly receiver: string | null;
    readonly receiver_slot: string | null;
    readonly replayed_at: number | null;
    readonly server_time: number | null;
  } | null;
  readonly pulseAtMs: number | null;
  /** Its newest pg_stat_replication, and when that came. */
  readonly senders?: Senders;
};

/** null where it was not asked. */
export type Senders = { readonly atMs: number; readonly rows: readonly Sender[] } | null;

/** A WAL sender, as far as it tells which standby it serves, and how late that is. */
export type Sender = {
  readonly application_name: string | null;
  readonly client_addr: string | null;
  readonly slot_name: string | null;
  readonly slot_type: string | null;
  readonly state: string | null;
  readonly replay_lag: number | null;
  /** Null for a receiver that never replays, such as pg_receivewal. */
  readonly replay_lsn: bigint | null;
  readonly reply_age: number | null;
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
        lags.set(node.name, lagOf(node, cluster, members, clocks));
    }
  }
  return { clusters, lags };
}

function lagOf(
  standby: ReplicationNode,
  cluster: Cluster,
  members: readonly ReplicationNode[],
  clocks: Clocks,
): Lag {
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
    reported: seen && reportedBy(seen, standby, cluster),
    secondsSinceCommit: seen && secondsSinceCommit(standby, seen),
    otherTimeline: primary !== undefined && differ(primary.timeline, standby.timeline),
    // How old the answer is, is another matter: a standby that is asked twice a minute is not behind in between.
    nowMs: standby.pulseAtMs ?? 0,
  });
}

/** What a primary says of a standby's lag; null where it may stream from another server, or several WAL senders may serve it. */
function reportedBy(primary: ReplicationNode, standby: ReplicationNode, { members }: Cluster): Report | null {
  const member = members.find(({ name }) => name === standby.name);
  const upstream = member?.upstream ?? null;
  const isElsewhere = upstream && (upstream.kind === "unwatched" || upstream.name !== primary.name);
  if (isElsewhere || standby.pulse?.receiver !== "streaming") return null;
  const sender = primary.senders && senderOf(standby, upstream, primary.senders.rows);
  if (!sender || sender.replay_lag === null) return null;
  const sinceAsked = Math.max(0, (standby.pulseAtMs ?? 0) - primary.senders.atMs) / 1000;
  return {
    seconds: sender.replay_lag,
    replayLsn: sender.replay_lsn,
    ageSeconds: sinceAsked + (sender.reply_age ?? usualReply),
  };
}

/** The default wal_receiver_status_interval, in seconds: so old a reply may be where its age is not told. */
const usualReply = 10;

/** By its slot, which has one receiver; else by its name, its address, or because there is no other. */
function senderOf(
  { name, host, pulse }: ReplicationNode,
  upstream: Member["upstream"],
  all: readonly Sender[],
): Sender | null {
  const senders = all.filter(
    ({ slot_type, state, replay_lsn }) =>
      slot_type !== "logical" && state !== "backup" && replay_lsn !== null,
  );
  const slot = pulse?.receiver_slot ?? null;
  const rest = senders.filter(({ slot_name }) => slot_name === slot);
  const choices = [
    ...(slot === null ? [] : [rest]),
    rest.filter(({ application_name }) => application_name === name),
    rest.filter(({ client_addr }) => canonicalHost(client_addr ?? "") === canonicalHost(host)),
    // Where the address that it receives from is not known to be this primary's, a relay may stand between them.
    ...(upstream?.kind === "node" ? [rest] : []),
  ];
  return choices.find(({ length }) => length === 1)?.[0] ?? null;
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
