/** A thread that opens one private key and ends: bcrypt holds the one it runs in for half a second. */

import { parentPort, workerData } from "node:worker_threads";
import { type ParsedKey, utils } from "ssh2";
import { unencryptedEd25519 } from "../../ssh/unencrypted-key.ts";
import type { KeyAnswer, KeyQuestion } from "./key-thread.ts";

const { text, passphrase }: KeyQuestion = workerData;
const key = utils.parseKey(text, passphrase);
const answer: KeyAnswer = key instanceof Error ? "another passphrase" : { opened: unencrypted(key) };
parentPort?.postMessage(answer);

/** The library reads all the forms it prints but that of Ed25519. */
function unencrypted(key: ParsedKey): string {
  const pem = key.getPrivatePEM();
  return key.type === "ssh-ed25519" ? unencryptedEd25519(key.getPublicSSH(), pem) : pem;
}
