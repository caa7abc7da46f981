import { basename } from "node:path";
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, ParsedKey } from "ssh2";
import type { Hop } from "../ssh/hop.ts";
import { limitedAgent } from "./limited-agent.ts";
import type { Lookup } from "./password-lookup.ts";
import { readPrivateFile } from "./private-file.ts";
import { openKey } from "./ssh-key.ts";

/** The secrets of a way in; looked for only when a host or a key asks for them. */
export type SshSecrets = {
  readonly passphrase: () => Promise<Lookup>;
  readonly password: () => Promise<Lookup>;
  /** Keys that a passphrase has opened, by the text of their files: each takes 0.4 s. */
  readonly opened: Map<string, ParsedKey>;
};

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
      const key = await this.#readKey(source.path);
      if (!key) continue;
      this.tried.push(basename(source.path));
      yield { type: "publickey", username, key };
    }
    const takesPassword = this.#taken.includes("password");
    if (!takesPassword && !this.#taken.includes("keyboard-interactive")) return;
    const { secret, ...absent } = await this.#secrets.password();
    if (!secret) {
      if ("why" in absent) this.tried.push(absent.why);
      return;
    }
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

  async #readKey(path: string): Promise<ParsedKey | null> {
    const file = await readPrivateFile("key", path);
    if (!("text" in file)) {
      this.tried.push(file.why);
      return null;
    }
    const opened = this.#secrets.opened.get(file.text);
    if (opened) return opened;
    const { parseKey } = this.#library.utils;
    const open = parseKey(file.text);
    if (!(open instanceof Error)) return open;
    if (!/passphrase/i.test(open.message)) {
      this.tried.push(`${path} is no private key`);
      return null;
    }
    const { secret, ...absent } = await this.#secrets.passphrase();
    if (!secret) {
      this.tried.push(`${path} has a passphrase${"why" in absent ? ` (${absent.why})` : ""}`);
      return null;
    }
    const unlocked = await openKey(file.text, secret);
    if (!unlocked.secret) {
      this.tried.push(`${path} ${unlocked.why}`);
      return null;
    }
    const key = parseKey(unlocked.secret.reveal());
    if (key instanceof Error) {
      this.tried.push(`${path} cannot be opened`);
      return null;
    }
    this.#secrets.opened.set(file.text, key);
    return key;
  }
}
