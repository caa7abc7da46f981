import pg from "pg";
import { type NodeError, NodeFailure } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import type { Question } from "../../stats/own-cost.ts";
import {
  Login,
  type LoginRules,
  mostScramIterations,
  outOfTurn,
  scramFailure,
} from "../wire/authentication.ts";
import { dialDirectly } from "../wire/dial.ts";
import type { LoginTimeline } from "../wire/login-timeline.ts";
import { NegotiatedConnection, type Route } from "../wire/negotiated-connection.ts";

const { Client } = pg;

/** A statement with its values as text. A name makes it a prepared statement of the session. */
export type Statement = {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly string[];
  /**
   * Settings of its transaction alone. It is read only whatever the node's `read_only` says, and without a name it is
   * rolled back: for SQL of others.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** It has parameters and no values, as EXPLAIN (GENERIC_PLAN) takes them: a Bind message would have to bring some. */
  readonly isUnbound?: true;
};

/** An answer in the server's text form: values in the order of `fields`. */
export type Answer = {
  /** Milliseconds from the question to the answer, where they are not those that the caller waits. */
  readonly ms?: number;
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** Text in, our own column kinds parse it: no Date that loses microseconds, no float that loses digits. */
const textOnly = { getTypeParser: () => (value: unknown) => value };

/** How often a certificate that is about to end is looked at again, which takes a login. */
const renewalCheckMs = 3_600_000;

/** As the pool's types want it, which also know a connection string. */
export type SessionOptions = string | pg.ClientConfig;

/** Straight to the server unless something leads there. */
type Options = Pick<Route, "server"> & Partial<Route> & pg.ClientConfig & { readonly rules: LoginRules };

/** One connection to a server: the driver's client with what the driver lacks. */
export class Session extends Client {
  readonly #bornMs = performance.now();
  readonly #bornAtMs = Date.now();
  readonly #connection: NegotiatedConnection;
  readonly route: Route;
  readonly #mayBind: boolean;
  #login: Login;
  #failed = false;
  /** As the server said it in the login, "18.4 (Debian 18.4-1)" included. */
  serverVersion: string | null = null;
  /** The answer to what was last sent behind another statement. */
  behind: Promise<Answer> | null = null;
  /** Told of each question when it is answered, refused or given up. */
  counts: (question: Question) => void = () => {};

  constructor(options: Options) {
    const { server, dial = () => dialDirectly(server), unlockKey = null, rules } = options;
    const route = { server, dial, unlockKey };
    const connection = new NegotiatedConnection(route);
    // The driver is told of no TLS, which the connection has begun when the driver begins.
    super({
      ...options,
      connection,
      ssl: false,
      scramMaxIterations: mostScramIterations,
    });
    this.#connection = connection;
    this.route = route;
    this.#mayBind = rules.channelBinding !== "disable";
    this.#login = new Login(rules);
    // The pool listens while a session is idle; without a listener while it works, a lost server ends the program.
    this.on("error", () => {});
    // A login may begin again over another stream.
    connection.on("connect", () => {
      this.#login = new Login(rules);
    });
    connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
      if (parameterName === "server_version") this.serverVersion = parameterValue;
    });
    connection.on("authenticationOk", () => this.#accepts(this.#login.succeeds()));
  }

  override _handleAuthCleartextPassword(message: unknown): void {
    // Where it leads counts, not what it is called.
    const host = this.route.server.hostaddr ?? this.route.server.host;
    if (this.#accepts(this.#login.asksForPassword({ host, tls: this.tls })))
      super._handleAuthCleartextPassword(message);
  }

  override _handleAuthMD5Password(message: unknown): void {
    if (this.#accepts(this.#login.asksForHash())) super._handleAuthMD5Password(message);
  }

  override _handleAuthSASL(message: { readonly mechanisms: readonly string[] }): void {
    this.enableChannelBinding = this.#mayBind && this.tls !== null;
    if (this.#accepts(this.#login.asksForSasl(this.tls, message.mechanisms))) super._handleAuthSASL(message);
  }

  override async _handleAuthSASLContinue(message: unknown): Promise<void> {
    if (this.#accepts(this.#login.goesOn())) await super._handleAuthSASLContinue(message);
  }

  override _handleAuthSASLFinal(message: unknown): void {
    if (this.#accepts(this.#login.provesItself())) super._handleAuthSASLFinal(message);
  }

  /** The driver takes this for a login whatever came before it, a refusal too, and takes it for ever. */
  override _handleReadyForQuery(message: unknown): void {
    if (this.#failed) return;
    if (this.#accepts(this.readyForQuery ? outOfTurn : this.#login.isReady()))
      super._handleReadyForQuery(message);
  }

  /** True when the server may be answered; else the session is over. */
  #accepts(refusal: NodeError | null): boolean {
    if (refusal) {
      this.connection.emit("error", new NodeFailure(refusal));
      this.destroy();
    }
    return refusal === null;
  }

  /** Time since the session began to connect. */
  get ageMs(): number {
    return performance.now() - this.#bornMs;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  /** The driver leaves the socket of a refused login open; whoever answered there may hold it for ever. */
  override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
    if (!callback) return super.connect();
    super.connect((error: Error | null) => {
      this.#failed ||= error !== null;
      if (error) this.destroy();
      else this.timeline.enter(null);
      callback((error && scramFailure(error)) as Error);
    });
    return undefined;
  }

  /** Asks one statement. Rejects with the driver's error; deadlines are the caller's. */
  async ask(statement: Statement): Promise<Answer> {
    const values = statement.values ? [...statement.values] : [];
    const result = await this.counted(1, () =>
      this.query<(string | null)[]>({ ...statement, values, rowMode: "array", types: textOnly }),
    );
    return { fields: result.fields.map((field) => field.name), rows: result.rows };
  }

  /** Counts what is asked of the server as so many statements, from now until it is answered. */
  async counted<T>(statements: number, ask: () => Promise<T>): Promise<T> {
    const fromMs = performance.now();
    try {
      return await ask();
    } finally {
      this.counts({ fromMs, toMs: performance.now(), statements });
    }
  }

  /** Sends what will be asked next behind the statement that runs. */
  askAhead(): void {}

  /** True when the server's certificate ends within `withinMs` and could have been renewed: we know that of the login. */
  mayHideRenewal(withinMs: number): boolean {
    const endsAtMs = this.tls?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const nowMs = Date.now();
    return endsAtMs - nowMs < withinMs && nowMs - this.#bornAtMs > renewalCheckMs;
  }

  get tls(): TlsState | null {
    return this.#connection.tls;
  }

  get timeline(): LoginTimeline {
    return this.#connection.timeline;
  }

  /** True between a login and its end, while no statement runs. */
  get isAtRest(): boolean {
    return this.readyForQuery === true;
  }

  /** Sends Terminate, which the server obeys when the statement that runs is over, and nothing after it. */
  sayGoodbye(): void {
    this.connection.end();
  }

  /** Resolves when the system has taken all that we wrote, or the socket is closed. */
  written(): Promise<void> {
    const { stream } = this.connection;
    return new Promise((resolve) => {
      if (stream.writableFinished || stream.destroyed) return resolve();
      stream.once("finish", resolve).once("close", resolve);
    });
  }

  /** Resolves when the server has closed the session, or we have. */
  closed(): Promise<void> {
    const { stream } = this.connection;
    return new Promise((resolve) => {
      if (stream.closed) resolve();
      else stream.once("close", resolve);
    });
  }

  /** Closes the socket without a farewell: for a server that does not answer. */
  destroy(): void {
    this.#connection.destroy();
  }
}
