/** Runs within a session bus of its own: stores, looks up and removes a password, and prints what came of each. */

import {
  askKeyring,
  followInKeyring,
  keyringName,
  removeFromKeyring,
  storeInKeyring,
} from "../../src/services/secrets/keyring.ts";
import { Secret } from "../../src/text/secret.ts";
import { nodeSettings } from "./servers/node-settings.ts";

const node = nodeSettings({ name: "any", port: 5432 });
const other = nodeSettings({ name: "any", port: 5433 });
const look = async (at: typeof node) => {
  const lookup = await askKeyring(at);
  return lookup.secret ? lookup.secret.reveal() : lookup.why;
};

const startMs = performance.now();
const said = {
  before: await look(node),
  stored: await storeInKeyring(keyringName(node), new Secret("first")),
  replaced: await storeInKeyring(keyringName(node), new Secret(`sécret "two"`)),
  found: await look(node),
  other: await look(other),
  followed: await followInKeyring(node, other),
  otherFollowed: await look(other),
  kept: await storeInKeyring(keyringName(node), new Secret("three")),
  followedAgain: await followInKeyring(node, other),
  otherKept: await look(other),
  removed: await removeFromKeyring(node),
  removedAgain: await removeFromKeyring(node),
  after: await look(node),
  ms: performance.now() - startMs,
};
process.stdout.write(JSON.stringify(said));
// As the program does: a call that a keyring holds up must not hold up the end.
process.exit();
