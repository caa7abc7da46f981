import { isOnOther } from "../../postgres/server.ts";
import { type Alert, measuredFirst, said } from "../../stats/alerts.ts";
import { isUp } from "../../stats/health.ts";
import {
  type CommitsWait,
  commitsWait,
  commitsWaitText,
  waitUnknown,
} from "../../stats/replication/commits-wait.ts";
import { catchUpSeconds, hasUpTo } from "../../stats/replication/lag.ts";
import { unservedBy, waysTo } from "../../stats/replication/senders.ts";
import { foreignPrimary, type Upstream } from "../../stats/replication/topology.ts";
import { notReceiving } from "../../stats/unknown.ts";
import { wholeBytes } from "../columns.ts";
import type { FleetCluster, FleetNode } from "../fleet-node.ts";
import { edgeNeeds, edgeNeedsToo } from "../logical/subscription-edges.ts";
import { subscriptions } from "../logical/subscriptions.ts";
import { nodeWord, roleWord } from "../node-word.ts";
import { pglogicalOrigins, pglogicalWhere } from "../pglogical/pglogical-origins.ts";
import { pglogicalSubscriptions } from "../pglogical/pglogical-subscriptions.ts";
import { configuredAddress } from "../server/configured-upstream.ts";
import { type PulseRow, pulseView } from "../server/pulse.ts";
import { defineConclusion, type FleetSamples, keyOf } from "../view.ts";
import { replication, type WalSender } from "./replication.ts";
import { columns, edgeOf, isSubscription, nothing, type TopologyRow } from "./topology-rows.ts";
import { type LogicalRows, lacksOfSubscription, logicalRows } from "./topology-subscriptions.ts";

/**
 * Who follows whom: every server below the one that it receives WAL from, also those that only a primary sees, and every
 * subscription below its publisher.
 */
export const topology = defineConclusion({
  name: "topology",
  title: "Topology",
  section: "replication",
  source:
    "pg_stat_replication, pg_stat_wal_receiver, pg_control_system(), pg_subscription, pg_stat_subscription, pg_replication_slots of every node, pglogical.subscription where there are some",
  needs: [pulseView, ...edgeNeeds, pglogicalOrigins],
  needsToo: [pglogicalWhere, ...edgeNeedsToo],
  asksAll: true,
  wholeClusters: (node) => nodeKey(node),
  rowKey: ["kind", "id"],
  rowName: "name",
  sortBy: "position",
  duration: "lag_seconds",
  filterKeeps: "headings",
  nodeRows: true,
  tellsOfLost: true,
  columns,
  withheld: () => "durations",
  lacks: ({ kind, role, state, upstream }, column) =>
    kind === "cluster" ||
    (isSubscription(kind) && lacksOfSubscription(state, upstream, column)) ||
    column === "catch_up_seconds" ||
    (column === "wal_rate" && role !== "primary") ||
    (column === "received" && role !== "standby") ||
    (isLag(column) && (role === "primary" || role === "does not replay")) ||
    (column === "lag_seconds" && role === "consumer"),
  parent: ({ kind, above, cluster }) => {
    if (typeof above === "string") return { node: above, key: nodeKey(above) };
    return kind === "node" && typeof cluster === "string"
      ? { node: null, key: `cluster\u0000${cluster}` }
      : null;
  },
  sign: ({ level }) => (level === "critical" || level === "warning" ? level : "ok"),
  isQuiet: ({ kind }) => kind === "receiver",
  opens: ({ kind, node, id }) => {
    if (typeof node !== "string") return null;
    const view = tables[String(kind)];
    return { node, row: view === undefined ? null : { view, key: String(id) } };
  },
  rows: (fleet) => {
    const logical = logicalRows(fleet);
    return fleet.clusters
      .flatMap((cluster) => clusterRows(cluster, fleet, logical))
      .map((row, at) => ({ ...row, position: at }));
  },
  // They are those of `rows`.
  lists: { edges: (rows) => (rows as readonly TopologyRow[]).flatMap((row) => edgeOf(row) ?? []) },
});

/** The views that have the rows of a kind; a node has a page of its own. */
const tables: Readonly<Record<string, string>> = {
  receiver: replication.name,
  subscription: subscriptions.name,
  pglogical: pglogicalSubscriptions.name,
};

const nodeKey = (name: string) => keyOf({ rowKey: ["kind", "id"] }, { kind: "node", id: name });

const isLag = (column: string) => column === "lag_bytes" || column === "lag_seconds";

function clusterRows(cluster: FleetCluster, fleet: FleetSamples, logical: LogicalRows): TopologyRow[] {
  const byName = new Map(fleet.nodes.map((node) => [node.name, node]));
  const members = cluster.nodes.flatMap((member) => {
    const node = byName.get(member.name);
    return node ? [{ member, node }] : [];
  });
  const heading = cluster.heading ? cluster.name : null;
  const servers = members.map(({ node }) => node);
  const primary = members.find(({ node }) => node.facts?.inRecovery === false)?.node;
  const nodes = members.map(({ member, node }) => {
    const { upstream, served } = member;
    const sender = served && sendersOf(fleet, served.node).find(({ pid }) => pid === served.pid);
    const isRepeated = member.sameAs !== undefined;
    const { unwatched, more } = isRepeated ? nobody : othersServedBy(node, cluster, fleet);
    const waiting = waitingOf(node, fleet);
    const problems = [
      ...notes(node, upstream, foreignPrimary(node, servers), cluster),
      ...(upstream?.kind === "assumed" && served === null && isUp(node.health) ? [assumed] : []),
      ...(waiting === "unknown" ? [waitUnknown] : []),
      ...(more > 0 ? [`serves ${more} more ${more === 1 ? "receiver" : "receivers"} than are watched`] : []),
    ];
    const waits = waiting === null || waiting === "unknown" ? null : waitsText(waiting);
    const isHere = upstream && "name" in upstream && byName.has(upstream.name);
    const row = {
      ...nodeRow(node, upstream, sender ?? null, { waits, problems, nowMs: fleet.nowMs }),
      ...(isVague(node, primary) && { timeline: null }),
      above: isHere ? upstream.name : null,
    };
    const receivers = unwatched.map((one) => receiverRow(one, node.name));
    return { row, others: isRepeated ? [] : [...receivers, ...logical.consumers(node.name)] };
  });
  // Below a server its standbys stand first, then subscriptions.
  const rows = [
    ...nodes.map(({ row }) => row),
    ...nodes.flatMap(({ row }) => logical.subscriptions.get(String(row.id)) ?? []),
    ...nodes.flatMap(({ others }) => others),
  ];
  if (heading === null) return rows;
  return [clusterRow(cluster), ...rows.map((row) => ({ ...row, cluster: heading }))];
}

/** That a standby stands below the only primary by a guess. */
const assumed = "assumed: nobody says that it serves it";

/** Its control file has an older timeline than its primary, which says nothing of where it is now. */
const isVague = ({ facts }: FleetNode, primary: FleetNode | undefined) =>
  facts?.timelineAtLeast === true && primary?.facts != null && isOnOther(facts, primary.facts) === null;

const nobody = { unwatched: [], more: 0 };

/** What receives WAL from a node and is not watched, in no cluster; `more` counts those where it is not told which they are. */
function othersServedBy({ name }: FleetNode, cluster: FleetCluster, fleet: FleetSamples) {
  const senders = sendersOf(fleet, name);
  if (senders.length === 0) return nobody;
  const elsewhere = fleet.ofAll().clusters.filter((other) => other.name !== cluster.name);
  const placed = [cluster, ...elsewhere].flatMap(({ all }) => all);
  const { others, untold } = unservedBy(waysTo(name, fleet.ofAll().nodes), senders, placed);
  return untold === 0
    ? { unwatched: others, more: 0 }
    : { unwatched: [], more: Math.max(0, others.length - untold) };
}

function waitingOf({ name, pulse, facts, health }: FleetNode, fleet: FleetSamples) {
  const isPrimary = isUp(health) && facts?.inRecovery === false;
  if (!isPrimary || fleet.rows(replication, name) === null) return null;
  return commitsWait((pulse as PulseRow | null)?.sync_standbys ?? null, sendersOf(fleet, name));
}

/** That commits wait, in one line for all whom they wait for; an alert says so of each, and later. */
function waitsText(waiting: CommitsWait): string {
  const { absent } = waiting;
  return `${commitsWaitText(waiting)}${absent.length === 0 ? "" : `: missing ${absent.join(", ")}`}`;
}

function sendersOf(fleet: FleetSamples, node: string): readonly WalSender[] {
  // The rows are finished by the columns of this view.
  return (fleet.rows(replication, node) ?? []) as readonly WalSender[];
}

function clusterRow({ name, all, problem }: FleetCluster): TopologyRow {
  return {
    ...{ ...nothing, kind: "cluster", id: name, name, cluster: name },
    role: `${all.length} ${all.length === 1 ? "node" : "nodes"}`,
    problems: problem === null ? [] : [problem],
    level: problem && "critical",
  };
}

function nodeRow(
  node: FleetNode,
  upstream: Upstream | null,
  sender: WalSender | null,
  {
    waits,
    problems,
    nowMs,
  }: { readonly waits: string | null; readonly problems: readonly string[]; readonly nowMs: number },
): TopologyRow {
  const { name, health, facts, lag } = node;
  const up = isUp(health);
  const pulse = up ? (node.pulse as PulseRow | null) : null;
  // Why commits wait is said once, and not again of each standby that is missing.
  const alerts = node.alerts
    .filter(isOfReplication)
    .filter(({ rule }) => waits === null || rule !== "standby_missing");
  return {
    ...{ ...nothing, node: name, kind: "node", id: name, name },
    role: roleWord(node),
    state: up ? (sender?.state ?? pulse?.receiver ?? null) : nodeWord(node),
    sync_state: sender?.sync_state ?? null,
    sync_priority: sender?.sync_priority ?? null,
    synchronous_standby_names: pulse?.sync_standbys ?? null,
    system_identifier: facts?.systemIdentifier ?? null,
    timeline: pulse?.timeline ?? facts?.timeline ?? null,
    upstream: upstream && upstream.kind !== "configured" ? printUpstream(upstream) : null,
    received: pulse?.in_recovery === true ? hasUpTo(pulse) : null,
    lag_bytes: up ? (lag?.bytes ?? null) : null,
    lag_seconds: up ? (lag?.seconds ?? null) : null,
    lag_at_least: up && lag?.seconds != null ? lag.atLeast : null,
    catch_up_seconds:
      up && lag ? catchUpSeconds(lag, node.replayRate, node.walRate, pulse?.apply_delay) : null,
    wal_rate: up && facts?.inRecovery === false ? wholeBytes(node.walRate) : null,
    slot_name: sender?.slot_name ?? pulse?.receiver_slot ?? null,
    problems: [
      ...(waits === null ? [] : [waits]),
      ...measuredFirst(alerts, nowMs).map((alert) => said(alert, nowMs)),
      ...problems,
    ],
    level: alerts[0]?.severity ?? (waits === null ? null : "warning"),
  };
}

/** What receives WAL from a node and is none of ours: its lag is what the sender says. */
function receiverRow(sender: WalSender, from: string): TopologyRow {
  const { application_name, client_addr, state, replay_lsn } = sender;
  const stays = state === null ? null : replay_lsn === null ? "does not replay" : "standby";
  return {
    ...{ ...nothing, node: from, kind: "receiver", id: keyOf(replication, sender), above: from },
    name: application_name || client_addr || String(sender.pid),
    role: state === "backup" ? "base backup" : stays,
    state,
    sync_state: sender.sync_state,
    sync_priority: sender.sync_priority,
    upstream: from,
    lag_bytes: replay_lsn === null ? null : sender.replay_behind,
    lag_seconds: replay_lsn === null ? null : sender.replay_lag,
    slot_name: sender.slot_name,
    client_addr,
    problems:
      state === null
        ? ["what it is, and whether it is watched, is hidden"]
        : [`not watched${client_addr === null ? "" : `: it connects from ${client_addr}`}`],
  };
}

const printUpstream = (upstream: Upstream) =>
  upstream.kind === "unwatched" ? `${upstream.host}:${upstream.port}` : upstream.name;

/** Rules of a node as a whole that are about replication too. */
const ofNode: readonly string[] = ["node_down", "split_brain"];

const isOfReplication = ({ rule, subject }: Alert) =>
  subject.kind === "standby" || subject.kind === "slot" || ofNode.includes(rule);

/** What the place of a standby does not show, and no rule judges. */
function notes(
  { health, pulse, alerts }: FleetNode,
  upstream: Upstream | null,
  foreign: FleetNode | null,
  { name: cluster, all }: FleetCluster,
) {
  const {
    in_recovery,
    apply_delay,
    receiver,
    follows,
    configured_slot: slot,
  } = (pulse ?? {}) as Partial<PulseRow>;
  if (!isUp(health) || in_recovery !== true) return [];
  const reason = notReceiving({ receiver: receiver ?? null, follows: follows ?? null });
  const from = receiver === "none" ? configuredAddress(pulse ?? {}) : null;
  const node = upstream?.kind === "configured" && upstream.name !== from ? ` (${upstream.name})` : "";
  const isTold = (name: string) => alerts.some(({ rule }) => rule === name);
  return [
    ...(foreign === null || isTold("another_system") ? [] : [`another system than ${foreign.name}`]),
    ...(reason === null || isTold("receiver_down") ? [] : [reason]),
    ...(from === null ? [] : [`should receive from ${from}${node}${slot ? `, slot ${slot}` : ""}`]),
    ...(receiver === "none" && follows === false ? ["reads an archive and streams from nobody"] : []),
    ...(upstream?.kind === "unwatched"
      ? [`receives from ${printUpstream(upstream)}, which is not watched`]
      : []),
    ...(upstream?.kind === "node" && !all.some(({ name }) => name === upstream.name)
      ? [`receives from ${upstream.name}, which is not in its cluster ${cluster}`]
      : []),
    ...(apply_delay ? [`replays ${apply_delay}s late on purpose (recovery_min_apply_delay)`] : []),
  ];
}
