import { maskInOurWords } from "../text/known-secrets.ts";

/**
 * What went wrong with a node, as a person tells faults apart.
 * `error` states that need a person are `auth`, `tls` and `unsupported`; the rest heal by themselves.
 */
export type NodeErrorKind =
  | "refused"
  | "dns"
  | "timeout"
  | "auth"
  | "tls"
  | "tunnel"
  | "starting"
  /** Replays WAL and accepts no connections yet, or ever (hot_standby = off). */
  | "recovering"
  | "shutting-down"
  | "too-many-connections"
  | "privilege"
  | "unsupported"
  | "missing-extension"
  | "in-recovery"
  /** The statement writes, in a transaction that only reads. */
  | "read-only"
  | "protocol"
  | "pooler"
  | "lost"
  | "cancelled"
  | "other";

/** A failure of one node as a value: shown in that node's row, printed by headless commands. Holds no secret. */
export type NodeError = {
  readonly kind: NodeErrorKind;
  /** The five-character SQLSTATE when the server gave one (PostgreSQL documentation, appendix A). */
  readonly sqlstate: string | null;
  readonly message: string;
  /** The server's DETAIL, where it says why. */
  readonly detail?: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** The secret was refused so often that it is not tried again until its source changes or a person asks. */
  readonly isHeld?: true;
  /** The answer was given up since it is longer than any that we ask for. */
  readonly isTooMuch?: true;
  /** The ssh host on the way that a person may vouch for. */
  readonly unknownHost?: UnknownHost;
  /** What a key or an ssh host asked for and nobody had, or was wrong; a person may type it. */
  readonly wantedSecret?: WantedSecret;
};

/** The passphrase of a private key, or the password of an account on an ssh host. */
export type WantedSecret = {
  readonly kind: "passphrase" | "password";
  /** Whose it is, as people write it: `~/.ssh/id_ed25519`, `deploy@bastion`. */
  readonly of: string;
  /** Its name in the keyring, and by which all who need it share it: `ssh key /home/me/.ssh/id_ed25519`, `ssh deploy@bastion:22`. */
  readonly name: string;
};

/** An ssh host whose key is in no known_hosts. */
export type UnknownHost = {
  /** The name it would be known by. */
  readonly host: string;
  readonly port: number;
  readonly keyType: string;
  /** In base64, as known_hosts has it. */
  readonly key: string;
  readonly fingerprint: string;
  /** The known_hosts that would know it. */
  readonly file: string;
};

/** A NodeError in our own words. What a server, an ssh host or the system says in it went through `maskSecrets` before. */
export function nodeError(kind: NodeErrorKind, message: string, hint: string | null = null): NodeError {
  return { kind, sqlstate: null, message: maskInOurWords(message), hint: hint && maskInOurWords(hint) };
}

/** What went wrong in one line: the message, and the server's DETAIL behind it. */
export function reasonOf({ message, detail }: Pick<NodeError, "message" | "detail">): string {
  return detail === undefined ? message : `${message}: ${detail.replace(/\.$/, "")}`;
}

const saidByServer: ReadonlySet<NodeErrorKind> = new Set([
  "auth",
  "starting",
  "recovering",
  "shutting-down",
  "too-many-connections",
  "privilege",
  "in-recovery",
]);

/** The server was reached, and lets us not in. */
export function isRefusedLogin({ kind }: Pick<NodeError, "kind">): boolean {
  return saidByServer.has(kind);
}

/** Carries a {@link NodeError} through code that can only throw; `toNodeError` unwraps it. */
export class NodeFailure extends Error {
  readonly error: NodeError;

  constructor(error: NodeError) {
    super(error.message);
    this.error = error;
  }
}
