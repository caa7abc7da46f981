import { Secret } from "../postgres/secret.ts";
import { failed, type Lookup } from "./password-lookup.ts";
import { after } from "./schedule.ts";
import type { KeyAnswer, KeyQuestion } from "./ssh-key-worker.ts";

/** Shorter than a login may take. OpenSSH's own number of rounds takes 0.4 s; `ssh-keygen -a` sets another. */
const openingMs = 8000;

/**
 * The text of a private key's file as it would be without its passphrase, or why there is none, in words that follow
 * the name of the file. A thread of its own works it out in half a second, in which the screen goes on; it ends with
 * the answer, after 8 s at the latest.
 */
export async function openKey(text: string, passphrase: Secret): Promise<Lookup> {
  // Most runs have no tunnel, and need not load what starts threads.
  const { Worker } = await import("node:worker_threads");
  const question: KeyQuestion = { text, passphrase: passphrase.reveal() };
  const worker = new Worker(new URL("./ssh-key-worker.ts", import.meta.url), {
    workerData: question,
    env: {},
  });
  worker.unref();
  const { promise, resolve } = Promise.withResolvers<Lookup>();
  const callOff = after(openingMs, () => resolve(failed(`takes longer than ${openingMs / 1000} s to open`)));
  worker.once("message", (opened: KeyAnswer) =>
    resolve(opened === null ? failed("has another passphrase") : { secret: new Secret(opened) }),
  );
  // What it says is left out: nobody knows what of the key is in it.
  worker.once("error", () => resolve(failed("cannot be opened")));
  try {
    return await promise;
  } finally {
    callOff();
    void worker.terminate();
  }
}
