import pg from "pg";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import type { SignalTarget } from "../../../src/store/actions/signal.ts";
import { until } from "../servers/servers.ts";

/** A session on a server that a test ends; closed by `await using`. */
export type Victim = {
  readonly pid: number;
  readonly client: pg.Client;
  /** What the session is to a node of this name; `change` makes another one of it. */
  target(node: string, change?: Partial<SignalTarget>): SignalTarget;
  /** Begins a statement of ten minutes. `ended` settles with the SQLSTATE of its end, null when it had none. */
  sleeps(): Promise<{ readonly ended: Promise<string | null> }>;
  /** Whether the server still has it, by the server's own account. */
  isThere(): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Opens a session as a role, through TCP unless another way is told. */
export async function victim(server: ThrowawayServer, user = "postgres"): Promise<Victim> {
  const client = new pg.Client({ host: "127.0.0.1", port: server.port, user, database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number; started: string }>(
    `select pid, (backend_start at time zone 'UTC')::text || '+00' as started
     from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`,
  );
  const { pid = 0, started = "" } = rows[0] ?? {};
  return {
    pid,
    client,
    target: (node, change = {}) => ({
      id: { node, view: "activity", key: `${pid}` },
      pid,
      backendStart: started,
      inRecovery: null,
      shown: { user, database: "postgres", application: "victim", client: null, statement: "select 1" },
      ...change,
    }),
    async sleeps() {
      const ended = client.query("select pg_catalog.pg_sleep(600)").then(
        () => null,
        (cause: { code?: string }) => cause.code ?? "lost",
      );
      const sleeping = `select from pg_catalog.pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`;
      await until(async () => (await server.query(sleeping)).length === 1);
      return { ended };
    },
    isThere: async () =>
      (await server.query(`select from pg_catalog.pg_stat_activity where pid = ${pid}`)).length === 1,
    async [Symbol.asyncDispose]() {
      // Its goodbye would wait for the end of a statement that sleeps.
      const own = `pid = ${pid} and backend_start = '${started}'`;
      const end = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where ${own}`;
      await server.query(end);
      await until(async () => (await server.query(end)).length === 0);
      await client.end().catch(() => {});
    },
  };
}
