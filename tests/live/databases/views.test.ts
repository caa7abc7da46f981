import { expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { currentTable, type Table } from "../../../src/store/table.ts";
import { partsOf } from "../../../src/views/compared.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const refreshMs = 250;

/** Three databases with a table each; one lets our role not in, one nobody. */
async function serverWithTables(): Promise<ThrowawayServer> {
  const server = await servers.lone("apps", {
    settings: { log_connections: "on", autovacuum: "off" },
  });
  const [known] = await server.query("select from pg_catalog.pg_database where datname = 'app1'");
  if (known) return server;
  for (const name of ["app1", "app2", "app3", "app4"]) await server.query(`create database ${name}`);
  await server.query("create table of_postgres (n int)");
  for (const name of ["app1", "app3"])
    await server.query(
      `create table of_${name} (n int primary key); insert into of_${name} select generate_series(1, 100)`,
      name,
    );
  await server.query("revoke connect on database app2 from public");
  await server.query("alter database app4 allow_connections false");
  return server;
}

const lines = ({ lines: of }: Table) =>
  of
    .map(({ row }) => [row["database"], row["relname"]])
    .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

const logins = async (server: ThrowawayServer, database: string) =>
  (await Bun.file(server.logFile).text()).split(`user=monitor database=${database} `).length - 1;

test("a view of each database has the rows of all, and says of each without rows why", async () => {
  const server = await serverWithTables();
  await using watched = watch([nodeSettings(server)], { refreshMs });
  const states = new Set<string>();
  watched.manager.on((event) => event.type === "state" && states.add(event.health.state));
  await until(() => watched.node(server.name).pulse);
  watched.lookAt("tables");
  const table = () => currentTable(watched.store.getState());
  const full = await until(() => {
    const shown = table();
    return shown?.lines.length === 3 && shown.missing.length === 2 ? shown : null;
  });
  expect(lines(full)).toEqual([
    ["app1", "of_app1"],
    ["app3", "of_app3"],
    ["postgres", "of_postgres"],
  ]);
  expect(new Set(full.keys).size).toBe(3);
  expect(full.missing.map(({ why }) => why)).toEqual([
    "app2: permission denied for database app2: GRANT CONNECT ON DATABASE app2 TO monitor",
    "app4: accepts no connections (datallowconn)",
  ]);
  expect(full.lines.find(({ row }) => row["relname"] === "of_app1")?.row).toMatchObject({
    schemaname: "public",
    tables: 1,
    uncounted: null,
    n_dead_tup: 0n,
    last_vacuum: null,
  });
  watched.collector.refreshNow();
  const [app1] = full.lines.filter(({ row }) => row["database"] === "app1");
  await until(() => {
    const now = table()?.lines.find(({ key }) => key === app1?.key)?.row["seq_scan"];
    return typeof now === "number";
  });
  expect([...states]).toEqual(["connected"]);
  expect(watched.node(server.name).health).toMatchObject({ failures: 0, error: null });
  expect(watched.node(server.name).pool.max).toBe(2);
  const counts = await Promise.all(["app1", "app2", "app3", "app4"].map((name) => logins(server, name)));
  expect(counts).toEqual([1, 0, 1, 0]);
});

test("a database that is dropped leaves the view, one that comes is asked", async () => {
  const server = await serverWithTables();
  await using watched = watch([nodeSettings(server, { pool: { databaseIdleMs: 300 } })], { refreshMs });
  await server.query("create database passing");
  await server.query("create table of_passing (n int)", "passing");
  watched.lookAt("tables");
  const asked = () => partsOf(watched.store.getState().observed.samples["tables"]?.[server.name]);
  await until(() => asked().get("passing")?.state === "ok");
  await until(async () => {
    await server.query("drop database passing");
    return true;
  });
  // As by a key that is held down.
  await until(() => {
    watched.collector.refreshNow();
    return asked().size > 0 && !asked().has("passing");
  });
});

test("with many databases no more sessions than the node may have are there at once", async () => {
  const server = await servers.lone("many");
  const names = Array.from({ length: 8 }, (_, at) => `many${at}`);
  for (const name of names) await server.query(`create database ${name}`);
  await using watched = watch([nodeSettings(server)], { refreshMs });
  watched.lookAt("tables");
  let most = 0;
  await until(async () => {
    const rows = await server.query(
      "select from pg_catalog.pg_stat_activity where application_name = 'pgparade' and datname <> 'postgres'",
    );
    most = Math.max(most, rows.length);
    const parts = partsOf(watched.store.getState().observed.samples["tables"]?.[server.name]);
    return parts.size === 9 && parts.values().every((part) => part?.state === "ok");
  });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(3);
  expect(watched.node(server.name).health.state).toBe("connected");
});

test("show takes all databases, or those that are named", async () => {
  const server = await serverWithTables();
  const target = `postgresql://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const shown = async (...flags: string[]) => {
    const { code, stdout, stderr } = await runProgram([
      "show",
      "tables",
      "--format",
      "json",
      ...flags,
      target,
    ]);
    if (stdout === "") return { code, stderr };
    const { nodes } = JSON.parse(stdout) as { nodes: { rows?: { database: string; relname: string }[] }[] };
    const [node = {}] = nodes;
    return { code, stderr, node, rows: node.rows?.map(({ database, relname }) => `${database}.${relname}`) };
  };
  const all = await shown();
  expect(all).toMatchObject({ code: 1, rows: ["app1.of_app1", "app3.of_app3", "postgres.of_postgres"] });
  expect(all.node).toMatchObject({
    state: "connected",
    failed: [{ database: "app2", error: { kind: "privilege", sqlstate: "42501" } }],
    notes: [expect.stringContaining("app2: "), expect.stringContaining("app4: ")],
  });
  expect(await shown("--database", "app1")).toMatchObject({ code: 0, rows: ["app1.of_app1"] });
  const two = await shown("--database", "app3", "--database", "postgres");
  expect(two).toMatchObject({ code: 0, rows: ["app3.of_app3", "postgres.of_postgres"] });
  // A database that no node has is a slip, and one that some do not have is not.
  const missing = await shown("--database", "nosuch");
  expect(missing).toMatchObject({
    ...{ code: 2, stderr: "pgparade show: no node has a database nosuch\n" },
    node: { state: "connected", notApplicable: "no database nosuch here" },
  });
  expect(await shown("--database", "nosuch", "--database", "app1")).toMatchObject({
    ...{ code: 1, rows: ["app1.of_app1"], stderr: "pgparade show: no node has a database nosuch\n" },
  });
  const other = await servers.lone("without");
  const both = await runProgram([
    ...["show", "tables", "--database", "app1", target],
    ...[target.replace(`:${server.port}/`, `:${other.port}/`)],
  ]);
  expect(both.code).toBe(0);
  expect(both.stdout).toMatch(/of_app1[\s\S]*: no database app1 here\n$/);
  expect(await shown("--database", "")).toMatchObject({ code: 3 });
  const { code, stderr } = await runProgram(["show", "activity", "--database", "app1", target]);
  expect([code, stderr]).toEqual([3, expect.stringContaining("--database cannot apply to activity")]);
});
