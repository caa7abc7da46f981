import { z } from "zod";
import { type AddressRule, ruleFor } from "../stats/address-rules.ts";
import { isLeader, type Member, mostMembers, type Outcome } from "../stats/discovery.ts";
import {
  distinct,
  fieldsIn,
  jsonIn,
  longestName,
  memberAt,
  type Place,
  placeFields,
  plainHost,
  tooMany,
} from "./members.ts";

const longestWord = 60;
const mostTags = 20;

/** What is only shown: absent, or of another form, it is not known. */
const word = z.string().min(1).max(longestWord).nullable().catch(null);
const flag = z.boolean().catch(false);

const memberForm = z.object({
  ...placeFields,
  conn_url: z.string().max(1000).optional(),
  api_url: z.string().max(1000).nullable().catch(null),
  role: word,
  state: word,
  timeline: z.int().min(1).nullable().catch(null),
  // `unknown` of a member that does not say where it is.
  lag: z.int().min(0).nullable().catch(null),
  tags: z.unknown().optional(),
  pending_restart: flag,
});

const clusterForm = z.object({
  members: z.array(z.unknown()).max(mostMembers),
  scope: word,
  pause: flag,
  scheduled_switchover: z.object({ at: word, from: word, to: word }).nullable().catch(null),
});

const selfForm = z.object({
  role: z.string().min(1).max(longestWord),
  patroni: z.object({ name: z.string().max(longestName).optional(), scope: word }),
});

/**
 * Why an answer of `GET /patroni` is not that of this member; null when it is. An old Patroni does not say its name, so that
 * its role has to tell as well: a restart or a copy anew must not hit the leader in the place of a replica.
 */
export function notMember(text: string, { name, scope, leads }: Expected): string | null {
  const form = selfForm.safeParse(jsonIn(text));
  if (!form.success) return "what answers there is not Patroni";
  const { role, patroni: self } = form.data;
  if (self.name !== undefined && self.name !== name) return `another member answers there: ${self.name}`;
  if (scope !== null && self.scope !== scope) return "a member of another cluster answers there";
  if (isLeader({ role }) === leads) return null;
  return leads ? "what answers there is not the leader" : "the leader answers there";
}

/** The member that is meant, as the list has it. */
type Expected = { readonly name: string; readonly scope: string | null; readonly leads: boolean };

/** What the user wrote of a source: the addresses of REST APIs, and the rules that map addresses. */
export type Trusted = { readonly urls: readonly string[]; readonly addresses: readonly AddressRule[] };

/**
 * The answer of Patroni's `GET /cluster`. It may come from anybody: what is of another form is not known, a member that
 * cannot be watched is left out and named, and text stays text, which is made safe where it is drawn.
 */
export function readCluster(text: string, trusted: Trusted): Outcome {
  const refused = (why: string): Outcome => ({ ok: false, why });
  const given = jsonIn(text);
  if (given === undefined) return refused("the answer is no JSON");
  const cluster = clusterForm.safeParse(given);
  if (!cluster.success) {
    const isLong = cluster.error.issues.some(({ code }) => code === "too_big");
    return refused(isLong ? tooMany : "the answer has no list of members");
  }
  const { scope, pause, scheduled_switchover: planned } = cluster.data;
  return {
    ok: true,
    answer: {
      source: "patroni",
      ...distinct(cluster.data.members.map((member) => readMember(member, trusted))),
      scope,
      paused: pause,
      scheduledSwitchover: planned?.at ? plannedText(planned) : null,
      urls: trusted.urls,
      timelines: null,
    },
  };
}

type Planned = Readonly<Record<"at" | "from" | "to", string | null>>;

function plannedText({ at, from, to }: Planned): string {
  return `at ${at}${from === null ? "" : ` from ${from}`}${to === null ? "" : ` to ${to}`}`;
}

/** A member that can be watched, or why it cannot be, in words. */
function readMember(given: unknown, trusted: Trusted): Member | string {
  const fields = fieldsIn(memberForm, given);
  if (typeof fields === "string") return fields;
  const { name, host, port, conn_url, api_url, role, state, timeline, lag, tags, pending_restart } = fields;
  const own = host === undefined ? null : { host, port };
  const member = memberAt(name, own ?? (conn_url === undefined ? null : addressIn(conn_url)));
  if (typeof member === "string") return member;
  return {
    ...{ ...member, role, state, timeline },
    ...{ lagBytes: lag, tags: tagsIn(tags), pendingRestart: pending_restart },
    apiUrl: api_url === null ? null : apiIn(api_url, member.host, trusted),
  };
}

/**
 * The address that a member gives of its REST API, as we reach it; null unless it is at the member's own host or at one
 * that the user wrote. A request that changes something is sent nowhere else.
 */
function apiIn(text: string, host: string, { urls, addresses }: Trusted): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return null;
  const own = plainHost(url.hostname);
  const known = [host, ...urls.map((one) => plainHost(URL.parse(one)?.hostname ?? ""))];
  if (own === null || !known.some((one) => one?.toLowerCase() === own)) return null;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const rule = ruleFor(addresses, { host: own, port });
  if (rule === null) return url.origin;
  // A rule for the host alone may have the port of its PostgreSQL.
  const to = rule.from.port === null ? port : (rule.to.port ?? port);
  const name = rule.to.host.includes(":") ? `[${rule.to.host}]` : rule.to.host;
  return URL.parse(`${url.protocol}//${name}:${to}`)?.origin ?? null;
}

/** `postgres://10.0.0.1:5432/postgres`, as a member writes itself down. */
function addressIn(url: string): Place | null {
  const read = URL.parse(url);
  if (!read || !/^postgres(ql)?:$/.test(read.protocol) || read.hostname === "") return null;
  return { host: read.hostname, port: read.port === "" ? 5432 : Number(read.port) };
}

/** What is set: `nofailover`, or a name with its value. */
function tagsIn(tags: unknown): readonly string[] {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) return [];
  return Object.entries(tags)
    .filter(([, value]) => ["boolean", "number", "string"].includes(typeof value) && value !== false)
    .slice(0, mostTags)
    .map(([name, value]) => (value === true ? name : `${name}: ${value}`).slice(0, longestWord));
}
