import pg from "pg";

/** One session of an incident: a client that does its part once, and does not connect again when its session ends. */
export type StagedSession = {
  /** The process id of its backend. */
  readonly pid: number;
  /** False after the user, the server or the end of the demo has ended the session. */
  isOpen(): boolean;
  /** Runs statements to their end, one after the other. Rejects with the first that fails, after a ROLLBACK. */
  run(...statements: readonly Statement[]): Promise<void>;
  /**
   * Sends a statement that takes long, without waiting for its end. After it the session ends its transaction as an
   * application does, with COMMIT, or with ROLLBACK when it was cancelled or failed, and stays connected idle.
   */
  send(...statement: Statement): void;
};

/** Seconds for pg_sleep() in statements that run until a user ends them: longer than a demo is watched. */
export const beyondTheDemo = 7 * 86_400;

/** A statement and its values. */
export type Statement = readonly [sql: string, ...values: readonly unknown[]];

type Target = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly application_name: string;
};

/** Connects a session that is closed when `closing` is aborted. Rejects when the server refuses it. */
export async function openStagedSession(target: Target, closing: AbortSignal): Promise<StagedSession> {
  const client = new pg.Client({ ...target, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {}); // the server was stopped, or the user terminated the session
  await client.connect();
  let isOpen = true;
  client.once("end", () => {
    isOpen = false;
  });
  const close = () => void client.end().catch(() => {});
  if (closing.aborted) close();
  closing.addEventListener("abort", close, { once: true });
  const ask = ([sql, ...values]: Statement) => client.query(sql, values);
  const [row] = (await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid")).rows;
  return {
    pid: row?.pid ?? 0,
    isOpen: () => isOpen,
    run: async (...statements) => {
      try {
        for (const statement of statements) await ask(statement);
      } catch (error) {
        await client.query("rollback").catch(() => {});
        throw error;
      }
    },
    send: (...statement) => {
      ask(statement)
        .then(
          () => client.query("commit"),
          () => client.query("rollback"),
        )
        .catch(() => {}); // the session ended with its statement
    },
  };
}
