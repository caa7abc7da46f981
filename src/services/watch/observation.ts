import type { ClusterSettings, NodeSettings } from "../../config/settings.ts";
import type { TlsState } from "../../postgres/server.ts";
import { type AlertMemory, activeAlerts, judge, type Measured } from "../../stats/alerts.ts";
import { type Health, isUp, startHealth } from "../../stats/health.ts";
import { append } from "../../stats/history.ts";
import type { Lag } from "../../stats/lag.ts";
import { advance, type Clocks, type ReplicationNode, replication } from "../../stats/replication.ts";
import type { Thresholds } from "../../stats/thresholds.ts";
import { type Cluster, canonicalHost } from "../../stats/topology.ts";
import { type Unknown, unknownsOf, unseenSessions } from "../../stats/unknown.ts";
import {
  type ClusterEntry,
  type NodeEntry,
  noTrends,
  type PoolStatistics,
  type Trends,
} from "../../store/nodes.ts";
import type { Observed } from "../../store/store.ts";

const trendLength = 180;

/** What is carried from one round to the next and is not shown. */
export type Carried = {
  readonly clocks: Clocks;
  readonly alerts: ReadonlyMap<string, AlertMemory>;
};

export const nothingCarried: Carried = { clocks: new Map(), alerts: new Map() };

/**
 * One round's conclusions over all nodes: clusters, lag, trends and alerts. `fresh` names the nodes whose pulse
 * or health is new in this round; the others keep their entries.
 */
export function evaluateRound(
  settings: readonly NodeSettings[],
  clusters: readonly ClusterSettings[],
  entries: ReadonlyMap<string, NodeEntry>,
  fresh: ReadonlySet<string>,
  carried: Carried,
  nowMs: number,
): { nodes: Record<string, NodeEntry>; clusters: ClusterEntry[]; carried: Carried } {
  const replicating = settings.flatMap((one) => replicationNode(one, entries.get(one.name)));
  const clocks = advance(carried.clocks, replicating);
  const found = replication(replicating, clocks);
  const alerts = new Map<string, AlertMemory>();
  const nodes: Record<string, NodeEntry> = {};
  for (const { name, thresholds } of settings) {
    const entry = entries.get(name);
    if (!entry) continue;
    const lag = found.lags.get(name) ?? null;
    const before = carried.alerts.get(name) ?? {};
    const isDown = !isUp(entry.health);
    if (!fresh.has(name) && !isDown) {
      nodes[name] = lag === entry.lag ? entry : { ...entry, lag };
      alerts.set(name, before);
      continue;
    }
    const memory = judge(thresholds, measured(entry, lag, nowMs), before, nowMs);
    alerts.set(name, memory);
    nodes[name] = {
      ...entry,
      lag,
      trends: fresh.has(name) ? withTrends(entry, lag) : entry.trends,
      alerts: activeAlerts(memory, thresholds, isPrepared(entry)),
      unknowns: unknownOf(entry, lag, thresholds),
    };
  }
  return {
    nodes,
    clusters: found.clusters.map((cluster) => clusterEntry(cluster, clusters)),
    carried: { clocks, alerts },
  };
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
  const { carried: _, ...evaluated } = evaluateRound(
    settings,
    clusters,
    new Map(entries),
    new Set(),
    nothingCarried,
    nowMs,
  );
  return { nowMs, clockMs: Date.now(), ...evaluated, samples: {}, events: [] };
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
    pulse: null,
    pulseAtMs: null,
    lag: null,
    trends: noTrends,
    alerts: [],
    unknowns: [],
    promotedAtMs: null,
  };
}

/** The host of a server as other servers see it: what is local behind a bastion is on the bastion. */
export function serverHost({ connection, ssh }: Pick<NodeSettings, "connection" | "ssh">): string {
  return ssh && canonicalHost(connection.host) === "localhost" ? ssh.host : connection.host;
}

function replicationNode(settings: NodeSettings, entry: NodeEntry | undefined): ReplicationNode[] {
  if (!entry) return [];
  const { facts, pulse } = entry;
  return [
    {
      name: entry.name,
      cluster: settings.cluster,
      host: serverHost(settings),
      port: settings.connection.port,
      systemIdentifier: facts?.systemIdentifier ?? null,
      inRecovery: facts?.inRecovery ?? null,
      timeline: facts?.timeline ?? null,
      senderHost: pulse?.sender_host ?? null,
      senderPort: pulse?.sender_port ?? null,
      isUp: isUp(entry.health),
      health: entry.health,
      pulse,
      pulseAtMs: entry.pulseAtMs,
    },
  ];
}

/** Both ages are of one statement, which takes the clock for each. */
function isPrepared({ pulse }: NodeEntry): boolean {
  const [prepared, oldest] = [pulse?.oldest_prepared ?? null, pulse?.oldest_transaction ?? null];
  return prepared !== null && oldest !== null && Math.abs(oldest - prepared) < 0.01;
}

function measured(entry: NodeEntry, lag: Lag | null, nowMs: number): Measured {
  const { health, pulse, facts } = entry;
  if (health.state === "reconnecting" || health.state === "error")
    return { node_down: Math.floor((nowMs - health.sinceMs) / 1000) };
  if (!pulse || !isUp(health)) return {};
  const { connections, usable_connections: usable } = pulse;
  // None is seen; where sessions are not, there may be some all the same.
  const none = unseenSessions(pulse) ? null : 0;
  return {
    replication_lag: lag?.seconds ?? null,
    replication_lag_bytes: lag?.bytes != null ? Number(lag.bytes) : null,
    connections_used: connections !== null && usable ? (100 * connections) / usable : null,
    oldest_transaction: pulse.oldest_transaction ?? none,
    idle_in_transaction: pulse.oldest_idle_in_transaction ?? none,
    certificate_expiry: facts && secondsLeft(facts.tls),
    blocked_sessions: pulse.blocked,
  };
}

function unknownOf({ pulse, facts, health }: NodeEntry, lag: Lag | null, thresholds: Thresholds): Unknown[] {
  return pulse && facts && isUp(health) ? unknownsOf(pulse, facts, lag, thresholds) : [];
}

/** Until the certificate ends that the server showed at the newest login; for ever without TLS. */
function secondsLeft(tls: TlsState | null): number | null {
  if (!tls) return Number.POSITIVE_INFINITY;
  return tls.expiresAtMs === null ? null : (tls.expiresAtMs - Date.now()) / 1000;
}

function withTrends({ trends, pulse, health }: NodeEntry, lag: Lag | null): Trends {
  const now = isUp(health) ? pulse : null;
  return {
    transactions: append(trends.transactions, now?.transactions ?? null, trendLength),
    connections: append(trends.connections, now?.connections ?? null, trendLength),
    lagSeconds: append(trends.lagSeconds, now ? (lag?.seconds ?? null) : null, trendLength),
    latencyMs: append(trends.latencyMs, now ? health.latencyMs : null, trendLength),
  };
}

function clusterEntry(cluster: Cluster, settings: readonly ClusterSettings[]): ClusterEntry {
  const named = settings.find(({ name }) => name === cluster.name);
  const [first, second] = cluster.splitBrain;
  return {
    name: cluster.name,
    heading: named !== undefined || cluster.members.length > 1,
    colour: named?.colour ?? null,
    production: named?.production ?? false,
    problem: first && second ? `two primaries: ${cluster.splitBrain.join(", ")}` : null,
    nodes: cluster.members.map(({ name, depth }) => ({ name, depth })),
  };
}
