import pg from "pg";
import { startServer } from "../src/services/throwaway/create-server.ts";
import { openScratch } from "../src/services/throwaway/scratch.ts";

const settings = {
  ...{ wal_level: "logical", track_functions: "all", max_prepared_transactions: "2" },
  ...{ logging_collector: "on", log_destination: "csvlog", log_min_duration_statement: "100" },
};

/** What the demo fleet has none of: partitions, a trigger that is off, functions, an index that nothing reads … */
const statements = [
  "create extension pg_buffercache",
  "create table public.items (id int primary key, name text)",
  "insert into public.items select n, 'item ' || n from pg_catalog.generate_series(1, 20000) as n",
  "create index items_name on public.items (name)",
  "create table public.readings (taken date not null, item int references public.items) partition by range (taken)",
  "create table public.readings_2025 partition of public.readings for values from ('2025-01-01') to ('2026-01-01')",
  "create table public.readings_2026 partition of public.readings for values from ('2026-01-01') to ('2027-01-01')",
  "create table public.readings_rest partition of public.readings default",
  "insert into public.readings select '2025-01-01'::date + n % 700, n from pg_catalog.generate_series(1, 20000) as n",
  "create function public.price(item int) returns int language plpgsql immutable as 'begin perform pg_catalog.pg_sleep(0.01); return item; end'",
  "select public.price(7)",
  "create function public.noted() returns trigger language plpgsql as 'begin return new; end'",
  "create trigger noted before insert on public.items for each row execute function public.noted()",
  "alter table public.items disable trigger noted",
  "create publication items for table public.items",
  "select pg_catalog.pg_create_logical_replication_slot('copy', 'pgoutput')",
  "alter system set max_connections = 300",
  "alter system set work_mem = '8MB'",
  "select pg_catalog.pg_reload_conf()",
  "select pg_catalog.pg_sleep(0.2)",
];

const sorted = "select n from pg_catalog.generate_series(1, 1000000) as n order by n desc";

/** Servers that are watched for an example. */
export type ExampleServers = {
  /** A config file with them alone, and what of the environment it needs. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A server with something in every view, which its superuser watches. */
export async function startExampleServer() {
  const scratch = await openScratch("test");
  const server = await startServer(scratch, { name: "stock", settings });
  for (const statement of statements) await server.query(statement);
  await server.query("create database shop");
  await server.query("create table public.items (id int primary key, name text)", "shop");
  const conninfo = `host=${scratch.socketDirectory} port=${server.port} dbname=postgres user=postgres`;
  const own = "create_slot = false, slot_name = 'copy'";
  await server.query(
    `create subscription copy connection '${conninfo}' publication items with (${own})`,
    "shop",
  );
  const clients: pg.Client[] = [];
  /** Runs it in a session of its own, which stays. */
  const run = async (application_name: string, ...texts: readonly string[]) => {
    const address = {
      host: scratch.socketDirectory,
      port: server.port,
      user: "postgres",
      database: "postgres",
    };
    const client = new pg.Client({ ...address, application_name });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    for (const text of texts.slice(0, -1)) await client.query(text);
    return client.query(texts.at(-1) ?? "");
  };
  await run("report", "begin", "set work_mem = '64kB'", `declare c cursor for ${sorted}`, "fetch 1 from c");
  run("deploy", "create index slow on public.items (public.price(id))").catch(() => {});
  const stock = { host: scratch.socketDirectory, port: server.port, user: "postgres", database: "postgres" };
  return {
    ...{ config: JSON.stringify({ nodes: { stock } }), env: {}, server },
    [Symbol.asyncDispose]: () => scratch.destroy(),
  };
}
