import type { Secret } from "../postgres/secret.ts";
import type { SshSecret } from "../postgres/sqlstate.ts";

/** What a person typed for ssh, until the program ends: for every tunnel and host that asks for the same. */
export class TypedSecrets {
  readonly #typed = new Map<string, Secret>();
  readonly #wrong = new Set<string>();

  enter({ name }: SshSecret, typed: Secret): void {
    this.#typed.set(name, typed);
    this.#wrong.delete(name);
  }

  of({ name }: SshSecret): Secret | null {
    return this.#typed.get(name) ?? null;
  }

  /** Forgets a secret that was wrong, unless another has been typed since. */
  refuse({ name }: SshSecret, secret: Secret): void {
    if (this.#typed.get(name) !== secret) return;
    this.#typed.delete(name);
    this.#wrong.add(name);
  }

  /** True from when the last one was forgotten until another is typed. */
  wasWrong({ name }: SshSecret): boolean {
    return this.#wrong.has(name);
  }
}
