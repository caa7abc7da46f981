import type { NodeSettings } from "../../config/settings.ts";
import { knowSecret, showName } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";
import { childEnvironment } from "./child-environment.ts";
import { NodeCredentials } from "./credentials.ts";
import { Refusals } from "./refusals.ts";
import type { TypedSecrets } from "./typed-secrets.ts";

/** What the nodes' passwords have in common: what no program that we start may inherit. */
export class SharedCredentials {
  readonly #variables = new Set<string>();
  readonly #secrets = new Set<Secret>();
  readonly #typed: TypedSecrets;
  readonly #refusals = new Map<string, Refusals>();

  constructor(typed: TypedSecrets) {
    this.#typed = typed;
  }

  /** The passwords of one node. */
  of(node: NodeSettings): NodeCredentials {
    for (const source of [
      ...node.passwords,
      ...node.keyPassphrases,
      ...(node.ssh?.passwords ?? []),
      ...(node.ssh?.passphrase ?? []),
    ]) {
      if (source.kind === "environment") this.#variables.add(source.variable);
      if (source.kind !== "inline") continue;
      this.#secrets.add(source.secret);
      knowSecret(source.secret);
    }
    const { user, host, dbname, applicationName } = node.connection;
    for (const name of [node.name, node.cluster, node.group, user, host, dbname, applicationName])
      showName(name ?? "");
    const account = JSON.stringify([user, host, node.connection.hostaddr, node.connection.port]);
    const refusals = this.#refusals.get(account) ?? new Refusals();
    this.#refusals.set(account, refusals);
    return new NodeCredentials(node, this.#typed, refusals, () => this.childEnvironment());
  }

  /** The environment of a program that is to print a password. */
  childEnvironment(): Record<string, string> {
    return childEnvironment(process.env, this.#variables, [...this.#secrets]);
  }
}
