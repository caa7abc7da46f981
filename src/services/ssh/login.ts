import { basename } from "node:path";
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, ParsedKey } from "ssh2";
import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { type Hop, hopName } from "../../ssh/hop.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";
import { certificatesFor } from "./certificates.ts";
import { type KeyFile, readKey, unlock } from "./key-file.ts";
import { keyProbe } from "./key-probe.ts";
import { limitedAgent, publicHalves } from "./limited-agent.ts";
import { passwordOf, type SshSecrets, type Wanted } from "./secrets.ts";

type Library = Pick<typeof import("ssh2"), "BaseAgent" | "OpenSSHAgent" | "utils">;

/** Logs in to one host: its keys in their order, then the password. Remembers what came of each. */
export class SshLogin {
  /** What was tried and why it was not enough, for people. */
  readonly tried: string[] = [];
  readonly #hop: Hop;
  readonly #secrets: SshSecrets;
  readonly #library: Library;
  /** Certificates that ssh would have shown. */
  #certificates: readonly string[] = [];
  readonly #ways: AsyncGenerator<AnyAuthMethod, void>;
  /** What the host takes, once it has said so. */
  #taken: readonly AuthenticationType[] = [];
  /** The first secret that was missing or wrong. */
  #wanted: Wanted | null = null;
  /** It was refused so often that it is not tried again. */
  #isHeld = false;
  /** The password that the host has and has not answered yet. */
  #offered: Secret | null = null;

  constructor(hop: Hop, secrets: SshSecrets, library: Library) {
    this.#hop = hop;
    this.#secrets = secrets;
    this.#library = library;
    this.#ways = this.#waysIn();
  }

  /** For the client: hands out the next way each time the host has refused one. */
  readonly handler: AuthHandlerMiddleware = (taken, isPartial, next) => {
    if (isPartial) this.#offered = null;
    else this.refused();
    // Null before the first answer, whatever the published types say.
    this.#taken = taken ?? [];
    const giveUp = () => next(false as never);
    const goOn = async () => {
      const { value } = await this.#ways.next();
      if (value) return next(value);
      this.#certificates = await certificatesFor(this.#hop);
      giveUp();
    };
    goOn().catch(giveUp);
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
        const agent = only ? this.#limitedAgent(socket, await publicHalves(only)) : socket;
        yield { type: "agent", username, agent };
        continue;
      }
      const file = await readKey(source.path, this.#secrets, this.#library.utils.parseKey);
      const name = basename(source.path);
      if (file.kind === "locked" && file.half) {
        // No passphrase is looked for, and nobody asked, for a key that the host does not take.
        const probe = keyProbe(this.#library.BaseAgent, file.half);
        this.tried.push(name);
        yield { type: "agent", username, agent: probe };
        if (!probe.isTaken) continue;
        this.tried.pop();
        // As with ssh, one that somebody has given to the agent needs no passphrase here.
        const half = file.half.getPublicSSH().toString("base64");
        for (const { socket } of this.#agents)
          yield { type: "agent", username, agent: this.#limitedAgent(socket, [half]) };
      }
      const key = await this.#open(file);
      if (!key) continue;
      this.tried.push(name);
      yield { type: "publickey", username, key };
    }
    const takesPassword = this.#taken.includes("password");
    if (!takesPassword && !this.#taken.includes("keyboard-interactive")) return;
    const secret = await this.#password();
    if (!secret) return;
    this.tried.push("the password");
    const password = secret.reveal();
    // Once: the other method asks the same account.
    if (takesPassword) {
      this.#offered = secret;
      return void (yield { type: "password", username, password });
    }
    // A host that asks for more than one hidden answer wants something that we do not have.
    yield {
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        const isPassword = prompts.length === 1 && !prompts[0]?.echo;
        this.#offered = isPassword ? secret : null;
        finish(isPassword ? [password] : []);
      },
    };
  }

  /** The host says no, by an answer or by hanging up: if it had a password, that was wrong. */
  refused(): void {
    if (!this.#offered) return;
    const wanted = passwordOf(this.#hop);
    this.#isHeld ||= this.#secrets.refuse(this.#hop, this.#offered);
    this.#secrets.typed.refuse(wanted, this.#offered);
    this.#offered = null;
    this.#wanted ??= { secret: wanted, isWrong: true };
  }

  /** Why we are not in, and what to do about it. */
  get error(): NodeError {
    const taken = maskSecrets(this.#taken.join(", ")) || "nothing";
    const certificates = this.#certificates.join(", ");
    const unshown = certificates && ` Certificates are not supported: not shown is ${certificates}.`;
    const tried = `It takes ${taken}. Tried: ${[...new Set(this.tried)].join("; ") || "nothing"}.${unshown}`;
    const refused = `ssh ${hopName(this.#hop)} does not let ${this.#hop.user} in`;
    if (!this.#wanted) return nodeError("tunnel", refused, tried);
    const { isWrong, secret } = this.#wanted;
    const { kind, of, name } = secret;
    const advice = `Set ${kind}_command of ssh, or keep it in the keyring as "${name}". ${tried}`;
    // Most hosts would take a password too, and most people have none there: it is their key that is the trouble.
    const hadKeys = this.tried.length > 1;
    if (kind === "password" && !isWrong && hadKeys)
      return { ...nodeError("tunnel", refused, tried), wantedSecret: secret };
    if (this.#isHeld) {
      const again = "Another one is tried as soon as there is one, and this one by c.";
      const message = `wrong ${kind} of ${of}; refused too often, not tried again`;
      return { ...nodeError("tunnel", message, `${again} ${advice}`), wantedSecret: secret, isHeld: true };
    }
    const message = isWrong ? `wrong ${kind} of ${of}` : `ssh wants the ${kind} of ${of}`;
    return { ...nodeError("tunnel", message, advice), wantedSecret: secret };
  }

  get #agents() {
    return this.#hop.keys.filter((source) => source.kind === "agent");
  }

  #limitedAgent(socket: string, halves: readonly string[]) {
    return limitedAgent(this.#library.OpenSSHAgent, socket, halves);
  }

  /** The key of a file; null, with the reason noted, when it cannot be used. */
  async #open(file: KeyFile): Promise<ParsedKey | null> {
    if (file.kind === "open") return file.key;
    if (file.kind === "none") {
      this.tried.push(file.why);
      return null;
    }
    const { key, ...absent } = await unlock(file, this.#secrets, this.#library.utils.parseKey);
    if ("why" in absent) {
      this.tried.push(absent.why);
      this.#wanted ??= absent.wanted;
    }
    return key;
  }

  /** The first password that a source has: to try one after the other could lock the account. */
  async #password(): Promise<Secret | null> {
    const wanted = passwordOf(this.#hop);
    const reasons: string[] = [];
    for await (const lookup of this.#secrets.lookUp(wanted, this.#hop)) {
      if (lookup.secret) return lookup.secret;
      reasons.push(lookup.why);
    }
    this.tried.push(`no password (${reasons.join("; ")})`);
    this.#wanted ??= { secret: wanted, isWrong: this.#secrets.typed.wasWrong(wanted) };
    return null;
  }
}
