import Pool from "pg-pool";
import type { NodeSettings } from "../../config/settings.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { serverError } from "../../postgres/server-error.ts";
import { socketAddress } from "../../postgres/socket-address.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import type { PoolStatistics } from "../../store/nodes.ts";
import { longestTimerMs, withDeadline } from "../schedule.ts";
import type { LoginCredentials } from "../secrets/credentials.ts";
import { Turns } from "../secrets/turns.ts";
import type { TunnelUse } from "../ssh/tunnels.ts";
import { cancelRequest } from "./cancel-request.ts";
import { GivenBack } from "./given-back.ts";
import { introduce } from "./introduction.ts";
import { asObject, isRefusal, passwordFrom, sessionOptions } from "./login.ts";
import { localSettings, sessionSettings, withoutLimit } from "./own-settings.ts";
import { refusesOptions } from "./pooler.ts";
import { type FirstStatement, QuestionAhead } from "./question-ahead.ts";
import { askReadOnly, type Prepared } from "./read-only.ts";
import { type Answer, Session, type SessionOptions, type Statement } from "./session.ts";

type PooledSession = Session & { readonly release: (destroy?: boolean) => void };

/** How long a session that is lent is waited for where there can be no other. */
const freedWithinMs = 1000;
/** A login costs the server more than this wait costs us: most questions are answered sooner. */
export const spareLoginMs = 250;

type Hooks = {
  readonly credentials: LoginCredentials;
  /** The tunnel to the server; null when it is reached directly. */
  readonly tunnel: TunnelUse | null;
  readonly introduced: (facts: ServerFacts) => void;
  /** A session at rest was ended from outside. */
  readonly lost: (cause: Error) => void;
  /** What the server will be asked first, to be sent together with the question for its facts. */
  readonly first?: FirstStatement;
  /** A session begins to connect. */
  readonly began?: (session: Session) => void;
};

/** The sessions of one node, also those that only connect or that the pool has given up: all can be closed. */
export class SessionPool {
  readonly #settings: NodeSettings;
  readonly #pool: Pool<Session>;
  readonly #hooks: Hooks;
  readonly #sessions = new Set<Session>();
  readonly #lent = new Set<Session>();
  readonly #givenBack = new GivenBack();
  /** Who waits for a session gets the next one: not who asks just then. */
  readonly #turns = new Turns(1);
  readonly #introduced = new WeakSet<Session>();
  /** Once a pooler is seen it is believed in until the node is reconnected by hand, which makes a new pool. */
  #throughPooler = false;
  /** Options that were learnt from sessions which a limit ended before their first question could switch it off. */
  readonly #learnt = new Set<string>();

  constructor(settings: NodeSettings, hooks: Hooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    const { pool, connection } = settings;
    const { tunnel } = hooks;
    const { requireAuth, channelBinding } = connection;
    const sessions = this.#sessions;
    const pooled = { first: localSettings(settings), prepared: null };
    const throughPooler = () => this.#throughPooler;
    const learnt = this.#learnt;
    class OwnSession extends Session {
      readonly #prepared: Prepared = new Map();
      /** True once the settings are made that no startup packet may name. */
      #isSet = false;
      #ahead: QuestionAhead | null = null;

      constructor(options?: SessionOptions) {
        // The pool hands its own limit on, which is how long a free session may be waited for.
        super({
          ...asObject(options),
          // The pool hides it from whoever copies its options.
          password: passwordFrom(hooks.credentials),
          server: settings.connection,
          ...(tunnel && { dial: () => tunnel.stream(socketAddress(settings.connection)) }),
          unlockKey: (key) => hooks.credentials.unlockKey(key),
          rules: { requireAuth, channelBinding, allowCleartext: settings.allowCleartext },
          connectionTimeoutMillis: Math.min(pool.connectTimeoutMs, longestTimerMs),
          options: throughPooler() ? undefined : [asObject(options).options, ...learnt].join(" "),
        });
        sessions.add(this);
        hooks.began?.(this);
        this.once("end", () => sessions.delete(this));
      }

      override askAhead(): void {
        const canBeSent = settings.readOnly && this.connection.stream.writable;
        if (canBeSent && hooks.first) this.#ahead = QuestionAhead.send(this, hooks.first);
      }

      override ask(statement: Statement): Promise<Answer> {
        const ahead = this.#ahead;
        if (!ahead?.fits(statement)) return this.#askNow(statement);
        this.#ahead = null;
        return ahead.answer.then((answer) => answer ?? this.#askNow(statement));
      }

      async #askNow(statement: Statement): Promise<Answer> {
        if (throughPooler()) return askReadOnly(this, statement, pooled);
        const first = this.#isSet ? null : sessionSettings(settings, this.processID);
        if (settings.readOnly || statement.settings || statement.isUnbound) {
          const answer = await askReadOnly(this, statement, { first, prepared: this.#prepared });
          // Only a statement with a name is committed, and what it set with it.
          this.#isSet ||= statement.name !== undefined;
          return answer;
        }
        if (first !== null) await super.ask({ text: first });
        this.#isSet = true;
        return super.ask(statement);
      }
    }
    this.#pool = new Pool<Session>({
      ...sessionOptions(settings),
      Client: OwnSession,
      max: pool.max,
      min: 1,
      idleTimeoutMillis: pool.idleTimeoutMs,
      maxLifetimeSeconds: Math.min(pool.maxLifetimeMs, longestTimerMs) / 1000,
      connectionTimeoutMillis: Math.min(pool.acquireTimeoutMs, longestTimerMs),
      onConnect: (session: unknown) => this.#introduce(session),
    });
    this.#pool.on("error", hooks.lost);
  }

  get statistics(): PoolStatistics {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount, max: this.#settings.pool.max };
  }

  /** True while there is a session that the pool believes in. */
  get hasSession(): boolean {
    return this.#pool.totalCount > 0;
  }

  /** True while every session is lent. */
  get isTaken(): boolean {
    return this.#pool.totalCount > 0 && this.#pool.idleCount === 0;
  }

  get isFull(): boolean {
    return this.#pool.totalCount >= this.#settings.pool.max;
  }

  /**
   * A free session, or a new one that has been introduced. Aborting `signal` ends the wait, not the session.
   * @param apart leaves the last session at rest to others, if there may be one more
   */
  async acquire(signal?: AbortSignal, apart = false): Promise<Session> {
    const wanted = (apart ? this.#beside() : this.#first()).then((session) => {
      this.#lent.add(session);
      return session;
    });
    if (!signal) return wanted;
    const cancelled = Promise.withResolvers<never>();
    const abandon = () => {
      wanted.then((session) => this.release(session)).catch(() => {});
      cancelled.reject(new NodeFailure(nodeError("cancelled", "cancelled before it ran")));
    };
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
    try {
      return await Promise.race([wanted, cancelled.promise]);
    } finally {
      signal.removeEventListener("abort", abandon);
    }
  }

  /** What comes first: a session that is there, one that is given back, or a new one. */
  async #first(): Promise<Session> {
    if (this.isFull) return this.#login();
    const near = await this.#turns.take(async () => {
      const isFree = !this.isTaken || (await this.#givenBack.within(spareLoginMs));
      return isFree && this.hasSession ? this.#login() : null;
    });
    if (near) return near;
    const limitMs = Math.min(freedWithinMs, this.#settings.pool.acquireTimeoutMs);
    const isOnly = !this.hasSession;
    const opened = this.#login();
    // Where there is no other none can be given back, and a refusal is told at once.
    if (isOnly) return opened;
    const session = await this.#givenBack.before(opened, limitMs);
    if (session) return session;
    opened.then((late) => this.release(late)).catch(() => {});
    return this.#connect();
  }

  /** A new session while the only one rests, which is left to the pulse; the one at rest where there cannot be two. */
  async #beside(): Promise<Session> {
    await this.#hooks.credentials.begin();
    if (this.isFull || this.#pool.idleCount !== 1) return this.#first();
    const resting = await this.#pool.connect();
    const opened = this.#connect();
    this.release(resting);
    return opened.catch((cause: unknown) => {
      if (toNodeError(cause).kind === "too-many-connections") return this.#first();
      throw cause;
    });
  }

  /**
   * A password that was kept and that the server refuses is asked for anew, once; one that was refused three times is
   * not sent again: no account is locked by us.
   */
  async #login(): Promise<Session> {
    const { credentials } = this.#hooks;
    if (this.#pool.idleCount === 0) await credentials.begin();
    return this.#connect();
  }

  async #connect(): Promise<Session> {
    const { credentials } = this.#hooks;
    try {
      return await this.#pool.connect();
    } catch (cause) {
      if (refusesOptions(cause) && !this.#throughPooler) {
        this.#throughPooler = true;
        return this.#connect();
      }
      const option = withoutLimit(serverError(cause)?.code ?? "");
      if (option !== null && !this.#learnt.has(option)) {
        this.#learnt.add(option);
        return this.#connect();
      }
      if (!isRefusal(cause, credentials)) throw cause;
      const refused = credentials.refused(toNodeError(cause));
      if (refused === "ask again") return this.#connect();
      throw new NodeFailure(refused);
    }
  }

  /** Gives a session back, or closes it without a farewell. */
  release(session: Session, fate: "keep" | "destroy" = "keep"): void {
    this.#lent.delete(session);
    this.#introduced.delete(session);
    if (fate === "destroy") session.destroy();
    const { warning, critical } = this.#settings.thresholds.certificate_expiry;
    const alarmedMs = Math.max(warning ?? 0, critical ?? 0) * 1000;
    (session as PooledSession).release(fate === "destroy" || session.mayHideRenewal(alarmedMs));
    if (this.#pool.idleCount > 0) this.#givenBack.announce();
  }

  /** Makes sure that there is a session which answers, and learns anew what server it leads to. */
  async prove(): Promise<void> {
    await this.#hooks.tunnel?.ready();
    const session = await this.acquire();
    try {
      if (!this.#introduced.has(session)) await this.#introduce(session);
      this.release(session);
    } catch (cause) {
      this.release(session, "destroy");
      throw cause;
    }
  }

  /** Closes what rests or only connects: it may be as dead as the session that failed. */
  destroyIdle(): void {
    for (const session of this.#sessions) if (!this.#lent.has(session)) session.destroy();
  }

  /**
   * Says goodbye to the server in every session and closes it. A session at rest is left as soon as the system has
   * taken the message, or the server has `closed` it; what runs is cancelled on the server. It takes `goodbyeMs` at most.
   */
  async end(goodbyeMs: number, left: "written" | "closed" = "written"): Promise<void> {
    // The pool sends Terminate in every session at rest, and then would wait for the server.
    this.#pool.end().catch(() => {});
    const sessions = [...this.#sessions];
    const lent = [...this.#lent];
    for (const session of lent) session.sayGoodbye();
    const gone = Promise.all([
      ...lent.flatMap((session) => [cancelRequest(session, goodbyeMs), session.closed()]),
      ...sessions.filter((session) => session.isAtRest).map((session) => session[left]()),
    ]);
    await withDeadline(gone, goodbyeMs, () => new Error("no goodbye")).catch(() => {});
    for (const session of this.#sessions) session.destroy();
    this.#hooks.tunnel?.end();
  }

  async #introduce(session: unknown): Promise<void> {
    if (!(session instanceof Session)) return;
    // What the login took is gone, but a server that let us in gets half a second to answer.
    const limitMs = Math.max(500, this.#settings.pool.connectTimeoutMs - session.ageMs);
    const facts = await introduce(session, limitMs).catch((cause: unknown) => {
      // The pool would say goodbye, and wait until the server has hung up.
      session.destroy();
      throw cause;
    });
    this.#hooks.credentials.accepted();
    this.#throughPooler ||= facts.throughPooler;
    this.#hooks.introduced(facts);
    this.#introduced.add(session);
  }
}
