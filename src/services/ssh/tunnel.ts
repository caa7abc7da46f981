import type { Duplex } from "node:stream";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { SocketAddress } from "../../postgres/socket-address.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { type Hop, hopName } from "../../ssh/hop.ts";
import { backOffMs } from "../../stats/health.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import type { SshSecrets } from "./secrets.ts";
import { openSession, type SshSession, TunnelFailure } from "./session.ts";
import { TunnelStream } from "./tunnel-stream.ts";

/** The way to a host and how to get in there; asked anew for each attempt, since files change. */
export type Route = () => Promise<readonly Hop[]>;

type Chain = readonly [SshSession, ...SshSession[]];

/** A host that refuses us, or is not the one we know, is not asked often: no account is locked by us. */
const personDelayMs = 30_000;

/**
 * One session with a bastion, for all nodes behind it. It is made when the first node needs it, and again after it was
 * lost: at once the first time, then backing off, whatever the number of nodes that ask.
 */
export class SshTunnel {
  readonly #route: Route;
  readonly #secrets: SshSecrets;
  readonly #streams = new Set<TunnelStream>();
  /** The sessions with each host on the way, the bastion's last. */
  #chain: Promise<Chain> | null = null;
  #failures = 0;
  #failure: NodeFailure | null = null;
  /** The refusal after which a password is not tried again. */
  #held: NodeFailure | null = null;
  #nextAttemptAtMs = 0;

  constructor(route: Route, secrets: SshSecrets) {
    this.#route = route;
    this.#secrets = secrets;
  }

  /** Makes sure of the session. Rejects with a {@link NodeFailure}, at once while the next attempt is not due. */
  async ready(): Promise<void> {
    await this.#open();
  }

  /** A stream to what listens at this address for the bastion; it begins to open at once. */
  stream(address: SocketAddress): TunnelStream {
    const channel = this.#open().then((chain) => openChannel(bastionOf(chain), address));
    const stream = new TunnelStream(channel);
    this.#streams.add(stream);
    stream.once("close", () => this.#streams.delete(stream));
    return stream;
  }

  /** Makes the next attempt due now. */
  retryNow(): void {
    this.#nextAttemptAtMs = 0;
  }

  /** Tries once more what was refused too often: a person asks for it. */
  forgive(): void {
    this.#secrets.forgive();
  }

  /** Why there is no session; null while nobody knows a reason. */
  get failure(): NodeError | null {
    return this.#failure?.error ?? null;
  }

  /** Ends the session; a later question makes a new one. */
  end(): void {
    const chain = this.#chain;
    this.#chain = null;
    chain?.then(destroyAll, () => {});
  }

  #open(): Promise<Chain> {
    if (this.#chain) return this.#chain;
    if (this.#failure && performance.now() < this.#nextAttemptAtMs) return Promise.reject(this.#failure);
    const attempt = this.#connect().catch((cause: unknown) => {
      // Somebody may have typed what this attempt found nowhere.
      const wanted = toNodeError(cause).wantedSecret;
      if (!wanted || !this.#secrets.typed.of(wanted)) throw cause;
      return this.#connect();
    });
    this.#chain = attempt;
    attempt.then(
      (chain) => {
        this.#failures = 0;
        this.#failure = null;
        this.#secrets.accepted();
        const { hop, onEnd } = bastionOf(chain);
        onEnd((reason) => this.#lost(attempt, hop, reason));
      },
      (cause) => {
        if (this.#chain === attempt) this.#chain = null;
        this.#failures += 1;
        this.#failure = cause instanceof NodeFailure ? cause : new NodeFailure(toNodeError(cause));
        if (this.#failure.error.isHeld) this.#held = this.#failure;
        const isRefused = cause instanceof TunnelFailure && cause.needsPerson;
        const delayMs = isRefused ? personDelayMs : backOffMs(this.#failures, Math.random());
        this.#nextAttemptAtMs = performance.now() + delayMs;
      },
    );
    return attempt;
  }

  async #connect(): Promise<Chain> {
    if (this.#held && (await this.#secrets.isHeld())) throw this.#held;
    const [first, ...rest] = await this.#route();
    if (!first) throw new TunnelFailure("the way has no host");
    const chain: [SshSession, ...SshSession[]] = [await openSession(first, null, this.#secrets)];
    try {
      for (const hop of rest) {
        const channel = await openChannel(bastionOf(chain), { host: hop.host, port: hop.port });
        const hops = chain.map((session) => session.hop);
        chain.push(await openSession(hop, { channel, hops }, this.#secrets));
      }
    } catch (cause) {
      destroyAll(chain);
      throw cause;
    }
    return chain;
  }

  #lost(attempt: Promise<Chain>, hop: Hop, reason: string | null): void {
    // One that we ended ourselves has no streams left, and those there are go through another.
    if (this.#chain !== attempt) return;
    this.end();
    const why = reason === null ? "" : `: ${reason}`;
    const failure = new TunnelFailure(`ssh ${hopName(hop)} ended the connection${why}`);
    for (const stream of this.#streams) stream.destroy(failure);
  }
}

function bastionOf([first, ...rest]: Chain): SshSession {
  return rest.at(-1) ?? first;
}

function destroyAll(chain: Chain): void {
  for (const session of chain.toReversed()) session.destroy();
}

/** A channel to what listens at an address, seen from the other end. Rejects with a {@link NodeFailure}. */
function openChannel({ client, hop }: SshSession, address: SocketAddress): Promise<Duplex> {
  const opened = Promise.withResolvers<Duplex>();
  const target = "path" in address ? address.path : `${address.host}:${address.port}`;
  const done = (cause: (Error & { reason?: unknown }) | undefined, channel: Duplex) =>
    cause ? opened.reject(channelFailure(hop, target, cause)) : opened.resolve(channel);
  try {
    if ("path" in address) client.openssh_forwardOutStreamLocal(address.path, done);
    else client.forwardOut("127.0.0.1", 0, address.host, address.port, done);
  } catch {
    // The library throws when the session has ended.
    opened.reject(new TunnelFailure(`ssh ${hopName(hop)} has ended`));
  }
  return opened.promise;
}

/** Why there is no channel, by RFC 4254, section 5.1: the bastion forbids it (1), or could not connect (2). */
function channelFailure(hop: Hop, target: string, cause: Error & { reason?: unknown }): NodeFailure {
  const name = `ssh ${hopName(hop)}`;
  const said = maskSecrets(cause.message.replace("(SSH) Channel open failure: ", ""));
  if (cause.reason === 1)
    return new TunnelFailure(`${name} does not forward to ${target}`, {
      hint: "See AllowTcpForwarding and PermitOpen of its sshd_config.",
    });
  if (cause.reason !== 2) return new TunnelFailure(`${name}: ${said}`);
  const kind = /unknown host|not known|resolve/i.test(said) ? "dns" : "refused";
  const hint = `As ${name} sees it: are host and port right from there?`;
  return new NodeFailure(nodeError(kind, `${target}: ${said.toLowerCase()}`, hint));
}
