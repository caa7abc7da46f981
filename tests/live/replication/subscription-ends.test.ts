import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { subscriptions } from "../../../src/views/logical/subscriptions.ts";
import { judgedNode } from "../../support/rules/rounds.ts";
import { logicalPair } from "../../support/servers/logical-pair.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();
/** The beats of the rules, ten times as fast. */
const standing = standingDemand().map((one) => ({ ...one, everyMs: one.everyMs / 10 }));

describe.each([18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const settings = { max_slot_wal_keep_size: "32MB", wal_keep_size: "0", max_wal_size: "64MB" };
    ({ publisher, subscriber } = await logicalPair(scratch, settings));
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(`create subscription feed connection '${conninfo}' publication shop`);
  });
  afterAll(() => scratch.destroy(), 30_000);

  const seen = ({ store }: Watched) =>
    subscriptions.rows(fleetSamples(store.getState().observed, ["publisher", "subscriber"]))[0];
  const worker = () =>
    subscriber.query<{ age: number }>(
      "select pg_catalog.date_part('epoch', pg_catalog.now() - a.backend_start)::int as age from pg_catalog.pg_stat_subscription as s join pg_catalog.pg_stat_activity as a on a.pid = s.pid where s.received_lsn is not null",
    );
  /** What one look says of the subscription: how bad it is, and why. */
  async function checked() {
    const targets = [publisher, subscriber].map(
      ({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`,
    );
    const { stdout } = await runProgram(["check", "--format", "json", ...targets]);
    const { nodes } = JSON.parse(stdout) as { nodes: { alerts: Record<string, string>[] }[] };
    return nodes
      .flatMap(({ alerts }) => alerts)
      .filter(({ rule }) => rule === "subscription_failing")
      .map(({ severity, text }) => `${severity}: ${text}`);
  }

  test("a publisher that is down is why no worker applies, and once it is back old errors are no failure", async () => {
    await using watched = watch([judgedNode(publisher), judgedNode(subscriber)], {
      ...{ refreshMs: 250, standing },
    });
    watched.lookAt("subscriptions");
    await until(
      () => seen(watched)?.["state"] === "applying" && seen(watched)?.["publisher"] === "publisher",
    );
    await publisher.stop("immediate");
    const words = "has no worker: its publisher publisher is down";
    await until(() => seen(watched)?.["issue"] === "no worker applies it: its publisher publisher is down");
    // The rule compares looks of half a minute, on a machine under stress of two.
    await until(() => seen(watched)?.["issue"] === words, 180_000);
    expect(watched.node("subscriber").alerts).toMatchObject([
      { severity: "critical", text: `subscription feed of postgres ${words}` },
    ]);
    expect(seen(watched)).toMatchObject({ publisher: "publisher", lag_bytes: null });
    // Whoever looks once has never seen its slot.
    const [once = ""] = await checked();
    expect(once).toMatch(/^critical: .*; 1 apply error so far: .*; its publisher may be \S+, which is down$/);
    await publisher.start();
    const errors = "select from pg_catalog.pg_stat_subscription_stats where apply_error_count > 0";
    expect(await subscriber.query(errors)).toHaveLength(1);
    await until(async () => (await worker()).length > 0);
    // It has begun lately, or not any more by the time that it is looked at.
    for (const text of await checked())
      expect(text).toMatch(/^warning: .* has a worker that began less than 10 s ago; 1 apply error so far/);
    await until(() => watched.node("subscriber").alerts.length === 0, 120_000);
  });

  test("a slot that has lost its WAL is the end of its subscription", async () => {
    await subscriber.query("alter subscription feed disable");
    const lost = "select from pg_catalog.pg_replication_slots where wal_status = 'lost'";
    await until(async () => {
      await publisher.query(
        "select pg_catalog.pg_logical_emit_message(false, 'load', pg_catalog.repeat('x', 40000000))",
      );
      await publisher.query("select pg_catalog.pg_switch_wal()");
      await publisher.query("checkpoint");
      return (await publisher.query(lost)).length > 0;
    });
    const words =
      "subscription feed of postgres cannot go on: its slot has lost its WAL: it must be created anew";
    expect(await checked()).toEqual([`warning: ${words}`]);
    await subscriber.query("alter subscription feed enable");
    expect(await checked()).toEqual([`critical: ${words}`]);
  });
});
