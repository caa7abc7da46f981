import { afterAll, beforeAll, expect, test } from "bun:test";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { slots } from "../../../src/views/replication/slots.ts";
import { judgedNode } from "../../support/rules/rounds.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
let server: ThrowawayServer;

beforeAll(async () => {
  // A checkpoint loses the slot, and would end the time before it is over.
  const settings = {
    checkpoint_timeout: "1h",
    wal_level: "logical",
    wal_keep_size: "0",
    max_slot_wal_keep_size: "64MB",
  };
  const bootstrap = ["create role monitor login in role pg_monitor"];
  server = await startServer(await servers.scratch(), { name: "one", settings, bootstrap });
});

const million = 1_000_000;
const stopping = new AbortController();
afterAll(() => stopping.abort());

/** Writes this many bytes of WAL a second, whatever the machine does meanwhile. */
async function write(bytesASecond: number): Promise<void> {
  const startMs = performance.now();
  for (let written = 0; !stopping.signal.aborted; await Bun.sleep(50)) {
    const due = Math.floor((bytesASecond * (performance.now() - startMs)) / 1000) - written;
    await server.query(`select pg_catalog.pg_logical_emit_message(false, 'load', repeat('x', ${due}))`);
    written += due;
  }
}

function slotOf({ store }: Watched) {
  const [row] = slots.rows(fleetSamples(store.getState().observed, ["one"]));
  return row ?? null;
}

test("the time that a slot without a consumer has left is what then passes", async () => {
  await server.query("select pg_catalog.pg_create_logical_replication_slot('abandoned', 'test_decoding')");
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const unjudged = await runProgram(["check", "--rule", "slot_time_left", target]);
  expect(unjudged).toMatchObject({ code: 3, stdout: expect.stringContaining("not known from one look") });
  const writing = write(2 * million);
  await using watched = watch([judgedNode(server, { slot_time_left: { forMs: 0 } })], { refreshMs: 500 });
  watched.lookAt("slots");
  // Of the rate it takes some seconds to be told.
  const watchedSinceMs = performance.now();
  await until(() => performance.now() - watchedSinceMs > 8000 && slotOf(watched)?.["left_seconds"] != null);
  const told = Number(slotOf(watched)?.["left_seconds"]);
  const toldAtMs = performance.now();
  expect(slotOf(watched)).toMatchObject({ slot_name: "abandoned", consumer: null });
  const alerts = () => watched.node("one").alerts.filter(({ rule }) => rule === "slot_time_left");
  await until(() => alerts().length > 0);
  expect(alerts()).toMatchObject([{ severity: "critical", subject: { id: "abandoned" }, view: "slots" }]);
  await until(() => slotOf(watched)?.["safe_wal_size"] === 0n, 120_000);
  const passed = (performance.now() - toldAtMs) / 1000;
  expect(told / passed).toBeGreaterThan(0.8);
  expect(told / passed).toBeLessThan(1.2);
  stopping.abort();
  await writing;
  // Whoever looks once knows no rate, and no rate is needed.
  const { stdout, code } = await runProgram(["check", target]);
  expect(stdout).toContain("slot abandoned loses its WAL at the next checkpoint");
  expect(code).toBe(2);
  await until(() => slotOf(watched)?.["left_seconds"] === 0);
  await server.query("checkpoint");
  await until(() => slotOf(watched)?.["wal_status"] === "lost");
  expect(slotOf(watched)).toMatchObject({ left_seconds: null, safe_wal_size: null });
  // What was to come has come: that is no end of the alarm.
  const lost = () => watched.node("one").alerts.filter(({ rule }) => rule === "slot_lost");
  await until(() => lost().length > 0 || alerts().length === 0);
  expect(lost()).toMatchObject([
    { severity: "critical", text: "slot abandoned has lost its WAL", view: "slots", key: "abandoned" },
  ]);
  await until(() => alerts().length === 0);
});

test("a lost slot says so", async () => {
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const { stdout } = await runProgram(["show", "slots", target]);
  expect(stdout).toMatch(/abandoned .*\blost\b/);
  // VACUUM ignores it from then on.
  const json = async (...args: readonly string[]) =>
    JSON.parse((await runProgram(["show", ...args, "--format", "json", target])).stdout).nodes[0];
  expect((await json("horizon", "--filter", "slot")).rows).toEqual([]);
  expect((await json("slots", "--filter", "abandoned")).rows).toMatchObject([{ catalog_xmin_age: null }]);
});

test("a slot that was never used keeps no WAL and loses none", async () => {
  await server.query("select pg_catalog.pg_create_physical_replication_slot('never_used')");
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const args = ["show", "slots", "--filter", "never_used", "--format", "json", target];
  const { stdout } = await runProgram(args);
  expect(JSON.parse(stdout).nodes[0].rows).toMatchObject([{ safe_wal_size: null, left_seconds: null }]);
  const told = await runProgram(["check", "--rule", "slot_time_left", target]);
  expect(told.stdout).not.toContain("never_used");
});
