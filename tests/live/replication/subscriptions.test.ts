import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { subscriptions } from "../../../src/views/logical/subscriptions.ts";
import { logicalPair } from "../../support/servers/logical-pair.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();

describe.each([10, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    ({ publisher, subscriber } = await logicalPair(scratch));
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(`create subscription feed connection '${conninfo}' publication shop`);
  });
  afterAll(() => scratch.destroy(), 30_000);

  function seen({ store }: Watched) {
    const [row] = subscriptions.rows(fleetSamples(store.getState().observed, ["publisher", "subscriber"]));
    return (row ?? {}) as Record<string, unknown>;
  }

  async function watching(): Promise<Watched> {
    const watched = watch([nodeSettings(publisher), nodeSettings(subscriber)], { refreshMs: 250 });
    watched.lookAt("subscriptions");
    await until(() => seen(watched)["state"] === "applying" && seen(watched)["lag_bytes"] === 0n);
    return watched;
  }

  const target = ({ port }: ThrowawayServer) =>
    `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  const named = ({ port }: ThrowawayServer) => `127.0.0.1:${port}`;

  /** What `show topology` says of the edges between the two. */
  async function shownEdges() {
    const { stdout } = await runProgram([
      ...["show", "topology", "--format", "json"],
      ...[publisher, subscriber].map(target),
    ]);
    return (JSON.parse(stdout) as { edges: Record<string, unknown>[] }).edges;
  }

  test("a subscription says from which node it comes and how far it is behind", async () => {
    await using watched = await watching();
    expect(seen(watched)).toMatchObject({
      ...{ node: "subscriber", subname: "feed", datname: "postgres", subenabled: true },
      ...{ publisher: "publisher", subslotname: "feed", subpublications: ["shop"] },
    });
    const { stdout } = await runProgram(["show", "subscription_tables", target(subscriber)]);
    expect(stdout).toMatch(/postgres +public\.orders +feed +ready/);
    const [edge, another] = await shownEdges();
    expect(another).toBeUndefined();
    expect(edge).toMatchObject({
      ...{ kind: "logical", upstream: named(publisher), database: "postgres", slot_name: "feed" },
      ...{ downstream: named(subscriber), datname: "postgres", subname: "feed", watched: true },
      ...{ state: "applying", pair: null, problems: [], level: null, lag_bytes: 0 },
    });
    await subscriber.query("alter subscription feed disable");
    await publisher.query("insert into public.orders select pg_catalog.generate_series(1, 1000)");
    await until(() => seen(watched)["state"] === "disabled" && Number(seen(watched)["lag_bytes"]) > 0);
    await subscriber.query("alter subscription feed enable");
    await until(() => seen(watched)["state"] === "applying" && seen(watched)["lag_bytes"] === 0n);
  });

  test("one that fails is not applying, whether a worker runs in that moment or not", async () => {
    await using watched = await watching();
    const states = new Set<unknown>();
    watched.store.subscribe(() => states.add(seen(watched)["state"]));
    await subscriber.query("insert into public.orders values (-1)");
    await publisher.query("insert into public.orders values (-1)");
    const failing = major >= 15 ? "failing" : "starting";
    await until(() => seen(watched)["state"] === failing);
    states.clear();
    const failingSinceMs = performance.now();
    await until(() => performance.now() - failingSinceMs > 3000 && states.size > 0);
    // Of a worker that receives one look does not tell whether it fails.
    const allowed = [failing, "no worker", "starting"];
    expect([...states].filter((state) => !allowed.includes(String(state)))).toEqual([]);
    await subscriber.query("delete from public.orders where id = -1");
    await until(() => seen(watched)["state"] === "applying" && seen(watched)["lag_bytes"] === 0n);
  });

  test("conflicts are told by kind (18), and how far its origin is to a role that may know", async () => {
    const has = async (rows: string) => (await subscriber.query(`select from ${rows}`)).length > 0;
    await until(() => has("pg_catalog.pg_subscription_rel where srsubstate = 'r'"));
    await publisher.query("insert into public.orders values (-6)");
    await until(() => has("public.orders where id = -6"));
    const { port } = subscriber;
    // The superuser comes by the socket only.
    const superuser = `postgres:///postgres?host=${scratch.socketDirectory}&port=${port}&user=postgres`;
    const shown = async (who = target(subscriber)) => {
      const { stdout } = await runProgram(["show", "subscriptions", "--format", "json", who]);
      const [node] = (JSON.parse(stdout) as { nodes: { rows: Record<string, unknown>[] }[] }).nodes;
      return node?.rows[0];
    };
    const unseen = major >= 18 ? 0 : null;
    const row = await shown();
    const before = Number(row?.["confl_insert_exists"]);
    expect(row).toMatchObject({
      ...{ subname: "feed", confl_insert_exists: major >= 18 ? before : null },
      ...{ confl_update_origin_differs: unseen, confl_update_exists: unseen, confl_update_missing: unseen },
      ...{ confl_delete_origin_differs: unseen, confl_delete_missing: unseen },
      ...{ confl_multiple_unique_conflicts: unseen, remote_lsn: null },
    });
    if (major >= 18) {
      for (const server of [subscriber, publisher])
        await server.query("insert into public.orders values (-7)");
      // The server counts it with the error that it ends in, a moment later.
      await until(async () => Number((await shown())?.["confl_insert_exists"]) > before);
      await subscriber.query("delete from public.orders where id = -7");
    }
    const toldTo = async (who?: string) => {
      const [progress] = await subscriber.query(
        "select remote_lsn::text from pg_catalog.pg_replication_origin_status where external_id like 'pg\\_%'",
      );
      const told = (await shown(who))?.["remote_lsn"];
      return typeof told === "string" && told === progress?.["remote_lsn"];
    };
    // It may move between the two questions.
    await until(() => toldTo(superuser));
    if (major < 14) return;
    await subscriber.query(
      "grant execute on function pg_catalog.pg_show_replication_origin_status() to monitor",
    );
    await until(() => toldTo());
  });

  test("one that goes on and replicates nothing says what is missing", async () => {
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await publisher.query("create publication bare");
    const made = { lost: "nope", empty: "bare" };
    for (const [name, publication] of Object.entries(made))
      await subscriber.query(
        `create subscription ${name} connection '${conninfo}' publication ${publication}`,
      );
    await using watched = watch([nodeSettings(publisher), nodeSettings(subscriber)], { refreshMs: 250 });
    watched.lookAt("subscriptions");
    const issues = () => {
      const fleet = fleetSamples(watched.store.getState().observed, ["publisher", "subscriber"]);
      return Object.fromEntries(subscriptions.rows(fleet).map(({ subname, issue }) => [subname, issue]));
    };
    const told = {
      lost: "publication nope is not on publisher",
      empty: "it follows no table: refresh it once its publications have some",
    };
    await until(() => issues()["lost"] === told.lost && issues()["empty"] === told.empty);
    expect(issues()).toEqual({ feed: null, ...told });
    const edges = await shownEdges();
    const lost = edges.find(({ subname }) => subname === "lost");
    expect(lost?.["problems"]).toContain(`publication nope is not on ${named(publisher)}`);
    for (const name of Object.keys(made)) await subscriber.query(`drop subscription ${name}`);
  });

  if (major < 16) return;

  test("two ways between two databases are a pair, that may loop, and one that fails says so", async () => {
    await subscriber.query("create publication shop for table public.orders");
    const conninfo = `host=${scratch.socketDirectory} port=${subscriber.port} dbname=postgres`;
    const options = "with (copy_data = false, origin = none)";
    await publisher.query(`create subscription back connection '${conninfo}' publication shop ${options}`);
    let edges: readonly Record<string, unknown>[] = [];
    const edge = (subname: string) => edges.find((one) => one["subname"] === subname);
    await until(async () => {
      edges = await shownEdges();
      return edge("back")?.["state"] === "applying";
    });
    expect(edge("back")).toMatchObject({ upstream: named(subscriber), pair: "feed", problems: [] });
    expect(edge("feed")).toMatchObject({ upstream: named(publisher), pair: "back", suborigin: "any" });
    expect(edge("feed")?.["problems"]).toEqual(["changes may loop: origin is any, not none"]);
    await subscriber.query("alter subscription feed set (origin = none)");
    // While one way is closed both take the same key, and the other way meets it.
    await subscriber.query("alter subscription feed disable");
    for (const server of [publisher, subscriber]) await server.query("insert into public.orders values (-2)");
    await until(async () => {
      edges = await shownEdges();
      return edge("back")?.["state"] === "failing";
    });
    expect(edge("back")).toMatchObject({ level: "critical", pair: "feed" });
    expect(String(edge("back")?.["problems"])).toMatch(/; \d+ apply errors? so far$/);
    expect(edge("feed")).toMatchObject({ state: "disabled", level: "warning", suborigin: "none" });
    expect(String(edge("feed")?.["problems"])).toMatch(/^disabled: its slot keeps [\d.]+ .?B of WAL$/);
  });
});
