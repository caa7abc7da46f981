import { basename } from "node:path";
import type { Place } from "../config/resolve/resolution.ts";
import type { NodeSettings, PasswordSource } from "../config/settings.ts";
import { askSource, nameOf } from "../services/secrets/password-source.ts";

/** Where a password would come from: libpq's places, or a field of the node. */
export type PasswordOrigin =
  | Place["giver"]
  | "passfile"
  | `${SecretField}_${"env" | "file" | "command"}`
  | "default";

/** What a node's fields give as such, or the place of. */
type SecretField = "password" | "sslpassword";

export type Origin = {
  readonly found: { readonly source: PasswordOrigin; readonly where: string } | null;
  /** What a person should know besides, such as a password file that is not read. */
  readonly notes: readonly string[];
};

/**
 * Where a node's password would come from when its server asks for one. Files are looked into, programs are not run
 * and the keyring is not asked. `given` is where the node's own password was written.
 */
export async function passwordOrigin(node: NodeSettings, given: Place): Promise<Origin> {
  const notes: string[] = [];
  let mayBeInKeyring = false;
  for (const source of node.passwords) {
    if (source.kind === "keyring") mayBeInKeyring = true;
    else if (source.kind === "command" || (await has(source, node, notes))) {
      if (mayBeInKeyring) notes.push("a password in the keyring goes before the password file");
      return { found: originOf(source, given, "password"), notes };
    }
  }
  if (mayBeInKeyring)
    notes.push("no password is given; the keyring is asked for one when the server wants it");
  return { found: null, notes };
}

/** Where the passphrase of a node's key would come from, likewise, when another place than the keyring is named. */
export async function keyPassphraseOrigin(node: NodeSettings, given: Place): Promise<Origin> {
  const notes: string[] = [];
  for (const source of node.keyPassphrases) {
    if (source.kind === "keyring") continue;
    if (source.kind === "command" || (await has(source, node, notes)))
      return { found: originOf(source, given, "sslpassword"), notes };
  }
  return { found: null, notes };
}

async function has(source: PasswordSource, node: NodeSettings, notes: string[]): Promise<boolean> {
  const lookup = await askSource(source, node, () => ({}));
  if (lookup.secret) return true;
  if (lookup.failed) notes.push(lookup.why);
  return false;
}

function originOf(source: PasswordSource, given: Place, field: SecretField): NonNullable<Origin["found"]> {
  switch (source.kind) {
    case "inline":
      return { source: given.giver, where: given.where };
    case "environment":
      return { source: `${field}_env`, where: source.variable };
    case "file":
      return { source: `${field}_file`, where: source.path };
    case "command":
      return { source: `${field}_command`, where: basename(source.argv[0] ?? "") };
    case "keyring":
    case "passfile":
      return { source: "passfile", where: nameOf(source) };
  }
}
