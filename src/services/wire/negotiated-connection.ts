import type { Duplex } from "node:stream";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import {
  type Attempt,
  type Encryption,
  encryptions,
  type Failure,
  nextAttempt,
} from "../../postgres/encryption.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import { serverError } from "../../postgres/server-error.ts";
import { type Dial, opened } from "./dial.ts";
import { GuardedConnection } from "./guarded-connection.ts";
import { LoginTimeline } from "./login-timeline.ts";
import { beginTls, HandshakeFailure, type UnlockKey } from "./tls.ts";

/** Where a server is, how its stream is opened, and what opens our key if that is encrypted. */
export type Route = {
  readonly server: ConnectionParameters;
  readonly dial: Dial;
  readonly unlockKey: UnlockKey | null;
};

/**
 * The driver's connection, which agrees on encryption with the server as libpq does and hands the driver a stream
 * that is ready for the startup packet. When another encryption may be tried after a failure the login begins again
 * (event `connect`), and the driver never hears of the first.
 */
export class NegotiatedConnection extends GuardedConnection {
  readonly #server: ConnectionParameters;
  readonly #dial: Dial;
  readonly #unlockKey: UnlockKey | null;
  readonly timeline = new LoginTimeline();
  readonly #tried: Encryption[] = [];
  #raw: Duplex | null = null;
  #tls: TlsState | null = null;
  #authenticated = false;
  #over = false;
  /** Why the attempts so far failed: the reason that says most. */
  #reason: { readonly cause: unknown; readonly worth: number } | null = null;

  constructor({ server, dial, unlockKey }: Route) {
    super();
    this.#server = server;
    this.#dial = dial;
    this.#unlockKey = unlockKey;
  }

  get tls(): TlsState | null {
    return this.#tls;
  }

  override connect(): void {
    this._connecting = true;
    void this.#attempt({ encryption: encryptions(this.#server)[0] ?? "tls", socket: "new" });
  }

  /** Closes the socket without a farewell; under TLS there are two streams. */
  destroy(): void {
    this.#over = true;
    this.stream.destroy();
    this.#raw?.destroy();
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === "authenticationOk") this.#authenticated = true;
    if (event !== "errorMessage" || this.#authenticated || !this.#raw) return super.emit(event, ...args);
    this.#fail(this.#raw, { kind: "refused", sqlstate: serverError(args[0])?.code ?? "" }, args[0]);
    return true;
  }

  async #attempt({ encryption, socket }: Attempt): Promise<void> {
    this.#tried.push(encryption);
    if (socket === "new") this.timeline.enter("connect");
    const raw = socket === "same" && this.#raw ? this.#raw : this.#open();
    try {
      if (socket === "new") await opened(raw);
      if (encryption === "plain") return this.#begin(raw, raw, null);
      this.timeline.enter("tls");
      const secured = await beginTls(raw, this.#server, this.#unlockKey);
      if (secured) this.#begin(raw, secured.stream, secured.state);
      else this.#fail(raw, { kind: "tls-declined" }, new NodeFailure(declined));
    } catch (cause) {
      this.#fail(raw, { kind: cause instanceof HandshakeFailure ? "handshake-failed" : "lost" }, cause);
    }
  }

  #open(): Duplex {
    const raw = this.#dial();
    raw.on("error", () => {});
    this.#raw = raw;
    this.#use(raw);
    return raw;
  }

  /** The driver reads and writes what stands in `stream`, which only its types call constant. */
  #use(stream: Duplex): void {
    Object.assign(this, { stream });
  }

  #begin(raw: Duplex, stream: Duplex, tls: TlsState | null): void {
    const report = (error: Error & { code?: string }) => {
      const isFarewell = this._ending && (error.code === "ECONNRESET" || error.code === "EPIPE");
      if (raw === this.#raw && !isFarewell) this.emit("error", error);
    };
    for (const one of new Set([raw, stream])) one.on("error", report);
    raw.on("close", () => raw === this.#raw && this.emit("end"));
    this.#tls = tls;
    this.#use(stream);
    this.attachListeners(stream);
    this.timeline.enter("authentication");
    this.emit("connect");
  }

  #fail(raw: Duplex, failure: Failure, cause: unknown): void {
    if (raw !== this.#raw) return;
    const worth = worthOf(cause, this.#tried.at(-1));
    if (this.#reason === null || worth >= this.#reason.worth) this.#reason = { cause, worth };
    const isLast = this.#over || this._ending;
    const next = isLast ? null : nextAttempt(encryptions(this.#server), this.#tried, failure);
    if (!next) {
      this.#over = true;
      this.emit("error", this.#reason.cause);
      if (failure.kind === "refused") return;
      raw.destroy();
      this.emit("end");
      return;
    }
    if (next.socket === "new") {
      this.#raw = null;
      this.stream.destroy();
      raw.destroy();
    }
    void this.#attempt(next);
  }
}

const declined = nodeError(
  "tls",
  "the server does not support TLS",
  "Set ssl = on there; sslmode=prefer goes on without, unless somebody on the way only says so.",
);

/**
 * How much a failed attempt says beyond that its encryption was the wrong one. pg_hba.conf refuses with one SQLSTATE
 * and function whether it has no line for the encryption or a line that wants a certificate of ours under TLS.
 */
function worthOf(cause: unknown, encryption: Encryption | undefined): number {
  if (cause instanceof NodeFailure && cause.error === declined) return 0;
  const error = serverError(cause);
  const isOfTheWay = error?.code === "28000" && error.routine === "ClientAuthentication";
  if (!isOfTheWay) return 3;
  return encryption === "tls" ? 2 : 1;
}
