import { ruleFor } from "../../stats/address-rules.ts";
import { canonicalHost, serverPlace } from "../../stats/replication/topology.ts";
import { addressRules, readAddress } from "../addresses.ts";
import type { LeftOutMember, MemberNode, NodeSettings } from "../settings.ts";
import { isReservedName } from "../values.ts";
import type { FileCluster } from "./clusters.ts";
import { connect } from "./connection.ts";
import { defaultParameters, type Entry, entryNodes, fieldGiven, type Ground, over } from "./nodes.ts";
import { clustersThatDiscover, type Discover } from "./sources.ts";

/** A server that a source lists. */
export type FoundServer = { readonly name: string; readonly host: string; readonly port: number };

/** What sources list, by cluster. */
export type Found = ReadonlyMap<string, readonly FoundServer[]>;

/** The same as it is now, while the program runs. */
export type FoundNow = { servers: Found };

type Written = {
  readonly names: readonly string[];
  readonly nodes: readonly NodeSettings[];
  readonly clusters: readonly FileCluster[];
};

/** What the nodes of a file become together with what was found. */
export type Discovered = {
  readonly entries: readonly Entry[];
  readonly nodes: readonly NodeSettings[];
  readonly clusters: readonly FileCluster[];
  readonly members: readonly MemberNode[];
  readonly leftOut: readonly LeftOutMember[];
  /** Those that discovered nodes are in, before any was found. */
  readonly groups: readonly string[];
};

/**
 * Makes nodes of the servers that were found: with `discover.node`, and all that a written node of the cluster would
 * inherit. One that is written stays as it is written. What a source says makes no mistake of the file: a server that
 * cannot be a node is left out. So is one where another member of its cluster is: nobody knows which of them answers there.
 */
export function withDiscovered(
  found: Found,
  { names, nodes, clusters }: Written,
  ground: Ground,
): Discovered {
  const taken = new Set(names);
  const places = new Map(nodes.map((node) => [placeOf(node), node.name]));
  const entries: Entry[] = [];
  const added: NodeSettings[] = [];
  const members: MemberNode[] = [];
  const leftOut: LeftOutMember[] = [];
  const grown = clusters.map((cluster) => {
    const discover = ground.file.values.clusters?.[cluster.name]?.discover;
    if (!discover) return cluster;
    // A mistake in the fields is one before any server is found.
    const any = entryOf("", { host: "localhost", port: 5432 }, cluster.name, discover, ground);
    if (any) entryNodes([any], [{ ...cluster, nodes: [""] }], ground);
    const own: string[] = [];
    const there = new Map<string, MemberNode & { readonly others: string[] }>();
    for (const server of found.get(cluster.name) ?? []) {
      const leave = (why: string) => leftOut.push({ cluster: cluster.name, member: server.name, why });
      const name = freeName(server.name, cluster.name, taken);
      const at = readAddress(server.host) && mapped(server, discover);
      const entry = at && entryOf(name, at, cluster.name, discover, silent(ground));
      const [node] = entry ? entryNodes([entry], [{ ...cluster, nodes: [name] }], ground) : [];
      if (!entry || !node) {
        leave("its address is that of no server");
        continue;
      }
      const place = placeOf(node);
      const first = there.get(place);
      if (first) {
        first.others.push(server.name);
        leave(`${first.member} has the same address`);
        continue;
      }
      const known = places.get(place);
      const member = { node: known ?? name, cluster: cluster.name, member: server.name, others: [] };
      there.set(place, member);
      members.push(member);
      if (known !== undefined) continue;
      places.set(place, name);
      taken.add(name);
      own.push(name);
      entries.push(entry);
      added.push(node);
    }
    return { ...cluster, nodes: [...cluster.nodes, ...own] };
  });
  const groups = clustersThatDiscover(ground.file.values).flatMap(
    ([, { node }]) => node?.group ?? ground.file.values.defaults?.group ?? [],
  );
  return { entries, nodes: added, clusters: grown, members, leftOut, groups };
}

const silent = (ground: Ground): Ground => ({ ...ground, problems: [] });

function entryOf(
  name: string,
  { host, port }: FoundServer | { readonly host: string; readonly port: number },
  cluster: string,
  { node: fields = {} }: Discover,
  ground: Ground,
): Entry | null {
  const path = ["clusters", cluster, "discover", "node"];
  const own = fieldGiven({ ...fields, host, port }, path, ground);
  const resolved = connect(over(defaultParameters(ground), own), ground);
  const [connection, another] = resolved?.connections ?? [];
  if (!resolved || !connection || another) return null;
  return { name, path, fields, own, given: resolved.given, servers: new Map([[name, connection]]) };
}

/** The name of a member, with that of its cluster in front where it is taken or reserved. */
function freeName(member: string, cluster: string, taken: ReadonlySet<string>): string {
  const candidates = [member, `${cluster}-${member}`];
  const free = candidates.find((name) => !taken.has(name) && !isReservedName(name));
  if (free !== undefined) return free;
  for (let number = 2; ; number += 1) {
    const name = `${cluster}-${member}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Where a member is for us. */
function mapped({ name, host, port }: FoundServer, { addresses, replication }: Discover): FoundServer {
  // These rules also go by what says where a server is, and were applied to that.
  if (replication) return { name, host, port };
  const to = ruleFor(addressRules(addresses), { host, port })?.to;
  return to ? { name, host: to.host, port: to.port ?? port } : { name, host, port };
}

/** The same for two nodes that are one server: what is local behind a bastion is on the bastion. */
function placeOf({ connection, ssh }: NodeSettings): string {
  const { host, port } = connection;
  const there = serverPlace(host);
  if (!ssh || canonicalHost(host) !== "localhost") return `${there} ${port}`;
  return `${canonicalHost(ssh.host)} ${there === "localhost" ? "" : `${there} `}${port}`;
}
