import type { ThrowawayServer } from "../../src/services/throwaway/throwaway-server.ts";
import { integer } from "../../src/views/columns.ts";
import { defineView } from "../../src/views/view.ts";

/** A view that takes a server so many seconds. */
export const sleepy = (name: string, seconds: number, deadlineMs?: number) =>
  defineView({
    name,
    title: name,
    section: "server",
    source: "pg_sleep",
    scope: "server",
    runsOn: "any",
    ...(deadlineMs !== undefined && { deadlineMs }),
    rowKey: [],
    sortBy: "slept",
    columns: { slept: integer("slept") },
    sql: { 100000: `select 1 as slept from (select pg_catalog.pg_sleep(${seconds})) as s` },
  });

/** While there is a table of this name the view waits: each question of its loop sees what is committed by then. */
const gate = "gate_of_replication";

/**
 * Makes the replication view of a server take its time.
 * @param wait a statement of plpgsql
 */
export async function slowReplication(server: ThrowawayServer, wait: string): Promise<void> {
  await behindView(server, {
    view: "pg_stat_replication",
    of: "pg_stat_get_wal_senders",
    body: () => `language plpgsql volatile as $$ begin
      ${wait};
      return query select * from pg_catalog.pg_stat_get_wal_senders();
    end $$`,
  });
}

/** For as long as this is not called off, the replication view of the server is not answered. */
export async function holdReplication(server: ThrowawayServer): Promise<() => Promise<void>> {
  await slowReplication(
    server,
    `while exists (select from pg_catalog.pg_class where relname = '${gate}') loop
      perform pg_catalog.pg_sleep(0.05);
    end loop`,
  );
  await server.query(`create table if not exists ${gate} ()`);
  return async () => {
    await server.query(`drop table if exists ${gate}`);
  };
}

/**
 * Makes pg_stat_activity, and with it the pulse, show this many sessions more: copies of a session that it has. The
 * activity view reads the function below it and shows none of them.
 */
export async function manySessions(server: ThrowawayServer, count: number): Promise<void> {
  const copied: Readonly<Record<string, string>> = {
    pid: "100000 + n",
    application_name: "'app-' || n % 7",
    state: "'active'",
    query: "'select ' || n",
    backend_type: "'client backend'",
  };
  await behindView(server, {
    view: "pg_stat_activity",
    of: "pg_stat_get_activity",
    body: (columns) => `language sql volatile as $$
      select * from pg_catalog.pg_stat_get_activity(null)
      union all
      select ${columns.map((column) => copied[column] ?? `a.${column}`).join(", ")}
      from pg_catalog.generate_series(1, ${count}) as n
      cross join (
        select * from pg_catalog.pg_stat_get_activity(null) as o where o.backend_type = 'client backend' limit 1
      ) as a
    $$`,
  });
}

type Instead = {
  readonly view: string;
  /** The function of the server that the view reads. */
  readonly of: string;
  /** The language and body of the function that it reads from now on, which gives the same columns. */
  readonly body: (columns: readonly string[]) => string;
};

/** A function of the server cannot be replaced, which are called by their number; the view that reads it can. */
async function behindView(server: ThrowawayServer, { view, of, body }: Instead): Promise<void> {
  const [found] = await server.query<{ parameters: string; definition: string }>(
    `select pg_get_function_arguments('pg_catalog.${of}'::regproc) as parameters,
       pg_get_viewdef('pg_catalog.${view}'::regclass) as definition`,
  );
  const parameters = (found?.parameters ?? "").replace(/^pid integer, /, "");
  const columns = [...parameters.matchAll(/OUT (\w+)/g)].map(([, name]) => name ?? "");
  const own = `public.instead_of_${of}`;
  // Once it reads ours, another body is enough.
  const definition = (found?.definition ?? "").replace(new RegExp(`\\b${of}\\([^)]*\\)`), `${own}()`);
  await server.query(`set allow_system_table_mods = on;
    create or replace function ${own}(${parameters}) returns setof record ${body(columns)};
    create or replace view pg_catalog.${view} as ${definition}`);
}
