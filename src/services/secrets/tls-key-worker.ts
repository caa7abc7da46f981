/** A thread that opens one private key of a client and ends: its rounds (`openssl pkcs8 -iter`) may take seconds. */

import { createPrivateKey } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { KeyAnswer, KeyQuestion } from "./key-thread.ts";

const { text, passphrase }: KeyQuestion = workerData;
parentPort?.postMessage(answer());

function answer(): KeyAnswer {
  try {
    const key = createPrivateKey({ key: text, format: "pem", passphrase });
    return { opened: key.export({ type: "pkcs8", format: "pem" }).toString() };
  } catch (cause) {
    // BoringSSL's reasons: UNSUPPORTED_CIPHER, UNSUPPORTED_PRF, UNSUPPORTED_KEY_DERIVATION_FUNCTION…
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    return code.includes("UNSUPPORTED") ? "unknown form" : "another passphrase";
  }
}
