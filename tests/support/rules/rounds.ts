import pg from "pg";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { type RuleName, rules, standingDemand } from "../../../src/rules/all.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { evaluateRound, newEntry, nothingCarried } from "../../../src/services/watch/observation.ts";
import { type CounterMemory, pulseOf, sampleView } from "../../../src/services/watch/sampling.ts";
import type { Alert } from "../../../src/stats/alerts.ts";
import type { Threshold } from "../../../src/stats/thresholds.ts";
import type { ClusterEntry, NodeEntry } from "../../../src/store/nodes.ts";
import type { Sample } from "../../../src/views/sample.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
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

export type Rounds = {
  /** Asks each node for its pulse and for all that rules need, and judges. */
  round(): Promise<void>;
  node(name: string): NodeEntry;
  readonly clusters: readonly ClusterEntry[];
  /** The alerts of a node by a rule, as they stand. */
  alerts(name: string, rule: RuleName): readonly Alert[];
  [Symbol.asyncDispose](): Promise<void>;
};

/** The rules on real servers, a sample of each view a round: a refresh and the beat of a slow view are one. */
export function rounds(nodes: readonly NodeSettings[]): Rounds {
  const manager = new ConnectionManager();
  const counters = new Map<string, CounterMemory>(nodes.map(({ name }) => [name, new Map()]));
  for (const node of nodes) manager.add(node);
  let carried = nothingCarried;
  let entries = new Map<string, NodeEntry>();
  let clusters: readonly ClusterEntry[] = [];
  const asked = [pulseView, ...standingDemand().map(({ view }) => view)];

  const ask = async (node: NodeSettings, samples: Record<string, Record<string, Sample>>) => {
    const memory = { viewOptions, counters: counters.get(node.name) ?? new Map(), before: undefined };
    for (const view of asked) {
      const sample = await sampleView(manager, node.name, view, memory);
      samples[view.name] = { ...samples[view.name], [node.name]: sample };
    }
    const health = manager.health(node.name);
    const pool = manager.poolStatistics(node.name);
    const sample = samples[pulseView.name]?.[node.name];
    if (!health || !pool || !sample) return;
    const pulse = pulseOf(sample);
    if (pulse?.in_recovery != null) manager.observeRole(node.name, pulse.in_recovery, pulse.timeline);
    const before = entries.get(node.name) ?? newEntry(node, health, pool);
    const facts = manager.facts(node.name);
    const flipped = before.facts && facts && before.facts.inRecovery !== facts.inRecovery;
    entries.set(node.name, {
      ...before,
      health,
      facts,
      ...(flipped ? { promotedAtMs: performance.now() } : {}),
      ...(pulse && sample.state === "ok" ? { pulse, pulseAtMs: sample.atMs } : {}),
    });
  };

  return {
    async round() {
      const samples: Record<string, Record<string, Sample>> = {};
      await Promise.all(nodes.map((node) => ask(node, samples)));
      const names = new Set(entries.keys());
      const options = { samples, sampled: names, judged };
      const outcome = evaluateRound(nodes, [], entries, names, carried, performance.now(), options);
      carried = outcome.carried;
      clusters = outcome.clusters;
      entries = new Map(Object.entries(outcome.nodes));
    },
    node(name) {
      const entry = entries.get(name);
      if (!entry) throw new Error(`no round has seen ${name}`);
      return entry;
    },
    get clusters() {
      return clusters;
    },
    alerts(name, rule) {
      return (entries.get(name)?.alerts ?? []).filter((alert) => alert.rule === rule);
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
