import type { NodeSettings, PasswordSource } from "../../config/settings.ts";
import { log } from "../../log.ts";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { knowSecret } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";
import { withDeadline } from "../schedule.ts";
import type { LockedKey } from "../wire/tls-files.ts";
import { openKey } from "./key-thread.ts";
import { failed, type Lookup } from "./password-lookup.ts";
import { askSource, nameOf } from "./password-source.ts";
import type { Refusals } from "./refusals.ts";
import { passphraseOf, type TypedSecrets } from "./typed-secrets.ts";

/** A program whose password was refused too often is not run for each look at whether that has changed. */
const slowSourceMs = 300_000;

/** A question to a slow source. A command's answer is kept until its ttl ends or the server refuses it. */
type Asked = {
  readonly lookup: Promise<Lookup>;
  /** Milliseconds of the wall clock, by which tokens end, and which goes on while a laptop sleeps. */
  untilMs: number | null;
  uses: number;
};

/** What a login needs of a node's secrets, and what it tells of them. */
export type LoginCredentials = Pick<
  NodeCredentials,
  "begin" | "password" | "unlockKey" | "wasGiven" | "refused" | "accepted"
>;

/**
 * Finds the password of one node when its server asks for one, and never before: what logs in by peer, trust or
 * certificate looks nowhere. Nothing is written anywhere; what a person typed lives as long as the process.
 */
export class NodeCredentials {
  readonly #node: NodeSettings;
  readonly #typedForKeys: TypedSecrets;
  readonly #environment: () => Record<string, string>;
  readonly #asked = new Map<PasswordSource, Asked>();
  readonly #warned = new Set<string>();
  #typed: Secret | null = null;
  #given: PasswordSource | "typed" | null = null;
  /** What was given in this login, how often. */
  #lent: { readonly secret: Secret; readonly times: number } | null = null;
  readonly #refusals: Refusals;
  /** No login is tried; when its password was looked up last, on the clock of {@link Date.now}. */
  #isHeld = false;
  #lookedUpAtMs = 0;
  /** What failed of the sources before that one. */
  #passedOver: readonly string[] = [];
  #opened: { readonly text: string; readonly key: Secret } | null = null;

  constructor(
    node: NodeSettings,
    typed: TypedSecrets,
    refusals: Refusals,
    environment: () => Record<string, string>,
  ) {
    this.#node = node;
    this.#refusals = refusals;
    this.#typedForKeys = typed;
    this.#environment = environment;
  }

  /** Takes what a person typed; it goes before every other source. */
  enter(typed: Secret): void {
    knowSecret(typed);
    this.#typed = typed;
  }

  /**
   * The first password that a source has, in the order of the settings. Every source but a command is read anew each
   * time. Rejects with a {@link NodeFailure}: `auth` when none has one, `timeout` when a source needs longer than a
   * login may take; the next login waits for the same answer.
   */
  async password(): Promise<Secret> {
    const secret = await this.#unspent();
    this.#lent = { secret, times: (this.#lent?.secret.equals(secret) ? this.#lent.times : 0) + 1 };
    return secret;
  }

  async #unspent(): Promise<Secret> {
    const secret = await this.#find();
    // Another node of this account may have been refused since this login began.
    if (this.#given !== "typed" && this.#refusals.isSpent(secret)) throw this.#heldFailure();
    return secret;
  }

  async #find(): Promise<Secret> {
    this.#given = "typed";
    this.#passedOver = [];
    if (this.#typed) return this.#typed;
    this.#given = null;
    const reasons: string[] = [];
    const failures: string[] = [];
    for (const source of this.#node.passwords) {
      const lookup = await this.#ask(source);
      if (lookup.secret) {
        this.#given = source;
        this.#passedOver = failures;
        for (const why of failures) this.#warn(why);
        return lookup.secret;
      }
      (lookup.failed ? failures : reasons).push(lookup.why);
    }
    const message = failures.join("; ") || "the server asks for a password and none was found";
    const looked = reasons.length === 0 ? "" : `: ${reasons.join("; ")}`;
    const hint = `Set password_env, password_file or password_command${looked}.`;
    throw new NodeFailure(nodeError("auth", message, hint));
  }

  /**
   * A client's key, opened with the first passphrase that fits; it is kept as long as the file has the same text.
   * Rejects with a {@link NodeFailure}: `tls` when none fits, `timeout` when that takes longer than a login may.
   */
  async unlockKey(key: LockedKey): Promise<Secret> {
    if (this.#opened?.text === key.text) return this.#opened.key;
    const message = `the key ${key.path} is still being opened`;
    const late = new NodeFailure(nodeError("timeout", message, "The next login takes what comes of it."));
    return withDeadline(this.#unlock(key), 0.9 * this.#loginMs, () => late);
  }

  async #unlock({ path, text }: LockedKey): Promise<Secret> {
    const wanted = passphraseOf("ssl", path);
    const reasons: string[] = [];
    let isWrong = false;
    /** Null when it is the passphrase of another key. */
    const opened = async (passphrase: Secret) => {
      const lookup = await openKey("tls", text, passphrase);
      if (!lookup.secret && lookup.failed) throw unusable(path, lookup.why);
      isWrong ||= lookup.secret === null;
      if (lookup.secret) this.#opened = { text, key: lookup.secret };
      return lookup.secret;
    };
    const typed = this.#typedForKeys.of(wanted);
    const byTyped = typed && (await opened(typed));
    if (byTyped) return byTyped;
    if (typed) this.#typedForKeys.refuse(wanted, typed);
    isWrong ||= this.#typedForKeys.wasWrong(wanted);
    for (const source of this.#node.keyPassphrases) {
      const { secret, ...absent } = await this.#ask(source, false);
      const key = secret && (await opened(secret));
      if (key) return key;
      reasons.push("why" in absent ? absent.why : `${nameOf(source)} has another passphrase`);
    }
    const { of } = wanted;
    const message = isWrong ? `wrong passphrase of ${of}` : `TLS wants the passphrase of ${of}`;
    const hint = `Set sslpassword or sslpassword_command: ${reasons.join("; ")}.`;
    throw new NodeFailure({ ...nodeError("tls", message, hint), wantedSecret: wanted });
  }

  /** A login begins. Rejects with a {@link NodeFailure} that is held when its password was refused too often. */
  async begin(): Promise<void> {
    this.#lent = null;
    if (!this.#refusals.anySpent || this.#typed) return;
    const isSlow = this.#given !== null && this.#given !== "typed" && this.#given.kind === "command";
    if (isSlow && this.#isHeld && Date.now() - this.#lookedUpAtMs < slowSourceMs) throw this.#heldFailure();
    this.#lookedUpAtMs = Date.now();
    const secret = await this.#find().catch(() => null);
    this.#isHeld = secret !== null && this.#refusals.isSpent(secret);
    if (this.#isHeld) throw this.#heldFailure();
  }

  /** The server let us in. */
  accepted(): void {
    if (this.#lent) this.#refusals.accept(this.#lent.secret);
    this.#isHeld = false;
  }

  /** A person asks: what was refused too often is tried once more. */
  forgive(): void {
    this.#refusals.forgive();
    this.#isHeld = false;
  }

  /** True when a password was given in this login and not refused yet. */
  get wasGiven(): boolean {
    return this.#lent !== null;
  }

  /**
   * The server refused the last password. What was typed is forgotten, and what a command gave before this login too:
   * "ask again" when it was such an answer, so that another login may get another. Else the error with where the
   * password came from; the third refusal of the same one is held.
   */
  refused(error: NodeError): "ask again" | NodeError {
    const [given, lent] = [this.#given, this.#lent];
    this.#lent = null;
    this.#refusals.error = error;
    if (lent) this.#refusals.add(lent.secret, lent.times);
    const isSpent = lent !== null && this.#refusals.isSpent(lent.secret);
    if (given === "typed") this.#typed = null;
    const kept = given === null || given === "typed" ? undefined : this.#asked.get(given);
    if (given !== null && given !== "typed") this.#asked.delete(given);
    if (kept && kept.uses > 1 && !isSpent) return "ask again";
    if (!isSpent || given === "typed") return { ...error, hint: this.#whoseFault };
    this.#isHeld = true;
    this.#lookedUpAtMs = Date.now();
    log("warn", "password refused too often: not tried again until it changes or a person asks", {
      node: this.#node.name,
      source: this.origin,
    });
    return this.#heldFailure().error;
  }

  #heldFailure(): NodeFailure {
    const error = this.#refusals.error ?? nodeError("auth", "the server refuses the password");
    const message = `${error.message}; refused too often, not tried again`;
    const hint = `${this.#whoseFault} It is tried again when that gives another, or by c; p asks for one.`;
    return new NodeFailure({ ...error, message, hint, isHeld: true });
  }

  get #whoseFault(): string {
    return `Check the user and the password, which came from ${this.origin ?? "nowhere"}.`;
  }

  /** Where the last password came from, in words, and which sources failed before; null when none was given. */
  get origin(): string | null {
    if (this.#given === null) return null;
    const name = this.#given === "typed" ? "what was typed" : nameOf(this.#given);
    return [name, ...this.#passedOver].join("; ");
  }

  /** The same secrets for a login to another database: what the server says of them there counts for nothing here. */
  get elsewhere(): LoginCredentials {
    return {
      begin: async () => {
        if (this.#isHeld) throw this.#heldFailure();
      },
      password: () => this.#unspent(),
      unlockKey: (key) => this.unlockKey(key),
      wasGiven: false,
      refused: (error) => error,
      accepted: () => {},
    };
  }

  /** How long a login may take: the pool gives up one that takes longer. */
  get #loginMs(): number {
    const { connectTimeoutMs, acquireTimeoutMs } = this.#node.pool;
    return Math.min(connectTimeoutMs, acquireTimeoutMs);
  }

  /** Says once in the log what goes unseen since another source has a password. */
  #warn(why: string): void {
    if (this.#warned.has(why)) return;
    this.#warned.add(why);
    log("warn", why, { node: this.#node.name });
  }

  async #ask(source: PasswordSource, mayKeep = true): Promise<Lookup> {
    const kept = this.#asked.get(source);
    const asked =
      kept && (kept.untilMs ?? Number.POSITIVE_INFINITY) > Date.now() ? kept : this.#start(source);
    // A login that waits longer is given up by the pool, in words that blame the server.
    const isOptional = source.kind === "keyring";
    const patienceMs = (isOptional ? 0.5 : 0.8) * this.#loginMs;
    const message = isOptional
      ? "the keyring is silent: is it locked?"
      : `${nameOf(source)} has not answered yet`;
    const late = new NodeFailure(nodeError("timeout", message, "The next login takes its answer."));
    const lookup = await withDeadline(asked.lookup, patienceMs, () => late).catch((cause: unknown) => {
      // Nobody set the keyring for this node: the password file behind it gets its turn in the same login.
      if (isOptional) return failed(message);
      throw cause;
    });
    asked.uses += 1;
    const isKept = mayKeep && source.kind === "command" && lookup.secret !== null;
    if (!isKept && this.#asked.get(source) === asked) this.#asked.delete(source);
    return lookup;
  }

  #start(source: PasswordSource): Asked {
    const asked: Asked = {
      lookup: askSource(source, this.#node, this.#environment),
      untilMs: null,
      uses: 0,
    };
    this.#asked.set(source, asked);
    if (source.kind === "command" && source.ttlMs !== null) {
      const { ttlMs } = source;
      void asked.lookup.then(() => {
        asked.untilMs = Date.now() + ttlMs;
      });
    }
    return asked;
  }
}

function unusable(path: string, why: string): NodeFailure {
  const hint = "Write it anew: openssl pkcs8 -topk8 -in KEY -out NEW.";
  return new NodeFailure(nodeError("tls", `the key ${path} ${why}`, hint));
}
