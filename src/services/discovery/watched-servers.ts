import type { Settings } from "../../config/settings.ts";
import type { WatchedServer } from "../../discovery/replication.ts";
import { grantMonitor } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import { isStandbys, unservedBy, waysTo } from "../../stats/replication/senders.ts";
import type { Upstream } from "../../stats/replication/topology.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import type { Observed } from "../../store/store.ts";
import { replication, type WalSender } from "../../views/replication/replication.ts";
import type { Sample } from "../../views/sample.ts";
import { senderOf, serverHost } from "../watch/observation.ts";

/** What is watched, as the configuration has it. */
export type Watching = Pick<Settings, "nodes" | "fileNodes" | "members">;

/** What the watched servers of a cluster say of others, from what was asked of them anyway. */
export function watchedServers(
  { nodes: entries, clusters, samples }: Pick<Observed, "nodes" | "clusters" | "samples">,
  { nodes, fileNodes, members }: Watching,
  cluster: string,
): WatchedServer[] {
  const placed = clusters.flatMap((one) => one.nodes);
  const names = new Map(members.flatMap((one) => (one.cluster === cluster ? [[one.node, one.member]] : [])));
  return nodes.flatMap((settings): WatchedServer[] => {
    const { name: node, connection } = settings;
    const entry = entries[node];
    if (settings.cluster !== cluster || !entry) return [];
    const place = placed.find(({ name }) => name === node);
    const sample = samples[replication.name]?.[node];
    // The rows are decoded by the columns of this view.
    const senders = sample?.state === "ok" ? (sample.rows as readonly WalSender[]) : [];
    const { others, untold } = unservedBy(waysTo(node, Object.values(entries)), senders, placed);
    const { facts } = entry;
    return [
      {
        node,
        member: fileNodes.includes(node) ? null : (names.get(node) ?? node),
        at: { host: connection.host, port: connection.port },
        host: serverHost(settings),
        own: facts && { host: facts.ownHost, port: facts.ownPort },
        state: stateOf(entry, sample),
        why: entry.health.error?.message ?? (entry.health.state === "disconnected" ? "disconnected" : null),
        system: facts?.systemIdentifier ?? null,
        isRepeated: place?.sameAs !== undefined,
        isServed: place?.served != null,
        upstream: upstreamOf(entry, place?.upstream ?? null),
        unserved: others
          .filter(isStandbys)
          .map(({ application_name: name, client_addr: host }) => ({ name, host })),
        untold,
        lacks: lacksOf(entry, sample, senders),
      },
    ];
  });
}

function stateOf({ health, pulse }: NodeEntry, senders: Sample | undefined): WatchedServer["state"] {
  if (health.state === "connecting") return "waiting";
  if (!isUp(health)) return "down";
  return pulse === null || senders === undefined ? "waiting" : "up";
}

function upstreamOf({ pulse }: NodeEntry, upstream: Upstream | null): WatchedServer["upstream"] {
  const { senderHost: host, senderPort: port } = senderOf(pulse);
  if (upstream === null || host === null || port === null) return null;
  return {
    ...{ host, port, assumed: upstream.kind === "assumed" },
    node: upstream.kind === "unwatched" ? null : upstream.name,
  };
}

/** What a server does not tell of whom it replicates with. */
function lacksOf(
  { name, facts, pulse }: NodeEntry,
  sample: Sample | undefined,
  senders: readonly WalSender[],
): readonly string[] {
  if (sample?.state === "failed") return [`the WAL senders of ${name} are unknown: ${sample.error.message}`];
  const isHidden =
    senders.some(({ state }) => state === null) || (pulse?.in_recovery === true && pulse.receiver === null);
  if (!isHidden || !facts || facts.readsAllStats) return [];
  return [`${name} hides whom it replicates with: ${grantMonitor(facts)}`];
}
