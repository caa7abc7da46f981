import { z } from "zod";
import { type AddressRule, ruleFor } from "../stats/address-rules.ts";
import { isLeader, type Member, mostMembers, type Outcome } from "../stats/discovery.ts";
import { safeName } from "../text/text.ts";

/** An identifier of PostgreSQL has 63 bytes, a host name 253 characters: a member's name is one of a host at most. */
const longestName = 253;
const longestWord = 60;
const mostTags = 20;

/** What is only shown: absent, or of another form, it is not known. */
const word = z.string().min(1).max(longestWord).nullable().catch(null);
const flag = z.boolean().catch(false);

function numberInText(given: unknown): unknown {
  return typeof given === "string" && /^\d{1,5}$/.test(given) ? Number(given) : given;
}

const memberForm = z.object({
  name: z.string().min(1).max(longestName),
  host: z.string().min(1).max(longestName).optional(),
  port: z.preprocess(numberInText, z.int().min(1).max(65_535).optional()),
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
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return "what answers there is not Patroni";
  }
  const form = selfForm.safeParse(given);
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
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return refused("the answer is no JSON");
  }
  const cluster = clusterForm.safeParse(given);
  if (!cluster.success) {
    const isLong = cluster.error.issues.some(({ code }) => code === "too_big");
    return refused(isLong ? `more than ${mostMembers} members` : "the answer has no list of members");
  }
  const { scope, pause, scheduled_switchover: planned } = cluster.data;
  const read = cluster.data.members.map((member) => readMember(member, trusted));
  const members: Member[] = [];
  const leftOut: string[] = [];
  for (const one of read) {
    if (typeof one === "string") leftOut.push(one);
    else if (members.some(({ name }) => name === one.name)) leftOut.push(`a second ${one.name}`);
    else if (members.some(({ host, port }) => host === one.host && port === one.port))
      leftOut.push(`${one.name}: another member has its address`);
    else members.push(one);
  }
  return {
    ok: true,
    answer: {
      source: "patroni",
      members,
      scope,
      paused: pause,
      scheduledSwitchover: planned?.at ? plannedText(planned) : null,
      leftOut,
      urls: trusted.urls,
    },
  };
}

type Planned = Readonly<Record<"at" | "from" | "to", string | null>>;

function plannedText({ at, from, to }: Planned): string {
  return `at ${at}${from === null ? "" : ` from ${from}`}${to === null ? "" : ` to ${to}`}`;
}

/** A member that can be watched, or why it cannot be, in words. */
function readMember(given: unknown, trusted: Trusted): Member | string {
  const form = memberForm.safeParse(given);
  if (!form.success) {
    const [field = ""] = form.error.issues.map(({ path }) => String(path[0] ?? ""));
    return field === "" ? "a member that is no map" : `a member without a usable ${field}`;
  }
  const { name, host, port, conn_url, api_url, role, state, timeline, lag, tags, pending_restart } =
    form.data;
  // Two names that look alike would be taken for one another.
  if (safeName(name) !== name) return "a member whose name cannot be shown as it is";
  const own = host === undefined ? null : { host, port: port ?? 5432 };
  const address = own ?? (conn_url === undefined ? null : addressIn(conn_url));
  const shown = address && plainHost(address.host);
  if (!address || shown === null) return `${name}: no address`;
  return {
    ...{ name, host: shown, port: address.port, role, state, timeline },
    ...{ lagBytes: lag, tags: tagsIn(tags), pendingRestart: pending_restart },
    apiUrl: api_url === null ? null : apiIn(api_url, shown, trusted),
  };
}

/** The host of a name or an address without brackets; null for what names none, such as a list or a socket directory. */
function plainHost(host: string): string | null {
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  const isName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(bare);
  const isAddress = /^[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,20})?$/.test(bare) && bare.includes(":");
  return isName || isAddress ? bare : null;
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
function addressIn(url: string): { readonly host: string; readonly port: number } | null {
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
