import { afterAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { explain } from "../../../src/services/actions/explain.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const superuser = { role: "postgres", isSuperuser: true };

describe("the whole text of a statement", () => {
  const manager = new ConnectionManager();
  afterAll(() => manager.stop(0));

  /** Plans what a session ran last, of which a table has `shown` characters. */
  async function ofSession(sql: string, shown: number, next: string | null = null) {
    const server = await servers.lone("texts", { bootstrap: ["create extension pg_stat_statements"] });
    if (manager.list().length === 0)
      manager.add(nodeSettings({ name: "texts", port: server.port }, { connection: { user: "postgres" } }));
    const client = new pg.Client({ host: server.socketDirectory, port: server.port, user: "postgres" });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number; started: string }>(
        `select pid, backend_start::text as started from pg_stat_activity where pid = pg_backend_pid()`,
      );
      await client.query(sql);
      if (next) await client.query(next);
      const { pid = 0, started = "" } = rows[0] ?? {};
      const about = { node: "texts", database: "postgres", role: "postgres", text: sql.slice(0, shown) };
      const source = { kind: "session", pid, backendStart: started } as const;
      return await explain(manager, { ...about, isWhole: shown >= sql.length, source }, superuser);
    } finally {
      await client.end();
    }
  }

  const long = (bytes: number) => `select 'é', '${"x".repeat(bytes - 14)}'`;

  test("is asked of the session where a table has its beginning", async () => {
    const { asked, result } = await ofSession(long(900), 400);
    expect(result).toMatchObject({
      kind: "plan",
      lines: [expect.stringContaining("Result"), expect.anything()],
    });
    expect(asked).toMatchObject({ text: long(900), isWhole: true, source: null });
  });

  test.each([1023, 5000])("is not planned where the server cut it: %p bytes", async (bytes) => {
    const why = expect.stringContaining("track_activity_query_size is 1024 bytes");
    expect((await ofSession(long(bytes), 400)).result).toEqual({ kind: "refused", why });
  });

  test("is not planned by a sample that the server may have cut", async () => {
    await ofSession("select 1", 8);
    const about = { node: "texts", database: "postgres", role: "postgres", isWhole: true } as const;
    const sampled = (bytes: number) =>
      explain(manager, { ...about, text: long(bytes), source: { kind: "sample" } }, superuser);
    expect((await sampled(900)).result).toMatchObject({ kind: "plan" });
    const why = expect.stringContaining("track_activity_query_size is 1024 bytes");
    expect((await sampled(1023)).result).toEqual({ kind: "refused", why });
  });

  test("is that which the user saw, and no later one", async () => {
    const { result } = await ofSession(long(900), 400, "select 1");
    expect(result).toEqual({ kind: "refused", why: "the session is gone or runs another statement by now" });
    expect((await ofSession("select 2", 8, "select 1")).result).toMatchObject({ kind: "plan" });
  });

  test("is asked of pg_stat_statements where it is longer than what a view keeps", async () => {
    await ofSession("select 1", 8);
    const server = await servers.lone("texts");
    const sql = `select ${Array.from({ length: 1500 }, (_, at) => `relname as column_${at}`).join(", ")} from pg_class where oid = 1`;
    await server.query(sql);
    const [row] = await server.query<{ queryid: string; dbid: number; userid: number; query: string }>(
      "select queryid::text, dbid::int4, userid::int4, query from pg_stat_statements where query like '%column_1499%'",
    );
    const { queryid = "", dbid = 0, userid = 0, query = "" } = row ?? {};
    expect(query.length).toBeGreaterThan(8192);
    const about = { node: "texts", database: "postgres", role: "postgres", text: query.slice(0, 8192) };
    const source = { kind: "statement", queryid, dbid, userid } as const;
    const { result } = await explain(manager, { ...about, isWhole: false, source }, superuser);
    expect(result).toMatchObject({ kind: "plan", isGeneric: true });
    const dropped = await explain(
      manager,
      { ...about, isWhole: false, source: { ...source, queryid: "1" } },
      superuser,
    );
    expect(dropped.result).toEqual({ kind: "refused", why: "pg_stat_statements has dropped it" });
  });
});

test("a standby plans too, also what it would not run", async () => {
  const both = await servers.cluster("explained");
  const [standby] = both.standbys;
  if (!standby) throw new Error("no standby");
  await both.primary.query("create table public.kept as select 1 as a");
  const manager = new ConnectionManager();
  manager.add(nodeSettings(standby, { connection: { user: "postgres" } }));
  const asked = { node: standby.name, database: "postgres", role: "postgres", isWhole: true, source: null };
  const planOf = async (text: string) => (await explain(manager, { ...asked, text }, superuser)).result;
  await until(async () => (await planOf("select a from kept where a = $1")).kind === "plan");
  const { kind, ...rest } = await planOf("delete from kept where a = $1");
  expect([kind, JSON.stringify(rest)]).toEqual(["plan", expect.stringContaining("Delete on kept")]);
  await manager.stop(0);
});

describe.skipIf(pgbouncer === null)("through PgBouncer (needs pgbouncer)", () => {
  test("a statement is planned, and the settings are those of its transaction alone", async () => {
    const server = await servers.lone("pooled");
    await using pooler = await poolerBefore(server);
    const manager = new ConnectionManager();
    manager.add(nodeSettings(pooler));
    const asked = { node: pooler.name, database: "postgres", role: "monitor", isWhole: true, source: null };
    for (const text of [
      "select count(*) from pg_class",
      "select count(*) from pg_class where relname = $1",
    ]) {
      const { result } = await explain(manager, { ...asked, text }, null);
      expect(result).toMatchObject({ kind: "plan", schemas: ["monitor", "public"] });
    }
    const { result } = await explain(manager, { ...asked, text: "select $1; select 2" }, null);
    expect(result).toMatchObject({ kind: "failed", error: { sqlstate: "42601" } });
    const client = new pg.Client({
      host: "127.0.0.1",
      port: pooler.port,
      user: "monitor",
      database: "postgres",
    });
    await client.connect();
    expect((await client.query("show search_path")).rows).toEqual([{ search_path: '"$user", public' }]);
    await client.end();
    await manager.stop(0);
  });
});
