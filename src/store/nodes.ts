import type { ServerFacts } from "../postgres/server.ts";
import type { ActionLevel } from "../stats/action-level.ts";
import type { Alert } from "../stats/alerts.ts";
import type { Listed } from "../stats/discovery.ts";
import type { Health } from "../stats/health.ts";
import { type Chart, noChart, type Series } from "../stats/history.ts";
import type { OwnCost } from "../stats/own-cost.ts";
import type { QuietAlert } from "../stats/quiet.ts";
import type { Lag } from "../stats/replication/lag.ts";
import type { Stress } from "../stats/stress.ts";
import type { Unknown } from "../stats/unknown.ts";
import type { FleetCluster } from "../views/fleet-node.ts";
import type { OkSample } from "../views/sample.ts";
import type { PulseRow } from "../views/server/pulse.ts";

/** Sessions of one node's pool: all, at rest, asked for and not yet had, and the most there may be. */
export type PoolStatistics = {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
};

/** The samples that sparklines draw, one value a poll, null where there was none. */
export type Trends = {
  readonly transactions: Series;
  readonly connections: Series;
  readonly lagSeconds: Series;
  /** The same over a quarter of an hour. */
  readonly lagChart: Chart;
  readonly latencyMs: Series;
};

/** Everything a screen may show of one node. Moments are milliseconds of the monotonic clock. */
export type NodeEntry = {
  readonly name: string;
  /** Where it listens, for people: "db1:5432" or a socket directory. */
  readonly address: string;
  /** The ssh host that it is reached through; null when it is reached directly. */
  readonly bastion: string | null;
  readonly group: string | null;
  readonly colour: string | null;
  readonly production: boolean;
  /** What the config allows a user to do there. */
  readonly actions: ActionLevel;
  /** False where the config says that it accepts no connections. */
  readonly hotStandby: boolean;
  readonly health: Health;
  readonly facts: ServerFacts | null;
  readonly pool: PoolStatistics;
  /** What our questions cost the server. */
  readonly ourCost: OwnCost;
  /** Null while it is well, or nobody looks again and again. */
  readonly stress: Stress | null;
  /** The last answers of the pulse, oldest first, as the server gave them. */
  readonly pulses: readonly OkSample[];
  /** The finished row of the newest of them and when it came; old rows stay, with their age. */
  readonly pulse: PulseRow | null;
  readonly pulseAtMs: number | null;
  readonly lag: Lag | null;
  /** Bytes of WAL a second that the primary of its system writes; null where that is not known. */
  readonly walRate: number | null;
  /** Bytes of WAL a second that a standby replays; null where that is not known. */
  readonly replayRate: number | null;
  readonly trends: Trends;
  readonly alerts: readonly Alert[];
  /** Alerts that the user snoozed or acknowledged; on screen they are no longer among `alerts`. */
  readonly quiet: readonly QuietAlert[];
  /** Of its newest pulse; empty while it does not answer. */
  readonly unknowns: readonly Unknown[];
  /** What the source of its cluster says of it; null where its cluster has none, or the source does not list it. */
  readonly listed: Listed | null;
  /** The role flipped at this moment, for a while worth a mark. */
  readonly promotedAtMs: number | null;
  /** When an operation of ours last changed it (monotonic milliseconds); null if none did. */
  readonly actedAtMs: number | null;
};

export const noTrends: Trends = {
  transactions: [],
  connections: [],
  lagSeconds: [],
  lagChart: noChart,
  latencyMs: [],
};

/** Nodes that replicate from one another or that the user put together, in the order they are shown. */
export type ClusterEntry = {
  readonly name: string;
  /** False for a lone node, which needs no heading. */
  readonly heading: boolean;
  readonly colour: string | null;
  readonly production: boolean;
  /** What is wrong with the cluster as a whole (two primaries, say), or null. */
  readonly problem: string | null;
  readonly nodes: FleetCluster["nodes"];
};
