import type { ParsedKey, utils } from "ssh2";
import { readPrivateFile } from "./private-file.ts";
import { openKey } from "./ssh-key.ts";
import { passphraseOf, type SshSecrets, type Wanted } from "./ssh-secrets.ts";

/** A private key that can be used, or why it cannot, in words, and the passphrase that would open it. */
export type KeyFile =
  | { readonly key: ParsedKey }
  | { readonly key: null; readonly why: string; readonly wanted: Wanted | null };

/**
 * Reads a private key's file and opens it, if it has a passphrase, with the first that fits: trying one costs half a
 * second and tells nobody. Never rejects.
 */
export async function readKey(
  path: string,
  secrets: SshSecrets,
  { parseKey }: Pick<typeof utils, "parseKey">,
): Promise<KeyFile> {
  const not = (why: string, wanted: Wanted | null = null): KeyFile => ({ key: null, why, wanted });
  const file = await readPrivateFile("key", path);
  if (!("text" in file)) return not(file.why);
  const opened = secrets.opened.get(file.text);
  if (opened) return { key: opened };
  const open = parseKey(file.text);
  if (!(open instanceof Error)) return { key: open };
  if (!/passphrase/i.test(open.message)) return not(`${path} is no private key`);
  const secret = passphraseOf(path);
  let wrong: string | null = null;
  const reasons: string[] = [];
  for await (const lookup of secrets.lookUp(secret)) {
    if (!lookup.secret) {
      reasons.push(lookup.why);
      continue;
    }
    const unlocked = await openKey(file.text, lookup.secret);
    if (!unlocked.secret) {
      if (unlocked.failed) return not(`${path} ${unlocked.why}`);
      wrong = unlocked.why;
      secrets.typed.refuse(secret, lookup.secret);
      continue;
    }
    const key = parseKey(unlocked.secret.reveal());
    if (key instanceof Error) return not(`${path} cannot be opened`);
    secrets.opened.set(file.text, key);
    return { key };
  }
  const why = wrong ?? `has a passphrase (${reasons.join("; ")})`;
  return not(`${path} ${why}`, { secret, isWrong: wrong !== null || secrets.typed.wasWrong(secret) });
}
