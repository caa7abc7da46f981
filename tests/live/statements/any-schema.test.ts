import { afterAll, expect, test } from "bun:test";
import { byExtensionVersion } from "../../../src/postgres/identifier.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { integer, text } from "../../../src/views/columns.ts";
import { defineView } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { refusalsIn } from "../../support/servers/view-contract.ts";

const servers = serversForTests();
const manager = new ConnectionManager();
afterAll(() => manager.stop(0));

const read = (named: string) =>
  `select '${named}' as named, pg_catalog.count(*) as statements from {schema}.pg_stat_statements(false) as s`;

/** What is asked is by the version of the extension, wherever it is. */
const view = defineView({
  name: "any_schema",
  title: "Statements",
  section: "server",
  source: "pg_stat_statements",
  scope: "server",
  runsOn: "any",
  needsExtension: {
    name: "pg_stat_statements",
    sql: { "1.6": read("old"), "1.8": read("new") },
    reads: ["pg_stat_statements"],
    librarySetting: "pg_stat_statements.max",
  },
  rowKey: [],
  sortBy: "named",
  columns: { named: text("NAMED"), statements: integer("STATEMENTS") },
  sql: { 100000: byExtensionVersion },
});

async function seen({ name }: ThrowawayServer | { name: string }) {
  const sample = await sampleView(manager, name, view, { viewOptions: { idle: false, wholeText: false } });
  if (sample.state === "ok") return sample.rows[0]?.["named"];
  return sample.state === "failed" ? [sample.error.message, sample.error.detail] : sample.why;
}

const add = (server: ThrowawayServer, name: string, connection: object = {}) =>
  manager.add(nodeSettings({ name, port: server.port }, { connection }));

test("an extension is read in whatever schema, by its version, also when that changes under a session", async () => {
  const { primary: server, standbys } = await servers.cluster("anywhere");
  const [standby = server] = standbys;
  add(server, "anywhere");
  add(server, "bare", { user: "bare" });
  add(standby, "standby");
  const [node, bare] = [{ name: "anywhere" }, { name: "bare" }];
  const absent = "needs the extension pg_stat_statements: CREATE EXTENSION pg_stat_statements";
  expect(await seen(node)).toBe(absent);
  expect(await seen({ name: "standby" })).toBe(`${absent} on the primary`);
  await server.query('create schema "Any ""schema"""; grant usage on schema "Any ""schema""" to monitor');
  await server.query(`create extension pg_stat_statements with schema "Any ""schema""" version '1.6'`);
  expect(await seen(node)).toBe("old");
  expect(await seen(bare)).toEqual([
    'permission denied for schema Any "schema"',
    'GRANT USAGE ON SCHEMA "Any ""schema""" TO bare',
  ]);
  await server.query("alter extension pg_stat_statements update");
  expect(await seen(node)).toBe("new");
  await server.query("create schema ext; grant usage on schema ext to monitor, bare");
  await server.query("alter extension pg_stat_statements set schema ext");
  expect(await seen(node)).toBe("new");
  expect(await seen(bare)).toBe("new");
  await server.query("revoke execute on function ext.pg_stat_statements(boolean) from public");
  expect(await seen(bare)).toEqual([
    "permission denied for functions of pg_stat_statements",
    "GRANT EXECUTE ON FUNCTION ext.pg_stat_statements(boolean) TO bare",
  ]);
  for (const one of [server, standby]) expect(await refusalsIn(one)).toEqual([]);
});

test("where only another database has it that is said, and what is missing where its library is not loaded", async () => {
  const loaded = await servers.lone("elsewhere", {
    database: { name: "shop", statements: ["create extension pg_stat_statements"] },
  });
  add(loaded, "elsewhere");
  expect(await seen(loaded)).toBe(
    "pg_stat_statements is installed in shop, not in postgres: CREATE EXTENSION here too, or connect to shop",
  );
  const without = await servers.lone("without", { settings: { shared_preload_libraries: "" } });
  add(without, "without");
  const load = "add pg_stat_statements to shared_preload_libraries and restart the server";
  expect(await seen(without)).toBe(
    `needs the extension pg_stat_statements: ${load}, then CREATE EXTENSION pg_stat_statements`,
  );
  await without.query("create extension pg_stat_statements");
  // The tests set pg_stat_statements.track, which leaves a placeholder; this one is looked for.
  await without.query("alter system set pg_stat_statements.max = 5000");
  await without.query("select pg_catalog.pg_reload_conf()");
  expect(await seen(without)).toBe(`the library of pg_stat_statements is not loaded: ${load}`);
  for (const one of [loaded, without]) expect(await refusalsIn(one)).toEqual([]);
});
