import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { pglogicalServer, pglogicalSettings } from "../../support/pglogical.ts";
import { judgedNode, rounds } from "../../support/rules/rounds.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const well = { code: 0, alerts: [], unknown: [] };

/** What `check` makes of the rule on a server, as a role of pg_monitor in a database without pglogical. */
async function checked({ port }: ThrowawayServer) {
  const target = `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  const args = ["check", "--rule", "pglogical_failing", "--format", "json", target];
  const { code, stdout } = await runProgram(args);
  const [{ alerts, unknown }] = (
    JSON.parse(stdout) as { nodes: [{ alerts: { text: string }[]; unknown: { reason: string }[] }] }
  ).nodes;
  return { code, alerts: alerts.map(({ text }) => text), unknown: unknown.map(({ reason }) => reason) };
}

test("a server without pglogical is well, and nobody logs in to its other databases", async () => {
  const server = await servers.lone("without", { settings: { log_connections: "on" } });
  await server.query("create database other");
  expect(await checked(server)).toEqual(well);
  expect(await Bun.file(server.logFile).text()).not.toContain("user=monitor database=other");
});

describe.skipIf(pglogicalServer === null)("pglogical (needs Debian's postgresql-15-pglogical)", () => {
  const database = "shop";
  let scratch: Scratch;
  let provider: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", pglogicalServer ?? undefined);
    const statements = ["create extension pglogical", "create table public.orders (id int primary key)"];
    const options = {
      settings: pglogicalSettings,
      bootstrap: ["create role monitor login in role pg_monitor"],
      database: { name: database, statements },
    };
    [provider, subscriber] = await Promise.all([
      startServer(scratch, { name: "provider", ...options }),
      startServer(scratch, { name: "subscriber", ...options }),
    ]);
    const dsnOf = ({ port }: ThrowawayServer) =>
      `host=${scratch.socketDirectory} port=${port} dbname=${database} user=postgres`;
    await provider.query(`select pglogical.create_node('provider', '${dsnOf(provider)}')`, database);
    await subscriber.query(`select pglogical.create_node('subscriber', '${dsnOf(subscriber)}')`, database);
    await subscriber.query(`select pglogical.create_subscription('feed', '${dsnOf(provider)}')`, database);
    await hasStatus("replicating");
  }, 60_000);
  afterAll(() => scratch.destroy(), 30_000);

  const hasStatus = (status: string) =>
    until(async () => {
      const sql = "select status from pglogical.show_subscription_status()";
      return (await subscriber.query(sql, database))[0]?.["status"] === status;
    });

  test("what a role may not see is unknown, with the database", async () => {
    expect(await checked(subscriber)).toEqual({
      ...{ code: 3, alerts: [] },
      unknown: [
        expect.stringMatching(
          /^pglogical_subscriptions: shop: permission denied for schema pglogical and relations of pglogical: .*GRANT SELECT ON .* TO monitor$/,
        ),
      ],
    });
    await subscriber.query("grant usage on schema pglogical to monitor", database);
    await subscriber.query("grant select on all tables in schema pglogical to monitor", database);
    expect(await checked(subscriber)).toEqual(well);
  });

  test("one that is disabled is no alarm", async () => {
    await subscriber.query("select pglogical.alter_subscription_disable('feed', true)", database);
    await hasStatus("disabled");
    expect(await checked(subscriber)).toEqual(well);
    await subscriber.query("select pglogical.alter_subscription_enable('feed', true)", database);
    await hasStatus("replicating");
  });

  test("a table that stays without its copy is a warning until it has it", async () => {
    await provider.query("create table public.lines (id int primary key)", database);
    const add = "select pglogical.replication_set_add_table('default', 'public.lines', true)";
    await provider.query(add, database);
    await using watched = rounds([judgedNode(subscriber, {}, { connection: { dbname: database } })]);
    const alerts = () => watched.alerts("subscriber", "pglogical_failing");
    const untilRound = (condition: () => boolean) =>
      until(async () => {
        await watched.round();
        return condition();
      });
    await untilRound(() => alerts().length > 0);
    expect(alerts()).toMatchObject([
      {
        ...{ severity: "warning", subject: { kind: "subscription", id: "shop.feed" } },
        text: "subscription feed of shop does not get on with the copy of 1 table: pglogical_tables has it, and the server's log says why",
        ...{ view: "pglogical_subscriptions", key: "shop\u0000feed" },
      },
    ]);
    // Of a look alone it is not told from one that has just begun.
    expect(await checked(subscriber)).toEqual(well);
    await subscriber.query("create table public.lines (id int primary key)", database);
    await untilRound(() => alerts().length === 0);
  });

  test("one whose provider is gone has no worker, which is critical", async () => {
    await provider.stop();
    await hasStatus("down");
    const told = await until(async () => {
      const found = await checked(subscriber);
      return found.code === 2 && found;
    });
    expect(told.alerts).toEqual(["subscription feed of shop has no worker: the server's log says why"]);
  });
});
