import { expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { Outcome } from "../../../src/services/nodes/outcome.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();

/** Both sessions of a node, asked at the same time, as a superuser: only the guard is in the way. */
async function bothSessions() {
  const server = await servers.lone("guarded");
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user: "postgres" } }));
  const ask = (text: string, name?: string): Promise<Outcome[]> =>
    Promise.all([0, 1].map(() => manager.query(server.name, name ? { name, text } : { text })));
  return { server, ask, [Symbol.asyncDispose]: () => manager.stop(0) };
}

const stateOf = (outcome: Outcome) => (outcome.ok ? "ran" : outcome.error.sqlstate);

test.each([
  ["create table public.t (a int)", "25006"],
  ["create table public.t as select 1", "25006"],
  ["commit; create table public.t (a int)", "42601"],
  ["select 1; create table public.t (a int)", "42601"],
  ["select pg_catalog.set_config('transaction_read_only', 'off', false)", "25001"],
  ["do $$ begin set transaction read write; create table public.t (a int); end $$", "25001"],
  ["do $$ begin commit; set transaction read write; create table public.t (a int); end $$", "2D000"],
  ["alter system set work_mem = '1MB'", "25001"],
  ["vacuum full", "25001"],
])("no session lets %p through", async (text, sqlstate) => {
  await using node = await bothSessions();
  expect((await node.ask(text)).map(stateOf)).toEqual([sqlstate, sqlstate]);
  expect((await node.ask("select 1")).map(stateOf)).toEqual(["ran", "ran"]);
  expect(await node.server.query("select relname from pg_class where relname = 't'")).toEqual([]);
});

test.each([
  "set default_transaction_read_only = off",
  "set transaction_read_only = off",
  "set transaction read write",
  "begin read write",
  "commit",
])("a session that ran %p reads only, as before", async (text) => {
  await using node = await bothSessions();
  await node.ask(text);
  const writing = await node.ask("create table public.t (a int)");
  expect(writing.map(stateOf)).toEqual(["25006", "25006"]);
  expect(await node.server.query("select relname from pg_class where relname = 't'")).toEqual([]);
});

test("what a read-only transaction of the server's lets through is rolled back", async () => {
  await using node = await bothSessions();
  expect((await node.ask("explain analyze create table public.t as select 1")).map(stateOf)).toContain("ran");
  expect(await node.server.query("select relname from pg_class where relname = 't'")).toEqual([]);
});

test("a node with read_only: false is asked plainly", async () => {
  const server = await servers.lone("guarded");
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user: "postgres" }, readOnly: false }));
  const ask = (text: string) => manager.query(server.name, { text });
  expect(await ask("show transaction_read_only")).toMatchObject({ answer: { rows: [["off"]] } });
  expect(await ask("show lock_timeout")).toMatchObject({ answer: { rows: [["500ms"]] } });
  await manager.stop(0);
});

test.each([true, false])(
  "settings of a statement end with it, which reads only: read_only %p",
  async (readOnly) => {
    const server = await servers.lone("guarded");
    const manager = new ConnectionManager();
    manager.add(nodeSettings(server, { connection: { user: "postgres" }, readOnly, pool: { max: 1 } }));
    const ask = (text: string, settings?: Readonly<Record<string, string>>) =>
      manager.query(server.name, settings ? { text, settings } : { text });
    const settings = { search_path: `"it's \\ here", public`, work_mem: "1234kB" };
    const shown = await ask("select current_setting('search_path'), current_setting('work_mem')", settings);
    expect(shown).toMatchObject({ answer: { rows: [[settings.search_path, settings.work_mem]] } });
    expect(stateOf(await ask("create table public.t (a int)", settings))).toBe("25006");
    expect(stateOf(await ask("select 1; create table public.t (a int)", settings))).toBe("42601");
    expect(await ask("show search_path")).toMatchObject({ answer: { rows: [["pg_catalog"]] } });
    await manager.stop(0);
  },
);

test("the server counts none of our views' questions as rolled back", async () => {
  const server = await servers.lone("counting");
  const counted = async () => {
    const [row] = await server.query<{ commits: number; rollbacks: number }>(
      `select xact_commit::int4 as commits, xact_rollback::int4 as rollbacks
       from pg_stat_database where datname = 'postgres'`,
    );
    return row ?? { commits: 0, rollbacks: 0 };
  };
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server));
  await manager.ready(server.name);
  const before = await counted();
  for (let turn = 0; turn < 500; turn += 1)
    await manager.query(server.name, { name: "view", text: "select 1" });
  await manager.stop(0);
  const after = await until(async () => {
    const now = await counted();
    return now.commits >= before.commits + 500 ? now : null;
  });
  expect(after.rollbacks - before.rollbacks).toBe(0);
});

test("a named statement is parsed once, also when its first run failed or its text changed", async () => {
  await using node = await bothSessions();
  const failing = "select 1 / (select count(*) from pg_catalog.pg_prepared_statements where name = 'none')";
  for (const _ of [1, 2]) expect((await node.ask(failing, "one")).map(stateOf)).toEqual(["22012", "22012"]);
  const count = "select count(*) from pg_catalog.pg_prepared_statements where name = 'one'";
  for (const _ of [1, 2])
    for (const outcome of await node.ask(count, "one"))
      expect(outcome).toMatchObject({ ok: true, answer: { rows: [["1"]] } });
});

test("an empty statement and one without a result are answers", async () => {
  await using node = await bothSessions();
  for (const text of ["", "set constraints all deferred"])
    expect((await node.ask(text)).map(stateOf)).toEqual(["ran", "ran"]);
  expect((await node.ask("copy pg_catalog.pg_class from stdin")).map(stateOf)).not.toContain("ran");
});
