import type { NodeSettings, PasswordSource } from "../../config/settings.ts";
import { log } from "../../log.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { knowSecret, showName } from "../../text/known-secrets.ts";
import type { Secret } from "../../text/secret.ts";
import { withDeadline } from "../schedule.ts";
import type { LockedKey } from "../wire/tls-files.ts";
import { childEnvironment } from "./child-environment.ts";
import { openKey } from "./key-thread.ts";
import { failed, type Lookup } from "./password-lookup.ts";
import { askSource, nameOf } from "./password-source.ts";
import { passphraseOf, type TypedSecrets } from "./typed-secrets.ts";

/** A question to a slow source. A command's answer is kept until its ttl ends or the server refuses it. */
type Asked = {
  readonly lookup: Promise<Lookup>;
  /** Milliseconds of the wall clock, by which tokens end, and which goes on while a laptop sleeps. */
  untilMs: number | null;
  uses: number;
};

/** What the nodes' passwords have in common: what no program that we start may inherit. */
export class Credentials {
  readonly #variables = new Set<string>();
  readonly #secrets = new Set<Secret>();
  readonly #typed: TypedSecrets;

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
    return new NodeCredentials(node, this.#typed, () => this.childEnvironment());
  }

  /** The environment of a program that is to print a password. */
  childEnvironment(): Record<string, string> {
    return childEnvironment(process.env, this.#variables, [...this.#secrets]);
  }
}

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
  /** What failed of the sources before that one. */
  #passedOver: readonly string[] = [];
  #opened: { readonly text: string; readonly key: Secret } | null = null;

  constructor(node: NodeSettings, typed: TypedSecrets, environment: () => Record<string, string>) {
    this.#node = node;
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

  /**
   * The server refused the last password. What was typed is forgotten, and what a command gave before this login too:
   * true when it was such an answer, so that asking again may give another.
   */
  refused(): boolean {
    const given = this.#given;
    if (given === "typed") this.#typed = null;
    if (given === null || given === "typed") return false;
    const kept = this.#asked.get(given);
    this.#asked.delete(given);
    return kept !== undefined && kept.uses > 1;
  }

  /** Where the last password came from, in words, and which sources failed before; null when none was given. */
  get origin(): string | null {
    if (this.#given === null) return null;
    const name = this.#given === "typed" ? "what was typed" : nameOf(this.#given);
    return [name, ...this.#passedOver].join("; ");
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
