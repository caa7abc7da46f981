import { defaultThresholds, type RuleName, rules, type Thresholds } from "../../../src/rules/all.ts";
import { type AlertMemory, activeAlerts, judge, noMemory, unknownsIn } from "../../../src/rules/judge.ts";
import type { JudgedFleet } from "../../../src/rules/rule.ts";
import type { Alert } from "../../../src/stats/alerts.ts";
import { isUp } from "../../../src/stats/health.ts";
import { type TopologyNode, topology } from "../../../src/stats/replication/topology.ts";
import type { Threshold } from "../../../src/stats/thresholds.ts";
import type { Unknown } from "../../../src/stats/unknown.ts";
import type { NodeEntry } from "../../../src/store/nodes.ts";
import { configuredIn } from "../../../src/views/server/configured-upstream.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { nowMs, okSample } from "../screens/fixtures.ts";

/** The nodes of one cluster, the first of which is judged, and what views say of it. */
export type Seen = {
  readonly nodes: readonly NodeEntry[];
  readonly views?: readonly (readonly [view: AskedView, rows: readonly object[]])[];
  /** The same of the other nodes, by name. */
  readonly viewsOf?: Readonly<Record<string, Seen["views"]>>;
  /** The life of the server. */
  readonly epoch?: string;
};

export type Outcome = { readonly alerts: readonly Alert[]; readonly unknowns: readonly Unknown[] };

/** Judges one look after another, a second apart unless told otherwise, each with new samples. */
export function judged(
  looks: readonly Seen[],
  levels: Partial<Record<RuleName, Partial<Threshold>>> = {},
  stepMs = 1000,
): Outcome {
  const thresholds = withLevels(levels);
  let memory: AlertMemory = noMemory;
  let last: NodeEntry | undefined;
  looks.forEach((seen, at) => {
    const atMs = nowMs + at * stepMs;
    const fleet = fleetOf(seen, atMs);
    const [node] = seen.nodes;
    if (!node) throw new Error("no node to judge");
    last = { ...node, pulseAtMs: atMs };
    memory = judge(last, fleet, rules, thresholds, memory);
  });
  return {
    alerts: last ? activeAlerts(last, rules, thresholds, memory) : [],
    unknowns: last ? unknownsIn(last, memory) : [],
  };
}

/** The alerts of {@link judged} by one rule, in words. */
export function wordsOf(rule: RuleName, { alerts }: Outcome): string[] {
  return alerts
    .filter((alert) => alert.rule === rule)
    .map(({ severity, text, subject }) => `${severity}: ${text} [${subject.kind} ${subject.id}]`);
}

/** The defaults with these levels instead. */
export function withLevels(levels: Partial<Record<RuleName, Partial<Threshold>>>): Thresholds {
  const changed = Object.entries(levels).map(([rule, level]) => [
    rule,
    { ...defaultThresholds[rule as RuleName], ...level },
  ]);
  return { ...defaultThresholds, ...Object.fromEntries(changed) };
}

/** All that rules look at, at one moment. */
export function fleetOf({ nodes, views = [], viewsOf = {}, epoch = "1" }: Seen, atMs: number): JudgedFleet {
  const rowsFor = (view: AskedView, name: string) => {
    const said = name === nodes[0]?.name ? views : viewsOf[name];
    const found = said?.find(([one]) => one === view);
    return found ? (found[1] as readonly Row[]) : null;
  };
  return {
    nowMs: atMs,
    clockMs: Date.UTC(2026, 2, 14, 14, 3, 27),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    clusters: topology(nodes.map(placeOf)),
    sample: (view, name) => {
      const rows = rowsFor(view, name);
      return rows ? { ...okSample(rows, atMs), epoch } : undefined;
    },
    rows: rowsFor,
    concluded: () => [],
  };
}

function placeOf({ name, facts, pulse, health }: NodeEntry): TopologyNode {
  return {
    name,
    cluster: "orders",
    host: `${name}.example.com`,
    port: 5432,
    systemIdentifier: facts?.systemIdentifier ?? null,
    startedAt: pulse?.started_at ?? null,
    inRecovery: facts?.inRecovery ?? null,
    timeline: facts?.timeline ?? null,
    senderHost: pulse?.sender_host ?? null,
    senderPort: pulse?.sender_port ?? null,
    configured: configuredIn(pulse),
    isUp: isUp(health),
  };
}
