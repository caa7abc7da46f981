import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { type LockWait, lockWaits } from "../../../src/views/backends/lock-waits.ts";
import { locks } from "../../../src/views/backends/locks.ts";
import type { FleetSamples, Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors, newest, nodeOf, type Role, roles } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { sampleOf } from "../../support/servers/view-contract.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [10, 13, 14, newest].includes(major));
const settings = { max_prepared_transactions: "3", autovacuum: "off", max_standby_streaming_delay: "-1" };
const tables = ["create table a (n int)", "create table b (n int)", "create table c (n int)"];

/** What is told of a line: whose session or transaction, its depth, how many it frees, and what is noted. */
const told = (rows: readonly Row[]) => {
  const depths = new Map<unknown, number>();
  return rows.map((row) => {
    const depth = row["above"] === null ? 0 : (depths.get(row["above"]) ?? 0) + 1;
    depths.set(`${row["session"]}\u0000${row["backend_start_text"]}`, depth);
    return `${" ".repeat(depth)}${row["gid"] ?? row["application_name"]} ${row["frees"]} ${row["note"] ?? ""}`.trimEnd();
  });
};

describe.each(majors)("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  const clients: pg.Client[] = [];
  let scratch: Scratch;
  let primary: ThrowawayServer;
  let standby: ThrowawayServer;
  let other: ThrowawayServer;

  /** A session that is called `name`, after what it has run, and what then waits. */
  async function session(server: ThrowawayServer, name: string, database: string, ran: string, waits = "") {
    const client = new pg.Client({
      host: server.socketDirectory,
      port: server.port,
      user: "postgres",
      database,
      application_name: name,
    });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    await client.query(ran);
    if (waits === "") return client;
    client.query(waits).catch(() => {});
    const waiting = `select from pg_locks as l join pg_stat_activity as a using (pid)
      where not l.granted and a.application_name = '${name}'`;
    await until(async () => (await server.query(waiting)).length > 0);
    return client;
  }
  const leave = async () => {
    await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
  };

  const waitsOf = async (server: ThrowawayServer, role: Role = "monitor") =>
    (await sampleOf(manager, nodeOf(server, role).name, lockWaits, new Map())) as readonly LockWait[];
  async function treeOf(servers: readonly ThrowawayServer[], role: Role = "monitor") {
    const samples = new Map<string, readonly Row[]>();
    for (const server of servers) samples.set(nodeOf(server, role).name, await waitsOf(server, role));
    const nodes = [...samples.keys()].map((name) => ({ name }));
    const fleet = { nodes, rows: (_: unknown, node: string) => samples.get(node) ?? null };
    return locks.rows(fleet as unknown as FleetSamples);
  }

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = [
      "create role monitor login in role pg_monitor",
      "create role bare login",
      ...tables,
      "create database crm",
    ];
    const database = { name: "shop", statements: tables };
    primary = await createServer(scratch, { name: "a", settings, bootstrap, database });
    standby = await createStandby(primary, { name: "standby" });
    other = await createServer(scratch, { name: "b", settings, bootstrap });
    await Promise.all([primary, standby, other].map((server) => server.start()));
    for (const table of tables) await primary.query(table, "crm");
    for (const server of [primary, standby, other])
      for (const role of roles) manager.add(nodeOf(server, role));
  });
  afterAll(async () => {
    await leave();
    await manager.stop(0);
    await scratch.destroy();
  });

  test("a quiet server has no rows", async () => {
    for (const role of roles) expect(await waitsOf(primary, role)).toEqual([]);
  });

  test("of chains, queues and prepared transactions on two nodes the roots that free most come first", async () => {
    // Five sessions in two databases: shared catalogs are what one database can wait for in another.
    await session(primary, "one", "shop", "begin; lock table a");
    const shared = "lock table pg_catalog.pg_shseclabel in exclusive mode";
    await session(primary, "two", "shop", `begin; ${shared}`, "select from a");
    await session(primary, "three", "crm", "begin; lock table b", shared);
    await session(primary, "four", "crm", "begin; lock table c", "select from b");
    await session(primary, "five", "crm", "begin", "insert into c values (1)");
    // A transaction without a process.
    await primary.query("begin; lock table a in exclusive mode; prepare transaction 'order-77'");
    await session(primary, "held up", "postgres", "begin", "update a set n = 1");
    // One reads and does nothing more, an ALTER waits for it, and fifteen wait for that.
    await session(primary, "idle", "postgres", "begin; select from b");
    await session(primary, "alter", "postgres", "begin", "alter table b add m int");
    for (let at = 1; at <= 15; at += 1)
      await session(primary, `queue${at}`, "postgres", "begin", "select from b");
    await other.query("insert into a values (1), (2)");
    await session(other, "uno", "postgres", "begin; update a set n = 3 where n = 1");
    await session(
      other,
      "due",
      "postgres",
      "begin; update a set n = 4 where n = 2",
      "update a set n = 5 where n = 1",
    );
    await session(other, "tre", "postgres", "begin", "update a set n = 6 where n = 2");

    for (const role of roles) {
      const rows = await treeOf([primary, other], role);
      const [onPrimary, onOther] = [nodeOf(primary, role), nodeOf(other, role)].map(({ name }) =>
        told(rows.filter(({ node }) => node === name)),
      );
      expect(onPrimary?.slice(0, 2)).toEqual(["idle 16", " alter 15"]);
      expect(onPrimary?.slice(2, 17).every((line) => /^ {2}queue\d+ 0 queued$/.test(line))).toBe(true);
      expect(onPrimary?.slice(17)).toEqual([
        "one 4",
        " two 3",
        "  three 2",
        "   four 1",
        "    five 0",
        "order-77 1",
        " held up 0",
      ]);
      expect(onOther).toEqual(["uno 2", " due 1", "  tre 0"]);
    }
  });

  test("each says what it waits for, since when, and what the root does instead", async () => {
    const rows = await treeOf([primary, other], "postgres");
    const row = (name: string) => rows.find((one) => (one["gid"] ?? one["application_name"]) === name);
    expect(row("idle")).toMatchObject({ state: "idle in tx", wait_seconds: null, object: null, mode: null });
    expect(row("order-77")).toMatchObject({ session: "prepared order-77", pid: null, state: "prepared" });
    expect(row("order-77")?.["xact_seconds"]).toBeGreaterThan(0);
    expect(row("held up")).toMatchObject({ root_pid: null, object: "public.a", mode: "RowExclusiveLock" });
    expect(row("alter")).toMatchObject({ mode: "AccessExclusiveLock", object: "public.b", state: "active" });
    expect(row("alter")?.["query"]).toBe("alter table b add m int");
    for (const name of ["alter", "five"]) expect(row(name)?.["wait_seconds"]).toBeGreaterThan(0);
    expect(row("five")?.["root_pid"]).toBe(row("one")?.["pid"]);
    // A relation of another database has no name here; a shared one has, and so has a row's table.
    expect(row("two")?.["object"]).toMatch(/^oid \d+ in shop$/);
    expect(row("three")?.["object"]).toBe("pg_catalog.pg_shseclabel");
    expect(row("due")).toMatchObject({ locktype: "transactionid", object: "public.a (0,1)" });
    expect(row("one")?.["backend_start_text"]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/);
  });

  test("scripts get the tree: depth, parent, root and whom each frees", async () => {
    const target = ({ port }: ThrowawayServer) =>
      `postgresql://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram([
      "show",
      "locks",
      "--format",
      "json",
      target(primary),
      target(other),
    ]);
    // What holds the rows together is no value of theirs.
    expect(stdout).not.toContain("\\u0000");
    const [onPrimary, onOther] = JSON.parse(stdout).nodes as { rows: readonly Row[] }[];
    const chain = onPrimary?.rows.filter(({ datname }) => datname === "shop" || datname === "crm");
    expect(chain).toMatchObject(
      [4, 3, 2, 1, 0].map((frees, depth) => ({ frees, depth, root_pid: chain?.[0]?.["pid"] })),
    );
    expect(chain?.map(({ parent }) => parent)).toEqual([
      null,
      ...(chain ?? []).slice(0, 4).map(({ session }) => session),
    ]);
    expect(onPrimary?.rows.find(({ gid }) => gid === "order-77")).toMatchObject({ root_pid: null, depth: 0 });
    expect(onOther?.rows).toMatchObject([0, 1, 2].map((depth) => ({ depth })));
  });

  test("ending a root frees as many as was said", async () => {
    await primary.query("rollback prepared 'order-77'");
    await leave();
    await until(async () => (await treeOf([primary, other])).length === 0);
  });

  test("advisory locks and objects have names as they were asked for", async () => {
    await session(
      primary,
      "holder",
      "postgres",
      "select pg_advisory_lock(7), pg_advisory_lock(1, 2), pg_advisory_lock(-1)",
    );
    await session(primary, "one key", "postgres", "begin", "select pg_advisory_lock(7)");
    await session(primary, "two keys", "postgres", "begin", "select pg_advisory_lock(1, 2)");
    await session(primary, "negative", "postgres", "begin", "select pg_advisory_lock(-1)");
    const rows = await treeOf([primary]);
    const objects = Object.fromEntries(rows.map((row) => [row["application_name"], row["object"]]));
    expect(objects).toEqual({ holder: null, "one key": "7", "two keys": "1,2", negative: "-1" });
    expect(rows[0]).toMatchObject({ application_name: "holder", state: "idle", frees: 3 });
    await leave();
  });

  test.skipIf(major !== newest)(
    "a vacuum that prevents wraparound is marked, since it does not yield",
    async () => {
      const slow =
        "autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1";
      await primary.query("alter system set autovacuum_naptime = 1");
      await primary.query("alter system set autovacuum = on");
      await primary.query(`create table old with (${slow}) as select generate_series(1, 50000) as n`);
      await primary.query(`do $$ begin for one in 1..100001 loop
      begin insert into c values (one); exception when others then raise; end; end loop; end $$`);
      await primary.query("select pg_reload_conf()");
      const vacuum = "select from pg_stat_progress_vacuum where relid = 'old'::regclass";
      await until(async () => (await primary.query(vacuum)).length > 0);
      await session(primary, "alter", "postgres", "begin", "alter table old add m int");
      expect(await treeOf([primary])).toMatchObject([
        { backend_type: "autovacuum worker", note: "prevents wraparound", frees: 1 },
        { application_name: "alter", object: "public.old" },
      ]);
      await primary.query("alter system set autovacuum = off");
      await primary.query("select pg_reload_conf()");
      await primary.query("select pg_terminate_backend(pid) from pg_stat_progress_vacuum");
      await leave();
    },
  );

  test("on a standby who reads waits for the replay, and the replay for who reads", async () => {
    await session(standby, "reads", "postgres", "begin; select from a");
    await session(primary, "locks", "postgres", "begin; lock table a");
    await primary.query("insert into c values (1)");
    const conflict = await until(async () => {
      const rows = await treeOf([standby]);
      return rows.length === 2 && rows;
    });
    expect(conflict).toMatchObject([
      {
        application_name: "reads",
        state: "idle in tx",
        frees: 1,
        frees_replay: true,
        note: "holds up replay",
      },
      { backend_type: "startup", state: "WAL replay", mode: "AccessExclusiveLock", object: "public.a" },
    ]);
    await clients[0]?.query("rollback");
    clients[0]?.query("select from a").catch(() => {});
    const waiting = await until(async () => {
      const rows = await treeOf([standby]);
      return rows[0]?.["backend_type"] === "startup" && rows;
    });
    expect(waiting).toMatchObject([
      { frees: 1, frees_replay: false },
      { application_name: "reads", object: "public.a" },
    ]);
    await leave();
  });
});
