import type { Timelines } from "./timelines.ts";

/** Each kind of source by the word below `discover:`, and what it is called in a sentence. */
export const sourceNames = {
  patroni: "Patroni",
  srv: "DNS",
  command: "the command",
  replication: "replication",
} as const;

export type SourceKind = keyof typeof sourceNames;

/** A server of a cluster as a source lists it. Words are the source's own; null where it says nothing. */
export type Member = {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Of Patroni: leader, replica, sync_standby, quorum_standby or standby_leader. */
  readonly role: string | null;
  /** Of Patroni: running, streaming, in archive recovery, starting, stopped, start failed … */
  readonly state: string | null;
  readonly timeline: number | null;
  /** Bytes of WAL behind the leader. */
  readonly lagBytes: number | null;
  /** `nofailover`, or `failover_priority: 2`. */
  readonly tags: readonly string[];
  readonly pendingRestart: boolean;
  /** Where its own REST API takes requests, as `http://db1:8008`; null where it gives none that is at a host we know. */
  readonly apiUrl: string | null;
};

/** What a source says of a cluster. */
export type Answer = {
  readonly source: SourceKind;
  readonly members: readonly Member[];
  /** What the source calls the cluster. */
  readonly scope: string | null;
  /** Nothing fails over by itself. */
  readonly paused: boolean;
  /** In words; null where none is scheduled. */
  readonly scheduledSwitchover: string | null;
  /** What was listed and cannot be watched, and why. */
  readonly leftOut: readonly string[];
  /** Where requests to the cluster as a whole are sent, in this order: the address that answered is the first. */
  readonly urls: readonly string[];
  /** Null while nothing is known of them. */
  readonly timelines: Timelines | null;
};

export type Outcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly why: string };

/** A failing source. Moments are of the monotonic and of the wall clock. */
export type Failing = { readonly sinceMs: number; readonly sinceClockMs: number; readonly why: string };

/** What is known of the members of a cluster: the last good answer, and what became of the source since. */
export type Listing = {
  /** Null before the first one. */
  readonly answer: Answer | null;
  readonly answeredAtMs: number | null;
  /** Null while the source answers. */
  readonly failing: Failing | null;
  /** Members that the source listed and lists no more. */
  readonly gone: readonly Gone[];
};

type Gone = { readonly member: Member; readonly sinceMs: number; readonly source: SourceKind };

/** What the source of its cluster says of a node. Moments are of the monotonic clock. */
export type Listed = {
  /** The cluster that the source is of, as the config calls it. */
  readonly cluster: string;
  readonly source: SourceKind;
  readonly member: Member;
  /** What holds for all members is said of this one: of the leader, and of the first where none is known. */
  readonly isSpeaker: boolean;
  readonly urls: readonly string[];
  readonly scope: string | null;
  readonly paused: boolean;
  readonly scheduledSwitchover: string | null;
  readonly timelines: Timelines | null;
  readonly answeredAtMs: number;
  readonly failing: Failing | null;
  /** Null while it is listed. */
  readonly goneSinceMs: number | null;
  /** What listed it last, where that is not the source of now. */
  readonly listedBy?: SourceKind;
  /** Members with the same address: which of them the node is nobody knows. */
  readonly sharesWith?: readonly string[];
};

/** Members of a cluster at most, those that are gone among them. A list with more is no list of a cluster. */
export const mostMembers = 50;

/** A server that crashed leaves the list within a minute: it is watched for an hour more, so that it is an alarm. */
export const goneKeptMs = 3_600_000;

export const nothingListed: Listing = { answer: null, answeredAtMs: null, failing: null, gone: [] };

/** What is known after one more question to the source. Pure. A failure keeps the last good answer. */
export function afterAnswer(before: Listing, outcome: Outcome, nowMs: number, clockMs: number): Listing {
  if (!outcome.ok) {
    const { sinceMs, sinceClockMs } = before.failing ?? { sinceMs: nowMs, sinceClockMs: clockMs };
    return { ...before, failing: { sinceMs, sinceClockMs, why: outcome.why } };
  }
  const { members } = outcome.answer;
  const { source } = before.answer ?? outcome.answer;
  const known = [
    ...(before.answer?.members ?? []).map((member) => ({ member, sinceMs: nowMs, source })),
    ...before.gone,
  ];
  const gone = known.filter(
    ({ member, sinceMs }) => nowMs - sinceMs < goneKeptMs && !members.some((one) => isSame(one, member)),
  );
  return {
    answer: outcome.answer,
    answeredAtMs: nowMs,
    failing: null,
    gone: gone.slice(0, Math.max(0, mostMembers - members.length)),
  };
}

/** A member that has another name or another address now is the same one. */
function isSame(one: Member, other: Member): boolean {
  return one.name === other.name || placeOf(one) === placeOf(other);
}

const placeOf = ({ host, port }: Member) => `${host.toLowerCase()} ${port}`;

/** All members that are watched: those that are listed, and those that are gone since not so long. */
export function watchedMembers({ answer, gone }: Listing): readonly Member[] {
  return [...(answer?.members ?? []), ...gone.map(({ member }) => member)];
}

/** Whether two listings make the same nodes. */
export function sameServers(one: Listing, other: Listing): boolean {
  const texts = (listing: Listing) =>
    watchedMembers(listing).map((member) => `${member.name} ${placeOf(member)}`);
  return texts(one).toSorted().join("\n") === texts(other).toSorted().join("\n");
}

/** What the listing of a cluster says of its member of this name; null where it has none. */
export function listedOf(
  { answer, answeredAtMs, failing, gone }: Listing,
  cluster: string,
  name: string,
): Listed | null {
  if (answer === null || answeredAtMs === null) return null;
  const left = gone.find(({ member }) => member.name === name);
  const member = left?.member ?? answer.members.find((one) => one.name === name);
  if (!member) return null;
  const { source, scope, paused, scheduledSwitchover, timelines, urls } = answer;
  const goneSinceMs = left?.sinceMs ?? null;
  return {
    ...{ cluster, source, member, urls, scope, paused, scheduledSwitchover, timelines },
    isSpeaker: !left && speakerOf(answer.members) === member,
    ...{ answeredAtMs, failing, goneSinceMs },
    ...(left && left.source !== source && { listedBy: left.source }),
  };
}

function speakerOf(members: readonly Member[]): Member | undefined {
  return members.find(isLeader) ?? members[0];
}

/** The member that writes, or that a standby cluster follows from: it stands for its cluster. */
export function isLeader({ role }: Pick<Member, "role">): boolean {
  return role === "leader" || role === "standby_leader" || role === "master" || role === "primary";
}

export const patroniPaused = "Patroni is paused: nothing fails over by itself";

/** That other members are where this one is; null where none is. */
export function sharedText({ member, sharesWith = [] }: Listed): string | null {
  if (sharesWith.length === 0) return null;
  const others = sharesWith.join(", ");
  return `${others} ${sharesWith.length === 1 ? "has" : "have"} the same address as ${member.name}: map each to its own in addresses`;
}

/** What an operator should know of a node from the source of its cluster. */
export function listedNotes(listed: Listed): string[] {
  const { source, isSpeaker, paused, scheduledSwitchover, failing, goneSinceMs } = listed;
  if (goneSinceMs !== null) return [unlisted(source, listed.listedBy)];
  const shared = sharedText(listed);
  const own = shared === null ? [] : [shared];
  if (!isSpeaker) return own;
  return [
    ...own,
    ...(failing ? [failingText(failing)] : []),
    ...(paused ? [patroniPaused] : []),
    ...(scheduledSwitchover === null ? [] : [`a switchover is scheduled ${scheduledSwitchover}`]),
  ];
}

/** That a source listed a member and it is listed no more: by that source, or by the one that took its place. */
export function unlisted(source: SourceKind, before: SourceKind = source): string {
  if (before === source) return `${sourceNames[source]} no longer lists it`;
  return `${sourceNames[source]} does not list it, ${sourceNames[before]} did`;
}

/** Since when a source fails, and why. */
export function failingText({ sinceClockMs, why }: Failing): string {
  const since = new Date(sinceClockMs).toISOString().slice(11, 19);
  return `discovery fails since ${since}Z, the members known last are kept: ${why}`;
}

/** What happened to members between two listings, and to the source, which is told by the member that speaks for all. */
export type ListingEvent = {
  readonly member: string;
  readonly severity: "ok" | "warning";
  readonly text: string;
};

/** The first listing is no event of its members: they are added. */
export function listingEvents(before: Listing, { answer, failing }: Listing): ListingEvent[] {
  if (answer === null) return [];
  const { source, members: is, paused: isPaused } = answer;
  const was = before.answer?.members ?? [];
  const has = (members: readonly Member[], name: string) => members.some((one) => one.name === name);
  const event = (member: string, severity: ListingEvent["severity"], text: string) => ({
    member,
    severity,
    text,
  });
  const appeared = before.answer === null ? [] : is.filter(({ name }) => !has(was, name));
  const vanished = was.filter(({ name }) => !has(is, name));
  const speaker = speakerOf(is)?.name;
  const ofAll = (severity: ListingEvent["severity"], text: string) =>
    speaker === undefined ? [] : [event(speaker, severity, text)];
  // Another source that knows of no pause has not ended it.
  const isAnother = before.answer !== null && before.answer.source !== source;
  const wasPaused = isAnother ? isPaused : (before.answer?.paused ?? false);
  return [
    ...appeared.map(({ name }) => event(name, "ok", `${sourceNames[source]} lists it`)),
    ...vanished.map(({ name }) => event(name, "warning", unlisted(source, before.answer?.source))),
    ...(failing && !before.failing ? ofAll("warning", failingText(failing)) : []),
    ...(before.failing && !failing ? ofAll("ok", "discovery answers again") : []),
    ...(isPaused && !wasPaused ? ofAll("warning", "Patroni was paused") : []),
    ...(wasPaused && !isPaused ? ofAll("ok", "Patroni was resumed") : []),
  ];
}
