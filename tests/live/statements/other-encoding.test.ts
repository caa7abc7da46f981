import { afterAll, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { type Statement, statements } from "../../../src/views/statements/statements.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const manager = new ConnectionManager();
afterAll(() => manager.stop(0));

test("one text that cannot be converted is told with the way out, and there all are read", async () => {
  const made = (name: string) =>
    `create database ${name} encoding '${name}' template template0 lc_collate 'C' lc_ctype 'C'`;
  const server = await servers.lone("converts", {
    settings: { shared_preload_libraries: "pg_stat_statements" },
    bootstrap: ["create extension pg_stat_statements", made("sql_ascii"), made("latin1")],
  });
  await server.query("create extension pg_stat_statements", "sql_ascii");
  const planted = async (database: string, name: string) => {
    const way = ["-X", "-h", "127.0.0.1", "-p", String(server.port), "-d", database, "-U", "postgres"];
    const stdin = Buffer.from(`select 1 as "${name}"`, "latin1");
    const env = { ...process.env, PGCLIENTENCODING: "SQL_ASCII", LC_ALL: "C" };
    expect(await Bun.spawn(["psql", ...way], { env, stdin, stdout: "ignore" }).exited).toBe(0);
  };
  await planted("latin1", "caf\xe9 of latin1");
  const uri = (database: string) =>
    `postgresql://monitor@127.0.0.1:${server.port}/${database}?sslmode=disable`;
  const textsIn = async (database: string) => {
    const connection = { dbname: database };
    manager.add(nodeSettings({ name: database, port: server.port }, { connection }));
    const viewOptions = { idle: false, wholeText: false };
    const sample = await sampleView(manager, database, statements, { viewOptions });
    return sample.state === "ok" ? (sample.rows as readonly Statement[]).map(({ query }) => query) : sample;
  };
  expect(await textsIn("postgres")).toContain('select $1 as "café of latin1"');
  await planted("sql_ascii", "caf\xe9");
  for (const view of ["statements", "statements_across"]) {
    const { stdout, stderr } = await runProgram(["show", view, uri("postgres")]);
    expect(stdout + stderr).toContain("(22021). Through a database in SQL_ASCII");
  }
  const texts = await textsIn("sql_ascii");
  expect(texts).toContain('select $1 as "caf\ufffd"');
  expect(texts).toContain('select $1 as "café of latin1"');
  const { stdout, stderr } = await runProgram(["show", "statements", uri("sql_ascii")]);
  expect(stdout + stderr).not.toContain("22021");
}, 60_000);
