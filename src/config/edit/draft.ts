import {
  type ConnectionParameters,
  type ConninfoParameters,
  checkParameters,
  connectionDefaults,
  type Keyword,
} from "../../postgres/conninfo/conninfo.ts";
import { givenTls } from "../../postgres/conninfo/tls-parameters.ts";
import type { ActionLevel } from "../../stats/action-level.ts";
import { Secret } from "../../text/secret.ts";
import { interpolate } from "../interpolate.ts";
import { hostCount, nodeNames } from "../resolve/node-names.ts";
import type { Colour, NodeSettings } from "../settings.ts";
import { isReservedName } from "../values.ts";
import { parseSshPlace } from "./ssh-place.ts";

/**
 * A node as a person fills it in on a form: only what was given, without defaults. Texts may hold `${VAR}`, which
 * stays a variable in the file.
 */
export type NodeDraft = {
  readonly name: string;
  /** The cluster of the file whose list it is in, which need not exist yet; null is none. */
  readonly cluster: string | null;
  /** A group that need not exist yet; null is none. */
  readonly group: string | null;
  readonly colour: Colour | null;
  readonly production: boolean;
  /** What it says itself; null is what its cluster or `defaults` says. */
  readonly actions: ActionLevel | null;
  /** The ssh host on the way, as `[user@]host[:port]`, or `none`; null is what counts where nothing is said. */
  readonly ssh: string | null;
  /** By libpq's keywords (`dbname`, not `database`), without `password` and `sslpassword`. */
  readonly parameters: ConninfoParameters;
  /** `${VAR}` that holds the whole connection string; null as soon as there is a parameter. */
  readonly variable: string | null;
  /** What was typed or pasted just now; null when nothing was. */
  readonly password: Secret | null;
  /** The passphrase of `sslkey` (`sslpassword`), when a pasted string has it. It goes where the password goes. */
  readonly keyPassphrase: Secret | null;
  readonly passwordPlace: PasswordPlace;
};

/**
 * Where a new password goes when the draft is saved: nowhere with `none` (it lives as long as the process). With
 * `none` and `keyring` the file's own one is removed, and with `keyring` whatever else the node has one from, since
 * that would go before it.
 */
export type PasswordPlace = "keyring" | "file" | "none" | "kept";

export const emptyDraft: NodeDraft = {
  name: "",
  cluster: null,
  group: null,
  colour: null,
  production: false,
  actions: null,
  ssh: null,
  parameters: {},
  variable: null,
  password: null,
  keyPassphrase: null,
  passwordPlace: "keyring",
};

export type DraftField = "name" | "cluster" | "group" | "password" | "ssh" | Keyword;

/** What is wrong with one field, in a sentence without a value. */
export type DraftProblem = { readonly field: DraftField; readonly problem: string };

/**
 * Judges a draft field by field, at every key: pure, and some microseconds. Empty is fine to save.
 * @param taken the names of all other nodes
 */
export function checkDraft(draft: NodeDraft, taken: readonly string[]): readonly DraftProblem[] {
  const problems: DraftProblem[] = [];
  const refuse = (field: DraftField, problem: string | null) => {
    if (problem !== null && !problems.some((earlier) => earlier.field === field))
      problems.push({ field, problem });
  };
  refuse("name", draft.name === "" ? "give it a name" : nameProblem(draft.name));
  if (taken.includes(draft.name)) refuse("name", "another node has this name");
  for (const field of ["cluster", "group"] as const) {
    const place = draft[field];
    if (place !== null) refuse(field, place === "" ? `a ${field} has a name` : nameProblem(place));
  }
  if (draft.ssh !== null && !parseSshPlace(draft.ssh)) refuse("ssh", "expected a host, or user@host:port");
  const literal: { [keyword in Keyword]?: string } = {};
  for (const [keyword, text] of parameterEntries(draft.parameters)) {
    refuse(keyword, textProblem(text));
    if (!interpolate(text, {}).filled) literal[keyword] = text;
  }
  const { host } = literal;
  const others = new Set(taken);
  if (nodeNames(draft.name, hostCount(literal)).some((name) => others.has(name)))
    refuse("name", "another node has the name of one of its hosts");
  if (host && /(?:^|,)-|\s/.test(host)) refuse("host", "a host has no blanks and does not begin with -");
  for (const { keyword, expected } of checkParameters(literal)) refuse(keyword, `expected ${expected}`);
  for (const secret of [draft.password, draft.keyPassphrase])
    if (secret && /[\0\r\n]/.test(secret.reveal())) refuse("password", "a password is on one line");
  return problems;
}

/** The parameters that were given, as pairs. */
function parameterEntries(parameters: ConninfoParameters): readonly (readonly [Keyword, string])[] {
  // A map by keyword has no other keys.
  return Object.entries(parameters) as [Keyword, string][];
}

// What nobody can see could make two names look the same, or turn a line around.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{E000}]/u;

function nameProblem(name: string): string | null {
  if (invisible.test(name)) return "only characters that can be seen";
  if (name.trim() !== name) return "no blank at the ends";
  // A pasted string may hold a password, and names are shown.
  if (name.includes("://")) return "a name, not a connection string";
  return isReservedName(name) || name.length > 100 ? "choose another name" : null;
}

function textProblem(text: string): string | null {
  if (/[\p{Cc}\u{E000}]/u.test(text)) return "no control characters";
  return interpolate(text, {}).malformed ? "write $${ for a plain ${" : null;
}

/** What a string says of a password or passphrase; empty is nothing. */
export function givenSecret(text: string | undefined): Secret | null {
  return text ? new Secret(text) : null;
}

/** The draft of a node that is in no file and of which nobody wrote a string: what it is reached by, without defaults. */
export function draftOfNode(node: NodeSettings): NodeDraft {
  const { name, group, colour, production, connection } = node;
  return {
    name,
    cluster: null,
    group,
    colour,
    production,
    actions: null,
    ssh: null,
    parameters: givenParameters(connection),
    variable: null,
    password: connection.password,
    keyPassphrase: connection.sslpassword,
    passwordPlace: "keyring",
  };
}

/** What a connection has that libpq would not fill in by itself, as literal text. */
function givenParameters(connection: ConnectionParameters): ConninfoParameters {
  const { host, hostaddr, port, dbname, user, options } = connection;
  const { channelBinding, requireAuth, passfile, connectTimeoutMs } = connection;
  const { keepalives, applicationName } = connection;
  const number = (value: number | null) => (value === null ? null : String(value));
  const given: { readonly [keyword in Keyword]?: string | null } = {
    host,
    hostaddr,
    port: String(port),
    dbname,
    user,
    options,
    ...givenTls(connection),
    channel_binding: channelBinding === connectionDefaults.channelBinding ? null : channelBinding,
    require_auth: requireAuth?.text ?? null,
    passfile,
    connect_timeout: number(connectTimeoutMs && connectTimeoutMs / 1000),
    keepalives: keepalives ? null : "0",
    keepalives_idle: number(connection.keepalivesIdleSeconds),
    keepalives_interval: number(connection.keepalivesIntervalSeconds),
    keepalives_count: number(connection.keepalivesCount),
    tcp_user_timeout: number(connection.tcpUserTimeoutMs),
    application_name: applicationName === connectionDefaults.applicationName ? null : applicationName,
  };
  return literalParameters(Object.fromEntries(Object.entries(given).filter(([, text]) => text !== null)));
}

/** Parameters as they are to be read, whatever they look like: no `${` in them is a variable of the file. */
export function literalParameters(parameters: ConninfoParameters): ConninfoParameters {
  const entries = parameterEntries(parameters);
  return Object.fromEntries(entries.map(([keyword, text]) => [keyword, text.replaceAll("${", () => "$${")]));
}
