import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-custom-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const node = (name: string, { port }: ThrowawayServer) =>
  `  ${name}: {host: 127.0.0.1, port: ${port}, user: monitor, database: postgres, sslmode: disable}\n`;

const view = (columns: string, more = "") => `  queue:
    title: Jobs that wait
    about: queues of the application
    sql: select name, lag, waiting, done from jobs.queues
    columns: ${columns}
    key: name
    sort: -lag
    every: 1s
${more}`;
const columns =
  "{ name: text, lag: { kind: seconds, header: BEHIND, about: age of the oldest job, warning: 30s, critical: 5min }, waiting: count, done: per_second }";

/** What a job may be called by whoever has them: nothing of it may reach a terminal. */
const hostile = "evil\u001b]0;title\u0007\u202e";

/** A server with queues of an application, one of which is far behind. */
async function withQueues(name: string): Promise<ThrowawayServer> {
  const server = await servers.lone(name);
  await server.query("create schema if not exists jobs");
  await server.query("drop table if exists jobs.queues");
  await server.query("create table jobs.queues (name text, lag float8, waiting int8, done int8)");
  await server.query(`insert into jobs.queues values ('mail', 4, 2, 10), ('bills', 400, 12000, 0),
    (E'evil\\x1b]0;title\\x07\\u202e', null, 0, 0)`);
  await server.query("grant usage on schema jobs to public");
  await server.query("grant select on jobs.queues to public");
  return server;
}

test("a view of the config is shown like any other, and follows an edit while it is on screen", async () => {
  const server = await withQueues("one");
  const file = join(root, "screen.yaml");
  const nodes = `nodes:\n${node("db", server)}`;
  const save = (text: string) => writeFileSync(file, text, { mode: 0o600 });
  save(`${nodes}views:\n${view(columns)}`);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● db +primary/);
  terminal.press(":");
  terminal.press("queue");
  await terminal.until(/queue +queues of the application/);
  terminal.press("\r");
  await terminal.until(/NAME +BEHIND . WAITING DONE[\s\S]*bills +6:40 +12k[\s\S]*mail +0:04/);
  expect((await terminal.screen()).join("\n")).toContain("evil\\x1b]0;title\\x07");
  terminal.press("/");
  terminal.press("behind>1min\r");
  await terminal.until(
    (rows) => rows.some((row) => /bills/.test(row)) && !rows.some((row) => /mail/.test(row)),
  );
  terminal.press("\r");
  await terminal.until(/jobs that wait ▸ bills/);
  terminal.press("\u001b");
  await terminal.until(/bills +6:40/);

  // A column that the statement does not give is an error of this view, and names the column.
  save(`${nodes}views:\n${view("{ name: text, lag: seconds, age: seconds }")}`);
  await terminal.until(/the statement gives no column age; it gives name, lag, waiting, done/);
  save(`${nodes}views:\n${view("{ name: text, lag: seconds, waiting: count, done: count }")}`);
  await terminal.until(/NAME +LAG . WAITING DONE[\s\S]*bills +6:40/);
  // A mistake changes nothing, and is told with its place.
  save(`${nodes}views:\n${view("{ name: txt, lag: seconds, waiting: count, done: count }")}`);
  await terminal.until(/screen\.yaml:8:22: views\.queue\.columns\.name/);
  await terminal.until(/bills +6:40/);
  // Without the view the screen goes back to where it was opened.
  save(nodes);
  await terminal.until(
    (rows) => rows.some((row) => /● db +primary/.test(row)) && !rows.some((row) => /bills/.test(row)),
  );
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

test("show prints it over all nodes, lists it, and says what is wrong with its answer", async () => {
  const [one, two] = [await withQueues("one"), await servers.lone("two")];
  const file = join(root, "show.yaml");
  const more = `  per_database:
    sql: select count(*) as relations from pg_catalog.pg_class
    columns: { relations: count }
    scope: database
  on_standbys:
    sql: { 10: "select 1 as a", 99: "select 2 as a" }
    columns: { a: integer }
    runs_on: standby
  writes:
    sql: select jobs.add() as added
    columns: { added: integer }
  many:
    sql: select i from generate_series(1, 100000) as i
    columns: { i: integer }
    key: i
  wide:
    sql: select i, repeat('x', 1000000) as x from generate_series(1, 20) as i
    columns: { i: integer, x: text }
    key: i
`;
  await one.query(`create or replace function jobs.add() returns int language sql as
    'insert into jobs.queues values (''added'', 0, 0, 0) returning 1'`);
  writeFileSync(file, `nodes:\n${node("db", one)}${node("other", two)}views:\n${view(columns, more)}`, {
    mode: 0o600,
  });
  const show = (...args: string[]) => runProgram(["show", "--config", file, ...args]);

  const { code, stdout } = await show("queue", "--format", "json", "--sort", "name");
  const shown = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(shown.nodes[0]).toMatchObject({ name: "db", notes: [] });
  expect(shown.nodes[0].rows).toEqual([
    { name: "bills", lag: 400, waiting: 12000, done: 0, done_per_second: 0 },
    { name: hostile, lag: null, waiting: 0, done: 0, done_per_second: 0 },
    { name: "mail", lag: 4, waiting: 2, done: 10, done_per_second: 0 },
  ]);
  expect(shown.nodes[1]).toMatchObject({ name: "other", error: { sqlstate: "42P01" } });

  const csv = await show("queue", "--format", "csv", "--filter", "lag>1min");
  expect(
    csv.stdout
      .trim()
      .split("\r\n")
      .map((line) => line.replace(/^(\w+),\d+/, "$1,0")),
  ).toEqual(["node,age_ms,name,lag,waiting,done,done_per_second", "db,0,bills,400,12000,0,0"]);
  const table = await show("queue", "--interval", "0s");
  expect(table.stdout).toContain("evil\\x1b]0;title\\x07");
  expect(table.stdout).not.toMatch(/[\u001b\u0007\u202e]/);
  expect((await show()).stdout).toMatch(/^queue +Jobs that wait +server +queues of the application$/m);
  const typo = await show("queu");
  expect(typo.code).toBe(3);
  expect(typo.stderr).toMatch(
    /^pgparade show: there is no such view; did you mean queue\? .*events, queue, per_database/,
  );

  expect(JSON.parse((await show("per_database", "--format", "json")).stdout).nodes[0].rows[0]).toMatchObject({
    database: "postgres",
  });
  expect(JSON.parse((await show("on_standbys", "--format", "json")).stdout).nodes[0]).toMatchObject({
    notApplicable: "standby only",
  });
  const written = JSON.parse((await show("writes", "--format", "json")).stdout);
  expect(written.nodes[0].error).toMatchObject({
    ...{ sqlstate: "25006", kind: "read-only", hint: expect.stringMatching(/writes, or calls a function/) },
  });
  for (const [name, limit] of [
    ["many", "50000 rows"],
    ["wide", "8 MiB"],
  ] as const) {
    const { nodes } = JSON.parse((await show(name, "--format", "json")).stdout);
    expect(nodes[0].error).toMatchObject({
      kind: "other",
      message: `the statement of views.${name} gives an answer of more than ${limit}; 5000 rows are the most: write a LIMIT, or give less of each row`,
    });
  }
  const [{ added } = { added: "" }] = await one.query<{ added: string }>(
    "select count(*)::text as added from jobs.queues where name = 'added'",
  );
  expect(added).toBe("0");
});
