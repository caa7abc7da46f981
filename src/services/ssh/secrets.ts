import type { ParsedKey } from "ssh2";
import type { PasswordSource, SshSettings } from "../../config/settings.ts";
import type { WantedSecret } from "../../postgres/node-error.ts";
import { type Hop, hopName } from "../../ssh/hop.ts";
import type { Secret } from "../../text/secret.ts";
import { findInKeyring } from "../secrets/keyring.ts";
import type { Lookup } from "../secrets/password-lookup.ts";
import { Refusals } from "../secrets/refusals.ts";
import type { TypedSecrets } from "../secrets/typed-secrets.ts";

/** The password of an account, by the host's own name and not by what ssh_config calls it. */
export function passwordOf({ user, host, port }: Hop): WantedSecret {
  const account = `${user}@${hopName({ host, port: 22 })}`;
  return { kind: "password", of: `${user}@${hopName({ host, port })}`, name: `ssh ${account}:${port}` };
}

/** A secret that nobody had, or that was refused. */
export type Wanted = { readonly secret: WantedSecret; readonly isWrong: boolean };

/** The secrets of one tunnel; looked for only when a host or a key asks for them. */
export class SshSecrets {
  readonly #ssh: SshSettings;
  readonly #ask: (source: PasswordSource) => Promise<Lookup>;
  readonly typed: TypedSecrets;
  /** By the name of the password. */
  readonly #refused = new Map<string, { readonly at: Hop; readonly refusals: Refusals }>();
  /** Keys that a passphrase has opened, by the text of their files: each takes 0.4 s. */
  readonly opened = new Map<string, ParsedKey>();

  constructor(ssh: SshSettings, typed: TypedSecrets, ask: (source: PasswordSource) => Promise<Lookup>) {
    this.#ssh = ssh;
    this.typed = typed;
    this.#ask = ask;
  }

  /** The host has refused this password of its account. True when it is not to be tried again. */
  refuse(at: Hop, password: Secret): boolean {
    const wanted = passwordOf(at);
    const account = this.#refused.get(wanted.name) ?? { at, refusals: new Refusals() };
    this.#refused.set(wanted.name, account);
    account.refusals.add(password);
    return account.refusals.isSpent(password);
  }

  /** True while a host on the way would get a password that it has refused too often. */
  async isHeld(): Promise<boolean> {
    for (const { at, refusals } of this.#refused.values())
      if (refusals.anySpent)
        for await (const { secret } of this.lookUp(passwordOf(at), at))
          if (secret) {
            if (refusals.isSpent(secret)) return true;
            break;
          }
    return false;
  }

  /** A person asks: what was refused too often is tried once more. */
  forgive(): void {
    for (const { refusals } of this.#refused.values()) refusals.forgive();
  }

  /** All hosts on the way have let us in. */
  accepted(): void {
    this.#refused.clear();
  }

  /**
   * What each source says of a secret: a person, those of the settings, then the keyring. None is asked before its
   * turn. A password is looked for `at` a host, and no other than the bastion gets the bastion's.
   */
  async *lookUp(wanted: WantedSecret, at: Hop | null = null): AsyncGenerator<Lookup, void> {
    const { kind, name } = wanted;
    const typed = this.typed.of(wanted);
    if (typed) yield { secret: typed };
    const passwords = at?.isBastion ? this.#ssh.passwords : [];
    const sources = kind === "passphrase" ? this.#ssh.passphrase : passwords;
    for (const source of sources) yield await this.#ask(source);
    yield await findInKeyring(name);
  }
}
