import { secrets } from "bun";
import type { NodeSettings } from "../config/settings.ts";
import { Secret } from "../postgres/secret.ts";
import { failed, type Lookup, nothing } from "./password-lookup.ts";
import { withDeadline } from "./schedule.ts";
import { Turns } from "./turns.ts";

const limitMs = 3000;
const locked = `the keyring did not answer in ${limitMs / 1000} s: is it locked?`;

/** A call to a locked keyring holds one of the runtime's few threads; more of them would stop every file from being read. */
const calls = new Turns(1);

/** The name a node's password has in the keyring, under the service "pgparade". */
function keyringName({ connection }: NodeSettings): string {
  const { user, host, port, dbname } = connection;
  return `${user}@${host}:${port}/${dbname}`;
}

/** True while a call waits for somebody to unlock the keyring. */
let isLocked = false;

/**
 * Looks in the keyring of the operating system (Secret Service, Keychain, Credential Manager). One that is locked
 * waits for a person at a dialogue that a terminal may not even have; after 3 s it counts as locked, and until that
 * call has ended it is not asked again. Never rejects.
 */
export async function askKeyring(node: NodeSettings): Promise<Lookup> {
  const name = keyringName(node);
  if (isLocked) return failed(locked);
  let isLate = false;
  const found = calls.take(async () => (isLate ? null : secrets.get({ service: "pgparade", name })));
  try {
    const text = await withDeadline(found, limitMs, () => {
      isLate = true;
      return new Error(locked);
    });
    return text ? { secret: new Secret(text) } : nothing(`the keyring has no ${name}`);
  } catch {
    if (!isLate) return nothing("there is no keyring here");
    isLocked = true;
    const over = () => {
      isLocked = false;
    };
    found.then(over, over);
    return failed(locked);
  }
}
