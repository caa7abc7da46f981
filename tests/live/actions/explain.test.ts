import { afterAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { explain } from "../../../src/services/actions/explain.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { Explainable, ExplainResult, Planner } from "../../../src/store/actions/explain.ts";
import { installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversOfMajor } from "../../support/servers/older.ts";

/** What a site has: an application's role with a schema and a search_path of its own, and a monitor that may read. */
const site = [
  "create role app login",
  "create role stranger login",
  "create database shop",
  "create schema app authorization app",
  "create table app.orders (id int primary key, region text)",
  "insert into app.orders select g, 'r' || g % 10 from generate_series(1, 10000) as g",
  "analyze app.orders",
  "create view public.counted as select count(*) from app.orders",
  "grant usage on schema app to monitor",
  "grant select on app.orders to monitor",
  "grant monitor to app",
  "revoke create on schema public from public",
];

function textOf(result: ExplainResult): string {
  if (result.kind === "plan") return result.lines.join("\n");
  return result.kind === "failed" ? `${result.error.sqlstate} ${result.error.hint}` : JSON.stringify(result);
}

const { found } = await installMajors();

describe.each([10, 15, 18].filter((major) => found.includes(major)))("EXPLAIN on %p", (major) => {
  const servers = serversOfMajor(major);
  const manager = new ConnectionManager();
  afterAll(() => manager.stop(0));

  const start = async () => {
    const server = await servers.lone("site", { bootstrap: site });
    const add = (name: string, user: string, change: Parameters<typeof nodeSettings>[1] = {}) => {
      if (!manager.list().includes(name))
        manager.add(nodeSettings({ name, port: server.port }, { ...change, connection: { user } }));
    };
    add("monitor", "monitor");
    add("super", "postgres");
    add("writes", "postgres", { readOnly: false });
    return server;
  };

  const plan = async (text: string, more: Partial<Explainable> = {}, allowed: Planner | null = null) => {
    await start();
    const asked = { node: "monitor", database: "postgres", role: "app", text, isWhole: true, source: null };
    return (await explain(manager, { ...asked, ...more }, allowed)).result;
  };
  const superuser = { role: "postgres", isSuperuser: true };

  test("a name is looked for in the schema of the role, and the path is told", async () => {
    const result = await plan("select * from orders where id = 7 -- no end of line");
    expect(result).toMatchObject({ kind: "plan", schemas: ["app", "public"], pathFrom: "default" });
    expect(textOf(result)).toContain("Index Scan using orders_pkey on orders");
  });

  test("the settings are those of the role in the database where it has some", async () => {
    const server = await start();
    await server.query("alter role app in database postgres set search_path = nowhere, app");
    await server.query("alter role app set search_path = wrong");
    await server.query("alter role app set enable_indexscan = off");
    await server.query("alter role app set enable_bitmapscan = off");
    const result = await plan("select * from orders where id = 7");
    await server.query("alter role app in database postgres reset all");
    await server.query("alter role app reset all");
    expect(result).toMatchObject({ schemas: ["nowhere", "app"], pathFrom: "role-in-database" });
    expect(textOf(result)).toContain("Seq Scan on orders");
  });

  test("another database is asked in a session of its own", async () => {
    const allowed = { role: "monitor", isSuperuser: false };
    expect(textOf(await plan("select current_database()", { database: "shop" }, allowed))).toContain(
      "Result",
    );
    const missing = await plan("select 1", { database: "gone" });
    expect(missing).toMatchObject({ kind: "refused", why: expect.stringContaining("no database gone") });
  });

  test("where our role may not connect no login is tried, and the grant is named", async () => {
    const server = await start();
    await server.query("revoke connect on database shop from public");
    const result = await plan("select 1", { database: "shop" });
    await server.query("grant connect on database shop to public");
    expect(result).toMatchObject({
      kind: "refused",
      why: "the role may not connect to its database: GRANT CONNECT ON DATABASE shop TO monitor",
    });
  });

  test("parameters without values need 16", async () => {
    const result = await plan("select * from orders where id = $1 and region = $2");
    if (major < 16)
      expect(result).toMatchObject({ kind: "refused", why: expect.stringContaining("PostgreSQL 16") });
    else {
      expect(result).toMatchObject({ kind: "plan", isGeneric: true });
      expect(textOf(result)).toContain("Index Cond: (id = $1)");
      const told = async (text: string, node: string) => textOf(await plan(text, { node }, superuser));
      expect(await told("select * from orders where id = date $1", "monitor")).toContain(
        "42601 Its $1 may stand",
      );
      expect(await told("select json_build_object('a', $1)", "monitor")).toContain("Result");
      expect(await told("select json_build_object('a', $1); drop table app.orders", "writes")).toContain(
        "42601",
      );
      for (const node of ["monitor", "writes"])
        expect(await told("select $1; drop table app.orders", node)).toContain("42601");
      expect(await told("delete from orders where id = $1 or id = $2", "writes")).toContain(
        "Delete on orders",
      );
      expect(await told("select * from orders", "monitor")).toContain("rows=10000");
    }
  });

  test.each(["super", "writes"])("one text is one statement, and nothing of it runs (%p)", async (node) => {
    const server = await start();
    await server.query("create table if not exists public.kept as select 1 as a");
    const asked = { node, role: "postgres" };
    const run = async (text: string) => textOf(await plan(text, asked, superuser));
    expect(await run("select 1; drop table public.kept")).toContain("42601");
    expect(await run("select 1; commit; drop table public.kept")).toContain("42601");
    expect(await run("delete from public.kept")).toContain("Delete on kept");
    expect(await run("create table public.made as select 1")).toContain("Result");
    for (const text of ["analyze delete from public.kept", "(analyze) delete from public.kept"])
      expect(await run(text)).toContain("not ANALYZE");
    for (const text of ["select 1) analyze", "with a as (analyze) select 1", "select (analyze) 1"])
      expect(await run(text)).toContain("42601");
    expect(await run('execute "explain-where"(pg_catalog.pg_sleep(60)::text)')).toContain(
      "prepared in its own",
    );
    expect(await server.query("select a::int from public.kept")).toEqual([{ a: 1 }]);
    expect(await server.query("select from pg_class where relname = 'made'")).toEqual([]);
  });

  test("who has more rights than the statement's role is asked first, and a yes is for that role alone", async () => {
    const text = "select * from app.orders where region = 'r1'";
    expect(await plan(text, { role: "stranger" })).toEqual({
      kind: "asks",
      planner: { role: "monitor", isSuperuser: false },
    });
    expect(await plan(text, { node: "super" })).toEqual({ kind: "asks", planner: superuser });
    expect(await plan(text, { node: "super" }, { ...superuser, isSuperuser: false })).toMatchObject({
      kind: "asks",
    });
    expect(await plan(text, { node: "super", role: null })).toMatchObject({ kind: "asks" });
    expect(textOf(await plan(text, { node: "super" }, superuser))).toContain("Seq Scan");
    expect(await plan(text, { node: "super", role: "postgres" })).toMatchObject({ kind: "asks" });
    expect(await plan(text, { role: "postgres" })).toMatchObject({ kind: "plan" });
  });

  test("where everybody may create functions, or rights do not come with membership, it asks too", async () => {
    const server = await start();
    const kindOf = async () => (await plan("select 1")).kind;
    const kindAfter = async (change: string, undo: string) => {
      await server.query(change);
      const kind = await kindOf();
      await server.query(undo);
      return kind;
    };
    expect(await kindOf()).toBe("plan");
    const [open, closed] = [
      "grant create on schema app to public",
      "revoke create on schema app from public",
    ];
    expect(await kindAfter(open, closed)).toBe("asks");
    expect(await kindAfter("alter role monitor bypassrls", "alter role monitor nobypassrls")).toBe("asks");
    if (major < 16)
      expect(await kindAfter("alter role app noinherit", "alter role app inherit")).toBe("asks");
    else
      expect(
        await kindAfter("grant monitor to app with inherit false", "grant monitor to app with inherit true"),
      ).toBe("asks");
  });

  test("a function that the planner runs cannot write", async () => {
    const server = await start();
    await server.query("create table if not exists public.written (a int)");
    await server.query(`create or replace function public.writer() returns int language plpgsql immutable as
      $$ begin perform public.volatile_writer(); return 1; end $$`);
    await server.query(`create or replace function public.volatile_writer() returns int language plpgsql as
      $$ begin insert into public.written values (1); return 1; end $$`);
    const result = await plan("select public.writer()", { node: "writes" }, superuser);
    expect(textOf(result)).toContain("25006 A function that the planner runs tried to write");
    expect(await server.query("select from public.written")).toEqual([]);
  });

  test("what was not found is told with the path, and with the schema that our role may not look into", async () => {
    const server = await start();
    expect(textOf(await plan("select * from nothing"))).toBe(
      '42P01 Names without a schema were looked for in: "app", "public". The session may have set another search_path.',
    );
    await server.query("revoke usage on schema app from monitor");
    const hidden = textOf(await plan("select * from orders"));
    await server.query("grant usage on schema app to monitor");
    expect(hidden).toEndWith("GRANT USAGE ON SCHEMA app TO monitor");
  });

  test("a right that lacks is told", async () => {
    const server = await start();
    await server.query("create table if not exists public.secret (a int)");
    const told = textOf(await plan("select * from public.secret"));
    expect(told).toContain("42501 EXPLAIN needs the rights of the statement: GRANT");
    expect(told.includes("pg_read_all_data TO monitor")).toBe(major >= 14);
  });

  test("a table that is locked ends the wait, and the node goes on", async () => {
    const server = await start();
    const client = new pg.Client({
      host: server.socketDirectory,
      port: server.port,
      user: "postgres",
      database: "postgres",
    });
    await client.connect();
    await client.query("begin; lock table app.orders");
    const result = await plan("select * from orders");
    expect(textOf(result)).toContain("55P03 Another session holds a lock");
    expect(manager.health("monitor")).toMatchObject({ state: "connected" });
    await client.query("rollback");
    await client.end();
    expect(await plan("select * from orders")).toMatchObject({ kind: "plan" });
  });
});
