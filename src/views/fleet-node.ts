import type { ServerFacts } from "../postgres/server.ts";
import type { Alert } from "../stats/alerts.ts";
import type { Listed } from "../stats/discovery.ts";
import type { Health } from "../stats/health.ts";
import type { QuietAlert } from "../stats/quiet.ts";
import type { Lag } from "../stats/replication/lag.ts";
import type { Upstream } from "../stats/replication/topology.ts";
import type { Unknown } from "../stats/unknown.ts";
import type { Row } from "./row.ts";

/** Nodes that replicate from one another or that the user put together, in the order they are shown. */
export type FleetCluster = {
  readonly name: string;
  /** False for a lone node, which needs no heading. */
  readonly heading: boolean;
  readonly production: boolean;
  /** What is wrong with the cluster as a whole (two primaries, say), or null. */
  readonly problem: string | null;
  /** `depth` is the way from its primary: a standby stands right below the server that it receives WAL from. */
  readonly nodes: readonly ClusterNode[];
  /** The same with those that are not in scope. */
  readonly all: readonly ClusterNode[];
};

type ClusterNode = {
  readonly name: string;
  readonly depth: number;
  /** Where a standby gets its WAL from; null where it does not say, and of a primary. */
  readonly upstream: Upstream | null;
  /** The WAL sender of a node that serves it, where that is told. */
  readonly served: { readonly node: string; readonly pid: number } | null;
  /** A node before it that is another way to the same server. */
  readonly sameAs?: string;
};

/** What a conclusion may know of one node. */
export type FleetNode = {
  readonly name: string;
  /** Where it listens, for people. */
  readonly address: string;
  readonly group: string | null;
  readonly production: boolean;
  readonly health: Health;
  readonly facts: ServerFacts | null;
  /** The newest good row of the fleet view, and when it came (monotonic milliseconds). */
  readonly pulse: Row | null;
  readonly pulseAtMs: number | null;
  readonly lag: Lag | null;
  /** Bytes of WAL a second that the primary of its system writes; null where that is not known. */
  readonly walRate: number | null;
  /** Bytes of WAL a second that a standby replays; null where that is not known. */
  readonly replayRate: number | null;
  readonly alerts: readonly Alert[];
  /** Those that the user snoozed or acknowledged. */
  readonly quiet: readonly QuietAlert[];
  readonly unknowns: readonly Unknown[];
  /** What the source of its cluster says of it; null where there is none, or it does not list it. */
  readonly listed: Listed | null;
};
