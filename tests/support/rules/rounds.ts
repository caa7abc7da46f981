import pg from "pg";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { type RuleName, rules, standingDemand } from "../../../src/rules/all.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Rounds } from "../../../src/services/watch/rounds.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import type { Alert } from "../../../src/stats/alerts.ts";
import type { Threshold } from "../../../src/stats/thresholds.ts";
import type { ClusterEntry, NodeEntry } from "../../../src/store/nodes.ts";
import { nothingObserved } from "../../../src/store/store.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { nodeSettings } from "../servers/node-settings.ts";
import { until } from "../servers/servers.ts";
import { withLevels } from "./judged.ts";

/** A round is a beat, however short. */
const judged = rules.map((rule) => ({ ...rule, everyMs: 0 }));
const viewOptions = { idle: false, wholeText: false };

export type Levels = Partial<Record<RuleName, Partial<Threshold>>>;

/** A server as a node whose rules have these levels. */
export function judgedNode(
  server: ThrowawayServer,
  levels: Levels = {},
  change: Parameters<typeof nodeSettings>[1] = {},
): NodeSettings {
  return { ...nodeSettings(server, change), thresholds: withLevels(levels) };
}

export type Judged = {
  /** Asks each node for its pulse and for all that rules need, and judges. */
  round(): Promise<void>;
  node(name: string): NodeEntry;
  readonly clusters: readonly ClusterEntry[];
  /** The alerts of a node by a rule, as they stand. */
  alerts(name: string, rule: RuleName): readonly Alert[];
  /** The rows of a view of a node in the newest round. */
  rows(name: string, view: AskedView): readonly Row[];
  [Symbol.asyncDispose](): Promise<void>;
};

/** The rules on real servers, a sample of each view a round: a refresh and the beat of a slow view are one. */
export function rounds(nodes: readonly NodeSettings[]): Judged {
  const manager = new ConnectionManager();
  const known = new Rounds(manager, [], { judged });
  for (const node of nodes) manager.add(node);
  let observed = nothingObserved;
  const asked = [pulseView, ...standingDemand().map(({ view }) => view)];
  const ask = async (node: string) => {
    for (const view of asked) {
      const sample = await sampleView(manager, node, view, { viewOptions, speaksForHealth: true });
      known.take({ view, node, sample, pace: null });
    }
  };

  return {
    async round() {
      await Promise.all(nodes.map(({ name }) => ask(name)));
      observed = known.conclude(observed);
    },
    node(name) {
      const entry = observed.nodes[name];
      if (!entry) throw new Error(`no round has seen ${name}`);
      return entry;
    },
    get clusters() {
      return observed.clusters;
    },
    alerts(name, rule) {
      return (observed.nodes[name]?.alerts ?? []).filter((alert) => alert.rule === rule);
    },
    rows(name, view) {
      const sample = observed.samples[view.name]?.[name];
      return sample?.state === "ok" ? sample.rows : [];
    },
    async [Symbol.asyncDispose]() {
      await manager.stop(0);
    },
  };
}

/** A session through the socket, with its process id. What it runs ends with it. */
export async function session(server: ThrowawayServer, user = "postgres") {
  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user, database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  const { rows: own } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  return {
    client,
    pid: own[0]?.pid ?? 0,
    /** A statement that waits, or is ended with its session. */
    start(sql: string) {
      client.query(sql).catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      client.connection.stream.destroy();
      await until(async () => {
        const rows =
          await server.query(`select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
          where pid = ${own[0]?.pid ?? 0}`);
        return rows.length === 0;
      });
    },
  };
}
