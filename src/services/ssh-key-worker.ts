/** A thread that opens one private key and ends: bcrypt holds the one it runs in for half a second. */

import { parentPort, workerData } from "node:worker_threads";
import { type ParsedKey, utils } from "ssh2";
import { unencryptedEd25519 } from "../ssh/unencrypted-key.ts";

/** The text of the key's file, and its passphrase. */
export type KeyQuestion = { readonly text: string; readonly passphrase: string };
/** The key as text that needs no passphrase; null when this is not its passphrase. */
export type KeyAnswer = string | null;

const { text, passphrase }: KeyQuestion = workerData;
const key = utils.parseKey(text, passphrase);
const answer: KeyAnswer = key instanceof Error ? null : unencrypted(key);
parentPort?.postMessage(answer);

/** The library reads all the forms it prints but that of Ed25519. */
function unencrypted(key: ParsedKey): string {
  const pem = key.getPrivatePEM();
  return key.type === "ssh-ed25519" ? unencryptedEd25519(key.getPublicSSH(), pem) : pem;
}
