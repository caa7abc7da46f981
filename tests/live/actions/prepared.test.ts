import { expect, test } from "bun:test";
import { operationChoices } from "../../../src/commands/operations/all.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { lineKeys } from "../../../src/store/on-screen.ts";
import { withSpot } from "../../../src/store/screen.ts";
import { updateScreen } from "../../../src/store/store.ts";
import { parseRowId } from "../../../src/views/row-id.ts";
import { operating, rowOf } from "../../support/actions/operating.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const gid = "it's one";
const prepared = rowOf("two-phase", "horizon", "prepared", gid, "null");

const roles = [
  "create role app login",
  "create role nurse login in role pg_monitor",
  "create database orders owner app",
];

async function prepare(server: ThrowawayServer): Promise<void> {
  const begun = "create table public.t (a int)";
  await server.query(`begin; set local role app; ${begun}; prepare transaction 'it''s one'`, "orders");
}
const tables = async (server: ThrowawayServer) =>
  (await server.query("select from pg_catalog.pg_class where relname = 't'", "orders")).length;
const open = (server: ThrowawayServer, user: string) =>
  operating([nodeSettings(server, { connection: { user }, actions: "all" })]);

test("a prepared transaction is ended in its database, by its owner or a superuser alone", async () => {
  const settings = { max_prepared_transactions: "5" };
  const server = await servers.lone("two-phase", { settings });
  for (const role of roles) await server.query(role);
  await prepare(server);
  {
    await using nurse = await open(server, "nurse");
    nurse.watched.lookAt("horizon");
    await using app = await open(server, "app");
    app.watched.lookAt("horizon");
    const plan = await until(() => {
      const planned = app.plan("rollback-prepared", prepared);
      return planned.ok && planned.plan;
    });
    // Another role is told before it is asked, and is refused by the server too.
    const refusal = { ok: false, why: "it belongs to app: log in as that role or a superuser" };
    await until(() => Bun.deepMatch(refusal, nurse.plan("rollback-prepared", prepared)));
    const denied = { kind: "notPermitted", fix: "log in as app or a superuser" };
    expect(await nurse.send(plan)).toMatchObject(denied);
    expect(plan).toMatchObject({
      sql: "ROLLBACK PREPARED 'it''s one'",
      database: "orders",
      word: "two-phase",
    });
    // Another one that has its name since the question is not meant.
    await server.query("rollback prepared 'it''s one'", "orders");
    await prepare(server);
    expect(await app.send(plan)).toMatchObject({
      kind: "notPermitted",
      why: "it belongs to app, or is gone",
    });
  }
  {
    // It blocks a session, and is found where that waits.
    const waiter = server.query("create table public.t (b int)", "orders").catch(() => {});
    await using other = await open(server, "app");
    other.watched.lookAt("lock_waits");
    const inTree = rowOf("two-phase", "locks", `prepared ${gid}`, "null");
    await until(() => other.plan("rollback-prepared", inTree).ok);
    expect(await other.right("rollback-prepared", inTree)).toEqual({ kind: "given" });
    expect(await other.run("rollback-prepared", inTree)).toEqual({ kind: "done", value: null });
    await waiter;
    await server.query("drop table public.t", "orders");
  }
  await prepare(server);
  await using owner = await open(server, "app");
  owner.watched.lookAt("activity");
  const { store } = owner.watched;
  // Offered on the row of a prepared transaction, and on no session's.
  updateScreen(store, (screen) => ({ ...screen, idle: true }));
  const lineOf = (isIt: (key: string) => boolean) =>
    until(() => lineKeys(store.getState()).find((line) => isIt(parseRowId(line)?.key ?? "")));
  const offered = () => operationChoices(store.getState()).map(({ label }) => label);
  const line = await lineOf((key) => key.endsWith(gid));
  updateScreen(store, (screen) => withSpot(screen, { cursor: line }));
  expect(offered()).toContain("commit-prepared");
  const row = parseRowId(line);
  if (row === null) throw new Error("no row");
  expect(await owner.run("commit-prepared", row)).toEqual({ kind: "done", value: null });
  expect(await tables(server)).toBe(1);
  await until(() => !owner.plan("commit-prepared", row).ok);
  expect(owner.plan("commit-prepared", row)).toMatchObject({ ok: false, why: "it is gone" });
});
