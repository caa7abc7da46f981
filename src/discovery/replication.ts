import { type AddressRule, ruleFor } from "../stats/address-rules.ts";
import { type Member, mostMembers } from "../stats/discovery.ts";
import { canonicalHost, serverPlace } from "../stats/replication/topology.ts";
import { distinct, memberAt, plainHost } from "./members.ts";

type Place = { readonly host: string; readonly port: number };

/** A server of the cluster that is watched, and what it says of others. */
export type WatchedServer = {
  readonly node: string;
  /** The member that it is; null where it is written in the config. */
  readonly member: string | null;
  /** Where we reach it. */
  readonly at: Place;
  /** Its host for other servers: what is local behind a bastion is on the bastion. */
  readonly host: string;
  /** Where it is by its own account; null before it has told. */
  readonly own: { readonly host: string | null; readonly port: number } | null;
  /** `waiting` as long as it may soon say more. */
  readonly state: "waiting" | "up" | "down";
  /** Why it is down. */
  readonly why: string | null;
  readonly system: string | null;
  /** Another node leads to the same server. */
  readonly isRepeated: boolean;
  /** A WAL sender of a watched server serves it. */
  readonly isServed: boolean;
  /** Where it receives WAL from; `node` is which of ours that is, and only `assumed` where the address does not tell. */
  readonly upstream: (Place & { readonly node: string | null; readonly assumed: boolean }) | null;
  /** Its WAL senders whose standbys are none of ours, or not told to be. */
  readonly unserved: readonly Unserved[];
  /** Standbys of ours that some of these serve, nobody knows which. */
  readonly untold: number;
  /** What it does not tell, in words. */
  readonly lacks: readonly string[];
};

/** A WAL sender to a standby (pg_stat_replication): its application_name and client_addr. */
type Unserved = { readonly name: string | null; readonly host: string | null };

/** What says where one more server is. */
type Lead = {
  readonly name: string | null;
  /** How it is called in words. */
  readonly label: string;
  readonly place: Place;
  /** The same for two that are one server. */
  readonly key: string;
  /** A rule of the config says where it is, or the standby that receives from it. */
  readonly isExact: boolean;
};

/** What the servers of a cluster tell, or why they tell nothing. */
type Told =
  | { readonly ok: true; readonly members: readonly Member[]; readonly leftOut: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * The servers of a cluster beside the written ones, as all of them tell of one another: standbys by the WAL senders of
 * their upstream, an upstream by the receiver of its standby. One that answers is a member by itself, whoever it
 * replicates with at the moment.
 */
export function readReplication(servers: readonly WatchedServer[], rules: readonly AddressRule[]): Told {
  if (!servers.some(({ state }) => state === "up")) return { ok: false, why: silence(servers) };
  const reference = servers.find(({ member, system }) => member === null && system !== null);
  const isForeign = ({ system }: WatchedServer) =>
    system !== null && reference !== undefined && system !== reference.system;
  const speaking = servers.filter((one) => one.state === "up" && !one.isRepeated && !isForeign(one));
  const known = knownPlaces(servers);
  const leads = [
    ...speaking.flatMap((one) => upstreamLead(one, servers, known, rules)),
    ...speaking.flatMap((one) => standbyLeads(one, speaking, known, rules)),
  ];
  const named = new Set(speaking.flatMap(({ upstream }) => upstream?.node ?? []));
  const isListed = (one: WatchedServer) =>
    one.isServed ||
    named.has(one.node) ||
    speaking.includes(one) ||
    leads.some((lead) => typeof lead !== "string" && known.get(lead.key) === one);
  const listed = servers.filter((one) => one.member !== null && isListed(one));
  const members = [...listed.flatMap(memberOf), ...newMembers(leads, servers, known)];
  const { members: found, leftOut } = distinct(
    members.slice(0, mostMembers).map(({ name, ...place }) => memberAt(name, place)),
  );
  const strangers = listed.filter(isForeign);
  return {
    ok: true,
    // A server gives its WAL senders in any order.
    members: found.toSorted((one, other) => one.name.localeCompare(other.name, "en", { numeric: true })),
    leftOut: [
      ...strangers.map(({ node }) => `${node} is another system than ${reference?.node}`),
      ...leads.filter((lead) => typeof lead === "string"),
      ...leftOut,
      ...(members.length > mostMembers ? [`${members.length - mostMembers} more than ${mostMembers}`] : []),
      ...speaking.flatMap(({ lacks }) => lacks),
    ],
  };
}

function silence(servers: readonly WatchedServer[]): string {
  const written = servers.filter(({ member }) => member === null);
  if (written.length === 0) return "none of its written nodes is watched";
  return written.map(({ node, why }) => `${node}: ${why ?? "no answer yet"}`).join("; ");
}

const isLocal = (host: string) => canonicalHost(host) === "localhost";

const keyOf = (host: string, port: number) => `${serverPlace(host)} ${port}`;

/** Where servers are that are watched: as we reach them, and by their own account. */
function knownPlaces(servers: readonly WatchedServer[]): ReadonlyMap<string, WatchedServer> {
  const byOwn = servers.flatMap((one) => {
    const { own } = one;
    return own?.host == null || isLocal(own.host) ? [] : [[keyOf(own.host, own.port), one] as const];
  });
  return new Map([...byOwn, ...servers.map((one) => [keyOf(one.host, one.at.port), one] as const)]);
}

/** Where a place is for us that a server tells: a rule for the name goes before one for the address. */
function leadTo(
  told: Place,
  name: string | null,
  from: WatchedServer,
  rules: readonly AddressRule[],
): Pick<Lead, "place" | "key" | "isExact"> {
  const byName = name === null ? null : ruleFor(rules, { host: name, port: told.port });
  const to = (byName ?? ruleFor(rules, told))?.to;
  if (to) {
    const place = { host: to.host, port: to.port ?? told.port };
    // Behind a bastion the rule means the bastion's own.
    const isBastions = isLocal(to.host) && isLocal(from.at.host) && !isLocal(from.host);
    const host = isBastions ? from.host : to.host;
    return { place, key: keyOf(host, place.port), isExact: true };
  }
  if (!isLocal(told.host)) return { place: told, key: keyOf(told.host, told.port), isExact: false };
  const place = { host: tcpHost(from.at.host), port: told.port };
  return { place, key: keyOf(from.host, told.port), isExact: false };
}

/** A server in a socket directory has TCP, where it has it, on the same machine. */
const tcpHost = (host: string) => (plainHost(host) === null ? "localhost" : host);

function upstreamLead(
  standby: WatchedServer,
  servers: readonly WatchedServer[],
  known: ReadonlyMap<string, WatchedServer>,
  rules: readonly AddressRule[],
): Lead[] {
  const { upstream, node } = standby;
  if (upstream === null || (upstream.node !== null && !upstream.assumed)) return [];
  const lead = leadTo(upstream, null, standby, rules);
  const primary = servers.find((one) => one.node === upstream.node);
  if (primary && !known.has(lead.key) && !isElsewhere(upstream, standby, primary)) return [];
  return [{ ...lead, isExact: true, name: null, label: `the upstream of ${node}` }];
}

/** Whether a standby cannot receive from the only primary in sight: the address is that of another receiver, or of its machine. */
function isElsewhere({ host, port }: Place, standby: WatchedServer, primary: WatchedServer): boolean {
  const hosts = [primary.host, primary.own?.host ?? primary.host].map(canonicalHost);
  const at = canonicalHost(isLocal(host) ? standby.host : host);
  if (hosts.includes(at)) return primary.own !== null && primary.own.port !== port;
  return primary.unserved.some((one) => one.host !== null && canonicalHost(one.host) === at);
}

/** Where the standbys of a server are that are none of ours, and why that is not told of some. */
function standbyLeads(
  server: WatchedServer,
  speaking: readonly WatchedServer[],
  known: ReadonlyMap<string, WatchedServer>,
  rules: readonly AddressRule[],
): (Lead | string)[] {
  const { node, unserved, untold } = server;
  const leads = unserved.map(({ name: given, host }): Lead => {
    const name = usableName(given);
    const toldPort = portTold(host, speaking, known);
    const port = toldPort ?? server.own?.port ?? server.at.port;
    const label = name ?? (host === null ? null : plainHost(host)) ?? "one";
    const lead = leadTo({ host: host ?? "", port }, name, server, rules);
    return { ...lead, isExact: lead.isExact || toldPort !== null, name, label };
  });
  const isOurs = ({ key, isExact }: Lead) => known.has(key) && (isExact || known.get(key) !== server);
  const isServed = ({ key }: Lead) => {
    const at = known.get(key);
    return at?.isServed === true && at.upstream?.node === node;
  };
  // A standby has one receiver: of two that lead to one place one is elsewhere.
  const isSecond = (lead: Lead) =>
    isServed(lead) || leads.findIndex(({ key }) => key === lead.key) < leads.indexOf(lead);
  const ours = leads.filter((lead) => isOurs(lead) && !isSecond(lead));
  const others = leads.filter((lead) => !ours.includes(lead));
  const alike = Math.max(0, untold - ours.length);
  const told = others.map((lead): Lead | string => {
    const isPlaced = lead.isExact || isOurs(lead);
    const below = `${lead.label} below ${node}`;
    if (!isPlaced && alike > 0) return `${below}: it cannot be told from the standbys that are watched`;
    if (!isPlaced && known.get(lead.key) === server)
      return `${below}: it is on the same host, at a port that is not told`;
    return isSecond(lead) ? `${below}: another standby of it has the same address` : lead;
  });
  return [...ours, ...told];
}

/** The port of a standby that another one receives from; null where none tells it, and that of its upstream is likely. */
function portTold(
  host: string | null,
  speaking: readonly WatchedServer[],
  known: ReadonlyMap<string, WatchedServer>,
): number | null {
  if (host === null || isLocal(host)) return null;
  const told = speaking.flatMap(({ upstream }) =>
    upstream?.host === host && !known.has(keyOf(host, upstream.port)) ? [upstream.port] : [],
  );
  const [port = null, another] = new Set(told);
  return another === undefined ? port : null;
}

/** A name that somebody gave: neither the default of 10 and 11 nor Debian's cluster_name, such as `16/main`. */
function usableName(given: string | null): string | null {
  return given !== null && given !== "walreceiver" && /^[A-Za-z0-9_][\w.-]{0,62}$/.test(given) ? given : null;
}

/** A server that was found before as the member that it is. */
function memberOf({ member, at }: WatchedServer) {
  return member === null ? [] : [{ name: member, ...at }];
}

/** What leads to servers that are not watched yet, each once. */
function newMembers(
  leads: readonly (Lead | string)[],
  servers: readonly WatchedServer[],
  known: ReadonlyMap<string, WatchedServer>,
) {
  const found = new Map<string, Lead>();
  for (const lead of leads) {
    if (typeof lead === "string" || known.has(lead.key)) continue;
    const before = found.get(lead.key);
    if (!before || (before.name === null && lead.name !== null)) found.set(lead.key, lead);
  }
  const fresh = [...found.values()];
  const taken = servers.flatMap(({ node, member }) => [node, member]);
  const places = [...servers.map(({ at }) => at), ...fresh.map(({ place }) => place)];
  return fresh.map(({ name, place }) => {
    const isOnly = fresh.filter((other) => other.name === name).length === 1 && !taken.includes(name);
    return { name: name !== null && isOnly ? name : addressName(place, places), ...place };
  });
}

function addressName({ host, port }: Place, places: readonly Place[]): string {
  const isShared = places.filter((one) => canonicalHost(one.host) === canonicalHost(host)).length > 1;
  if (!isShared) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
