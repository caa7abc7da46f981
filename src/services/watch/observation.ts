import type { ClusterSettings, NodeSettings } from "../../config/settings.ts";
import { receiverHost } from "../../postgres/receiver-conninfo.ts";
import { allRules } from "../../rules/all.ts";
import {
  type AlertMemory,
  activeAlerts,
  basesIn,
  judge,
  type Look,
  noMemory,
  unknownsIn,
} from "../../rules/judge.ts";
import { problemOf } from "../../rules/relatives.ts";
import type { JudgedFleet, Rule } from "../../rules/rule.ts";
import { type Health, isUp, startHealth } from "../../stats/health.ts";
import { append, charted } from "../../stats/history.ts";
import { isSameLag, type Lag } from "../../stats/replication/lag.ts";
import {
  advance,
  type Clocks,
  type ReplicationNode,
  replication,
  type Senders,
  type Serving,
} from "../../stats/replication/replication.ts";
import { type Cluster, canonicalHost } from "../../stats/replication/topology.ts";
import { concludedFrom, freshRows, pulseRow } from "../../store/fleet-samples.ts";
import {
  type ClusterEntry,
  type NodeEntry,
  noTrends,
  type PoolStatistics,
  type Trends,
} from "../../store/nodes.ts";
import { nothingObserved, type Observed } from "../../store/store.ts";
import { replication as replicationView, type WalSender } from "../../views/replication/replication.ts";
import type { Sample } from "../../views/sample.ts";
import { configuredIn } from "../../views/server/configured-upstream.ts";
import type { PulseRow } from "../../views/server/pulse.ts";

const trendLength = 180;

/** What is carried from one round to the next and is not shown. */
export type Carried = {
  readonly clocks: Clocks;
  readonly alerts: ReadonlyMap<string, AlertMemory>;
};

export const nothingCarried: Carried = { clocks: new Map(), alerts: new Map() };

/** Which rules judge, and how: all of them, again and again, unless told otherwise. */
export type Judging = { readonly judged?: readonly Rule[]; readonly look?: Look };

/** What one round knows before it is concluded. */
type Round = Judging &
  Partial<Pick<Observed, "samples" | "earlier">> & {
    readonly settings: readonly NodeSettings[];
    readonly clusters: readonly ClusterSettings[];
    readonly entries: ReadonlyMap<string, NodeEntry>;
    readonly carried: Carried;
    readonly nowMs: number;
    /** Nodes whose pulse or health is new, and those of which a sample is. */
    readonly fresh: ReadonlySet<string>;
    readonly sampled?: ReadonlySet<string>;
  };

/**
 * One round's conclusions over all nodes: clusters, lag, trends and alerts. A node that is neither fresh nor sampled
 * is not judged again.
 */
export function evaluateRound({
  settings,
  clusters,
  entries,
  carried,
  nowMs,
  fresh,
  sampled = new Set(),
  samples = {},
  earlier = {},
  judged = allRules(),
  look = "watching",
}: Round): { nodes: Record<string, NodeEntry>; clusters: ClusterEntry[]; carried: Carried } {
  const replicating = settings.flatMap((one) =>
    replicationNode(one, entries.get(one.name), sendersIn(samples[replicationView.name]?.[one.name])),
  );
  const clocks = advance(carried.clocks, replicating);
  const found = replication(replicating, clocks);
  const alerts = new Map<string, AlertMemory>();
  const nodes: Record<string, NodeEntry> = {};
  const lagging = new Map(Array.from(entries, ([name, entry]) => [name, withFound(entry, found)]));
  const fleet: JudgedFleet = {
    nowMs,
    clockMs: Date.now(),
    nodes: lagging,
    clusters: found.clusters,
    sample: (view, node) => samples[view.name]?.[node],
    rows: (view, node) => freshRows(view, samples[view.name]?.[node], earlier[view.name]?.[node]),
    concluded: (view, node) => concluded(view).get(node) ?? [],
  };
  const shownClusters = found.clusters.map((one) => clusterEntry(one, clusters, fleet, found.servings));
  const known = {
    nowMs,
    clockMs: fleet.clockMs,
    nodes: Object.fromEntries(lagging),
    clusters: shownClusters,
  };
  const concluded = concludedFrom({ ...known, samples, earlier, events: [] });
  for (const { name, thresholds } of settings) {
    const entry = lagging.get(name);
    if (!entry) continue;
    const remembered = carried.alerts.get(name) ?? noMemory;
    // Of several looks at a server the last one counts, and what it counts from.
    const before = look === "once" ? basesIn(remembered) : remembered;
    if (!fresh.has(name) && !sampled.has(name) && isUp(entry.health)) {
      nodes[name] = entry;
      alerts.set(name, before);
      continue;
    }
    const memory = judge(entry, fleet, judged, thresholds, before, look);
    alerts.set(name, memory);
    nodes[name] = {
      ...entry,
      trends: fresh.has(name) ? withTrends(entry, entry.lag) : entry.trends,
      alerts: activeAlerts(entry, judged, thresholds, memory),
      unknowns: unknownsIn(entry, memory),
    };
  }
  return {
    nodes,
    clusters: shownClusters,
    carried: { clocks, alerts },
  };
}

function withFound(
  entry: NodeEntry,
  { lags, walRates }: Pick<ReturnType<typeof replication>, "lags" | "walRates">,
): NodeEntry {
  const lag = lags.get(entry.name) ?? null;
  const walRate = walRates.get(entry.name) ?? null;
  if (!isSameLag(lag, entry.lag))
    return { ...entry, lag, walRate, pulse: pulseRow(entry.pulses, entry.facts, lag) };
  return walRate === entry.walRate ? entry : { ...entry, walRate };
}

/** What is known of nodes before anybody has asked them: the first frame. */
export function initialState(
  settings: readonly NodeSettings[],
  clusters: readonly ClusterSettings[],
  nowMs: number,
): Observed {
  const entries = settings.map((node) => {
    const pool = { total: 0, idle: 0, waiting: 0, max: node.pool.max };
    return [node.name, newEntry(node, startHealth(nowMs), pool)] as const;
  });
  const { carried: _, ...evaluated } = evaluateRound({
    settings,
    clusters,
    entries: new Map(entries),
    carried: nothingCarried,
    nowMs,
    fresh: new Set(),
    // Nothing was asked, so no rule has anything to find.
    judged: [],
  });
  return { ...nothingObserved, nowMs, clockMs: Date.now(), ...evaluated };
}

/** A fresh entry for a node that has not been asked anything yet. */
export function newEntry(settings: NodeSettings, health: Health, pool: PoolStatistics): NodeEntry {
  const { name, group, colour, production, actions, hotStandby, connection } = settings;
  const { host, port } = connection;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    name,
    address,
    bastion: settings.ssh?.host ?? null,
    group,
    colour,
    production,
    actions,
    hotStandby,
    health,
    facts: null,
    pool,
    ...{ ourCost: { minute: null, sessions: 0, dearest: null }, stress: null },
    pulses: [],
    pulse: null,
    pulseAtMs: null,
    ...{ lag: null, walRate: null, replayRate: null },
    trends: noTrends,
    alerts: [],
    quiet: [],
    unknowns: [],
    listed: null,
    ...{ promotedAtMs: null, actedAtMs: null },
  };
}

/** The host of a server as other servers see it: what is local behind a bastion is on the bastion. */
export function serverHost({ connection, ssh }: Pick<NodeSettings, "connection" | "ssh">): string {
  return ssh && canonicalHost(connection.host) === "localhost" ? ssh.host : connection.host;
}

/** What a node said of its WAL senders. */
function sendersIn(sample: Sample | undefined): Senders {
  // The rows are decoded by the columns of this view.
  return sample?.state === "ok" ? { atMs: sample.atMs, rows: sample.rows as WalSender[] } : null;
}

function replicationNode(
  settings: NodeSettings,
  entry: NodeEntry | undefined,
  senders: Senders,
): ReplicationNode[] {
  if (!entry) return [];
  const { facts, pulse } = entry;
  return [
    {
      name: entry.name,
      cluster: settings.cluster,
      host: serverHost(settings),
      port: settings.connection.port,
      own: facts && { host: facts.ownHost, port: facts.ownPort },
      systemIdentifier: facts?.systemIdentifier ?? null,
      // After a login, and while it is down, the newest pulse is of a server that may have been restarted since.
      startedAt: entry.health.latencyMs === null ? null : (pulse?.started_at ?? null),
      inRecovery: facts?.inRecovery ?? null,
      timeline: facts?.timeline ?? null,
      timelineAtLeast: facts?.timelineAtLeast === true,
      ...{ ...senderOf(pulse), configured: configuredIn(pulse) },
      isUp: isUp(entry.health),
      health: entry.health,
      pulse,
      pulseAtMs: entry.pulseAtMs,
      senders,
    },
  ];
}

/** The server that a standby receives WAL from; until 10 only the connection string of its receiver tells it. */
export function senderOf(pulse: PulseRow | null): Pick<ReplicationNode, "senderHost" | "senderPort"> {
  const { sender_host: host = null, sender_port: port = null, receiver_conninfo: conninfo } = pulse ?? {};
  const logged = host === null && conninfo != null ? receiverHost(conninfo) : null;
  return { senderHost: host ?? logged?.host ?? null, senderPort: port ?? logged?.port ?? null };
}

function withTrends({ trends, pulse, health, pulseAtMs }: NodeEntry, lag: Lag | null): Trends {
  const now = isUp(health) ? pulse : null;
  const lagSeconds = now ? (lag?.seconds ?? null) : null;
  return {
    transactions: append(trends.transactions, now?.transactions ?? null, trendLength),
    connections: append(trends.connections, now?.connections ?? null, trendLength),
    lagSeconds: append(trends.lagSeconds, lagSeconds, trendLength),
    lagChart: charted(trends.lagChart, lagSeconds, pulseAtMs ?? 0),
    latencyMs: append(trends.latencyMs, now ? health.latencyMs : null, trendLength),
  };
}

function clusterEntry(
  cluster: Cluster,
  settings: readonly ClusterSettings[],
  fleet: JudgedFleet,
  servings: ReadonlyMap<string, Serving>,
): ClusterEntry {
  const named = settings.find(({ name }) => name === cluster.name);
  return {
    name: cluster.name,
    heading: named !== undefined || cluster.members.length > 1,
    colour: named?.colour ?? null,
    production: named?.production ?? false,
    problem: problemOf(cluster, fleet),
    nodes: cluster.members.map(({ name, depth, upstream, sameAs }) => ({
      ...{ name, depth, upstream, served: servedIn(servings.get(name)) },
      ...(sameAs !== undefined && { sameAs }),
    })),
  };
}

function servedIn(serving: Serving | undefined): ClusterEntry["nodes"][number]["served"] {
  return serving?.sender.pid == null ? null : { node: serving.node, pid: serving.sender.pid };
}
