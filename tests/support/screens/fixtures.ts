import type { NodeError } from "../../../src/postgres/node-error.ts";
import { nodeError } from "../../../src/postgres/node-error.ts";
import type { Health, NodeState } from "../../../src/stats/health.ts";
import type { Quieted } from "../../../src/stats/quiet.ts";
import type { Lag } from "../../../src/stats/replication/lag.ts";
import { type Connections, noConnections } from "../../../src/store/connections.ts";
import { type ClusterEntry, type NodeEntry, noTrends } from "../../../src/store/nodes.ts";
import { type ScreenState, startScreen } from "../../../src/store/screen.ts";
import { nothingObserved, type Observed, type State } from "../../../src/store/store.ts";
import type { Backend } from "../../../src/views/backends/activity.ts";
import type { Samples } from "../../../src/views/sample.ts";
import type { PulseRow } from "../../../src/views/server/pulse.ts";
import { alert } from "./alert.ts";
import { clockMs, nowMs, okSample } from "./samples.ts";

export { alert, nowMs, okSample };

/** When every session of these screens began, as the server says it. */
const startedAt = "2026-03-14 13:03:27.123456+00";
const day = 86_400;

export function health(state: NodeState, more: Partial<Health> = {}): Health {
  const isUp = state === "connected" || state === "stale";
  return {
    state,
    sinceMs: nowMs - 600_000,
    error: null,
    failures: 0,
    losses: 0,
    nextAttemptAtMs: null,
    lastAnswerAtMs: isUp ? nowMs : null,
    latencyMs: isUp ? 1.4 : null,
    ...more,
  };
}

export function facts(more: Partial<NonNullable<NodeEntry["facts"]>> = {}): NonNullable<NodeEntry["facts"]> {
  return {
    version: "17.2 (Debian 17.2-1.pgdg120+1)",
    versionNum: 170002,
    inRecovery: false,
    systemIdentifier: "7301234567890123456",
    timeline: 3,
    startedAtMs: clockMs - 41 * day * 1000,
    database: "postgres",
    isTemplate: false,
    isShared: false,
    user: "monitor",
    sessionUser: "monitor",
    superuser: false,
    readsAllStats: true,
    readsAllSettings: true,
    signalsBackends: false,
    ...{ maxConnections: 403, reservedConnections: 3, ownHost: null, ownPort: 5432 },
    extensions: new Map([["pg_stat_statements", { version: "1.11", schema: "public" }]]),
    tls: { protocol: "TLSv1.3", verified: true, expiresAtMs: Date.UTC(2027, 4, 1) },
    throughPooler: false,
    ...more,
  };
}

export function pulse(more: Partial<PulseRow> = {}): PulseRow {
  return {
    in_recovery: false,
    timeline: 3,
    connections: 132,
    usable_connections: 400,
    max_connections: 403,
    hidden_processes: 0,
    untracked_sessions: 0,
    active: 9,
    blocked: 0,
    idle_in_transaction: 2,
    transactions: 1204,
    blks_hit: 99_800,
    blks_read: 200,
    hit_ratio: 99.8,
    temp_bytes: 0,
    deadlocks: 0,
    tracks_counts: true,
    current_lsn: 0x3_0000_00c8n,
    receive_lsn: null,
    replay_lsn: null,
    ...{ lag_bytes: null, lag_seconds: null, lag_at_least: null },
    oldest_transaction: 42,
    oldest_open: 42,
    oldest_prepared: null,
    oldest_prepared_gid: null,
    oldest_prepared_start: null,
    oldest_pid: 4711,
    oldest_start: startedAt,
    oldest_idle_in_transaction: 12,
    oldest_idle_pid: 4712,
    oldest_idle_start: startedAt,
    longest_query: 1,
    longest_query_pid: 4713,
    longest_query_start: startedAt,
    ...{ sync_wait: null, sync_wait_pid: null, sync_wait_start: null },
    longest_wait: null,
    blocking_pid: null,
    blocking_gid: null,
    blocking_start: null,
    seconds_since_replay: null,
    ...{ completed_xid: null, replayed_at: null },
    receiver: null,
    receiver_slot: null,
    receiver_conninfo: null,
    follows: null,
    ...{ replay_paused: null, replay_wait: null, apply_delay: null },
    ...{ configured_host: null, configured_hostaddr: null, configured_port: null, configured_slot: null },
    sync_standbys: null,
    sender_host: null,
    sender_port: null,
    started_at: null,
    server_time: clockMs / 1000,
    ...more,
  };
}

export function lag(seconds: number | null, bytes: bigint | null, more: Partial<Lag> = {}): Lag {
  return { bytes, seconds, atLeast: false, atMost: null, source: "lsn-clock", ...more };
}

const dearest = { view: "tables", tookMs: 12, everyMs: 15_000 };
/** A primary that answers and is well; `more` makes it something else. */
export function node(name: string, more: Partial<NodeEntry> = {}): NodeEntry {
  return {
    name,
    address: `${name}.example.com:5432`,
    bastion: null,
    group: null,
    colour: null,
    production: false,
    actions: "signal",
    hotStandby: true,
    health: health("connected"),
    facts: facts(),
    pool: { total: 1, idle: 1, waiting: 0, max: 2 },
    ...{ ourCost: { minute: { share: 0.0021, statements: 183 }, sessions: 1, dearest }, stress: null },
    pulses: [],
    pulse: pulse(),
    pulseAtMs: nowMs - 12,
    lag: null,
    walRate: null,
    replayRate: null,
    trends: {
      ...noTrends,
      transactions: [200, 400, 500, 900, 1000, 800, 600, 1204],
      connections: [120, 128, 130, 132, 131, 130, 133, 132],
      latencyMs: [1.2, 1.3, 1.1, 9.5, 1.4, 1.2, 1.3, 1.4],
    },
    alerts: [],
    quiet: [],
    unknowns: [],
    listed: null,
    promotedAtMs: null,
    actedAtMs: null,
    ...more,
  };
}

/** A standby that answers and is well. */
export function standby(name: string, more: Partial<NodeEntry> = {}): NodeEntry {
  return node(name, {
    facts: facts({ inRecovery: true }),
    pulse: pulse({
      in_recovery: true,
      connections: 31,
      active: 2,
      transactions: 310,
      hit_ratio: 99.9,
      current_lsn: null,
      receive_lsn: 0x3_0000_00c8n,
      replay_lsn: 0x3_0000_00c8n,
      oldest_transaction: 3,
      receiver: "streaming",
      follows: true,
      replay_paused: false,
      apply_delay: 0,
      sender_host: "orders-1.example.com",
      sender_port: 5432,
    }),
    lag: lag(0, 0n),
    trends: { ...noTrends, transactions: [300, 310, 320, 310, 305, 300, 310, 310], lagSeconds: [0, 0, 0, 0] },
    ...more,
  });
}

/** A node that was never reached. */
export function unreached(name: string, state: NodeState, error: NodeError | null = null): NodeEntry {
  const attempts = error === null ? {} : { error, failures: 3, nextAttemptAtMs: nowMs + 4000 };
  return node(name, {
    health: health(state, attempts),
    facts: null,
    pulse: null,
    pulseAtMs: null,
    trends: noTrends,
    alerts:
      error === null
        ? []
        : [alert("node_down", "critical", "unreachable for 10m", { sinceMs: nowMs - 600_000 })],
  });
}

export const refused = nodeError("refused", "connection refused", "Nothing listens there.");

type Member = ClusterEntry["nodes"][number];

export function cluster(
  name: string,
  nodes: readonly (Pick<Member, "name" | "depth"> & Partial<Member>)[],
  more: Partial<ClusterEntry> = {},
): ClusterEntry {
  const members = nodes.map((node) => ({ upstream: null, served: null, ...node }));
  return { name, heading: true, colour: null, production: false, problem: null, nodes: members, ...more };
}

/** A node that stands alone, as the fleet screen lists it. */
function lone(name: string): ClusterEntry {
  return cluster(name, [{ name, depth: 0 }], { heading: false });
}

export function backend(pid: number, more: Partial<Backend> = {}): Backend {
  return {
    pid,
    gid: null,
    datname: "shop",
    usename: "app",
    application_name: "web-7",
    client_addr: "10.1.4.22",
    backend_type: "client backend",
    state: "active",
    wait: null,
    xact_seconds: 3,
    query_seconds: 3,
    state_seconds: 3,
    backend_seconds: 3600,
    backend_start: clockMs / 1000 - 3600,
    backend_start_text: startedAt,
    blocked_by: null,
    blockers: null,
    xid: null,
    xid_age: null,
    xmin_age: null,
    tls: "TLSv1.3",
    leader_pid: null,
    leader_start: null,
    query_id: "-8112233445566778899",
    own: false,
    query: "select * from orders where customer = $1",
    ...more,
  };
}

export function observed(
  nodes: readonly NodeEntry[],
  clusters: readonly ClusterEntry[] = nodes.map(({ name }) => lone(name)),
  samples: Samples = {},
): Observed {
  return {
    ...nothingObserved,
    nowMs,
    clockMs,
    nodes: Object.fromEntries(nodes.map((one) => [one.name, one])),
    clusters,
    samples,
  };
}

/** One answer of the activity view from each node. */
export function activityOf(backends: Readonly<Record<string, readonly Backend[]>>, atMs = nowMs): Samples {
  const answers = Object.entries(backends).map(([name, rows]) => [name, okSample(rows, atMs)]);
  return { activity: Object.fromEntries(answers) };
}

/** What a terminal of this size shows of it, on the fleet screen unless `screen` says otherwise. */
export function stateOf(
  seen: Observed,
  {
    columns = 120,
    rows = 40,
    title = "prod",
    connections = noConnections,
    quieted = new Map(),
    ...screen
  }: Partial<ScreenState> & { title?: string; connections?: Connections; quieted?: Quieted } = {},
): State {
  return {
    observed: seen,
    frozen: null,
    quieted,
    connections,
    ...{ earlierAnswers: {}, looks: {} },
    screen: { ...startScreen(columns, rows, 1000), ...screen },
    title,
    configProblem: null,
    discoveryProblem: null,
    readOnlyBy: null,
  };
}
