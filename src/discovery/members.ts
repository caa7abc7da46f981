import { z } from "zod";
import { type Member, mostMembers, type Outcome, type SourceKind } from "../stats/discovery.ts";
import { safeName } from "../text/text.ts";

/** An identifier of PostgreSQL has 63 bytes, a host name 253 characters: a member's name is one of a host at most. */
export const longestName = 253;

function numberInText(given: unknown): unknown {
  return typeof given === "string" && /^\d{1,5}$/.test(given) ? Number(given) : given;
}

/** What each source says of a member: its name, and where it is. */
export const placeFields = {
  name: z.string().min(1).max(longestName),
  host: z.string().min(1).max(longestName).optional(),
  port: z.preprocess(numberInText, z.int().min(1).max(65_535).optional()),
};

const placeForm = z.object(placeFields);
const nameForm = z.object({ name: placeFields.name });

/** Where a member says it is; the port may be left out. */
export type Place = { readonly host: string; readonly port?: number | undefined };

/** A text as JSON; undefined where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields that a form finds in what is given for a member; why they are of no use, in words. */
export function fieldsIn<Fields>(form: z.ZodType<Fields>, given: unknown): Fields | string {
  const read = form.safeParse(given);
  if (read.success) return read.data;
  const [field = ""] = read.error.issues.map(({ path }) => String(path[0] ?? ""));
  if (field === "") return "a member that is no map";
  const named = nameForm.safeParse(given);
  return named.success && safeName(named.data.name) === named.data.name
    ? `${named.data.name}: no usable ${field}`
    : `a member without a usable ${field}`;
}

/** A member of which no more is known than where it is; why it cannot be watched, in words. */
export function memberAt(name: string, place: Place | null): Member | string {
  // Two names that look alike would be taken for one another.
  if (safeName(name) !== name) return "a member whose name cannot be shown as it is";
  const host = place && plainHost(place.host);
  if (!place || host === null) return `${name}: no address`;
  return {
    ...{ name, host, port: place.port ?? 5432, role: null, state: null, timeline: null, lagBytes: null },
    ...{ tags: [], pendingRestart: false, apiUrl: null },
  };
}

/**
 * The members that can be watched, each name once, and what is left out, in words. Which of them share an address is known
 * once it is mapped.
 */
export function distinct(read: readonly (Member | string)[]) {
  const members: Member[] = [];
  const leftOut: string[] = [];
  for (const one of read) {
    if (typeof one === "string") leftOut.push(one);
    else if (members.some(({ name }) => name === one.name)) leftOut.push(`a second ${one.name}`);
    else members.push(one);
  }
  return { members, leftOut };
}

/** The answer of a source that knows of members only what they are called and where they are. */
export function plainAnswer(source: SourceKind, given: readonly unknown[]): Outcome {
  if (given.length > mostMembers) return { ok: false, why: tooMany };
  const read = given.map((one) => {
    const fields = fieldsIn(placeForm, one);
    if (typeof fields === "string") return fields;
    const { name, host, port } = fields;
    return memberAt(name, host === undefined ? null : { host, port });
  });
  const unknown = { scope: null, paused: false, scheduledSwitchover: null, timelines: null, urls: [] };
  return { ok: true, answer: { source, ...distinct(read), ...unknown } };
}

export const tooMany = `more than ${mostMembers} members`;

/** The host of a name or an address without brackets; null for what names none, such as a list or a socket directory. */
export function plainHost(host: string): string | null {
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  const isName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(bare);
  const isAddress = /^[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,20})?$/.test(bare) && bare.includes(":");
  return isName || isAddress ? bare : null;
}
