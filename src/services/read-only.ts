import type pg from "pg";
import { isAnswer } from "./failure.ts";
import type { Answer, Session, Statement } from "./session.ts";

/** Statements that a session has parsed under a name: name to text. */
export type Prepared = Map<string, string>;

const begin = "begin read only";
const mark = "savepoint pgparade";
/** Undone like a rollback, but the server counts a commit: xact_rollback is about other people's transactions. */
const undo = ["rollback to savepoint pgparade", "commit"];

/**
 * Asks one statement in a read-only transaction of its own, whose effects are always undone, in one round trip.
 * `first` is a query that runs before it: once the transaction has a snapshot nothing can make it read-write
 * (25001), and the extended protocol takes one statement per message, so none can be smuggled in behind.
 * Without `prepared` no name is used: behind a pooler the next transaction may run on another backend.
 * Rejects with the driver's error when the session is at rest again.
 */
export async function askReadOnly(
  session: Session,
  statement: Statement,
  first: string,
  prepared: Prepared | null,
): Promise<Answer> {
  try {
    return await session.query(new Question(statement, first, prepared)).answer;
  } catch (cause) {
    // The server skipped the rest of the messages, the end of the transaction too.
    if (isAnswer(cause)) await rollBack(session);
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

type Row = readonly (string | null)[];
type Values = pg.BindConfig["values"];

/**
 * Six statements before one Sync (PostgreSQL documentation, "Pipelining"): begin, `first`, a savepoint, the
 * statement, back to the savepoint, commit. The driver calls the methods as the messages come; only the
 * statement's own result is described.
 */
class Question implements pg.Submittable {
  readonly answer: Promise<Answer>;
  readonly #statement: Statement;
  readonly #first: string;
  readonly #prepared: Prepared | null;
  readonly #settled = Promise.withResolvers<Answer>();
  readonly #rows: Row[] = [];
  #fields: readonly string[] = [];
  #completed = 0;

  constructor(statement: Statement, first: string, prepared: Prepared | null) {
    this.#statement = statement;
    this.#first = first;
    this.#prepared = prepared;
    this.answer = this.#settled.promise;
  }

  submit(connection: pg.Connection): void {
    connection.stream.cork();
    try {
      for (const text of [begin, this.#first, mark]) run(connection, text);
      this.#ask(connection);
      for (const text of undo) run(connection, text);
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
    connection.bind({ statement: name, values: [...values] }, true);
    connection.describe({ type: "P", name: "" }, true);
    connection.execute({}, true);
  }

  handleRowDescription({ fields }: { fields: readonly { name: string }[] }): void {
    this.#fields = fields.map(({ name }) => name);
    if (this.#statement.name) this.#prepared?.set(this.#statement.name, this.#statement.text);
  }

  handleDataRow({ fields }: { fields: Row }): void {
    if (this.#completed === 3) this.#rows.push(fields);
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
    this.#settled.resolve({ fields: this.#fields, rows: this.#rows });
  }
}

function run(connection: pg.Connection, text: string): void {
  const values: Values = [];
  connection.parse({ name: "", text, types: [] }, true);
  connection.bind({ values }, true);
  connection.execute({}, true);
}
