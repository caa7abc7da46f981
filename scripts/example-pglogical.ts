import { startServer } from "../src/services/throwaway/create-server.ts";
import { openScratch } from "../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../src/services/throwaway/throwaway-server.ts";
import { pglogicalCatalog, pglogicalServer, pglogicalSettings } from "../tests/support/pglogical.ts";
import { until } from "../tests/support/servers/servers.ts";
import type { ExampleServers } from "./example-server.ts";

const database = "shop";
const tables = [
  "create extension pglogical",
  "create table public.orders (id int primary key, region text, note text)",
  "create table public.lines (id int primary key)",
  "create sequence public.numbers",
];

/** A provider and a subscriber of pglogical, with a conflict as a fork of it tells of one. */
export async function startExamplePglogical(): Promise<ExampleServers> {
  if (pglogicalServer === null) throw new Error("needs a server that has pglogical");
  const scratch = await openScratch("test", pglogicalServer);
  const options = { settings: pglogicalSettings, database: { name: database, statements: [] } };
  const [provider, subscriber] = await Promise.all([
    startServer(scratch, { name: "provider", ...options }),
    startServer(scratch, { name: "subscriber", ...options }),
  ]);
  const run = async (server: ThrowawayServer, ...texts: readonly string[]) => {
    for (const text of texts) await server.query(text, database);
  };
  const dsn = ({ port }: ThrowawayServer) =>
    `host=${scratch.socketDirectory} port=${port} dbname=${database} user=postgres`;
  await run(
    provider,
    ...tables,
    `select pglogical.create_node('provider', '${dsn(provider)}')`,
    "select pglogical.replication_set_add_table('default', 'public.orders', false, '{id,region}', 'region = ''EU''')",
    "select pglogical.replication_set_add_table('default', 'public.lines')",
    "select pglogical.replication_set_add_sequence('default', 'public.numbers')",
  );
  await run(
    subscriber,
    ...tables,
    `select pglogical.create_node('subscriber', '${dsn(subscriber)}')`,
    `select pglogical.create_subscription('feed', '${dsn(provider)}', '{default}')`,
    pglogicalCatalog.find((text) => text.includes("conflict_history")) ?? "",
    `insert into pglogical.conflict_history
        (id, recorded_at, sub_name, conflict_type, resolution, schema_name, table_name, local_tuple, remote_tuple)
      values (7, now(), 'feed', 'insert_insert', 'keep_local', 'public', 'orders',
        '{"id": 1, "region": "US"}', '{"id": 1, "region": "EU"}')`,
  );
  await until(async () => {
    const [row] = await subscriber.query("select status from pglogical.show_subscription_status()", database);
    return row?.["status"] === "replicating";
  });
  const node = ({ port }: ThrowawayServer) => ({
    ...{ host: scratch.socketDirectory, port, user: "postgres", database: "postgres" },
  });
  return {
    config: JSON.stringify({ nodes: { provider: node(provider), subscriber: node(subscriber) } }),
    env: {},
    [Symbol.asyncDispose]: () => scratch.destroy(),
  };
}
