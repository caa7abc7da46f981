/** What is known of a node's place; null where it is not known (yet). */
export type TopologyNode = {
  readonly name: string;
  /** The cluster that the config names. */
  readonly cluster: string | null;
  readonly host: string;
  readonly port: number;
  /** Where it is by its own account, which other servers may use; without a host where our session is local to it. */
  readonly own?: { readonly host: string | null; readonly port: number } | null;
  /** system_identifier of pg_control_system(). */
  readonly systemIdentifier: string | null;
  /** pg_postmaster_start_time() in microseconds: no two servers of one system share it. */
  readonly startedAt: string | null;
  /** pg_is_in_recovery(). */
  readonly inRecovery: boolean | null;
  readonly timeline: number | null;
  /** Where its WAL comes from, by its pg_stat_wal_receiver. */
  readonly senderHost: string | null;
  readonly senderPort: number | null;
  /** Where a standby without a WAL receiver is to receive from: host or hostaddr, and port. */
  readonly configured?: { readonly hosts: readonly string[]; readonly port: number } | null;
  /** The node that has a WAL sender with its slot and name, where what it says itself leads to no node. */
  readonly servedFrom?: string | null;
  /** It answers: the rest is how it is, and not how it was. */
  readonly isUp: boolean;
};

/** Where a standby gets its WAL from. */
export type Upstream =
  | { readonly kind: "node"; readonly name: string }
  /** The sender's address is none that we know, but there is only one primary it can be. */
  | { readonly kind: "assumed"; readonly name: string }
  /** It does not stream, and is to receive from there. */
  | { readonly kind: "configured"; readonly name: string }
  | { readonly kind: "unwatched"; readonly host: string; readonly port: number };

export type Member = {
  readonly name: string;
  readonly role: "primary" | "standby" | "unknown";
  /** Null for a primary, an unknown node and an orphan that is to receive from no node. */
  readonly upstream: Upstream | null;
  /** Steps below the first of its tree: 1 for a standby of the primary, 2 for a cascading standby. */
  readonly depth: number;
  /** A standby without a WAL receiver that we can see. */
  readonly isOrphan: boolean;
  /** A member before it that is another way to the same server. */
  readonly sameAs?: string;
};

export type Cluster = {
  /** Stays the same while roles change: where it comes from, and its name or system identifier. */
  readonly id: string;
  readonly name: string;
  /** As a tree read from the top: primaries first, each node followed by its standbys. */
  readonly members: readonly Member[];
  /**
   * Two or more servers of one system identifier that answer as primaries, newest timeline first, each by one of its
   * nodes; empty when all is well.
   */
  readonly splitBrain: readonly string[];
};

/**
 * Groups nodes to clusters and says who follows whom. A configured cluster wins; other nodes go together when
 * they share a system identifier (with a configured cluster, too, if only one has it); the rest stand alone.
 * A restored copy shares the identifier of its origin: name another cluster for it. Order follows the input.
 */
export function topology(nodes: readonly TopologyNode[]): readonly Cluster[] {
  const groups = new Map<string, TopologyNode[]>();
  for (const node of nodes) {
    const id = clusterId(node, nodes);
    const group = groups.get(id);
    if (group) group.push(node);
    else groups.set(id, [node]);
  }
  const names = clusterNames(groups);
  return [...groups].map(([id, group]) => ({
    id,
    name: names.get(id) ?? id,
    members: withWays(tree(group, nodes), group),
    splitBrain: splitBrain(group),
  }));
}

function clusterId(node: TopologyNode, nodes: readonly TopologyNode[]): string {
  if (node.cluster !== null) return `cluster:${node.cluster}`;
  if (node.systemIdentifier === null) return `node:${node.name}`;
  const relatives = nodes.filter((other) => other.systemIdentifier === node.systemIdentifier);
  const configured = new Set(relatives.flatMap((other) => other.cluster ?? []));
  const [only] = configured;
  if (configured.size === 1) return `cluster:${only}`;
  return relatives.some((other) => other !== node && other.cluster === null)
    ? `system:${node.systemIdentifier}`
    : `node:${node.name}`;
}

/** A cluster is known by its name: the config's stay, then those of several nodes are told apart, then the rest. */
function clusterNames(groups: ReadonlyMap<string, readonly TopologyNode[]>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const rank = ([id, group]: [string, readonly TopologyNode[]]) =>
    id.startsWith("cluster:") ? 0 : group.length > 1 ? 1 : 2;
  for (const [id, group] of [...groups].sort((a, b) => rank(a) - rank(b))) {
    const first = group[0]?.name ?? "";
    const wished = id.startsWith("cluster:") ? id.slice("cluster:".length) : beginning(group) || first;
    let name = taken.has(wished) ? first : wished;
    for (let nth = 2; taken.has(name); nth++) name = `${wished} ${nth}`;
    names.set(id, name);
    taken.add(name);
  }
  return names;
}

/** What the members' names begin with, which no change of roles alters; the one's name where there is one. */
function beginning(group: readonly TopologyNode[]): string {
  const [first = "", ...others] = group.map((node) => node.name);
  let common = first;
  for (const name of others) while (!name.startsWith(common)) common = common.slice(0, -1);
  return others.length === 0 ? first : common.replace(/[-_. \d]+$/, "");
}

/** Loopback in all its spellings, and socket directories, are one host. */
export function canonicalHost(host: string): string {
  const name = host.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  const isLoopback =
    name === "" ||
    /^(\/|@|localhost$|localhost\.localdomain$|ip6-localhost$|127\.\d+\.\d+\.\d+$|(::ffff:127\..*|::1)$)/.test(
      name,
    );
  return isLoopback ? "localhost" : name;
}

/** The same for two names of the host that a server is at: each address of 127.0.0.0/8 may have servers of its own. */
export function serverPlace(host: string): string {
  return /^127\.(?!0\.0\.1$)[\d.]+$/.test(host) ? host : canonicalHost(host);
}

function address(host: string, port: number): string {
  return `${canonicalHost(host)} ${port}`;
}

/** Where a server is by its own account; null where that is loopback, which each machine has. */
function ownAddress({ own }: TopologyNode): string | null {
  return own?.host == null || canonicalHost(own.host) === "localhost" ? null : address(own.host, own.port);
}

function upstreamOf(
  node: TopologyNode,
  group: readonly TopologyNode[],
  nodes: readonly TopologyNode[],
): Upstream | null {
  if (node.inRecovery !== true) return null;
  const toldBy = node.servedFrom == null ? null : ({ kind: "node", name: node.servedFrom } as const);
  const nodeAt = (host: string, port: number) => nodeAtAddress(node, { host, port }, group, nodes);
  if (node.senderHost === null || node.senderPort === null) {
    const { hosts = [], port = 0 } = node.configured ?? {};
    const [name] = hosts.flatMap((host) => nodeAt(host, port) ?? []);
    return toldBy ?? (name === undefined ? null : { kind: "configured", name });
  }
  const name = nodeAt(node.senderHost, node.senderPort);
  if (name !== null) return { kind: "node", name };
  if (toldBy) return toldBy;
  const [primary, another] = group.filter(
    (other) => other.inRecovery === false && other.systemIdentifier === node.systemIdentifier,
  );
  if (primary && !another && node.systemIdentifier !== null) return { kind: "assumed", name: primary.name };
  return { kind: "unwatched", host: node.senderHost, port: node.senderPort };
}

/** The node that a standby means by an address. */
function nodeAtAddress(
  node: TopologyNode,
  at: { readonly host: string; readonly port: number },
  group: readonly TopologyNode[],
  nodes: readonly TopologyNode[],
): string | null {
  // A loopback sender is on the standby's own machine, which need not be ours.
  const isLocal = canonicalHost(at.host) === "localhost";
  const sender = address(isLocal ? node.host : at.host, at.port);
  const isOther = (other: TopologyNode) => other !== node && !areForeign(node, other);
  const matches = (other: TopologyNode) => isOther(other) && address(other.host, other.port) === sender;
  const isThere = ({ host, port }: TopologyNode) =>
    serverPlace(host) === serverPlace(at.host) && port === at.port;
  const says = (other: TopologyNode) => isOther(other) && ownAddress(other) === sender;
  // One private address may be that of many servers, each in a network of its own.
  const alike = group.filter(matches);
  const found =
    (isLocal ? alike.find(isThere) : undefined) ?? alike[0] ?? group.find(says) ?? nodes.find(matches);
  // Of several ways to one server the first is it.
  return found ? (group.find((other) => isSame(other, found)) ?? found).name : null;
}

function areForeign(a: TopologyNode, b: TopologyNode): boolean {
  return (
    a.systemIdentifier !== null && b.systemIdentifier !== null && a.systemIdentifier !== b.systemIdentifier
  );
}

/** What tells which system a server has a copy of; null facts where it was never reached. */
type Copy = { readonly facts: Pick<TopologyNode, "inRecovery" | "systemIdentifier"> | null };

/**
 * The primary of a cluster that a standby of it cannot be a copy of; null where it is one, or nobody tells. A cluster with
 * primaries of several systems is a group of servers that have nothing to do with each other.
 */
export function foreignPrimary<N extends Copy>({ facts }: Copy, members: readonly N[]): N | null {
  const primaries = members.filter((other) => other.facts?.inRecovery === false);
  const system = facts?.systemIdentifier ?? null;
  const systems = new Set(primaries.map((other) => other.facts?.systemIdentifier ?? null));
  const [only = null] = systems;
  const isForeign = facts?.inRecovery === true && system !== null && only !== null && only !== system;
  return isForeign && systems.size === 1 ? (primaries[0] ?? null) : null;
}

function tree(group: readonly TopologyNode[], nodes: readonly TopologyNode[]): Member[] {
  const upstreams = new Map(group.map((node) => [node, upstreamOf(node, group, nodes)] as const));
  const members = new Map<string, Member>();
  const above = (node: TopologyNode) => {
    const upstream = upstreams.get(node);
    return upstream && upstream.kind !== "unwatched" ? upstream.name : null;
  };
  const visit = (node: TopologyNode, depth: number): void => {
    if (members.has(node.name)) return;
    const upstream = upstreams.get(node) ?? null;
    const isOrphan = node.inRecovery === true && (upstream === null || upstream.kind === "configured");
    members.set(node.name, { name: node.name, role: roleOf(node), upstream, depth, isOrphan });
    for (const other of group) if (above(other) === node.name) visit(other, depth + 1);
  };
  const isHere = (name: string | null) => group.some((node) => node.name === name);
  for (const node of group) if (node.inRecovery === false) visit(node, 0);
  for (const node of group) if (!isHere(above(node))) visit(node, 0);
  // Standbys that follow each other in a circle have no first one.
  for (const node of group) visit(node, 0);
  return [...members.values()];
}

function roleOf(node: TopologyNode): Member["role"] {
  if (node.inRecovery === null) return "unknown";
  return node.inRecovery ? "standby" : "primary";
}

function splitBrain(group: readonly TopologyNode[]): string[] {
  // After a failover the old primary is down, and is no primary until it says so again.
  const primaries = group.filter((node) => node.isUp && node.inRecovery === false);
  const servers = primaries.filter(
    (node, at) => !primaries.slice(0, at).some((other) => isSame(other, node)),
  );
  const isRival = (a: TopologyNode, b: TopologyNode) =>
    a !== b && a.systemIdentifier !== null && a.systemIdentifier === b.systemIdentifier;
  return servers
    .filter((node) => servers.some((other) => isRival(node, other)))
    .sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0))
    .map((node) => node.name);
}

/**
 * One server may be listed twice: once for each database, or directly and behind a pooler. What it says of itself tells;
 * where it has not said it yet its address does.
 */
function isSame(a: TopologyNode, b: TopologyNode): boolean {
  if (areForeign(a, b)) return false;
  if (a.startedAt !== null && b.startedAt !== null) return a.startedAt === b.startedAt;
  return address(a.host, a.port) === address(b.host, b.port);
}

function withWays(members: readonly Member[], group: readonly TopologyNode[]): Member[] {
  const nodes = new Map(group.map((node) => [node.name, node]));
  return members.map((member, at) => {
    const node = nodes.get(member.name);
    const first = members.slice(0, at).find(({ name }) => {
      const other = nodes.get(name);
      return node !== undefined && other !== undefined && isSame(other, node);
    });
    return first ? { ...member, sameAs: first.name } : member;
  });
}

/** The names of nodes that a sum over a cluster counts, of those that answer: each server once. */
export function countedOnce(
  members: readonly Pick<Member, "name" | "sameAs">[],
  answering: ReadonlySet<string>,
): Set<string> {
  const counted = new Set<string>();
  const servers = new Set<string>();
  for (const { name, sameAs = name } of members) {
    if (!answering.has(name) || servers.has(sameAs)) continue;
    counted.add(name);
    servers.add(sameAs);
  }
  return counted;
}
