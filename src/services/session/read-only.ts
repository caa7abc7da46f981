import type pg from "pg";
import { quoteLiteral } from "../../postgres/identifier.ts";
import { NodeFailure } from "../../postgres/node-error.ts";
import { serverError } from "../../postgres/server-error.ts";
import { notTheProtocol } from "../wire/message-guard.ts";
import { isAnswer } from "./failure.ts";
import type { Answer, Session, Statement } from "./session.ts";

/** Statements that a session has parsed under a name: name to text. */
export type Prepared = Map<string, string>;

/** How a node's questions are asked. */
export type Manner = {
  /** A query that runs in the transaction before each statement, or null. */
  readonly first: string | null;
  /** Null where no name may be used: behind a pooler the next transaction may run on another backend. */
  readonly prepared: Prepared | null;
};

/**
 * Asks one statement in a read-only transaction of its own in one round trip. Whatever can run code takes its
 * snapshot before it does, after which nothing makes the transaction read-write (25001), and the extended protocol
 * takes one statement per message, so none can be smuggled in behind.
 * The transaction is rolled back, but for statements with a name: those are the program's own views, which only
 * select. They are committed, because the server counts rollbacks and others are alarmed by them.
 * Rejects with the driver's error when the session is at rest again.
 */
export async function askReadOnly(session: Session, statement: Statement, manner: Manner): Promise<Answer> {
  const question = new Question(statement, manner);
  const answer = session.counted(question.statements, () =>
    answerOf(session, question, () => session.behind),
  );
  if (!statement.isUnbound) return answer;
  await answer.catch((cause: unknown) => {
    if (serverError(cause)?.code !== untyped) throw cause;
  });
  return askUnbound(session, statement, manner);
}

/**
 * indeterminate_datatype: a Bind message would need all types. It comes once the server has seen that the text is one
 * statement (exec_parse_message(), 10 to 18).
 */
const untyped = "42P18";

/**
 * Asks by a Query message, which takes several statements: only what the server parsed as one a moment ago, with the same
 * settings.
 */
function askUnbound(session: Session, statement: Statement, { first }: Manner): Promise<Answer> {
  const before = beforeOf(statement, first);
  return session.counted(before.length + 2, async () => {
    try {
      for (const text of before) await session.query(text);
      const { text } = statement;
      const { fields, rows } = await session.query<(string | null)[]>({ text, rowMode: "array" });
      await session.query("rollback");
      return { fields: fields.map(({ name }) => name), rows };
    } catch (cause) {
      if (isAnswer(cause)) await rollBack(session);
      throw cause;
    }
  });
}

/**
 * Sends a statement behind the one that runs before that is answered, in a transaction of its own. Where the first one
 * fails, this one does.
 */
export function askBehind(session: Session, statement: Statement, manner: Manner): Promise<Answer> {
  const question = new Question(statement, manner);
  question.submit(session.connection);
  const answer = session.counted(question.statements, () => answerOf(session, question, () => null));
  session.behind = answer;
  return answer;
}

/** @param sentBehind what the server answers before anything else can be asked */
async function answerOf(
  session: Session,
  question: Question,
  sentBehind: () => Promise<unknown> | null,
): Promise<Answer> {
  try {
    return await session.query(question).answer;
  } catch (cause) {
    // The server skipped the rest of the messages, the end of the transaction too.
    if (isAnswer(cause)) {
      await sentBehind()?.catch(() => {});
      await rollBack(session);
    }
    throw cause;
  }
}

/** A cancel request that came too late for the statement may hit the first attempt. */
async function rollBack(session: Session): Promise<void> {
  await session.query("rollback").catch((cause: unknown) => {
    if (!isAnswer(cause)) throw cause;
    return session.query("rollback");
  });
}

/** Says all three modes: serializable, as a default of the role, is refused by a standby, and deferrable waits for writers. */
const begin = "begin isolation level read committed, read only, not deferrable";

type Row = readonly (string | null)[];
type Values = pg.BindConfig["values"];

/**
 * Several statements before one Sync (PostgreSQL documentation, "Pipelining"): begin, `first` if any, the statement's
 * settings, the statement, and the end. The driver calls the methods as the messages come; only the statement's own result is described.
 */
class Question implements pg.Submittable {
  readonly answer: Promise<Answer>;
  readonly #statement: Statement;
  readonly #before: readonly string[];
  readonly #prepared: Prepared | null;
  readonly #settled = Promise.withResolvers<Answer>();
  readonly #rows: Row[] = [];
  #fields: readonly string[] = [];
  #completed = 0;
  #isSent = false;

  constructor(statement: Statement, { first, prepared }: Manner) {
    this.#statement = statement;
    this.#before = beforeOf(statement, first);
    this.#prepared = prepared;
    this.answer = this.#settled.promise;
  }

  /** How many the server runs. */
  get statements(): number {
    return this.#before.length + (this.#statement.isUnbound ? 1 : 2);
  }

  submit(connection: pg.Connection): void {
    if (this.#isSent) return;
    this.#isSent = true;
    connection.stream.cork();
    try {
      for (const text of this.#before) run(connection, text);
      this.#ask(connection);
      run(connection, this.#statement.name === undefined ? "rollback" : "commit");
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  #ask(connection: pg.Connection): void {
    const { text, values = [] } = this.#statement;
    const name = this.#prepared ? (this.#statement.name ?? "") : "";
    if (name === "" || this.#prepared?.get(name) !== text) {
      // It may be there after all: parsed by a question that failed later.
      if (name !== "") connection.close({ type: "S", name }, true);
      connection.parse({ name, text, types: [] }, true);
    }
    if (this.#statement.isUnbound) return;
    connection.bind({ statement: name, values: [...values] }, true);
    connection.describe({ type: "P", name: "" }, true);
    connection.execute({}, true);
  }

  handleRowDescription({ fields }: { fields: readonly { name: string }[] }): void {
    this.#fields = fields.map(({ name }) => name);
    if (this.#statement.name) this.#prepared?.set(this.#statement.name, this.#statement.text);
  }

  handleDataRow({ fields }: { fields: Row }): void {
    if (this.#completed !== this.#before.length) return;
    if (fields.length === this.#fields.length) this.#rows.push(fields);
    else this.#settled.reject(new NodeFailure(notTheProtocol));
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleEmptyQuery(): void {
    this.#completed += 1;
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: pg.Connection): void {
    connection.stream.destroy(new Error("COPY FROM STDIN was asked of a session that only reads"));
  }

  handleCopyData(): void {}

  handleError(cause: unknown): void {
    this.#settled.reject(cause);
  }

  handleReadyForQuery(): void {
    // The statement and the end of its transaction come after those before them.
    if (this.#completed !== this.statements) this.#settled.reject(new NodeFailure(notTheProtocol));
    else this.#settled.resolve({ fields: this.#fields, rows: this.#rows });
  }
}

/** What runs in the transaction before a statement. */
function beforeOf({ settings }: Statement, first: string | null): readonly string[] {
  return [begin, ...(first === null ? [] : [first]), ...(settings ? [settingAll(settings)] : [])];
}

function settingAll(settings: Readonly<Record<string, string>>): string {
  const calls = Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`,
  );
  return `select ${calls.join(", ")}`;
}

function run(connection: pg.Connection, text: string): void {
  const values: Values = [];
  connection.parse({ name: "", text, types: [] }, true);
  connection.bind({ values }, true);
  connection.execute({}, true);
}
