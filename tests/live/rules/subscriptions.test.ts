import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { standingDemand } from "../../../src/rules/all.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { judgedNode, rounds } from "../../support/rules/rounds.ts";
import { logicalPair } from "../../support/servers/logical-pair.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();
/** The beats of the rules, a hundred times as fast. */
const standing = standingDemand().map((one) => ({ ...one, everyMs: one.everyMs / 100 }));

describe.each([10, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    ({ publisher, subscriber } = await logicalPair(scratch, { log_statement: "all" }));
  });
  afterAll(() => scratch.destroy(), 30_000);

  test("subscriptions are asked for once there are some, and no longer once there are none", async () => {
    await using watched = watch([judgedNode(subscriber)], { refreshMs: 250, standing });
    const sample = (view: string) => watched.store.getState().observed.samples[view]?.["subscriber"];
    const asked = () => readFileSync(subscriber.logFile, "utf8").split("execute subscription_workers").length;
    const isTold = (has: boolean) => {
      const told = sample("databases");
      return told?.state === "ok" && told.rows.some(({ subscriptions }) => Number(subscriptions) > 0) === has;
    };
    await until(() => isTold(false) && sample("setting_values")?.state === "ok");
    expect(asked()).toBe(1);
    await subscriber.query(
      "create subscription feed connection 'host=/nowhere' publication shop with (connect = false)",
    );
    await until(() => isTold(true) && sample("subscription_workers")?.state === "ok");
    await subscriber.query("alter subscription feed set (slot_name = none)");
    await subscriber.query("drop subscription feed");
    await until(() => isTold(false));
    const [last, before] = [sample("databases"), asked()];
    expect(before).toBeGreaterThan(1);
    await until(() => sample("databases") !== last && sample("setting_values") !== undefined);
    // One may have been on its way.
    expect(asked() - before).toBeLessThanOrEqual(1);
  });

  test("a key that is there already is told within two rounds, and is well once it is gone", async () => {
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(`create subscription feed connection '${conninfo}' publication shop`);
    await using watched = rounds([judgedNode(subscriber), judgedNode(publisher)]);
    const alerts = () => watched.alerts("subscriber", "subscription_failing");
    await publisher.query("insert into public.orders values (0)");
    await until(async () => (await subscriber.query("select from public.orders")).length > 0);
    await watched.round();
    expect(alerts()).toEqual([]);
    await subscriber.query("insert into public.orders values (1)");
    await publisher.query("insert into public.orders values (1)");
    const failures =
      major >= 15
        ? "select from pg_catalog.pg_stat_subscription_stats where apply_error_count > 0"
        : "select from pg_catalog.pg_subscription as s where not exists (select from pg_catalog.pg_stat_subscription as w where w.pid is not null)";
    await until(async () => (await subscriber.query(failures)).length > 0);
    // Until 14 a first look that meets a worker does not tell whether it only starts.
    for (let round = major >= 15 ? 1 : 0; round < 3; round++) await watched.round();
    expect(alerts()).toMatchObject([
      {
        severity: "critical",
        subject: { kind: "subscription", id: "postgres.feed" },
        ...{ view: "subscriptions", key: "postgres\u0000feed" },
      },
    ]);
    // Errors that grow between two looks tell that it goes on.
    const failsOn = /fails again and again: \d+ apply errors?: .*skip-transaction/;
    if (major >= 15)
      await until(async () => {
        await watched.round();
        return failsOn.test(alerts()[0]?.text ?? "");
      });
    expect(watched.alerts("publisher", "subscription_failing")).toEqual([]);
    if (major < 15) return;
    await subscriber.query("delete from public.orders");
    // Its worker has to live for longer than one that fails.
    await until(async () => {
      await watched.round();
      return alerts().length === 0;
    }, 30_000);
    await subscriber.query("alter subscription feed set (disable_on_error = true)");
    await subscriber.query("insert into public.orders values (2)");
    await publisher.query("insert into public.orders values (2)");
    await until(async () => {
      await watched.round();
      return /was disabled by an error: .*; then enable-subscription$/.test(alerts()[0]?.text ?? "");
    });
    expect(alerts()[0]?.severity).toBe("warning");
    const target = `postgres://monitor@127.0.0.1:${subscriber.port}/postgres?sslmode=disable`;
    const { code, stdout } = await runProgram(["check", "--rule", "subscription_failing", target]);
    expect(code).toBe(1);
    expect(stdout).toContain("subscription feed of postgres was disabled by an error");
  });
});
