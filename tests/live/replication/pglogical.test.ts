import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { pglogicalConflicts } from "../../../src/views/pglogical/pglogical-conflicts.ts";
import { pglogicalNodes } from "../../../src/views/pglogical/pglogical-nodes.ts";
import { pglogicalSets } from "../../../src/views/pglogical/pglogical-sets.ts";
import { pglogicalSubscriptions } from "../../../src/views/pglogical/pglogical-subscriptions.ts";
import { pglogicalTables } from "../../../src/views/pglogical/pglogical-tables.ts";
import { slots } from "../../../src/views/replication/slots.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { declared, oddity } from "../../support/house/declared-columns.ts";
import { pglogicalCatalog, pglogicalServer, pglogicalSettings } from "../../support/pglogical.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { refusalsIn, statementOf } from "../../support/servers/view-contract.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const views: readonly AskedView[] = [pglogicalNodes, pglogicalSets, pglogicalSubscriptions, pglogicalTables];
const viewOptions = { idle: true, wholeText: true };
/** Where pglogical is. The nodes are connected to the database postgres, which has it not. */
const database = "shop";

test("a server without pglogical says so, in one line, and that is no failure", async () => {
  const server = await servers.lone("without");
  await server.query("create database other");
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  for (const { name } of [...views, pglogicalConflicts]) {
    const { stdout } = await runProgram(["show", name, target]);
    expect(stdout.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^\S+: needs the extension pglogical$/),
      "",
    ]);
  }
  expect(await refusalsIn(server)).toEqual([]);
});

describe.skipIf(pglogicalServer === null)("pglogical (needs Debian's postgresql-15-pglogical)", () => {
  const manager = new ConnectionManager();
  let scratch: Scratch;
  let provider: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", pglogicalServer ?? undefined);
    const bootstrap = ["create role monitor login in role pg_monitor", "create role bare login"];
    const options = { settings: pglogicalSettings, bootstrap, database: { name: database, statements: [] } };
    [provider, subscriber] = await Promise.all([
      startServer(scratch, { name: "provider", ...options }),
      startServer(scratch, { name: "subscriber", ...options }),
    ]);
    for (const server of [provider, subscriber]) manager.add(nodeSettings(server));
  });
  afterAll(async () => {
    await manager.stop(0);
    await scratch.destroy();
  }, 30_000);

  const dsnOf = ({ port }: ThrowawayServer) =>
    `host=${scratch.socketDirectory} port=${port} dbname=${database} user=postgres password=planted`;

  const sampleOf = (server: ThrowawayServer, view: AskedView) =>
    sampleView(manager, server.name, view, { viewOptions, database });

  async function rowsOf(server: ThrowawayServer, view: AskedView): Promise<readonly Row[]> {
    const sample = await sampleOf(server, view);
    if (sample.state !== "ok") throw new Error(`${view.name}: ${JSON.stringify(sample)}`);
    return sample.rows;
  }

  const feed = async () => (await rowsOf(subscriber, pglogicalSubscriptions))[0];

  /** Awaits that both we and pglogical's own function say so. */
  async function hasStatus(status: string): Promise<void> {
    await until(async () => {
      const ours = (await feed())?.["status"];
      const [own] = await subscriber.query(
        "select status from pglogical.show_subscription_status()",
        database,
      );
      return ours === status && own?.["status"] === status;
    });
  }

  test("is found when it is installed, and names the GRANT that shows it", async () => {
    expect(await sampleOf(provider, pglogicalNodes)).toMatchObject({
      state: "notApplicable",
      why: "needs the extension pglogical",
    });
    for (const server of [provider, subscriber]) await server.query("create extension pglogical", database);
    for (const view of views) {
      const refused = await sampleOf(provider, view);
      // The relations of the last one are known from those before it.
      if (refused.state === "ok") continue;
      const grants = refused.state === "failed" ? (refused.error.detail ?? "") : "";
      expect(refused).toMatchObject({
        state: "failed",
        error: {
          kind: "privilege",
          sqlstate: "42501",
          message: expect.stringMatching(
            /^permission denied for (schema pglogical and )?relations of pglogical$/,
          ),
          detail: expect.stringMatching(/GRANT SELECT ON pglogical\.\w+(, pglogical\.\w+)* TO monitor$/),
        },
      });
      for (const server of [provider, subscriber]) await server.query(grants, database);
      expect((await rowsOf(provider, view)).length).toBe(0);
    }
    expect(await refusalsIn(provider)).toEqual([]);
  });

  test("nodes and sets are shown, and no password", async () => {
    for (const sql of [
      "create table public.orders (id int primary key, region text, secret text)",
      "create table public.lines (id int primary key)",
      "insert into public.lines values (1)",
      "create sequence public.numbers",
      `select pglogical.create_node('provider', '${dsnOf(provider)}')`,
      "select pglogical.replication_set_add_table('default', 'public.orders', false, '{id,region}', 'region = ''EU''')",
      "select pglogical.create_replication_set('new_only', replicate_update := false, replicate_delete := false)",
      "select pglogical.replication_set_add_sequence('new_only', 'public.numbers')",
    ])
      await provider.query(sql, database);
    const target = `postgres://monitor@127.0.0.1:${provider.port}/postgres?sslmode=disable`;
    const shown = async ({ name }: AskedView) => {
      const { stdout } = await runProgram(["show", name, "--format", "json", target]);
      expect(stdout).not.toContain("planted");
      const [node] = (JSON.parse(stdout) as { nodes: { notes: string[]; rows: Row[] }[] }).nodes;
      expect(node?.notes).toEqual([]);
      return node?.rows;
    };
    expect(await shown(pglogicalNodes)).toEqual([
      {
        ...{ database, node_name: "provider", is_local: true, if_name: "provider" },
        ...{ host: scratch.socketDirectory, port: String(provider.port), dbname: database },
      },
    ]);
    const sets = (await shown(pglogicalSets)) ?? [];
    const all = "insert, update, delete, truncate";
    expect(sets.map(({ depth, name, replicates }) => [depth, name, replicates])).toEqual([
      [0, "ddl_sql", "insert"],
      [0, "default", all],
      [1, "public.orders", null],
      [0, "default_insert_only", "insert, truncate"],
      [0, "new_only", "insert, truncate"],
      [1, "public.numbers", null],
    ]);
    expect(sets.find(({ kind }) => kind === "table")).toMatchObject({
      set_name: "default",
      set_att_list: ["id", "region"],
      set_row_filter: "(region = 'EU'::text)",
    });
    expect(sets.find(({ kind }) => kind === "sequence")).toMatchObject({ set_name: "new_only" });
  });

  test("a subscription replicates, is disabled and enabled, in the words of pglogical", async () => {
    for (const sql of [
      "create table public.orders (id int primary key, region text)",
      // The provider sends its sequences from time to time, and a worker without one of them ends.
      "create sequence public.numbers",
      `select pglogical.create_node('subscriber', '${dsnOf(subscriber)}')`,
      `select pglogical.create_subscription('feed', '${dsnOf(provider)}', '{default,new_only}', forward_origins := '{}')`,
    ])
      await subscriber.query(sql, database);
    await hasStatus("replicating");
    expect(await feed()).toMatchObject({
      ...{ database, sub_name: "feed", provider_node: "provider", sub_enabled: true, unsynced: 0 },
      ...{ sub_slot_name: "pgl_shop_provider_feed", sub_replication_sets: ["default", "new_only"] },
      ...{ sub_forward_origins: null, sub_apply_delay: 0, sync_status: "replicating" },
      ...{ pid: expect.any(Number), worker_seconds: expect.any(Number) },
    });
    await subscriber.query("select pglogical.alter_subscription_disable('feed', true)", database);
    await hasStatus("disabled");
    expect(await feed()).toMatchObject({ sub_enabled: false, pid: null, worker_seconds: null });
    await subscriber.query("select pglogical.alter_subscription_enable('feed', true)", database);
    await hasStatus("replicating");
    expect(
      (await rowsOf(subscriber, pglogicalNodes)).map(({ node_name, is_local }) => [node_name, is_local]),
    ).toEqual(
      expect.arrayContaining([
        ["provider", false],
        ["subscriber", true],
      ]),
    );
  });

  test("its edge stands below the provider, and the slot there says whose it is", async () => {
    const target = ({ port }: ThrowawayServer) => `host=127.0.0.1 port=${port} user=monitor sslmode=disable`;
    const targets = [provider, subscriber].map((server) => `${target(server)} dbname=postgres`);
    const { stdout } = await runProgram(["show", "edges", "--format", "json", ...targets]);
    const { nodes } = JSON.parse(stdout) as { nodes: { rows: Row[] }[] };
    expect(nodes.flatMap(({ rows }) => rows)).toMatchObject([
      {
        ...{ kind: "logical", upstream: `127.0.0.1:${provider.port}`, database, subname: "feed" },
        ...{ downstream: `127.0.0.1:${subscriber.port}`, datname: database, lag_bytes: expect.any(Number) },
        ...{ state: "replicating", slot_name: "pgl_shop_provider_feed", watched: true },
      },
    ]);
    await using watched = watch([nodeSettings(provider), nodeSettings(subscriber)], { refreshMs: 250 });
    watched.lookAt("slots");
    const rows = () => slots.rows(fleetSamples(watched.store.getState().observed, ["provider"]));
    await until(() => rows()[0]?.["consumer"] === "feed on subscriber");
  });

  test("a table that cannot be copied does not get beyond starting until it can", async () => {
    const line = async () =>
      (await rowsOf(subscriber, pglogicalTables)).find(({ relname }) => relname === "public.lines");
    const isIn = (state: string) => until(async () => (await line())?.["state"] === state);
    // The subscriber has no such table.
    await provider.query(
      "select pglogical.replication_set_add_table('default', 'public.lines', true)",
      database,
    );
    await isIn("starting");
    const seen = new Set<unknown>();
    const pids = new Set<unknown>();
    await until(async () => {
      const { state, pid } = (await line()) ?? {};
      seen.add(state);
      pids.add(pid);
      return pids.size > 5;
    });
    expect([...seen]).toEqual(["starting"]);
    expect(await line()).toMatchObject({ sub_name: "feed", status_seconds: expect.any(Number) });
    expect(await feed()).toMatchObject({ status: "replicating", unsynced: 1 });
    await subscriber.query("select pglogical.alter_subscription_disable('feed', true)", database);
    await isIn("disabled");
    await subscriber.query("create table public.lines (id int primary key)", database);
    await subscriber.query("select pglogical.alter_subscription_enable('feed', true)", database);
    await isIn("following");
    expect(await line()).toMatchObject({ pid: null, worker_seconds: null, status_seconds: null });
    expect(await feed()).toMatchObject({ unsynced: 0, copying: 0 });
  });

  test("conflicts are shown where their history is, and where it is not that is said", async () => {
    expect(await sampleOf(subscriber, pglogicalConflicts)).toMatchObject({
      state: "notApplicable",
      why: expect.stringMatching(/^needs pglogical\.conflict_history, which pglogical 2\.\S+ lacks$/),
    });
    // As a fork has it.
    const history = pglogicalCatalog.find((sql) => sql.includes("conflict_history")) ?? "";
    await subscriber.query(history, database);
    await subscriber.query("grant select on pglogical.conflict_history to monitor", database);
    await subscriber.query(
      `insert into pglogical.conflict_history (id, recorded_at, sub_name, conflict_type, resolution, schema_name, table_name, remote_tuple)
        values (7, now(), 'feed', 'insert_insert', 'keep_local', 'public', 'orders', '{"id": 1}')`,
      database,
    );
    expect(await rowsOf(subscriber, pglogicalConflicts)).toMatchObject([
      {
        ...{ id: 7n, sub_name: "feed", conflict_type: "insert_insert", resolution: "keep_local" },
        ...{ relname: "public.orders", recorded_seconds: expect.any(Number), remote_tuple: '{"id": 1}' },
      },
    ]);
  });

  test("statements return the declared columns, to every role that may read them", async () => {
    const roles = ["postgres", "monitor", "bare"] as const;
    await subscriber.query("grant usage on schema pglogical to bare", database);
    await subscriber.query("grant select on all tables in schema pglogical to bare", database);
    for (const user of roles) {
      const host = scratch.socketDirectory;
      const client = new pg.Client({ host, port: subscriber.port, user, database });
      client.on("error", () => {});
      await client.connect();
      const name = `subscriber as ${user}`;
      manager.add(
        nodeSettings({ ...subscriber, name, port: subscriber.port }, { connection: { host, user } }),
      );
      for (const view of views) {
        const { columns, unreadable } = await statementOf(client, view, 15);
        const own = { view: view.name, columns: declared(view, 15), unreadable: [] };
        expect({ view: view.name, columns, unreadable }).toEqual(own);
        const sample = await sampleView(manager, name, view, { viewOptions, database });
        const rows = sample.state === "ok" ? sample.rows : [];
        expect(rows.length).toBeGreaterThan(0);
        const odd = rows.flatMap((row) =>
          Object.entries(view.columns).flatMap(([key, { kind }]) => oddity(kind, row[key]) ?? []),
        );
        expect(odd).toEqual([]);
        if (view === pglogicalSubscriptions) expect(rows[0]).toMatchObject({ status: "replicating" });
      }
      await client.end();
    }
    expect(await refusalsIn(subscriber)).toEqual([]);
  });

  test("a subscription whose provider is gone is down", async () => {
    await provider.stop();
    await hasStatus("down");
    expect(await feed()).toMatchObject({ sub_enabled: true, pid: null });
  });
});
