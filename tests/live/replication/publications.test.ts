import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();

describe.each([10, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = ["create role monitor login in role pg_monitor"];
    server = await startServer(scratch, { name: "one", settings: { wal_level: "logical" }, bootstrap });
    for (const sql of [
      "create table public.orders (id int primary key, region text, secret text)",
      "create table public.lines (id int primary key)",
      "create publication everything for all tables",
      major >= 15
        ? "create publication part for table public.orders (id, region) where (region = 'EU'), public.lines with (publish = 'insert')"
        : "create publication part for table public.orders, public.lines with (publish = 'insert')",
      ...(major >= 15 ? ["create publication space for tables in schema public"] : []),
    ])
      await server.query(sql);
  });
  afterAll(() => scratch.destroy(), 30_000);

  async function shown() {
    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram(["show", "publications", "--format", "json", target]);
    const { nodes } = JSON.parse(stdout) as { nodes: { rows: Record<string, unknown>[] }[] };
    return nodes[0]?.rows ?? [];
  }

  test("a publication stands above its tables, with the columns and rows that it leaves out", async () => {
    const rows = await shown();
    const lines = rows.map(({ depth, name, all_tables, attnames, rowfilter }) => {
      return { depth, name, all_tables, attnames, rowfilter };
    });
    const publication = { depth: 0, all_tables: false, attnames: null, rowfilter: null };
    const part = { depth: 1, all_tables: null, attnames: null, rowfilter: null };
    const some = { attnames: ["id", "region"], rowfilter: "(region = 'EU'::text)" };
    expect(lines).toEqual([
      { ...publication, name: "everything", all_tables: true },
      { ...publication, name: "part" },
      { ...part, name: "public.lines" },
      { ...part, name: "public.orders", ...(major >= 15 && some) },
      ...(major >= 15
        ? [
            { ...publication, name: "space" },
            { ...part, name: "public", all_tables: true },
          ]
        : []),
    ]);
    const all = `insert, update, delete${major >= 11 ? ", truncate" : ""}`;
    expect(rows.slice(0, 2).map(({ publishes }) => publishes)).toEqual([all, "insert"]);
  });
});
