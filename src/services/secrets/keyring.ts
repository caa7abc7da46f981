import { secrets } from "bun";
import type { NodeSettings } from "../../config/settings.ts";
import type { Secret } from "../../text/secret.ts";
import { withDeadline } from "../schedule.ts";
import { failed, found, type Lookup, nothing } from "./password-lookup.ts";
import { Turns } from "./turns.ts";

const service = "pgparade";
const limitMs = 3000;
const locked = `the keyring did not answer in ${limitMs / 1000} s: is it locked?`;

/** A call to a locked keyring holds one of the runtime's few threads; more of them would stop every file from being read. */
const calls = new Turns(1);

/** The name a node's password has in the keyring, under the service "pgparade". */
export function keyringName({ connection }: Pick<NodeSettings, "connection">): string {
  const { user, host, port, dbname } = connection;
  return `${user}@${host}:${port}/${dbname}`;
}

/** True while a call waits for somebody to unlock the keyring. */
let isLocked = false;

/** What the keyring did, or why it did not. */
type Said<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failed: boolean; readonly why: string };

/**
 * One call to the keyring of the operating system (Secret Service, Keychain, Credential Manager). One that is locked
 * waits for a person at a dialogue that a terminal may not even have; after 3 s it counts as locked, and until that
 * call has ended no other begins. Never rejects.
 */
async function call<T>(work: () => Promise<T>): Promise<Said<T>> {
  const isNot: Said<T> = { ok: false, failed: true, why: locked };
  if (isLocked) return isNot;
  let isLate = false;
  const done = calls.take(async () => {
    if (isLate) throw new Error(locked);
    return work();
  });
  try {
    const value = await withDeadline(done, limitMs, () => {
      isLate = true;
      return new Error(locked);
    });
    return { ok: true, value };
  } catch {
    if (!isLate) return { ok: false, failed: false, why: "no keyring is open here" };
    isLocked = true;
    const over = () => {
      isLocked = false;
    };
    done.then(over, over);
    return isNot;
  }
}

/** Looks a node's password up in the keyring. Takes 3 s at most. Never rejects. */
export function askKeyring(node: Pick<NodeSettings, "connection">): Promise<Lookup> {
  return findInKeyring(keyringName(node));
}

/** What the keyring has under a name of the service "pgparade". Takes 3 s at most. Never rejects. */
export async function findInKeyring(name: string): Promise<Lookup> {
  const said = await call(() => secrets.get({ service, name }));
  if (!said.ok) return said.failed ? failed(said.why) : nothing(said.why);
  return said.value ? found(said.value) : nothing(`the keyring has no ${name}`);
}

/**
 * Puts a secret where {@link findInKeyring} finds it, in place of the one that is there. Null when it is there, else
 * why not. Takes 3 s at most. Never rejects.
 */
export async function storeInKeyring(name: string, secret: Secret): Promise<string | null> {
  const said = await call(() => secrets.set({ service, name, value: secret.reveal() }));
  return said.ok ? null : said.why;
}

/**
 * Keeps a node's password found when the node is reached otherwise now: what the keyring has under the old name is put
 * under the new one as well, unless there is one. Null when all is well, else why not.
 */
export async function followInKeyring(
  before: Pick<NodeSettings, "connection">,
  after: Pick<NodeSettings, "connection">,
): Promise<string | null> {
  if (keyringName(before) === keyringName(after)) return null;
  const old = await askKeyring(before);
  if (!old.secret || (await askKeyring(after)).secret) return null;
  return storeInKeyring(keyringName(after), old.secret);
}

/**
 * Removes a node's password from the keyring, if it is there. Null when it is not there any more, or there is no
 * keyring, else why it may be. Never rejects.
 */
export async function removeFromKeyring(node: Pick<NodeSettings, "connection">): Promise<string | null> {
  const name = keyringName(node);
  const said = await call(() => secrets.delete({ service, name }));
  return said.ok || !said.failed ? null : said.why;
}
