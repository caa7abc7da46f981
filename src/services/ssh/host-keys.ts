import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { isAbsent } from "../../files/plain-file.ts";
import { type NodeError, nodeError, type UnknownHost } from "../../postgres/node-error.ts";
import { type Hop, hopName } from "../../ssh/hop.ts";
import { fingerprint, type HostKey } from "../../ssh/host-key.ts";
import {
  judge,
  type KnownHost,
  knownHostsLine,
  knownTypes,
  parseKnownHosts,
  parseRevokedKeys,
} from "../../ssh/known-hosts.ts";
import { readFileInTime } from "../files.ts";

/** More than any known_hosts that people keep. */
const largestBytes = 4 * 1_048_576;

/** The keys that the files know; a file that is not there knows none. Rejects on one that cannot be read. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const found = await Promise.all(files.map(async (file) => parseKnownHosts(await textOf(file), file)));
  return found.flat();
}

/**
 * The keys that no host may show. Rejects when that cannot be told: as ssh does it, every host is refused without the
 * file that is named.
 */
export async function readRevokedKeys(file: string | null): Promise<readonly KnownHost[]> {
  if (file === null) return [];
  const read = await readFileInTime(file, largestBytes);
  if (!read.ok) throw new Error(`${file} ${read.why}`);
  const keys = parseRevokedKeys(read.bytes.toString("utf8"), file);
  if (keys === null)
    throw new Error(`${file} is no list of public keys, one a line (KRLs are not supported)`);
  return keys;
}

async function textOf(file: string): Promise<string> {
  const read = await readFileInTime(file, largestBytes);
  if (!read.ok && !isAbsent(read)) throw new Error(`${file} ${read.why}`);
  return read.ok ? read.bytes.toString("utf8") : "";
}

/** Signature algorithms by type of key (RFC 8709, RFC 5656, RFC 8332). Plain ssh-rsa is SHA-1, which ssh refuses too. */
const algorithms = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;

/** What to ask a host's key for: the types that it is known by first, or it would show another and look changed. */
export function keyAlgorithms(known: readonly KnownHost[], { knownAs, port }: Hop) {
  const types = new Set(knownTypes(known, knownAs, port));
  const isKnown = ([type]: [string, unknown]) => types.has(type);
  const all = Object.entries(algorithms);
  return [...all.filter(isKnown), ...all.filter((entry) => !isKnown(entry))].flatMap(([, names]) => names);
}

/**
 * Why a host that shows this key is not talked to; null when it is the one that is known. `before` are the hosts that
 * lead there.
 */
export function refuseHost(
  known: readonly KnownHost[],
  hop: Hop,
  before: readonly Hop[],
  key: HostKey,
): NodeError | null {
  const { knownAs, port, knownHosts } = hop;
  const name = hopName({ host: knownAs, port });
  const verdict = judge(known, knownAs, port, key);
  const shown = `${key.type} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case "known":
      return null;
    case "revoked":
      return nodeError("tunnel", `revoked key of ssh host ${name}`, `${verdict.where} revokes ${shown}.`);
    case "changed": {
      const hint = `It shows ${shown}, and ${verdict.where} knows another. Somebody may stand in between. Only if you know why it changed: ${forget(hop)}`;
      return nodeError("tunnel", `changed key of ssh host ${name}`, hint);
    }
    case "certified": {
      const message = `ssh host ${name} is known by a host certificate, which pgparade does not support`;
      const hint = `${verdict.where} is its @cert-authority. It shows ${shown}: only if that is its fingerprint, add its key to ${knownHosts[0]}.`;
      // The user is not asked: a man in the middle has a key of his own to show.
      return nodeError("tunnel", message, hint);
    }
    case "unknown": {
      const [file = ""] = knownHosts;
      const hint = `It shows ${shown}. If that is its fingerprint: ${learn(hop, before)}`;
      const { type: keyType, base64 } = key;
      return {
        ...nodeError("tunnel", `unknown ssh host ${name}`, hint),
        unknownHost: { host: knownAs, port, keyType, key: base64, fingerprint: fingerprint(key), file },
      };
    }
  }
}

/** What a person runs to learn a host's key; where other hosts lead to it, only ssh gets there, and asks. */
function learn({ user, host, port, knownHosts: [file] }: Hop, before: readonly Hop[]): string {
  if (before.length === 0) return `ssh-keyscan -p ${port} ${host} >> ${file}`;
  const jumps = before.map((hop) => `${hop.user}@${hopName(hop)}`).join(",");
  return `ssh -o UserKnownHostsFile=${file} -J ${jumps} -p ${port} ${user}@${host}`;
}

function forget({ knownAs, port, knownHosts }: Hop): string {
  return `ssh-keygen -f ${knownHosts[0]} -R '${port === 22 ? knownAs : `[${knownAs}]:${port}`}'`;
}

/** Makes a host known by its key, with a line at the end of the file. Rejects when it cannot be written. */
export async function learnHost({ host, port, keyType, key, file }: UnknownHost): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = await textOf(file);
  const start = text === "" || text.endsWith("\n") ? "" : "\n";
  const line = knownHostsLine(host, port, { type: keyType, base64: key });
  await appendFile(file, `${start}${line}`, { mode: 0o600 });
}
