import { expect, test } from "bun:test";
import pg from "pg";
import { serversForTests } from "../../support/servers/servers.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();

const site = [
  "create role app login",
  "create schema app authorization app",
  "create table app.orders (id int primary key)",
  "alter table app.orders owner to app",
  "grant usage on schema app to monitor",
  "grant select on app.orders to monitor",
];

test("E asks, plans the statement of a session in its database, and goes back", async () => {
  const server = await servers.lone("explained", { bootstrap: site });
  const app = new pg.Client({ host: "127.0.0.1", port: server.port, user: "app", database: "postgres" });
  await app.connect();
  await app.query("begin");
  await app.query("select id from orders where id = 7");
  const url = `postgresql://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  await using screen = watching(["--read-only", url], { columns: 120, rows: 30 });
  await ready(screen, /●/);
  screen.press("a");
  await screen.until(/select id from orders/);
  screen.press("E");
  const question = await screen.until(/EXPLAIN on .* as monitor\?/);
  expect(question.join("\n")).toContain("The statement is of the role app.");
  screen.press("n");
  await screen.until(/E explain/);
  screen.press("E");
  await screen.until(/as monitor\?/);
  screen.press("y");
  const rows = await screen.until(/Index Only Scan using orders_pkey on orders/);
  const page = rows.join("\n");
  for (const part of ["database postgres, role app", 'search_path: "app", "public"', "Index Cond: (id = 7)"])
    expect(page).toContain(part);
  screen.press("r");
  await screen.until(/Index Cond/);
  await app.query("commit; begin; lock table app.orders");
  screen.press("r");
  await screen.until(/Not planned: .*55P03/);
  await app.query("commit");
  screen.press("r");
  await screen.until(/Index Cond/);
  screen.press("Escape");
  await screen.until(
    (shown) => shown.join("\n").includes("activity") && !shown.join("\n").includes("EXPLAIN"),
  );
  await app.end();
});
