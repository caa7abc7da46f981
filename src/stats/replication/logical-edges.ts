/** A subscription, as far as it tells where its changes come from (pg_subscription). */
export type Subscribing = {
  readonly node: string;
  /** The database that it is in. */
  readonly datname: string | null;
  readonly subname: string | null;
  readonly subslotname: string | null;
  /** any or none; null before 16, where it is any. */
  readonly suborigin: string | null;
};

/** A logical slot, and the WAL sender that serves it now (pg_replication_slots, pg_stat_replication). */
export type Publishing = {
  readonly node: string;
  readonly slot_name: string | null;
  /** The database that it decodes. */
  readonly database: string | null;
  /** Null while nothing is connected to it. */
  readonly application_name: string | null;
  /** server_version_num; null where that is not known. */
  readonly versionNum: number | null;
};

/** Changes go from a database of one server to one of another, or of the same. */
export type Edge<S extends Subscribing, P extends Publishing> = {
  readonly subscription: S;
  /** Null where it is not among those that are known, or several may be it. */
  readonly slot: P | null;
  /** The subscriptions by which changes go the other way between the two databases. */
  readonly reverse: readonly S[];
  /** Why it may bring back what came from here; null where it goes one way, and where it brings no such changes. */
  readonly mayLoop: string | null;
};

/**
 * Where each subscription comes from, and which of them are two ways between the same databases.
 * @param placeOf tells servers apart that have databases of their own: a primary and its standbys are one place
 */
export function logicalEdges<S extends Subscribing, P extends Publishing>(
  subscriptions: readonly S[],
  slots: readonly P[],
  placeOf: (node: string) => string,
): readonly Edge<S, P>[] {
  const here = (node: string, database: string | null) => `${placeOf(node)}\u0000${database}`;
  const at = ({ node, datname }: S) => here(node, datname);
  const from = ({ node, database }: P) => here(node, database);
  // A database does not subscribe to itself: the two slots of a pair often have one name.
  const publishers = publishersOf(subscriptions, slots, (one, slot) => at(one) !== from(slot));
  const byWay = Map.groupBy(publishers.keys(), (one) => {
    const slot = publishers.get(one);
    return slot && `${from(slot)}\u0000${at(one)}`;
  });
  return subscriptions.map((subscription) => {
    const slot = publishers.get(subscription) ?? null;
    const reverse = (slot && byWay.get(`${at(subscription)}\u0000${from(slot)}`)) ?? [];
    const mayLoop = slot && reverse.length > 0 ? whyMayLoop(subscription, slot) : null;
    return { subscription, slot, reverse, mayLoop };
  });
}

/**
 * The slot of each subscription. A connection string may not be read: it is a slot of its name, of several the one that is
 * served under the name of the subscription; what may be that of two subscriptions is of neither.
 */
function publishersOf<S extends Subscribing, P extends Publishing>(
  subscriptions: readonly S[],
  slots: readonly P[],
  mayBe: (subscription: S, slot: P) => boolean,
): ReadonlyMap<S, P> {
  const byName = Map.groupBy(slots, ({ slot_name }) => slot_name);
  const found = new Map<S, P>();
  const ways: readonly ((subscription: S, slot: P) => boolean)[] = [
    ({ subname }, { application_name }) => application_name === subname,
    () => true,
  ];
  for (const isServed of ways) {
    const taken = new Set(found.values());
    const pairs = subscriptions
      .filter((one) => one.subslotname !== null && !found.has(one))
      .flatMap((subscription) =>
        (byName.get(subscription.subslotname) ?? [])
          .filter((slot) => !taken.has(slot) && mayBe(subscription, slot) && isServed(subscription, slot))
          .map((slot) => ({ subscription, slot })),
      );
    const slotsOf = Map.groupBy(pairs, ({ subscription }) => subscription);
    const claimsOn = Map.groupBy(pairs, ({ slot }) => slot);
    for (const { subscription, slot } of pairs)
      if (slotsOf.get(subscription)?.length === 1 && claimsOn.get(slot)?.length === 1)
        found.set(subscription, slot);
  }
  return found;
}

/** From here on a publisher leaves out what it did not change itself, where it is asked to. */
const filtersOrigin = 160000;

function whyMayLoop({ suborigin }: Subscribing, { versionNum }: Publishing): string | null {
  if (suborigin === null) return "changes may loop: no origin = none before 16";
  if (suborigin !== "none") return `changes may loop: origin is ${suborigin}, not none`;
  const isOld = versionNum !== null && versionNum < filtersOrigin;
  return isOld ? "changes may loop: the publisher is older than 16, which knows no origin" : null;
}
