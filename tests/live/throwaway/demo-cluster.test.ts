import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import pg from "pg";
import { startDemoFleet } from "../../../src/services/throwaway/demo-cluster.ts";
import { until } from "../../support/servers/servers.ts";

const up: string[] = [];
const fleet = await startDemoFleet({ lonelyNodes: 1, onUp: (name) => up.push(name) });
afterAll(() => fleet.stop());

/** As pgparade sees it: the role monitor, through TCP. */
async function ask(name: string, sql: string): Promise<unknown[]> {
  const node = fleet.nodes.find((each) => each.name === name);
  if (!node) throw new Error(`no node ${name}`);
  const { host, port, database, user } = node;
  const client = new pg.Client({ host, port, database, user });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query({ text: sql, rowMode: "array" })).rows.map(String);
  } finally {
    await client.end();
  }
}

test("names its nodes while they still start, and all come up", async () => {
  const names = ["orders-1", "orders-2", "orders-3", "billing-1", "billing-2", "reports", "node-01"];
  expect(fleet.nodes.map((node) => node.name)).toEqual(names);
  expect(up.length).toBeLessThan(names.length);
  await fleet.ready;
  expect(up.toSorted()).toEqual(names.toSorted());
});

test("standbys stream, one of them through a slot", async () => {
  const senders = "select application_name from pg_stat_replication where state = 'streaming' order by 1";
  await until(async () => (await ask("orders-1", senders)).join() === "orders-2,orders-3");
  await until(async () => (await ask("billing-1", senders)).join() === "billing-2");
  expect(await ask("orders-1", "select slot_name, active from pg_replication_slots")).toEqual([
    "orders_2,true",
  ]);
});

test("every node counts statements for the role that pgparade has", async () => {
  for (const { name } of fleet.nodes) {
    expect(await ask(name, "select count(*) > 0 from pg_stat_statements")).toEqual(["true"]);
  }
});

test("clients write, idle in transactions and wait for locks", async () => {
  fleet.startWorkload();
  const replayed = "select pg_last_wal_replay_lsn()";
  const before = (await ask("orders-2", replayed))[0];
  await until(async () => (await ask("orders-2", replayed))[0] !== before);
  const sessions = (where: string) =>
    ask("orders-1", `select application_name from pg_stat_activity where ${where}`);
  await until(async () => (await sessions("state = 'idle in transaction'")).includes("web-3"));
  // Two in three times that the row is held, every ten seconds, the checkout comes for it.
  await until(async () => (await sessions("wait_event_type = 'Lock'")).includes("checkout"), 150_000);
});

test("clients read on the standbys, and come back after their sessions were terminated", async () => {
  const clients = "from pg_stat_activity where usename = 'app'";
  const applications = async () =>
    (await ask("orders-3", `select application_name ${clients} order by 1`)).join();
  await until(async () => (await applications()) === "metabase,web-2");
  const before = await ask("orders-3", `select pid ${clients}`);
  await ask("orders-3", `select pg_terminate_backend(pid) ${clients}`);
  await until(async () => (await applications()) === "metabase,web-2");
  expect(await ask("orders-3", `select pid ${clients}`)).not.toEqual(before);
});

test("stopping leaves no directory and no port", async () => {
  const node = fleet.nodes[0];
  const directory = String(
    (await ask("orders-1", "select setting from pg_settings where name = 'data_directory'"))[0],
  );
  await fleet.stop();
  expect(existsSync(directory)).toBe(false);
  expect(await ask(node?.name ?? "", "select 1").catch((error: Error) => error.message)).toContain(
    "ECONNREFUSED",
  );
});
