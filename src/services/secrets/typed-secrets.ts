import { homedir } from "node:os";
import { resolve, sep } from "node:path";
import { keyFile, keyringNameOfKey } from "../../config/resolve/passwords.ts";
import type { NodeSettings } from "../../config/settings.ts";
import type { WantedSecret } from "../../postgres/node-error.ts";
import { knowSecret } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";

/** The passphrase of a private key, by the place of its file and what it is used for. */
export function passphraseOf(use: "ssh" | "ssl", file: string): WantedSecret {
  const path = resolve(file);
  const home = (process.env["HOME"] || homedir()) + sep;
  const of = path.startsWith(home) ? `~/${path.slice(home.length)}` : path;
  return { kind: "passphrase", of, name: keyringNameOfKey(use, path) };
}

/** What opens a node's client key, if that is encrypted. */
export function keyPassphraseOf({ connection }: Pick<NodeSettings, "connection">): WantedSecret {
  return passphraseOf("ssl", keyFile(connection, process.env));
}

/** What a person typed until the program ends, for everything that asks for the same. */
export class TypedSecrets {
  readonly #typed = new Map<string, Secret>();
  readonly #wrong = new Set<string>();

  enter({ name }: WantedSecret, typed: Secret): void {
    knowSecret(typed);
    this.#typed.set(name, typed);
    this.#wrong.delete(name);
  }

  of({ name }: WantedSecret): Secret | null {
    return this.#typed.get(name) ?? null;
  }

  /** Forgets a secret that was wrong, unless another has been typed since. */
  refuse({ name }: WantedSecret, secret: Secret): void {
    if (this.#typed.get(name) !== secret) return;
    this.#typed.delete(name);
    this.#wrong.add(name);
  }

  /** True from when the last one was forgotten until another is typed. */
  wasWrong({ name }: WantedSecret): boolean {
    return this.#wrong.has(name);
  }
}
