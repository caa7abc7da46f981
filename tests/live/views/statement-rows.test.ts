import { afterAll, expect, test } from "bun:test";
import pg from "pg";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end().catch(() => {}))));

const sleeping = (name: string) => `pg_catalog.pg_sleep(600) as ${name}`;
/** Statements as sessions send them, and what a row says of each. */
const statements: [sent: string, shown: string][] = [
  [
    `-- ${"a licence ".repeat(90)}\n/* app /* nested */ */\nselect ${sleeping("licensed")}`,
    `select ${sleeping("licensed")}`,
  ],
  [`select 1 -- all of them\n, ${sleeping("lines")}`, `select 1 -- all of them ↵ , ${sleeping("lines")}`],
  [`select '-- none\n', ${sleeping("quoted")}`, `select '-- none ', ${sleeping("quoted")}`],
  [
    `/*+ SeqScan(t) */ select ${sleeping("hinted")} /*route='x'*/`,
    `select ${sleeping("hinted")} /*route='x'*/`,
  ],
];

test("a row shows the statement itself, where a comment ends, and scripts get it exactly", async () => {
  const server = await servers.lone("commented");
  for (const [sent] of statements) {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: server.port,
      user: "monitor",
      database: "postgres",
    });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    client.query(sent).catch(() => {});
  }
  const target = `postgresql://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const table = await until(async () => {
    const { stdout } = await runProgram(["show", "activity", target]);
    return statements.every(([, shown]) => stdout.includes(shown)) && stdout;
  });
  expect(table).not.toContain("licence");
  const { stdout } = await runProgram(["show", "activity", "--format", "json", target]);
  const queries = JSON.parse(stdout).nodes[0].rows.map(({ query }: { query: string }) => query);
  for (const [sent] of statements) expect(queries).toContain(sent);

  await using terminal = watching([target], { columns: 200, rows: 24 });
  await ready(terminal, /● 127\.0\.0\.1:\d+ +primary/);
  terminal.press("a");
  for (const [, shown] of statements) await terminal.until((rows) => rows.some((row) => row.includes(shown)));
  // The row on its own has the whole statement.
  const rows = await terminal.until(/licensed/);
  const at = rows.findIndex((row) => row.includes("licensed"));
  const cursor = rows.findIndex((row) => row.startsWith("❯"));
  for (let row = cursor; row < at; row++) terminal.press("j");
  for (let row = at; row < cursor; row++) terminal.press("k");
  terminal.press("Enter");
  await terminal.until(/-- a licence a licence/);
  // The whole of it goes to the clipboard.
  terminal.press("y");
  await terminal.until(/the statement to the terminal/);
  const copied = Buffer.from(statements[0]?.[0] ?? "").toString("base64");
  expect(terminal.output()).toContain(`\u001b]52;c;${copied}\u0007`);
  terminal.press("q");
  await terminal.exited;
});
