import { leftOutWords, parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { isOneVariable } from "../interpolate.ts";
import { hostCount, nodeNames } from "../resolve/node-names.ts";
import { isReservedName } from "../values.ts";
import { addressParameters } from "./bare-address.ts";
import { emptyDraft, givenSecret, type NodeDraft } from "./draft.ts";
import { psqlParameters } from "./psql-line.ts";

export type Pasted =
  | {
      readonly ok: true;
      readonly draft: NodeDraft;
      /** The names of what another program's string has and no draft; null when all of it is in the draft. */
      readonly leftOut: string | null;
    }
  /** What cannot be read, quoting nothing of it. */
  | { readonly ok: false; readonly problem: string };

/**
 * The draft of a pasted connection URI, of keyword=value pairs (libpq, "Connection Strings"), of what other programs
 * write for them, of the command line of psql with either or with its options, or of `${VAR}` that holds one. A
 * password in it becomes the draft's.
 * @param taken names that the suggested one must not be
 */
export function parseDraft(text: string, taken: readonly string[] = []): Pasted {
  const trimmed = text.trim();
  if (isOneVariable(trimmed)) {
    const draft = { ...emptyDraft, name: suggestName({}, taken), variable: trimmed };
    return { ok: true, draft, leftOut: null };
  }
  const address = addressParameters(trimmed);
  const read =
    psqlParameters(trimmed) ??
    (address && ({ ok: true, parameters: address, leftOut: { names: [], unnamed: 0 } } as const)) ??
    parseAnyConninfo(trimmed, "leave out");
  if (!read.ok) {
    const isOne = trimmed.includes("=") || trimmed.includes("://");
    return { ok: false, problem: isOne ? read.error.message : whatIsRead };
  }
  const query = trimmed.indexOf("?");
  const isTorn = read.leftOut.unnamed > 0 && query >= 0 && trimmed.includes("@", query);
  if (/:\/\//.test(trimmed) && (isTorn || splitsPassword(trimmed, read.parameters)))
    return { ok: false, problem: "a port that is no number; in a password, @ is written %40 and / is %2F" };
  const { password: written, sslpassword, ...given } = withoutEmpty(read.parameters);
  const isTemplate = written !== undefined && placeholder.test(written);
  const password = isTemplate ? undefined : written;
  const words = [leftOutWords(read.leftOut), isTemplate ? "a password that is still to be filled in" : null];
  const parameters = escaped(given);
  const name = suggestName(parameters, taken);
  return {
    ok: true,
    draft: {
      ...emptyDraft,
      name,
      parameters,
      password: givenSecret(password),
      keyPassphrase: givenSecret(sslpassword),
    },
    leftOut: words.filter((word) => word !== null).join(", ") || null,
  };
}

const whatIsRead = "write host:port/database, a URI, host=… or a psql command";

/** What a provider's page shows where the password belongs: `[YOUR-PASSWORD]`, `<password>`. */
const placeholder = /^(?:\[[\w -]*password[\w -]*\]|<[\w -]*password[\w -]*>|\{+[\w -]*password[\w -]*\}+)$/i;

/** Whether an "@" or "/" in a password ended it early: the rest of it would stand for the port or the database. */
function splitsPassword(uri: string, { port = "" }: ConninfoParameters): boolean {
  const isPort = /^(?:[\d,]|\$\{[^}]*\})*$/.test(port);
  // A pattern for this would try each slash with each "@".
  const hidesAt = (part: string) => {
    const start = part.indexOf("://");
    const path = start < 0 ? -1 : part.indexOf("/", start + 3);
    return path >= 0 && part.lastIndexOf("@") > path;
  };
  return !isPort || uri.split(/[?\s]/).some(hidesAt);
}

function withoutEmpty(parameters: ConninfoParameters): ConninfoParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, text]) => text));
}

/** A shell's or a program's `${VAR}` may be meant as ours; what cannot be one is literal. */
function escaped(parameters: ConninfoParameters): ConninfoParameters {
  const entries = Object.entries(parameters) as [Keyword, string][];
  return Object.fromEntries(
    entries.map(([keyword, text]) => [
      keyword,
      text.replace(/\$\{(?![A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\})/g, () => "$${"),
    ]),
  );
}

/**
 * The first part of the host's name, or the address or database where that says more; with a number when it is taken.
 * Several hosts are called what their names begin with.
 */
export function suggestName(parameters: ConninfoParameters, taken: readonly string[]): string {
  const { host = "", port, dbname } = parameters;
  const hosts = host.split(",");
  const isLocal = hosts.every((one) => /^$|^\/|^(localhost|127\.|::1$)/.test(one));
  const local = dbname ?? (port === undefined || hosts.length > 1 ? "local" : `local-${port}`);
  const names = hosts.map((one) => (/^[\d.]+$|:/.test(one) ? one : (one.split(".")[0] ?? one)));
  const wanted = isLocal ? local : hosts.length > 1 ? (commonStart(names) ?? dbname) : names[0];
  const base = (wanted ?? "").replace(/[^\p{L}\p{N}._:-]/gu, "") || "node";
  return freeName(base, hostCount(parameters), taken);
}

/** What all names begin with, without the number that tells them apart; null for less than two characters. */
function commonStart(names: readonly string[]): string | null {
  const [first = "", ...others] = names;
  let length = first.length;
  while (!others.every((name) => name.startsWith(first.slice(0, length)))) length -= 1;
  const start = first.slice(0, length).replace(/[\d._:-]+$/, "");
  return start.length < 2 ? null : start;
}

/** The name itself, or with the lowest number from 2 on that makes it and those of its nodes free. */
function freeName(base: string, hosts: number, taken: readonly string[]): string {
  const others = new Set(taken);
  const isFree = (name: string) =>
    !others.has(name) && !isReservedName(name) && !nodeNames(name, hosts).some((one) => others.has(one));
  if (isFree(base)) return base;
  for (let number = 2; ; number++) if (isFree(`${base}-${number}`)) return `${base}-${number}`;
}
