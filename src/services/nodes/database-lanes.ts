import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { after } from "../schedule.ts";
import type { LoginCredentials } from "../secrets/credentials.ts";
import { answerWithin, type Limits } from "../session/answer-within.ts";
import { cancelRequest } from "../session/cancel-request.ts";
import { answerError, isAnswer, loginError, seconds } from "../session/failure.ts";
import { SessionPool } from "../session/pool.ts";
import type { Session, Statement } from "../session/session.ts";
import type { TunnelUse } from "../ssh/tunnels.ts";
import type { Outcome } from "./outcome.ts";

/** What every session of a node is made with. */
type Means = {
  readonly credentials: LoginCredentials;
  readonly openTunnel: () => TunnelUse | null;
  /** A login waits for its turn and says at its end whether it came to a session. */
  readonly turn: () => Promise<(succeeded: boolean) => void>;
  readonly began: (session: Session) => void;
};

/** One session of one other database, or the login to it. */
type Lane = { readonly pool: SessionPool; isBusy: boolean; isOver: boolean; callOffIdle: () => void };

/** The server refused a login to a database: until when it is not tried again, and how often it did. */
type Refusal = { readonly error: NodeError; readonly untilMs: number; readonly times: number };

/** A server that says goodbye has forgotten the session: only then may another take its place. */
const goodbyeMs = 1000;
/** A login costs the server a process of its own: so many milliseconds of it count at least, and at most. */
const leastLoginMs = 20;
const mostLoginMs = 100;
/** With TLS and a password. The first of them is that of the step `connect`. */
const roundTripsOfLogin = 5;
const firstRefusalMs = 15_000;
const longestRefusalMs = 120_000;
/** A password that is refused so often is not sent again: no account is locked by us. */
const mostRefusals = 3;

const closed = nodeError("cancelled", "the node was closed");

/** What a login cost the server, of which only the time is known that it took: without the way there and back. */
function serverMsOf(tookMs: number, { timeline }: Session): number {
  const { connect = 0 } = timeline.ms;
  const thereMs = Math.min(mostLoginMs, tookMs - roundTripsOfLogin * connect);
  return Math.max(thereMs, Math.min(leastLoginMs, tookMs));
}

/**
 * The sessions of a node in other databases than its own: opened when one is asked, `pool.databases` at once, each with
 * one question at a time, closed after `pool.database_idle`. What happens in them says nothing of the node.
 */
export class DatabaseLanes {
  readonly #settings: () => NodeSettings;
  readonly #means: Means;
  /** By database, the one that was asked longest ago first. */
  readonly #lanes = new Map<string, Lane>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #waiting = new Set<() => void>();
  /** Sessions that are there or on their way out. */
  #count = 0;
  #ends = 0;

  constructor(settings: () => NodeSettings, means: Means) {
    this.#settings = settings;
    this.#means = means;
  }

  /**
   * Asks one statement in a session of that database; a login for it counts in what it took. Rejects with a
   * {@link NodeFailure} where there is none.
   */
  async ask(database: string, statement: Statement, limits: Limits): Promise<Outcome> {
    const lane = await this.#take(database, limits.signal);
    let [startMs, loginMs] = [performance.now(), 0];
    let session: Session | null = null;
    try {
      const tookMs = await this.#login(database, lane);
      session = await lane.pool.acquire(limits.signal);
      loginMs = serverMsOf(tookMs, session);
      startMs = performance.now();
      const answer = await answerWithin(session, statement, limits);
      const ms = performance.now() - startMs + loginMs;
      lane.pool.release(session);
      this.#giveBack(database, lane, "keep");
      return { ok: true, answer, ms };
    } catch (cause) {
      const isKept = session !== null && isAnswer(cause);
      if (session) lane.pool.release(session, isKept ? "keep" : "destroy");
      this.#giveBack(database, lane, isKept ? "keep" : "close");
      if (!session) throw new NodeFailure(toNodeError(cause));
      const ms = performance.now() - startMs;
      const { statementTimeoutMs } = this.#settings();
      const limitsMs = { deadlineMs: limits.deadlineMs, statementTimeoutMs };
      const error = isKept ? answerError(cause, ms, limitsMs) : toNodeError(cause);
      // The backend of an answer that we no longer read may have much of it before it.
      if (!isKept && error.kind === "protocol") void cancelRequest(session);
      return { ok: false, error, ms: ms + loginMs };
    }
  }

  /** What is at rest is closed now, what runs when it is done. */
  retire(): void {
    this.#refusals.clear();
    for (const [database, lane] of this.#lanes) {
      lane.isOver = true;
      if (!lane.isBusy) void this.#close(database, lane);
    }
  }

  /** Cancels what runs and closes everything. */
  async end(limitMs: number): Promise<void> {
    this.#ends += 1;
    this.#wake();
    await Promise.all(Array.from(this.#lanes, ([database, lane]) => this.#close(database, lane, limitMs)));
  }

  /** The lane of a database, which is the caller's until it gives it back. */
  async #take(database: string, signal: AbortSignal | undefined): Promise<Lane> {
    const { databases, acquireTimeoutMs } = this.#settings().pool;
    if (databases === 0)
      throw new NodeFailure(nodeError("other", "only the node's own database is asked: pool.databases is 0"));
    const lateMs = performance.now() + acquireTimeoutMs;
    const ends = this.#ends;
    for (;;) {
      if (ends !== this.#ends) throw new NodeFailure(closed);
      if (signal?.aborted) throw new NodeFailure(nodeError("cancelled", "cancelled before it ran"));
      const refusal = this.#refusals.get(database);
      if (refusal && performance.now() < refusal.untilMs) throw new NodeFailure(refusal.error);
      const known = this.#lanes.get(database);
      if (known && !known.isBusy) return this.#use(database, known);
      if (!known && this.#count < databases) return this.#use(database, this.#open(database));
      const resting = known ? undefined : [...this.#lanes].find(([, { isBusy }]) => !isBusy);
      if (resting) void this.#close(...resting);
      if (performance.now() >= lateMs) {
        const hint = "All sessions of pool.databases are busy.";
        const message = `no free session for ${database} in ${seconds(acquireTimeoutMs)}`;
        throw new NodeFailure(nodeError("timeout", message, hint));
      }
      await this.#change(lateMs, signal);
    }
  }

  #use(database: string, lane: Lane): Lane {
    lane.callOffIdle();
    lane.isBusy = true;
    this.#lanes.delete(database);
    this.#lanes.set(database, lane);
    return lane;
  }

  #open(database: string): Lane {
    const { credentials, openTunnel, began } = this.#means;
    const settings = this.#settings();
    this.#count += 1;
    const pool = new SessionPool(
      {
        ...settings,
        connection: { ...settings.connection, dbname: database },
        pool: { ...settings.pool, max: 1 },
      },
      {
        credentials,
        tunnel: openTunnel(),
        began,
        introduced: () => {},
        lost: () => {
          if (!lane.isBusy) void this.#close(database, lane);
        },
      },
    );
    const lane: Lane = { pool, isBusy: false, isOver: false, callOffIdle: () => {} };
    return lane;
  }

  /** Logs in where there is no session, and tells how long that took. */
  async #login(database: string, lane: Lane): Promise<number> {
    if (lane.pool.hasSession) return 0;
    const ended = await this.#means.turn();
    const startMs = performance.now();
    try {
      if (this.#lanes.get(database) !== lane) throw new NodeFailure(closed);
      await lane.pool.prove();
      ended(true);
      this.#refusals.delete(database);
      return performance.now() - startMs;
    } catch (cause) {
      ended(false);
      const { connectTimeoutMs, acquireTimeoutMs } = this.#settings().pool;
      const error = loginError(cause, Math.min(connectTimeoutMs, acquireTimeoutMs));
      if (error.sqlstate !== null) this.#refused(database, error);
      throw new NodeFailure(error);
    }
  }

  /** The server has a line in its log for each refusal. */
  #refused(database: string, error: NodeError): void {
    const times = (this.#refusals.get(database)?.times ?? 0) + 1;
    const isHeld = error.sqlstate?.startsWith("28") && times >= mostRefusals;
    const waitMs = isHeld
      ? Number.POSITIVE_INFINITY
      : Math.min(longestRefusalMs, firstRefusalMs * 2 ** (times - 1));
    this.#refusals.set(database, { error, times, untilMs: performance.now() + waitMs });
  }

  #giveBack(database: string, lane: Lane, fate: "keep" | "close"): void {
    lane.isBusy = false;
    if (this.#lanes.get(database) !== lane) return;
    if (fate === "close" || lane.isOver) void this.#close(database, lane);
    else {
      const { databaseIdleMs } = this.#settings().pool;
      lane.callOffIdle = after(databaseIdleMs, () => void this.#close(database, lane));
      this.#wake();
    }
  }

  async #close(database: string, lane: Lane, limitMs = goodbyeMs): Promise<void> {
    if (this.#lanes.get(database) !== lane) return;
    this.#lanes.delete(database);
    lane.callOffIdle();
    await lane.pool.end(limitMs, "closed");
    this.#count -= 1;
    this.#wake();
  }

  /** Resolves when a lane was given back or closed, when the wait is aborted, or when it is late. */
  async #change(lateMs: number, signal: AbortSignal | undefined): Promise<void> {
    const changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    this.#waiting.add(wake);
    signal?.addEventListener("abort", wake, { once: true });
    const callOff = after(lateMs - performance.now(), wake);
    await changed.promise;
    callOff();
    signal?.removeEventListener("abort", wake);
    this.#waiting.delete(wake);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
