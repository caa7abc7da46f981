import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { operationChoices } from "../../../src/commands/operations/all.ts";
import { operableHere } from "../../../src/commands/operations/operation.ts";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { lineKeys } from "../../../src/store/on-screen.ts";
import { withSpot } from "../../../src/store/screen.ts";
import { updateScreen } from "../../../src/store/store.ts";
import { idText } from "../../../src/views/row-id.ts";
import { type Operating, operating, rowOf } from "../../support/actions/operating.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

describe.each([10, 15, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;
  const feed = rowOf("subscriber", "subscriptions", "other", "it's a feed");

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = ["create role monitor login in role pg_monitor", "create database other"];
    const settings = { wal_level: "logical", wal_retrieve_retry_interval: "100ms", log_statement: "all" };
    publisher = await startServer(scratch, { name: "publisher", settings, bootstrap });
    subscriber = await startServer(scratch, { name: "subscriber", settings, bootstrap });
    const table = "create table public.orders (id int primary key)";
    await publisher.query(table);
    await publisher.query("create publication shop for table public.orders");
    await subscriber.query(table, "other");
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(
      `create subscription "it's a feed" connection '${conninfo}' publication shop with (slot_name = feed)`,
      "other",
    );
  });
  afterAll(() => scratch.destroy(), 30_000);

  const user = async (role: string): Promise<Operating> => {
    const nodes = [publisher, subscriber].map((server) =>
      nodeSettings(server, { connection: { user: role, host: scratch.socketDirectory }, actions: "all" }),
    );
    const opened = await operating(nodes);
    opened.watched.lookAt("subscriptions");
    await until(() => opened.plan("disable-subscription", feed).ok);
    return opened;
  };
  const enabled = async () =>
    (await subscriber.query<{ subenabled: boolean }>("select subenabled from pg_subscription"))[0]
      ?.subenabled;
  const rows = async () =>
    Number((await subscriber.query<{ n: string }>("select count(*) as n from public.orders", "other"))[0]?.n);

  test("a role that does not own it is told, and nothing is sent", async () => {
    await using other = await user("monitor");
    const outcome = {
      kind: "notPermitted",
      why: "it belongs to postgres, or is gone",
      fix: "log in as postgres or a superuser",
    } as const;
    expect(await other.right("disable-subscription", feed)).toEqual({ kind: "denied", outcome });
    expect(await other.run("disable-subscription", feed)).toEqual(outcome);
    expect(await enabled()).toBe(true);
    expect(readFileSync(subscriber.logFile, "utf8")).not.toMatch(/ALTER SUBSCRIPTION/);
  });

  test("it is disabled, enabled and refreshed in its own database, whatever it is called", async () => {
    await using owner = await user("postgres");
    expect(await owner.right("disable-subscription", feed)).toEqual({ kind: "given" });
    expect(await owner.run("disable-subscription", feed)).toEqual({ kind: "done", value: null });
    expect(await enabled()).toBe(false);
    await until(() => owner.plan("enable-subscription", feed).ok);
    const slot = rowOf("publisher", "slots", "feed");
    const question = await until(() => {
      const planned = owner.plan("drop-slot", slot);
      return planned.ok && planned.plan;
    });
    expect(question.about).toContainEqual(["used by", "it's a feed on subscriber", "warning"]);
    expect(owner.plan("refresh-subscription", feed)).toMatchObject({
      why: "it is disabled: enable-subscription first",
    });
    expect(await owner.run("enable-subscription", feed)).toEqual({ kind: "done", value: null });
    expect(await enabled()).toBe(true);
    const why = "it is active: it's a feed on subscriber streams from it";
    await until(() => {
      const planned = owner.plan("drop-slot", slot);
      return !planned.ok && planned.why === why;
    });
    for (const [server, database] of [
      [publisher, "postgres"],
      [subscriber, "other"],
    ] as const)
      await server.query("create table public.more (id int primary key)", database);
    await publisher.query("alter publication shop add table public.more");
    await until(() => owner.plan("refresh-subscription", feed).ok);
    expect(await owner.run("refresh-subscription", feed)).toEqual({ kind: "done", value: null });
    const known = "select from pg_subscription_rel";
    expect(await subscriber.query(known, "other")).toHaveLength(2);
    expect(owner.plan("refresh-subscription", feed)).toMatchObject({
      plan: {
        database: "other",
        sql: `ALTER SUBSCRIPTION "it's a feed" REFRESH PUBLICATION WITH (copy_data = true)`,
      },
    });
  });

  test("the copy of one table again is listed, with what to do instead", async () => {
    await using owner = await user("postgres");
    owner.watched.lookAt("subscription_tables");
    const table = rowOf("subscriber", "subscription_tables", "other", "it's a feed", "public.orders");
    const why = await until(() => {
      const planned = owner.plan("resync-table", table);
      return !planned.ok && planned.why !== "it is gone" && planned.why;
    });
    expect(why).toMatch(/^PostgreSQL has no statement for it: .* TRUNCATE/);
  });

  test("on its line in the topology the same can be done", async () => {
    await using owner = await user("postgres");
    const { store } = owner.watched;
    owner.watched.lookAt("topology");
    const cursor = idText(rowOf("subscriber", "topology", "subscription", "other", "it's a feed"));
    await until(() => lineKeys(store.getState()).includes(cursor));
    updateScreen(store, (screen) => withSpot(screen, { cursor }));
    expect(operableHere(store.getState())).toEqual({ node: "subscriber", row: feed });
    const listed = () =>
      operationChoices(store.getState()).filter(({ label }) => /-subscription$/.test(label));
    await until(() => listed()[0]?.label === "disable-subscription");
    expect(listed().map(({ label, isOff }) => [label, isOff])).toEqual([
      ["disable-subscription", false],
      ["refresh-subscription", false],
      ["enable-subscription", true],
    ]);
  });

  test("a transaction that fails is skipped by its position, from 15", async () => {
    await using owner = await user("postgres");
    if (major < 15) {
      expect(owner.plan("skip-transaction", feed, "0/1")).toMatchObject({ why: "needs PostgreSQL 15" });
      return;
    }
    expect(owner.plan("skip-transaction", feed, "the last")).toMatchObject({ ok: false, isArgument: true });
    await subscriber.query("insert into public.orders values (7)", "other");
    await publisher.query("insert into public.orders values (7), (8)");
    await publisher.query("insert into public.orders values (9)");
    const failed = await until(() =>
      /finished at ([0-9A-F]+\/[0-9A-F]+)/.exec(readFileSync(subscriber.logFile, "utf8")),
    );
    expect(await rows()).toBe(1);
    expect(await owner.run("skip-transaction", feed, failed[1])).toEqual({ kind: "done", value: null });
    await until(async () => (await rows()) === 2);
    const skipped = await subscriber.query("select id from public.orders order by 1", "other");
    expect(skipped).toEqual([{ id: 7 }, { id: 9 }]);
  });
});
