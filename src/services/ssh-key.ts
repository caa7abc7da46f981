import { Secret } from "../postgres/secret.ts";
import { failed, type Lookup, nothing } from "./password-lookup.ts";
import { after } from "./schedule.ts";
import type { KeyAnswer, KeyQuestion } from "./ssh-key-worker.ts";
import { Turns } from "./turns.ts";

/** Shorter than a login may take. OpenSSH's own number of rounds takes 0.4 s; `ssh-keygen -a` sets another. */
const openingMs = 8000;

/** One at a time: with two processors, the other one is the screen's. */
const turns = new Turns(1);

/** Keys that are being opened, by their questions. */
const underway = new Map<string, Promise<Lookup>>();

/**
 * The text of a private key's file as it would be without its passphrase, or why there is none, in words that follow
 * the name of the file; `failed` is false when this is not its passphrase. A thread of its own works it out in half a
 * second, in which the screen goes on; it ends with the answer, after 8 s at the latest, and then the next key has its
 * turn. Whoever asks the same in the meantime gets the same answer: at the start many bastions ask at once, often for
 * one person's one key.
 */
export function openKey(text: string, passphrase: Secret): Promise<Lookup> {
  const question: KeyQuestion = { text, passphrase: passphrase.reveal() };
  const name = JSON.stringify(question);
  const known = underway.get(name);
  if (known) return known;
  const answer = turns.take(() => ask(question)).finally(() => underway.delete(name));
  underway.set(name, answer);
  return answer;
}

async function ask(question: KeyQuestion): Promise<Lookup> {
  // Most runs have no tunnel, and need not load what starts threads.
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL("./ssh-key-worker.ts", import.meta.url), {
    workerData: question,
    env: {},
  });
  worker.unref();
  const { promise, resolve } = Promise.withResolvers<Lookup>();
  const callOff = after(openingMs, () => resolve(failed(`takes longer than ${openingMs / 1000} s to open`)));
  worker.once("message", (opened: KeyAnswer) =>
    resolve(opened === null ? nothing("has another passphrase") : { secret: new Secret(opened) }),
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
