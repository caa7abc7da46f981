import type { ParsedKey, utils } from "ssh2";
import { hostKeyOf } from "../../ssh/host-key.ts";
import { publicHalf } from "../../ssh/public-half.ts";
import { textInTime } from "../files.ts";
import { openKey } from "../secrets/key-thread.ts";
import { readPrivateFile } from "../secrets/private-file.ts";
import { passphraseOf } from "../secrets/typed-secrets.ts";
import type { SshSecrets, Wanted } from "./secrets.ts";

/** OpenSSH reads lines of 16 kB; a certificate of many principals is longer than a key. */
export const largestPublicBytes = 65_536;

type Parse = (typeof utils)["parseKey"];

/** A key with a passphrase. */
export type LockedKey = {
  readonly kind: "locked";
  readonly path: string;
  readonly text: string;
  /** Its public half; null when it is nowhere to be read. */
  readonly half: ParsedKey | null;
};

/** A private key that can be used, one with a passphrase, or why there is none, in words. */
export type KeyFile =
  | { readonly kind: "open"; readonly key: ParsedKey }
  | LockedKey
  | { readonly kind: "none"; readonly why: string };

/** Reads a private key's file. Never rejects. */
export async function readKey(path: string, { opened }: SshSecrets, parse: Parse): Promise<KeyFile> {
  const file = await readPrivateFile("key", path);
  if (!("text" in file)) return { kind: "none", why: file.why };
  const { text } = file;
  const key = opened.get(text) ?? parse(text);
  if (!(key instanceof Error)) return { kind: "open", key };
  if (!/passphrase/i.test(key.message)) return { kind: "none", why: `${path} is no private key` };
  const wire = publicHalf(text);
  const { type, base64 } = hostKeyOf(wire ?? new Uint8Array());
  // As ssh does it for the older forms.
  const half = parse(wire ? `${type} ${base64}` : await textInTime(`${path}.pub`, largestPublicBytes));
  if (!(half instanceof Error)) return { kind: "locked", path, text, half };
  // To ask for the passphrase of a hardware key would be in vain.
  if (wire) return { kind: "none", why: `${path} is of the type ${type}, which only an agent can use` };
  return { kind: "locked", path, text, half: null };
}

/** A key that was opened, or why not, in words, and the passphrase that would open it. */
export type Opened =
  | { readonly key: ParsedKey }
  | { readonly key: null; readonly why: string; readonly wanted: Wanted | null };

/** Opens a key with the first passphrase that fits: trying one costs half a second and tells nobody. Never rejects. */
export async function unlock({ path, text }: LockedKey, secrets: SshSecrets, parse: Parse): Promise<Opened> {
  const not = (why: string, wanted: Wanted | null = null): Opened => ({ key: null, why, wanted });
  const secret = passphraseOf("ssh", path);
  let wrong: string | null = null;
  const reasons: string[] = [];
  for await (const lookup of secrets.lookUp(secret)) {
    if (!lookup.secret) {
      reasons.push(lookup.why);
      continue;
    }
    const unlocked = await openKey("ssh", text, lookup.secret);
    if (!unlocked.secret) {
      if (unlocked.failed) return not(`${path} ${unlocked.why}`);
      wrong = unlocked.why;
      secrets.typed.refuse(secret, lookup.secret);
      continue;
    }
    const key = parse(unlocked.secret.reveal());
    if (key instanceof Error) return not(`${path} cannot be opened`);
    secrets.opened.set(text, key);
    return { key };
  }
  const why = wrong ?? `has a passphrase (${reasons.join("; ")})`;
  return not(`${path} ${why}`, { secret, isWrong: wrong !== null || secrets.typed.wasWrong(secret) });
}
