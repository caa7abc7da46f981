import { basename } from "node:path";
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from "ssh2";
import type { Secret } from "../postgres/secret.ts";
import type { Hop } from "../ssh/hop.ts";
import { limitedAgent } from "./limited-agent.ts";
import { readKey } from "./ssh-key-file.ts";
import { passwordOf, type SshSecrets } from "./ssh-secrets.ts";

type Library = Pick<typeof import("ssh2"), "OpenSSHAgent" | "utils">;

/** Logs in to one host: its keys in their order, then the password. Remembers what came of each. */
export class SshLogin {
  /** What was tried and why it was not enough, for people. */
  readonly tried: string[] = [];
  readonly #hop: Hop;
  readonly #secrets: SshSecrets;
  readonly #library: Library;
  readonly #ways: AsyncGenerator<AnyAuthMethod, void>;
  /** What the host takes, once it has said so. */
  #taken: readonly AuthenticationType[] = [];

  constructor(hop: Hop, secrets: SshSecrets, library: Library) {
    this.#hop = hop;
    this.#secrets = secrets;
    this.#library = library;
    this.#ways = this.#waysIn();
  }

  /** The methods that the host takes, as it names them. */
  get taken(): string {
    return this.#taken.join(", ") || "nothing";
  }

  /** For the client: hands out the next way each time the host has refused one. */
  readonly handler: AuthHandlerMiddleware = (taken, _isPartial, next) => {
    // Null before the first answer, whatever the published types say.
    this.#taken = taken ?? [];
    const giveUp = () => next(false as never);
    this.#ways.next().then(({ value }) => (value ? next(value) : giveUp()), giveUp);
  };

  async *#waysIn(): AsyncGenerator<AnyAuthMethod, void> {
    const username = this.#hop.user;
    // Asks what the host takes, so that no password command runs for one that takes keys only.
    yield { type: "none", username };
    for (const source of this.#hop.keys) {
      if (!this.#taken.includes("publickey")) break;
      if (source.kind === "agent") {
        this.tried.push("the agent's keys");
        const { socket, only } = source;
        const agent = only ? await limitedAgent(this.#library.OpenSSHAgent, socket, only) : socket;
        yield { type: "agent", username, agent };
        continue;
      }
      const { key, ...absent } = await readKey(source.path, this.#secrets, this.#library.utils);
      if (!key) {
        if ("why" in absent) this.tried.push(absent.why);
        continue;
      }
      this.tried.push(basename(source.path));
      yield { type: "publickey", username, key };
    }
    const takesPassword = this.#taken.includes("password");
    if (!takesPassword && !this.#taken.includes("keyboard-interactive")) return;
    const secret = await this.#password();
    if (!secret) return;
    this.tried.push("the password");
    const password = secret.reveal();
    // Once: the other method asks the same account.
    if (takesPassword) return void (yield { type: "password", username, password });
    // A host that asks for more than one hidden answer wants something that we do not have.
    yield {
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) =>
        finish(prompts.length === 1 && !prompts[0]?.echo ? [password] : []),
    };
  }

  /** The first password that a source has: to try one after the other could lock the account. */
  async #password(): Promise<Secret | null> {
    const reasons: string[] = [];
    for await (const lookup of this.#secrets.lookUp(passwordOf(this.#hop))) {
      if (lookup.secret) return lookup.secret;
      reasons.push(lookup.why);
    }
    this.tried.push(reasons.join("; "));
    return null;
  }
}
