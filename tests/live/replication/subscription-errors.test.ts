import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { subscriptions } from "../../../src/views/logical/subscriptions.ts";
import { type Operating, operating, rowOf } from "../../support/actions/operating.ts";
import { logicalPair } from "../../support/servers/logical-pair.ts";
import { binariesOf, installMajors, newest } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();

/** Before 18 it is a duplicate key, from then on a conflict. */
const keyTaken = /^(duplicate key value|conflict detected) .*\(id\)=\(7\)/s;

describe.each([15, newest].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;
  const feed = rowOf("subscriber", "subscriptions", "postgres", "feed");

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    ({ publisher, subscriber } = await logicalPair(scratch, {
      ...{ logging_collector: "on", log_destination: major === 15 ? "stderr" : "jsonlog" },
      wal_retrieve_retry_interval: "500ms",
    }));
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(`create subscription feed connection '${conninfo}' publication shop`);
    await until(async () => {
      const ready = "select from pg_subscription_rel where srsubstate = 'r'";
      return (await subscriber.query(ready)).length === 1;
    });
    await subscriber.query("insert into public.orders values (7)");
    await publisher.query("insert into public.orders values (7), (8)");
  }, 60_000);
  afterAll(() => scratch.destroy(), 30_000);

  const seen = ({ watched: { store } }: Operating) =>
    subscriptions.rows(fleetSamples(store.getState().observed, ["publisher", "subscriber"]))[0];
  const as = async (user: string) => {
    const nodes = [publisher, subscriber].map((server) =>
      nodeSettings(server, { connection: { user, host: scratch.socketDirectory }, actions: "all" }),
    );
    const opened = await operating(nodes);
    opened.watched.lookAt("subscriptions");
    return opened;
  };

  test("show tells the last error, and a role that may not read the log the GRANT", async () => {
    const target = (user: string) =>
      `postgres://${user}@${encodeURIComponent(scratch.socketDirectory)}:${subscriber.port}/postgres`;
    const shown = async (user: string) => {
      const { stdout } = await runProgram(["show", "subscriptions", "--format", "json", target(user)]);
      const [{ rows: [row] = [{}], notes = [] } = {}] = (
        JSON.parse(stdout) as { nodes: { rows: Record<string, unknown>[]; notes: string[] }[] }
      ).nodes;
      return { error: row?.["last_error"], notes: notes.join("\n") };
    };
    // Between two workers that fail one look may find one that starts.
    await until(async () => keyTaken.test(String((await shown("postgres")).error)));
    const { error, notes } = await until(async () => {
      const told = await shown("monitor");
      return told.notes.includes("last error") && told;
    });
    expect(error).toBeNull();
    expect(notes).toMatch(
      /the last error is in the server's log: permission denied .*GRANT EXECUTE ON FUNCTION/,
    );
  });

  test("a rule of the config over the last error finds it", async () => {
    const { port } = subscriber;
    const node = `{ host: ${scratch.socketDirectory}, port: ${port}, user: postgres, database: postgres }`;
    const failed = "{ view: subscriptions, column: last_error, when: is_not, value: none, warning: on }";
    const file = `${subscriber.folder}/../rules.yaml`;
    await Bun.write(file, `nodes:\n  subscriber: ${node}\nrules:\n  feed_failed: ${failed}\n`);
    await until(async () => {
      const { code, stdout } = await runProgram(["check", "--config", file, "--rule", "feed_failed"]);
      return code === 1 && /last_error.*(duplicate key value|conflict detected)/.test(stdout);
    });
  });

  test("the screen tells it, and the question about skipping begins with its position", async () => {
    await using owner = await as("postgres");
    const row = await until(() => (seen(owner)?.["last_error"] ? seen(owner) : null));
    expect(row["last_error"]).toMatch(keyTaken);
    const [, at] = /finished at ([0-9A-F]+\/[0-9A-F]+)/.exec(String(row["last_error_context"])) ?? [];
    expect(at).toBeDefined();
    const plan = owner.plan("skip-transaction", feed, at);
    expect(plan).toMatchObject({ ok: true });
    expect(plan.ok && plan.plan.about).toContainEqual(["error", String(row["last_error"])]);
    expect(owner.argument("skip-transaction", feed)).toBe(String(at));
    expect(await owner.run("skip-transaction", feed, at)).toEqual({ kind: "done", value: null });
    await until(() => seen(owner)?.["state"] === "applying");
    expect(seen(owner)).toMatchObject({ last_error: null, last_error_context: null });
  });
});
