import { reasonOf } from "../../postgres/node-error.ts";
import { printTls } from "../../postgres/server.ts";
import { printVersion } from "../../postgres/version.ts";
import { measuredFirst, said } from "../../stats/alerts.ts";
import { hasFigures, isUp } from "../../stats/health.ts";
import { countedOnce } from "../../stats/replication/topology.ts";
import { hidden, integer, seconds, text } from "../columns.ts";
import type { FleetCluster, FleetNode } from "../fleet-node.ts";
import { badness, nodeWord, roleWord } from "../node-word.ts";
import { defineConclusion, type RowOf } from "../view.ts";
import { type PulseRow, pulseView } from "./pulse.ts";

/** In the order in which a reader wants them; what the pulse tells beside them comes last. */
const shownFirst = {
  name: text("NODE", {
    required: true,
    about: "the node, or the cluster above its nodes; P or prod beside it marks production",
  }),
  role: text("ROLE", {
    about:
      "primary or standby, was primary of a node that does not answer; of a cluster the number of its nodes",
  }),
  version: text("VER", { about: "version of the server" }),
  uptime: seconds("UP", { about: "time since the server started" }),
  tls: text("TLS", { about: "how our session is encrypted" }),
  connections: pulseView.columns.connections,
  active: pulseView.columns.active,
  blocked: pulseView.columns.blocked,
  transactions: pulseView.columns.transactions,
  hit_ratio: pulseView.columns.hit_ratio,
  // As the screen heads them, so that a filter means the time by lag.
  lag_seconds: { ...pulseView.columns.lag_seconds, header: "LAG" },
  lag_bytes: { ...pulseView.columns.lag_bytes, header: "LAG BYTES" },
  oldest_transaction: pulseView.columns.oldest_transaction,
  issue: text("ISSUE", { about: "the alerts, worst first, or why it does not answer" }),
  kind: text("KIND", { hidden: true, required: true, about: "node or cluster" }),
  production: text("PRODUCTION", {
    hidden: true,
    found: true,
    about: "production where the config marks the node, or the cluster, as such",
  }),
  state: text("STATE", {
    hidden: true,
    found: true,
    about: "the word on screen (up, unjudged, warning, stale, restarting, down, …) and the state behind it",
  }),
  level: text("LEVEL", { hidden: true, found: true, about: "severity of its worst alert" }),
  cluster: text("CLUSTER", { hidden: true, found: true, about: "the cluster that it is shown in" }),
  group: text("GROUP", { hidden: true, found: true, about: "its group in the config" }),
  address: text("ADDRESS", { hidden: true, found: true, about: "where it listens" }),
  badness: integer("BADNESS", {
    hidden: true,
    severity: (badness) => (badness >= 3 ? "critical" : badness >= 2 ? "warning" : "ok"),
    about:
      "0 well, parked or connecting for the first time, 1 not judged by every rule, 2 warning, 3 critical; of a cluster the worst of its nodes",
  }),
  position: integer("POSITION", { hidden: true, about: "place in fleet order" }),
  upstream: text("UPSTREAM", { hidden: true, about: "the node that it receives WAL from" }),
};

const columns = { ...shownFirst, ...hidden(pulseView.columns), ...shownFirst };

/** Every node below its cluster and below the server that it receives WAL from: the first screen. */
export const fleet = defineConclusion({
  name: "fleet",
  title: "Fleet",
  section: "fleet",
  source: "the pulse of every node, and what pgparade knows of it",
  needs: [pulseView],
  rowKey: ["kind", "name"],
  rowName: "name",
  sortBy: "position",
  duration: "lag_seconds",
  filterKeeps: "headings",
  nodeRows: true,
  tellsOfLost: true,
  withheld: (row) => (row["kind"] === "node" ? (pulseView.withheld?.(row) ?? null) : null),
  columns,
  parent: ({ kind, upstream, cluster }) => {
    if (typeof upstream === "string") return { node: upstream, key: `node\u0000${upstream}` };
    return kind === "node" && typeof cluster === "string"
      ? { node: null, key: `cluster\u0000${cluster}` }
      : null;
  },
  opens: ({ node }) => (typeof node === "string" ? { node, row: null } : null),
  rows: ({ nodes, clusters, nowMs }) => {
    const byName = new Map(nodes.map((node) => [node.name, node]));
    let position = 0;
    return clusters.flatMap((cluster) => {
      const path: string[] = [];
      const rows = cluster.nodes.flatMap(({ name, depth }) => {
        const node = byName.get(name);
        path[depth] = name;
        return node ? [nodeRow(node, cluster, depth > 0 ? (path[depth - 1] ?? null) : null, nowMs)] : [];
      });
      const heading = cluster.heading ? [clusterRow(cluster, rows, nodes)] : [];
      return [...heading, ...rows].map((row) => {
        position += 1;
        return { ...row, position };
      });
    });
  },
});

type FleetRow = RowOf<{ readonly columns: typeof columns }>;

const unknown: Omit<FleetRow, "position"> = {
  ...nothing(pulseView.columns),
  ...{ name: null, role: null, version: null, uptime: null, tls: null, issue: null, kind: null },
  ...{
    badness: null,
    production: null,
    state: null,
    level: null,
    cluster: null,
    group: null,
    address: null,
    upstream: null,
  },
};

/** Null for each of these columns. */
function nothing<C extends object>(columns: C): { readonly [K in keyof C]: null } {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, null])) as {
    readonly [K in keyof C]: null;
  };
}

function nodeRow(node: FleetNode, cluster: FleetCluster, upstream: string | null, nowMs: number) {
  const { name, health, facts, lag, alerts, unknowns } = node;
  const up = isUp(health);
  const pulse = hasFigures(health) ? (node.pulse as PulseRow | null) : null;
  const reasons = up
    ? [
        ...measuredFirst(alerts, nowMs).map((alert) => said(alert, nowMs)),
        ...unknowns.map(({ reason }) => reason),
      ]
    : [];
  return {
    ...unknown,
    ...pulse,
    node: name,
    kind: "node",
    name,
    role: roleWord(node),
    version: facts && printVersion(facts.versionNum),
    uptime: facts && pulse?.server_time != null ? pulse.server_time - facts.startedAtMs / 1000 : null,
    tls: facts && printTls(facts.tls),
    lag_seconds: up ? (lag?.seconds ?? null) : null,
    lag_at_least: up && lag?.seconds != null ? lag.atLeast : null,
    lag_bytes: up ? (lag?.bytes ?? null) : null,
    issue: (up ? [...new Set(reasons)].join("; ") : health.error && reasonOf(health.error)) || null,
    badness: badness(node),
    production: node.production ? "production" : null,
    state: wordsOf(node),
    level: up ? (alerts[0]?.severity ?? null) : null,
    cluster: cluster.heading ? cluster.name : null,
    group: node.group,
    address: node.address,
    upstream,
  };
}

/** The word on screen and the state behind it. A node that is not reached is down, whatever the word. */
function wordsOf(node: FleetNode): string {
  const { state } = node.health;
  const lost = state === "reconnecting" || state === "error" ? ["down"] : [];
  const word = nodeWord(node);
  const up = word === "unjudged" ? ["up"] : [];
  return [...new Set([word, ...up, state, ...lost])].join(", ");
}

/** Sums and worst values of its nodes that answer. A sum of what some of them tell is unknown: one may hide the most. */
function clusterRow(
  cluster: FleetCluster,
  rows: readonly ReturnType<typeof nodeRow>[],
  nodes: readonly FleetNode[],
) {
  const { name, problem, production } = cluster;
  const answering = new Set(nodes.filter(({ health }) => isUp(health)).map((node) => node.name));
  const counted = countedOnce(cluster.nodes, answering);
  const up = rows.filter((row) => counted.has(row.name));
  const sum = (values: readonly (number | null)[]) =>
    values.length > 0 && values.every((value) => value !== null)
      ? values.reduce<number>((a, b) => a + (b ?? 0), 0)
      : null;
  const most = (values: readonly (number | null)[]) =>
    values.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
  const versions = [...new Set(up.flatMap(({ version }) => version ?? []))];
  const worstLag = most(up.map(({ lag_seconds }) => lag_seconds));
  return {
    ...unknown,
    node: null,
    kind: "cluster",
    name,
    production: production ? "production" : null,
    role: `${rows.length} ${rows.length === 1 ? "node" : "nodes"}`,
    version: versions.length > 1 ? "mixed" : (versions[0] ?? null),
    connections: sum(up.map(({ connections }) => connections)),
    usable_connections: sum(up.map(({ usable_connections }) => usable_connections)),
    active: sum(up.map(({ active }) => active)),
    blocked: sum(up.map(({ blocked }) => blocked)),
    transactions: sum(up.map(({ transactions }) => transactions)),
    lag_seconds: worstLag,
    lag_at_least: worstLag === null ? null : up.some((row) => mayExceed(row, worstLag)),
    oldest_transaction: most(up.map(({ oldest_transaction }) => oldest_transaction)),
    issue: problem,
    // What is wrong with a cluster as a whole is as bad as a node that is down.
    badness: problem === null ? most(rows.map((row) => row.badness)) : 3,
    cluster: name,
  };
}

/** A standby that may be further behind than this: by its lower bound, or since its lag is unknown. */
function mayExceed(
  { role, lag_seconds: own, lag_at_least: atLeast }: Omit<FleetRow, "position">,
  seconds: number,
): boolean {
  return own === null ? role === "standby" : atLeast === true && own === seconds;
}
