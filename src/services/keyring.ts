import { secrets } from "bun";
import type { NodeSettings } from "../config/settings.ts";
import { Secret } from "../postgres/secret.ts";
import { failed, type Lookup, nothing } from "./password-lookup.ts";
import { withDeadline } from "./schedule.ts";

const limitMs = 3000;

/** The name a node's password has in the keyring, under the service "pgparade". */
function keyringName({ connection }: NodeSettings): string {
  const { user, host, port, dbname } = connection;
  return `${user}@${host}:${port}/${dbname}`;
}

/**
 * Looks in the keyring of the operating system (Secret Service, Keychain, Credential Manager). One that is locked
 * waits for a person at a dialogue that a terminal may not even have; after 3 s it counts as locked. Never rejects.
 */
export async function askKeyring(node: NodeSettings): Promise<Lookup> {
  const name = keyringName(node);
  try {
    const found = secrets.get({ service: "pgparade", name });
    const text = await withDeadline(found, limitMs, () => new LockedError());
    return text ? { secret: new Secret(text) } : nothing(`the keyring has no ${name}`);
  } catch (cause) {
    if (cause instanceof LockedError)
      return failed(`the keyring did not answer in ${limitMs / 1000} s: is it locked?`);
    return nothing("there is no keyring here");
  }
}

class LockedError extends Error {}
