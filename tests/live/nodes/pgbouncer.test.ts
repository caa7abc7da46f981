import { describe, expect, test } from "bun:test";
import pg from "pg";
import { makeTheme } from "../../../src/components/drawing/theme.ts";
import { factsOf } from "../../../src/components/screens/node-facts.ts";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { safe } from "../../../src/text/safe-text.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { hangMs, serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const isRequired = process.env["CI"] === "true";
const watchedMs = isRequired ? 60_000 : 15_000;
const guarded = ["default_transaction_read_only", "search_path", "statement_timeout", "lock_timeout"];

function managing(settings: NodeSettings): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  manager.add(settings);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

async function neighbour(port: number) {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "monitor", database: "postgres" });
  await client.connect();
  const settings = async () => {
    const all = guarded.map((name) => `current_setting('${name}') as ${name}`).join(", ");
    return (await client.query(`select ${all}`)).rows[0];
  };
  return { client, settings, [Symbol.asyncDispose]: () => client.end() };
}

test.if(isRequired)("pgbouncer is installed", () => {
  expect(pgbouncer).not.toBeNull();
});

describe.skipIf(pgbouncer === null)("through PgBouncer (needs pgbouncer)", () => {
  test("fleet and activity work beside a client whose settings never change", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    await using other = await neighbour(pooler.port);
    const before = await other.settings();
    await using watched = watch([nodeSettings(pooler)]);
    await until(() => watched.node(server.name).facts?.throughPooler);
    watched.lookAt("activity");
    const activity = () => watched.store.getState().observed.samples["activity"]?.[server.name];
    await until(activity);
    const endMs = performance.now() + watchedMs;
    while (performance.now() < endMs) {
      expect(await other.settings()).toEqual(before);
      const outcome = await watched.manager.query(server.name, { name: "named", text: "select 1" });
      expect(outcome).toMatchObject({ ok: true });
      expect(watched.node(server.name).health).toMatchObject({ state: "connected", error: null });
      expect(activity()).toMatchObject({ state: "ok" });
      await Bun.sleep(20); // the pace of the other client
    }
    expect(watched.longestGapMs(server.name)).toBeLessThan(hangMs);
    const shown = activity();
    expect(performance.now() - (shown?.state === "ok" ? shown.atMs : 0)).toBeLessThan(hangMs);
  });

  test.each([{}, { ignore_startup_parameters: "options" }])("is found out with %p", async (settings) => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server, settings);
    await using manager = managing(nodeSettings(pooler));
    expect(await manager.ready(server.name)).toBeNull();
    expect(manager.facts(server.name)).toMatchObject({ throughPooler: true, database: "postgres" });
    const ask = (text: string) => manager.query(server.name, { name: "one", text });
    for (const [name, value] of [
      ["transaction_read_only", "on"],
      ["search_path", "pg_catalog"],
      ["statement_timeout", "4s"],
      ["lock_timeout", "500ms"],
    ])
      expect(await ask(`show ${name}`)).toMatchObject({ ok: true, answer: { rows: [[value]] } });
    expect(await ask("create table public.t (a int)")).toMatchObject({ error: { sqlstate: "25006" } });
    expect(await ask("set session lock_timeout = 1")).toMatchObject({ ok: true });
    expect(await ask("show lock_timeout")).toMatchObject({ answer: { rows: [["500ms"]] } });
  });

  test("is told of on the node's screen and in the check", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    await using watched = watch([nodeSettings(pooler)]);
    await until(() => watched.node(server.name).facts);
    expect(
      factsOf(watched.node(server.name), makeTheme("dark", { color: false, ascii: false })),
    ).toContainEqual(["reached", safe`through a pooler`]);
    const target = `host=127.0.0.1 port=${pooler.port} user=monitor dbname=postgres sslmode=disable`;
    const { stdout } = await runProgram(["check", "--format", "json", target]);
    expect(JSON.parse(stdout).nodes).toMatchObject([{ state: "connected", throughPooler: true }]);
  });

  test("is not seen where there is none", async () => {
    const server = await servers.lone("pooled");
    await using manager = managing(nodeSettings(server));
    expect(await manager.ready(server.name)).toBeNull();
    expect(manager.facts(server.name)?.throughPooler).toBe(false);
  });

  test("a cancelled question ends on the server", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    await using manager = managing(nodeSettings(pooler, { statementTimeoutMs: 60_000 }));
    const cancelling = new AbortController();
    const options = { signal: cancelling.signal, deadlineMs: 60_000 };
    const running = manager.query(server.name, { text: "select pg_catalog.pg_sleep(30)" }, options);
    const sleeping = () =>
      server.query("select from pg_stat_activity where wait_event = 'PgSleep' and usename = 'monitor'");
    await until(async () => (await sleeping()).length === 1);
    cancelling.abort();
    expect(await running).toMatchObject({ ok: false, error: { kind: "cancelled" } });
    await until(async () => (await sleeping()).length === 0);
    expect(await manager.query(server.name, { text: "select 1" })).toMatchObject({ ok: true });
  });

  test("whose backends are all busy says that it is the pooler's pool", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    await using manager = managing(nodeSettings(pooler));
    expect(await manager.ready(server.name)).toBeNull();
    await using one = await neighbour(pooler.port);
    await using two = await neighbour(pooler.port);
    for (const { client } of [one, two]) await client.query("begin; select 1");
    const refused = await manager.query(server.name, { text: "select 1" });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        kind: "pooler",
        message: "query_wait_timeout",
        hint: expect.stringMatching(/default_pool_size/),
      },
    });
    for (const { client } of [one, two]) await client.query("rollback");
    await until(async () => (await manager.query(server.name, { text: "select 1" })).ok);
  });

  test("a pool that is busy for longer than we wait is named as what may be wrong", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server, { query_wait_timeout: "20" });
    await using one = await neighbour(pooler.port);
    await using two = await neighbour(pooler.port);
    for (const { client } of [one, two]) await client.query("begin; select 1");
    await using manager = managing(nodeSettings(pooler, { pool: { connectTimeoutMs: 2500 } }));
    expect(await manager.ready(server.name)).toMatchObject({
      kind: "timeout",
      hint: expect.stringMatching(/pooler .* no free connection/),
    });
    for (const { client } of [one, two]) await client.query("rollback");
  });

  test.each(["postgres", "monitor"])("its own console is no server, as %p", async (user) => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    await using manager = managing(nodeSettings(pooler, { connection: { dbname: "pgbouncer", user } }));
    expect(await manager.ready(server.name)).toMatchObject({
      kind: "pooler",
      hint: expect.stringMatching(/database/),
    });
  });
});
