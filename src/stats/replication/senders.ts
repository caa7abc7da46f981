import { canonicalHost, type Upstream } from "./topology.ts";

/** A WAL sender, as far as it tells whom it serves (pg_stat_replication, pg_replication_slots). */
export type Served = {
  readonly application_name: string | null;
  /** Null on a Unix socket. */
  readonly client_addr: string | null;
  readonly slot_name: string | null;
  readonly slot_type: string | null;
  readonly state: string | null;
  /** Null for a receiver that never replays, such as pg_receivewal. */
  readonly replay_lsn: bigint | null;
};

/** A standby that may be served, as far as it tells by whom. */
export type Receiving = {
  readonly name: string;
  readonly host: string;
  /** Its address by its own account; null where that is not told. */
  readonly ownHost?: string | null;
  /** A WAL receiver streams; null where a role may not see that, nor its slot. */
  readonly streams: boolean | null;
  /** application_name that its WAL receiver logged in with; null where that is not told. */
  readonly applicationName: string | null;
  /** slot_name of its pg_stat_wal_receiver; null without one. */
  readonly slot: string | null;
  /** What it says of its sender leads to this server; false where that is a guess. */
  readonly isBelow: boolean;
};

/**
 * Which WAL sender of a server serves which standby, by the standby's name: a slot has one receiver; else the
 * application_name, or the address, tells where only one has it; the last standby has the last
 * sender. What no standby has is of receivers that are not among these.
 */
export function servedBy<Sender extends Served>(
  senders: readonly Sender[],
  standbys: readonly Receiving[],
): ReadonlyMap<string, Sender> {
  const found = new Map<string, Sender>();
  const ways: ((sender: Sender, standby: Receiving) => boolean)[] = [
    ({ slot_name }, { slot }) => slot !== null && slot_name === slot,
    hasName,
    ({ client_addr, state }, standby) =>
      state !== null &&
      standby.streams === true &&
      hostsOf(standby).includes(canonicalHost(client_addr ?? "")),
    // Where the address that it receives from is not known to be this server's, a relay may stand between them.
    ({ state }, { isBelow, streams }) => isBelow && state !== null && streams === true,
  ];
  for (const isServed of ways) {
    const taken = new Set(found.values());
    const free = senders.filter((sender) => mayBeStandbys(sender) && !taken.has(sender));
    const waiting = standbys.filter(({ name, streams }) => streams !== false && !found.has(name));
    const pairs = waiting.flatMap((standby) =>
      free
        .filter((sender) => hasSlot(sender, standby) && isServed(sender, standby))
        .map((sender) => ({ standby, sender })),
    );
    for (const { standby, sender } of pairs)
      if (
        isOnly(pairs, (pair) => pair.standby === standby) &&
        isOnly(pairs, (pair) => pair.sender === sender)
      )
        found.set(standby.name, sender);
  }
  return found;
}

/**
 * The node that serves each standby whose upstream is not known: that of the one WAL sender with its slot and its name, which
 * no other standby has. Without a slot a name that servers have by default tells nothing.
 */
export function namedBy(
  servers: readonly { readonly name: string; readonly senders: readonly Served[] }[],
  standbys: readonly Receiving[],
): ReadonlyMap<string, string> {
  const pairs = standbys.flatMap((standby) =>
    servers
      .filter(({ name }) => name !== standby.name && standby.streams !== false)
      .flatMap(({ name, senders }) =>
        senders
          .filter((sender) => mayBeStandbys(sender) && hasSlot(sender, standby) && hasName(sender, standby))
          .filter(({ application_name }) => standby.slot !== null || !isDefault.test(application_name ?? ""))
          .map((sender) => ({ standby, sender, name })),
      ),
  );
  return new Map(
    pairs
      .filter(({ standby }) => !standby.isBelow && isOnly(pairs, (pair) => pair.standby === standby))
      .filter(({ sender }) => isOnly(pairs, (pair) => pair.sender === sender))
      .map(({ standby, name }) => [standby.name, name]),
  );
}

/** Without a cluster_name, and the cluster_name that Debian gives. */
const isDefault = /^(walreceiver|\d+\/main)?$/;

const hasSlot = ({ slot_name }: Served, { slot, streams }: Receiving) =>
  streams === null || slot_name === slot;

const hasName = ({ application_name }: Served, { applicationName, name }: Receiving) =>
  application_name === (applicationName ?? name);

/** Where a standby connects from. A forwarded port of our own machine is not it. */
function hostsOf({ host, ownHost = null }: Receiving): readonly string[] {
  const [at, own] = [canonicalHost(host), canonicalHost(ownHost ?? "")];
  if (own === "localhost") return [at];
  return at === "localhost" ? [own] : [at, own];
}

type Placed = {
  /** Where a member of the cluster gets its WAL from. */
  readonly upstream: Upstream | null;
  readonly served: { readonly node: string; readonly pid: number } | null;
  /** It is another way to a server among them. */
  readonly sameAs?: string;
};

/** A node, as far as it tells which server it is a way to. */
type Way = {
  readonly name: string;
  readonly facts: { readonly systemIdentifier: string | null } | null;
  readonly pulse: Readonly<Record<string, unknown>> | null;
};

/** A node and those that are other ways to its server, in whatever cluster: they say that it started at the same microsecond. */
export function waysTo(node: string, nodes: readonly Way[]): ReadonlySet<string> {
  const own = nodes.find(({ name }) => name === node);
  const started = own?.pulse?.["started_at"] ?? null;
  const isWay = ({ facts, pulse }: Way) => {
    const [a, b] = [own?.facts?.systemIdentifier ?? null, facts?.systemIdentifier ?? null];
    return started !== null && pulse?.["started_at"] === started && (a === null || b === null || a === b);
  };
  return new Set([node, ...nodes.filter(isWay).map(({ name }) => name)]);
}

/**
 * The WAL senders of a server that are not known to serve one of these members, by the nodes that are ways to it.
 * `untold` of them stream from it by one of these, and it is not known by which.
 */
export function unservedBy<Sender extends Pick<Served, "slot_type"> & { readonly pid: number | null }>(
  ways: ReadonlySet<string>,
  senders: readonly Sender[],
  members: readonly Placed[],
): { readonly others: readonly Sender[]; readonly untold: number } {
  const known = new Set(members.flatMap(({ served }) => (served && ways.has(served.node) ? served.pid : [])));
  const others = senders.filter(
    ({ pid, slot_type }) => pid !== null && !known.has(pid) && slot_type !== "logical",
  );
  const untold = members.filter(
    ({ served, upstream, sameAs }) =>
      served === null && sameAs === undefined && upstream && ways.has(streamsFrom(upstream) ?? ""),
  ).length;
  return { others, untold };
}

/** The node that a standby streams from. */
const streamsFrom = (upstream: Upstream): string | null =>
  upstream.kind === "node" || upstream.kind === "assumed" ? upstream.name : null;

/** What replays what it receives. */
export const isStandbys = ({ slot_type, state, replay_lsn }: Served) =>
  slot_type !== "logical" && state !== "backup" && replay_lsn !== null;

/** The same where a role may not see the state: the slot and the application_name are not hidden. */
export const mayBeStandbys = (sender: Served) =>
  isStandbys(sender) || (sender.slot_type !== "logical" && sender.state === null);

const isOnly = <T>(all: readonly T[], matches: (one: T) => boolean) => all.filter(matches).length === 1;
