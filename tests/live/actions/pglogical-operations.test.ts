import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { operating, rowOf } from "../../support/actions/operating.ts";
import { pglogicalServer, pglogicalSettings } from "../../support/pglogical.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const database = "shop";

describe.skipIf(pglogicalServer === null)("pglogical (needs Debian's postgresql-15-pglogical)", () => {
  let scratch: Scratch;
  let provider: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", pglogicalServer ?? undefined);
    const bootstrap = ["create role monitor login in role pg_monitor"];
    const options = { settings: pglogicalSettings, bootstrap, database: { name: database, statements: [] } };
    [provider, subscriber] = await Promise.all([
      startServer(scratch, { name: "provider", ...options }),
      startServer(scratch, { name: "subscriber", ...options }),
    ]);
    const dsnOf = ({ port }: ThrowawayServer) =>
      `host=${scratch.socketDirectory} port=${port} dbname=${database} user=postgres`;
    for (const server of [provider, subscriber]) {
      await server.query("create extension pglogical", database);
      await server.query("create table public.orders (id int primary key)", database);
      await server.query(`select pglogical.create_node('${server.name}', '${dsnOf(server)}')`, database);
    }
    await provider.query("select pglogical.replication_set_add_table('default', 'public.orders')", database);
    await provider.query("insert into public.orders select pg_catalog.generate_series(1, 10)", database);
    await subscriber.query(
      `select pglogical.create_subscription('feed', '${dsnOf(provider)}', synchronize_data := true)`,
      database,
    );
  }, 60_000);
  afterAll(() => scratch.destroy(), 30_000);

  const rows = async () =>
    (
      await subscriber.query<{ n: number }>(
        "select pg_catalog.count(*)::int as n from public.orders",
        database,
      )
    )[0]?.n;
  const feed = rowOf("subscriber", "pglogical_subscriptions", database, "feed");
  const orders = rowOf("subscriber", "pglogical_tables", database, "feed", "public.orders");
  const as = (user: string) =>
    operating(
      [provider, subscriber].map((server) =>
        nodeSettings(server, {
          connection: { user, host: scratch.socketDirectory, dbname: database },
          actions: "all",
        }),
      ),
    );

  test("a subscription is disabled and enabled, and one table of it copied again", async () => {
    await until(async () => (await rows()) === 10);
    await using user = await as("postgres");
    user.watched.lookAt("pglogical_subscriptions");
    await until(() => user.plan("pglogical-disable", feed).ok);
    expect(user.plan("pglogical-enable", feed)).toMatchObject({ why: "it is enabled" });
    expect(await user.run("pglogical-disable", feed)).toEqual({ kind: "done", value: null });
    user.watched.collector.refreshNow();
    await until(() => user.plan("pglogical-enable", feed).ok);
    expect(await user.run("pglogical-enable", feed)).toEqual({ kind: "done", value: null });
    user.watched.collector.refreshNow();
    await until(() => user.plan("pglogical-synchronize", feed).ok);
    expect(await user.run("pglogical-synchronize", feed)).toEqual({ kind: "done", value: null });
    user.watched.lookAt("pglogical_tables");
    await subscriber.query("delete from public.orders where id < 6", database);
    expect(await rows()).toBe(5);
    await until(() => user.plan("pglogical-resync-table", orders).ok);
    expect(user.plan("pglogical-resync-table", orders)).toMatchObject({
      plan: {
        database,
        sql: `select pglogical.alter_subscription_resynchronize_table('feed', '"public"."orders"', true)`,
      },
    });
    expect(await user.run("pglogical-resync-table", orders)).toEqual({ kind: "done", value: null });
    await until(async () => (await rows()) === 10);
  });

  test("without a right to its catalog the topology has all else, and says what is missing", async () => {
    const targets = [provider, subscriber].map(
      ({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`,
    );
    type Shown = { nodes: { error?: unknown; notes: string[]; rows: Record<string, unknown>[] }[] };
    const { stdout, code } = await runProgram(["show", "topology", "--format", "json", ...targets]);
    const { nodes } = JSON.parse(stdout) as Shown;
    expect(code).toBe(0);
    expect(nodes.map(({ rows }) => rows.map(({ kind, role }) => [kind, role]))).toEqual([
      [
        ["node", "primary"],
        ["receiver", "consumer"],
      ],
      [["node", "primary"]],
    ]);
    expect(nodes[1]?.notes).toContainEqual(
      expect.stringMatching(/GRANT USAGE ON SCHEMA pglogical TO monitor/),
    );
  });

  test("a role without the schema is told what it needs, and may once it has it", async () => {
    const tables = ["subscription", "node", "local_sync_status"]
      .map((name) => `pglogical.${name}`)
      .join(", ");
    await subscriber.query(`grant usage on schema pglogical to monitor`, database);
    await subscriber.query(`grant select on ${tables} to monitor`, database);
    await using user = await as("monitor");
    user.watched.lookAt("pglogical_subscriptions");
    await until(() => user.plan("pglogical-disable", feed).ok);
    await subscriber.query(`revoke usage on schema pglogical from monitor`, database);
    const lacks = await user.run("pglogical-disable", feed);
    expect(lacks).toMatchObject({
      kind: "notPermitted",
      fix: expect.stringContaining("GRANT USAGE ON SCHEMA pglogical TO monitor"),
    });
  });
});
