import { createHmac } from "node:crypto";
import type { HostKey } from "./host-key.ts";
import { fitsPatterns } from "./pattern.ts";

/** One usable line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export type KnownHost = {
  /** `file:line`, for people. */
  readonly where: string;
  /** `authority` vouches for the certificates of hosts, not for a key that one shows. */
  readonly marker: "revoked" | "authority" | null;
  /** Patterns, or one hashed name. */
  readonly names: readonly string[];
  readonly key: HostKey;
};

/** What the files say of a host's key. */
export type Verdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown" }
  /** The host is known by certificates alone: `where` is the line of their authority. */
  | { readonly kind: "certified"; readonly where: string }
  /** The host is known by another key: `where` is the line that says so. */
  | { readonly kind: "changed"; readonly where: string }
  | { readonly kind: "revoked"; readonly where: string };

const markers: Readonly<Record<string, KnownHost["marker"]>> = {
  "@revoked": "revoked",
  "@cert-authority": "authority",
};

/** Reads a file's text. Malformed lines are skipped. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split("\n").flatMap((line, index): KnownHost[] => {
    const words = line.trim().split(/\s+/);
    const word = words[0]?.startsWith("@") ? (words.shift() ?? "") : null;
    const marker = word === null ? null : markers[word];
    const [names, type, base64] = words;
    if (!names || names.startsWith("#") || !type || !base64) return [];
    if (marker === undefined) return [];
    const where = `${file}:${index + 1}`;
    const patterns = names.startsWith("|") ? [names] : names.toLowerCase().split(",");
    return [{ where, marker, names: patterns, key: { type, base64 } }];
  });
}

/** Reads a file of keys that no host may show, one public key a line; null for another form, such as a KRL. */
export function parseRevokedKeys(text: string, file: string): readonly KnownHost[] | null {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.flatMap((line, index): readonly (KnownHost | null)[] => {
    if (line === "" || line.startsWith("#")) return [];
    const [type = "", base64] = line.split(/\s+/);
    if (base64 === undefined || !/^[a-z][\w@.-]+$/.test(type)) return [null];
    return [{ where: `${file}:${index + 1}`, marker: "revoked", names: ["*"], key: { type, base64 } }];
  });
  return keys.every((key) => key !== null) ? keys : null;
}

/**
 * Judges the key that a host shows. A host that is known by keys of other types only counts as changed: its own are
 * asked for first (see {@link knownTypes}), and one who stands between cannot show those.
 */
export function judge(hosts: readonly KnownHost[], host: string, port: number, key: HostKey): Verdict {
  const same = (known: KnownHost) => known.key.type === key.type && known.key.base64 === key.base64;
  const named = hosts.filter(({ names }) => stands(names, nameOf(host, port)));
  // As ssh does it: a key that was learnt at the usual port is good at another one, but refuses nothing there.
  const usual = hosts.filter(({ names }) => stands(names, nameOf(host, 22)));
  const revoked = [...named, ...usual].find((known) => known.marker === "revoked" && same(known));
  if (revoked) return { kind: "revoked", where: revoked.where };
  const trusted = named.filter(({ marker }) => marker === null);
  if ([...trusted, ...usual].some((known) => known.marker === null && same(known))) return { kind: "known" };
  const [other] = [...trusted.filter((known) => known.key.type === key.type), ...trusted];
  if (other) return { kind: "changed", where: other.where };
  const authority = [...named, ...usual].find(({ marker }) => marker === "authority");
  return authority ? { kind: "certified", where: authority.where } : { kind: "unknown" };
}

/** The types of the keys that a host is known by. */
export function knownTypes(hosts: readonly KnownHost[], host: string, port: number): readonly string[] {
  const known = (at: number) =>
    hosts.filter(({ names, marker }) => marker === null && stands(names, nameOf(host, at)));
  const found = known(port);
  return (found.length > 0 ? found : known(22)).map(({ key }) => key.type);
}

/** The line that makes a host known by this key, with its end. */
export function knownHostsLine(host: string, port: number, { type, base64 }: HostKey): string {
  return `${nameOf(host, port)} ${type} ${base64}\n`;
}

function nameOf(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function stands(names: readonly string[], name: string): boolean {
  const [first = ""] = names;
  if (!first.startsWith("|")) return fitsPatterns(name, names);
  // |1|salt|hash, where hash is the HMAC-SHA1 of the name keyed by the salt.
  const [, version, salt = "", hash = ""] = first.split("|");
  if (version !== "1") return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
