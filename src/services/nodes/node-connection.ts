import type { NodeSettings } from "../../config/settings.ts";
import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { type SeenRole, type ServerFacts, withRole } from "../../postgres/server.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import {
  type Health,
  type HealthEvent,
  isDue,
  isUp,
  nextHealth,
  overdueMs,
  startHealth,
} from "../../stats/health.ts";
import { nothingSpent, withQuestion } from "../../stats/own-cost.ts";
import type { PoolStatistics } from "../../store/nodes.ts";
import type { Secret } from "../../text/secret.ts";
import { after, withDeadline } from "../schedule.ts";
import type { NodeCredentials } from "../secrets/credentials.ts";
import { answerWithin } from "../session/answer-within.ts";
import { cancelRequest } from "../session/cancel-request.ts";
import { answerError, isAnswer, loginError } from "../session/failure.ts";
import { SessionPool } from "../session/pool.ts";
import type { FirstStatement } from "../session/question-ahead.ts";
import type { Session, Statement } from "../session/session.ts";
import type { TunnelUse } from "../ssh/tunnels.ts";
import { DatabaseLanes } from "./database-lanes.ts";
import type { AskOptions, Outcome } from "./outcome.ts";

const defaultDeadlineMs = 5000;
/** How long a closing node may take to say goodbye, however dead its server is. */
const goodbyeMs = 50;
/** cannot_connect_now: what a server says that starts, stops or replays WAL only. */
const acceptsNone = "57P03";

/** One node: its pool, its health and what is known of its server. Nothing here touches another node. */
export class NodeConnection {
  /** Replaced by {@link retune} alone. */
  settings: NodeSettings;
  facts: ServerFacts | null = null;
  health: Health;
  readonly #changed: (before: Health) => void;
  readonly #first: FirstStatement;
  readonly #turn: () => Promise<(succeeded: boolean) => void>;
  readonly credentials: NodeCredentials;
  readonly #openTunnel: () => TunnelUse | null;
  #tunnel: TunnelUse | null = null;
  #pool: SessionPool;
  /** The one attempt to connect that runs, if any: everybody who needs the node waits for the same. */
  #attempt: Promise<NodeError | null> | null = null;
  readonly #flights = new Set<Promise<unknown>>();
  readonly #sessions = new Set<Session>();
  readonly #lanes: DatabaseLanes;
  /** What our questions took, also those to other databases. */
  spent = nothingSpent(performance.now());
  #closed = false;

  /** Each attempt waits for its `turn` and says at its end whether it came to a session. */
  constructor(
    settings: NodeSettings,
    credentials: NodeCredentials,
    openTunnel: () => TunnelUse | null,
    changed: (before: Health) => void,
    turn: () => Promise<(succeeded: boolean) => void>,
    first: FirstStatement,
  ) {
    this.settings = settings;
    this.credentials = credentials;
    this.#openTunnel = openTunnel;
    this.#turn = turn;
    this.#first = first;
    this.#changed = changed;
    this.health = startHealth(performance.now());
    this.#pool = this.#openPool();
    const [elsewhere, began] = [credentials.elsewhere, this.#began];
    this.#lanes = new DatabaseLanes(() => this.settings, { credentials: elsewhere, openTunnel, turn, began });
  }

  /** Only what no session was made with may be replaced. */
  retune(settings: NodeSettings): void {
    this.settings = settings;
    this.#lanes.retire();
  }

  get statistics(): PoolStatistics {
    return this.#pool.statistics;
  }

  /** The processes of our own sessions there; behind a pooler those that it makes up. */
  get ownProcesses(): readonly number[] {
    return [...this.#sessions].flatMap(({ processID }) => processID ?? []);
  }

  /**
   * Makes sure there is a session, with at most one attempt at a time and none before its turn.
   * Null when the node may be asked; else why not.
   */
  async ready(): Promise<NodeError | null> {
    if (this.#closed) return nodeError("cancelled", "the node was removed");
    if (this.health.state === "disconnected") return nodeError("cancelled", "disconnected by the user");
    if (this.#pool.hasSession && isUp(this.health)) return null;
    if (this.#attempt) return this.#attempt;
    if (!isDue(this.health, performance.now())) return this.health.error;
    const attempt = this.#connect(this.#pool).finally(() => {
      if (this.#attempt === attempt) this.#attempt = null;
    });
    this.#attempt = attempt;
    return attempt;
  }

  /** Asks one statement. Never throws; an answer "no" of the server is an outcome like any other. */
  ask(statement: Statement, options: AskOptions = {}): Promise<Outcome> {
    const flight = this.#ask(statement, options);
    this.#flights.add(flight);
    return flight.finally(() => this.#flights.delete(flight));
  }

  async #ask(
    statement: Statement,
    { deadlineMs = defaultDeadlineMs, signal, speaksForHealth = false, apart = false, database }: AskOptions,
  ): Promise<Outcome> {
    const notAsked = (error: NodeError): Outcome => ({ ok: false, error, ms: null });
    const notReady = await this.ready();
    if (notReady) return notAsked(notReady);
    if (database !== undefined && database !== this.facts?.database) {
      const limits = { deadlineMs, signal, keepsSession: true };
      const asked = this.#lanes.ask(database, statement, limits);
      return asked.catch((cause: unknown) => notAsked(toNodeError(cause)));
    }
    const pool = this.#pool;
    let callOffOverdue = speaksForHealth ? this.#expectSession(pool) : () => {};
    let session: Session | null = null;
    // A turn to log in may be long in coming, and a login has a limit of its own.
    let startMs = performance.now();
    try {
      session = await pool.acquire(signal, apart);
      callOffOverdue();
      if (speaksForHealth) callOffOverdue = this.#expectAnswer(pool);
      startMs = performance.now();
      const limits = { deadlineMs, signal, keepsSession: !speaksForHealth };
      const answer = await answerWithin(session, statement, limits);
      const ms = answer.ms ?? performance.now() - startMs;
      pool.release(session);
      if (speaksForHealth) this.#apply(pool, { type: "answered", latencyMs: ms });
      return { ok: true, answer, ms };
    } catch (cause) {
      if (session && isAnswer(cause)) {
        pool.release(session);
        const ms = performance.now() - startMs;
        const limitsMs = { deadlineMs, statementTimeoutMs: this.settings.statementTimeoutMs };
        return { ok: false, error: answerError(cause, ms, limitsMs), ms };
      }
      if (session) pool.release(session, "destroy");
      const error = session ? toNodeError(cause) : loginError(cause, this.settings.pool.acquireTimeoutMs);
      // The backend of an answer that we no longer read may have much of it before it.
      if (session && error.kind === "protocol") void cancelRequest(session);
      // A pulse that found no free session beside those that live says nothing of the node.
      if (speaksForHealth && (session || !pool.hasSession)) this.#lose(pool, error);
      return session ? { ok: false, error, ms: performance.now() - startMs } : notAsked(error);
    } finally {
      callOffOverdue();
    }
  }

  /**
   * Marks the node stale when the pulse gets no session. While statements of our own have them all, it waits for those:
   * only a login that takes longer than it may is the node's fault.
   */
  #expectSession(pool: SessionPool): () => void {
    if (!pool.isTaken) return this.#expectAnswer(pool);
    if (pool.isFull) return () => {};
    return after(this.settings.pool.acquireTimeoutMs, () => this.#apply(pool, { type: "overdue" }));
  }

  /** Marks the node stale when no answer has come for two seconds and the pulse waits for one. */
  #expectAnswer(pool: SessionPool): () => void {
    const nowMs = performance.now();
    const last = this.health.lastAnswerAtMs ?? nowMs;
    const dueMs = Math.max(last + overdueMs, nowMs + overdueMs / 2);
    return after(dueMs - nowMs, () => this.#apply(pool, { type: "overdue" }));
  }

  async #connect(pool: SessionPool): Promise<NodeError | null> {
    const { pool: limits } = this.settings;
    const ended = await this.#turn();
    const limitMs = Math.min(limits.connectTimeoutMs, limits.acquireTimeoutMs);
    try {
      await pool.prove();
      ended(true);
      this.#apply(pool, { type: "answered", latencyMs: this.health.latencyMs });
      return null;
    } catch (cause) {
      ended(false);
      const error = loginError(cause, limitMs);
      this.#lose(pool, error);
      return error;
    }
  }

  #lose(pool: SessionPool, error: NodeError): void {
    // The third refusal was an attempt, and says that it was the last one.
    const isHeld = error.isHeld && this.health.error?.isHeld;
    const expected = !this.settings.hotStandby && error.sqlstate === acceptsNone;
    this.#apply(pool, isHeld ? { type: "held", error } : { type: "failed", error, expected });
    pool.destroyIdle();
    void this.#lanes.end(goodbyeMs);
  }

  #openPool(): SessionPool {
    const tunnel = this.#openTunnel();
    this.#tunnel = tunnel;
    const pool: SessionPool = new SessionPool(this.settings, {
      credentials: this.credentials,
      tunnel,
      first: this.#first,
      began: this.#began,
      introduced: (facts) => {
        this.facts = facts;
      },
      lost: (cause) => {
        // Every session of a stopped server says so; the first word is the reason.
        if (isUp(this.health) && !pool.hasSession) this.#lose(pool, toNodeError(cause));
      },
    });
    return pool;
  }

  readonly #began = (session: Session): void => {
    this.#sessions.add(session);
    session.counts = (question) => {
      this.spent = withQuestion(this.spent, question);
    };
    session.once("end", () => this.#sessions.delete(session));
  };

  /** What a poll saw of role and timeline, so that a promotion is followed without reconnecting. */
  observeRole(seen: SeenRole): boolean {
    const { facts } = this;
    if (!facts) return false;
    this.facts = withRole(facts, seen);
    return facts.inRecovery !== seen.inRecovery;
  }

  /** The server refused the pulse. Where the node is lost that is known already. */
  refused(error: NodeError): void {
    this.#apply(this.#pool, { type: "refused", error });
  }

  distrust(error: NodeError): void {
    this.#lose(this.#pool, error);
  }

  /** Closes every session and stays away until {@link resume}. */
  park(): void {
    const old = this.#pool;
    this.#apply(old, { type: "parked" });
    this.#attempt = null;
    this.#pool = this.#openPool();
    void old.end(goodbyeMs);
    void this.#lanes.end(goodbyeMs);
  }

  /** Connects again after {@link park}, or brings the next attempt forward. */
  resume(): void {
    this.credentials.forgive();
    this.#tunnel?.forgive();
    this.retry();
  }

  /** Brings the next attempt forward: there may be another secret. */
  retry(): void {
    this.#tunnel?.retryNow();
    this.#lanes.retire();
    this.#apply(this.#pool, { type: "resumed" });
  }

  enterPassword(typed: Secret): void {
    this.credentials.enter(typed);
    this.retry();
  }

  /**
   * Lets what runs finish for `drainMs`, cancels the rest on the server, says goodbye and closes.
   * Takes at most `drainMs` plus about 100 ms, however dead the server is.
   */
  async close(drainMs: number): Promise<void> {
    this.#closed = true;
    const drained = Promise.allSettled(this.#flights);
    if (this.#flights.size > 0 && drainMs > 0)
      await withDeadline(drained, drainMs, () => new Error("not drained")).catch(() => {});
    await Promise.all([this.#pool.end(goodbyeMs), this.#lanes.end(goodbyeMs)]);
  }

  /** News from a pool that was given up, or after the end, is no news. */
  #apply(pool: SessionPool, event: HealthEvent): void {
    if (this.#closed || pool !== this.#pool) return;
    const before = this.health;
    this.health = nextHealth(before, event, performance.now(), Math.random());
    if (this.health.state !== before.state) this.#changed(before);
  }
}
