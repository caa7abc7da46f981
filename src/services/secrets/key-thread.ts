import { Secret } from "../../text/secret.ts";
import { after } from "../schedule.ts";
import { failed, type Lookup, nothing } from "./password-lookup.ts";
import { Turns } from "./turns.ts";

/** The text of a key's file, and its passphrase. */
export type KeyQuestion = { readonly text: string; readonly passphrase: string };

/** The key as text that needs no passphrase, or why there is none: another passphrase, or a form that nobody here knows. */
export type KeyAnswer = { readonly opened: string } | "another passphrase" | "unknown form";

/** Who reads the form of a key: that of ssh knows OpenSSH's, that of TLS what OpenSSL writes. */
export type KeyReader = "ssh" | "tls";

const readers: { readonly [reader in KeyReader]: URL } = {
  ssh: new URL("./ssh-key-worker.ts", import.meta.url),
  tls: new URL("./tls-key-worker.ts", import.meta.url),
};

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
export function openKey(reader: KeyReader, text: string, passphrase: Secret): Promise<Lookup> {
  const question: KeyQuestion = { text, passphrase: passphrase.reveal() };
  const name = JSON.stringify([reader, question]);
  const known = underway.get(name);
  if (known) return known;
  const answer = turns.take(() => ask(reader, question)).finally(() => underway.delete(name));
  underway.set(name, answer);
  return answer;
}

async function ask(reader: KeyReader, question: KeyQuestion): Promise<Lookup> {
  // Most runs have no tunnel, and need not load what starts threads.
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(readers[reader], { workerData: question, env: {} });
  worker.unref();
  const { promise, resolve } = Promise.withResolvers<Lookup>();
  const callOff = after(openingMs, () => resolve(failed(`takes longer than ${openingMs / 1000} s to open`)));
  worker.once("message", (answer: KeyAnswer) => resolve(lookupOf(answer)));
  // What it says is left out: nobody knows what of the key is in it.
  worker.once("error", () => resolve(failed("cannot be opened")));
  try {
    return await promise;
  } finally {
    callOff();
    void worker.terminate();
  }
}

function lookupOf(answer: KeyAnswer): Lookup {
  if (answer === "another passphrase") return nothing("has another passphrase");
  if (answer === "unknown form") return failed("is encrypted in a form that is not known here");
  return { secret: new Secret(answer.opened) };
}
