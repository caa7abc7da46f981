import Pool from "pg-pool";
import type { NodeSettings } from "../config/settings.ts";
import { factsStatement, identityStatement, readFacts, type ServerFacts } from "../postgres/server.ts";
import { type NodeError, NodeFailure, nodeError, toNodeError } from "../postgres/sqlstate.ts";
import { type Health, type HealthEvent, isDue, isUp, nextHealth, startHealth } from "../stats/health.ts";
import type { PoolStatistics } from "../store/nodes.ts";
import { after, withDeadline } from "./schedule.ts";
import { type Answer, cancelRequest, Session, type Statement } from "./session.ts";
import { fallsBackToPlain, tlsOptions } from "./tls.ts";

/** What one node answered, and how long it took. */
export type Outcome =
  | { readonly ok: true; readonly answer: Answer; readonly ms: number }
  | { readonly ok: false; readonly error: NodeError; readonly ms: number };

export type AskOptions = {
  /** When to give up, cancel on the server and destroy the session. */
  readonly deadlineMs?: number;
  /** Aborting it cancels the statement on the server. */
  readonly signal?: AbortSignal | undefined;
  /** A poll's silence speaks for the node's health; a user's long statement does not. */
  readonly poll?: boolean;
};

const defaultDeadlineMs = 5000;
const overdueMs = 2000;
/** How long a cancelled statement may take to say so before its session is destroyed. */
const cancelGraceMs = 1000;

/** One node: its pool, its health and what is known of its server. Nothing here touches another node. */
export class NodeConnection {
  readonly settings: NodeSettings;
  facts: ServerFacts | null = null;
  health: Health;
  readonly #changed: (before: Health) => void;
  readonly #up: Promise<void> | null;
  #pool: Pool<Session>;
  #plain = false;
  /** The one attempt to connect that runs, if any: everybody who needs the node waits for the same. */
  #attempt: Promise<NodeError | null> | null = null;
  readonly #sessions = new Set<Session>();
  readonly #busy = new Set<Session>();
  readonly #flights = new Set<Promise<unknown>>();
  #closed = false;

  /** `up` holds back the first attempt: for a server that is only being started. */
  constructor(settings: NodeSettings, changed: (before: Health) => void, up: Promise<void> | null) {
    this.settings = settings;
    this.#up = up;
    this.#changed = changed;
    this.health = startHealth(performance.now());
    this.#pool = this.#openPool();
  }

  get statistics(): PoolStatistics {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount, max: this.settings.pool.max };
  }

  /** True while a statement of ours runs on the node. */
  get busy(): boolean {
    return this.#flights.size > 0 || this.#attempt !== null;
  }

  /**
   * Makes sure there is a session, with at most one attempt at a time and none before its turn.
   * Null when the node may be asked; else why not.
   */
  async ready(): Promise<NodeError | null> {
    if (this.#closed) return nodeError("cancelled", "the node was removed");
    if (this.health.state === "disconnected") return nodeError("cancelled", "disconnected by the user");
    if (this.#pool.totalCount > 0 && isUp(this.health)) return null;
    if (!this.#attempt && !isDue(this.health, performance.now())) return this.health.error;
    this.#attempt ??= this.#connect().finally(() => {
      this.#attempt = null;
    });
    return this.#attempt;
  }

  /** Asks one statement. Never throws; an answer "no" of the server is an outcome like any other. */
  ask(statement: Statement, options: AskOptions = {}): Promise<Outcome> {
    const flight = this.#ask(statement, options);
    this.#flights.add(flight);
    return flight.finally(() => this.#flights.delete(flight));
  }

  async #ask(
    statement: Statement,
    { deadlineMs = defaultDeadlineMs, signal, poll = false }: AskOptions,
  ): Promise<Outcome> {
    const startMs = performance.now();
    const failed = (error: NodeError): Outcome => ({ ok: false, error, ms: performance.now() - startMs });
    const notReady = await this.ready();
    if (notReady) return failed(notReady);
    let session: (Session & { release: (destroy?: boolean) => void }) | null = null;
    const callOffOverdue = poll ? this.#expectAnswer(startMs) : () => {};
    try {
      session = await this.#pool.connect();
      if (signal?.aborted) throw new NodeFailure(nodeError("cancelled", "cancelled before it ran"));
      this.#busy.add(session);
      const askedMs = performance.now();
      const answer = await this.#answer(session, statement, deadlineMs - (askedMs - startMs), signal);
      session.release();
      const ms = performance.now() - askedMs;
      this.#apply({ type: "answered", latencyMs: poll ? ms : (this.health.latencyMs ?? ms) });
      return { ok: true, answer, ms };
    } catch (cause) {
      const error = toNodeError(cause);
      if (session && isAnswer(cause)) {
        session.release();
        this.#apply({ type: "answered", latencyMs: this.health.latencyMs ?? performance.now() - startMs });
      } else {
        session?.destroy();
        session?.release(true);
        const ours = cause instanceof NodeFailure && !poll;
        if (!ours) this.#lose(error);
      }
      return failed(error);
    } finally {
      if (session) this.#busy.delete(session);
      callOffOverdue();
    }
  }

  /** Marks the node stale when no answer has come for two seconds and this question waits for one. */
  #expectAnswer(startMs: number): () => void {
    const last = this.health.lastAnswerAtMs ?? startMs;
    const dueMs = Math.max(last + overdueMs, startMs + overdueMs / 2);
    return after(dueMs - performance.now(), () => this.#apply({ type: "overdue" }));
  }

  async #answer(
    session: Session,
    statement: Statement,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const running = session.ask(statement);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => {
        void cancelRequest(session, this.settings.connection);
        // The server's own "canceling statement" answer keeps the session; only silence costs it.
        after(cancelGraceMs, () => reject(new NodeFailure(nodeError("cancelled", "cancelled"))));
      });
    });
    try {
      return await withDeadline(signal ? Promise.race([running, aborted]) : running, deadlineMs, () => {
        void cancelRequest(session, this.settings.connection);
        return new NodeFailure(nodeError("timeout", `no answer in ${(deadlineMs / 1000).toFixed(1)} s`));
      });
    } finally {
      running.catch(() => {});
      aborted.catch(() => {});
    }
  }

  async #connect(): Promise<NodeError | null> {
    const { connectTimeoutMs } = this.settings.pool;
    await this.#up?.catch(() => {});
    try {
      const session = await withDeadline(
        this.#pool.connect(),
        connectTimeoutMs + 500,
        () => new NodeFailure(nodeError("timeout", `no connection in ${connectTimeoutMs / 1000} s`)),
      );
      session.release();
      this.#apply({ type: "answered", latencyMs: this.health.latencyMs ?? 0 });
      return null;
    } catch (cause) {
      const error = loginError(cause, connectTimeoutMs);
      if (!this.#plain && fallsBackToPlain(this.settings.connection, error.message)) {
        this.#plain = true;
        this.#discardPool();
        return this.#connect();
      }
      this.#lose(error);
      return error;
    }
  }

  /** A session that rests may be as dead as the one that failed: the next attempt starts from nothing. */
  #lose(error: NodeError): void {
    if (this.#closed) return;
    this.#apply({ type: "failed", error });
    for (const session of this.#sessions) if (!this.#busy.has(session)) session.destroy();
  }

  #openPool(): Pool<Session> {
    const { connection, pool, statementTimeoutMs, lockTimeoutMs } = this.settings;
    const opened = new Pool<Session>({
      Client: Session,
      host: connection.host,
      port: connection.port,
      database: connection.dbname,
      user: connection.user,
      // A function, so that neither the pool nor a client can print it, and a missing one is never looked for elsewhere.
      password: async () => connection.password?.reveal() ?? "",
      ssl: this.#plain ? false : tlsOptions(connection),
      application_name: "pgparade",
      options: [
        "default_transaction_read_only=on",
        "search_path=pg_catalog",
        `statement_timeout=${statementTimeoutMs}`,
        `lock_timeout=${lockTimeoutMs}`,
        "idle_in_transaction_session_timeout=10000",
      ]
        .map((setting) => `-c ${setting}`)
        .join(" "),
      max: pool.max,
      min: 1,
      idleTimeoutMillis: pool.idleTimeoutMs,
      maxLifetimeSeconds: pool.maxLifetimeMs / 1000,
      connectionTimeoutMillis: Math.min(pool.connectTimeoutMs, pool.acquireTimeoutMs),
      onConnect: (session: unknown) => this.#introduce(session),
    });
    opened.on("connect", (session) => this.#sessions.add(session));
    opened.on("remove", (session) => this.#sessions.delete(session));
    opened.on("error", (cause) => {
      // Both sessions of a stopped server say so; the first one is enough.
      if (isUp(this.health)) this.#apply({ type: "failed", error: toNodeError(cause) });
    });
    return opened;
  }

  /** Learns what server this is, on every connect: it may have been upgraded, promoted or replaced. */
  async #introduce(client: unknown): Promise<void> {
    if (!(client instanceof Session)) return;
    const limitMs = this.settings.pool.connectTimeoutMs;
    const expiry = () => {
      client.destroy();
      return new NodeFailure(nodeError("timeout", `logged in, but no answer in ${limitMs / 1000} s`));
    };
    const one = async (text: string) => {
      const { fields, rows } = await withDeadline(client.ask({ text }), limitMs, expiry);
      return Object.fromEntries(fields.map((field, at) => [field, rows[0]?.[at] ?? null]));
    };
    const facts = await one(factsStatement);
    const identity = await one(identityStatement).catch((cause: unknown) => {
      if (isAnswer(cause)) return null;
      throw cause;
    });
    this.facts = readFacts(facts, identity, client.tls);
    if (this.facts.versionNum < 100000)
      throw new NodeFailure(
        nodeError("unsupported", `server is ${this.facts.version}`, "pgparade needs 10 or newer."),
      );
  }

  /** What a poll saw of role and timeline, so that a promotion is followed without reconnecting. */
  observeRole(inRecovery: boolean, timeline: number | null): boolean {
    if (!this.facts) return false;
    const flipped = this.facts.inRecovery !== inRecovery;
    if (flipped || (timeline !== null && timeline !== this.facts.timeline))
      this.facts = { ...this.facts, inRecovery, timeline: timeline ?? this.facts.timeline };
    return flipped;
  }

  /** Closes every session and stays away until {@link resume}. */
  park(): void {
    this.#apply({ type: "parked" });
    this.#discardPool();
  }

  /** Connects again after {@link park}, or brings the next attempt forward. */
  resume(): void {
    this.#apply({ type: "resumed" });
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
    await Promise.all([...this.#busy].map((session) => cancelRequest(session, this.settings.connection, 50)));
    for (const session of this.#busy) session.destroy();
    await withDeadline(this.#pool.end(), 50, () => new Error("no goodbye")).catch(() => {});
    for (const session of this.#sessions) session.destroy();
  }

  #discardPool(): void {
    const old = this.#pool;
    for (const session of this.#busy) void cancelRequest(session, this.settings.connection);
    for (const session of this.#busy) session.destroy();
    void old.end().catch(() => {});
    this.#pool = this.#openPool();
  }

  #apply(event: HealthEvent): void {
    const before = this.health;
    this.health = nextHealth(before, event, performance.now(), Math.random());
    if (this.health.state !== before.state) this.#changed(before);
  }
}

/** The pool's own words for an expired login do not say what a person should look at. */
function loginError(cause: unknown, limitMs: number): NodeError {
  const error = toNodeError(cause);
  if (error.kind !== "timeout" || error.sqlstate !== null) return error;
  return nodeError("timeout", `no login in ${limitMs / 1000} s`, "The server or the way to it hangs.");
}

/** True when the server answered with an error and the session lives on (severity ERROR, not FATAL). */
function isAnswer(cause: unknown): boolean {
  return cause instanceof Error && "severity" in cause && cause.severity === "ERROR";
}
