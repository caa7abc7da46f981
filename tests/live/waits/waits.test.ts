import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { openingHere } from "../../../src/store/on-screen.ts";
import { withSpot } from "../../../src/store/screen.ts";
import { type State, updateScreen } from "../../../src/store/store.ts";
import { currentTable, filterOf } from "../../../src/store/table.ts";
import { activity } from "../../../src/views/backends/activity.ts";
import { waitSamples } from "../../../src/views/backends/wait-samples.ts";
import type { Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors, newest, nodeOf, type Role } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [10, newest].includes(major));
const settings = { autovacuum: "off", ...{ max_worker_processes: "4" } };

describe.each(majors)("PostgreSQL %d", (major) => {
  const clients: pg.Client[] = [];
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = [
      "create role monitor login in role pg_monitor",
      "create role bare login",
      "create table public.t (n int)",
    ];
    server = await createServer(scratch, {
      name: "db1",
      settings: { ...settings, ...(major >= 14 && { compute_query_id: "on" }) },
      bootstrap,
    });
    await server.start();
    // One holds a lock and is idle, two wait for it, one sleeps, one is at rest.
    await session("holds", "begin; lock table public.t");
    await session("rests", "select 1");
    for (const name of ["waits", "waits"])
      void running(await session(name, "select 1"), "select from public.t");
    void running(await session("sleeps", "select 1"), "select pg_catalog.pg_sleep(600)");
    const waiting = "select from pg_stat_activity where wait_event in ('relation', 'PgSleep')";
    await until(async () => (await server.query(waiting)).length === 3);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await scratch.destroy();
  }, 30_000);

  async function session(application_name: string, ran: string) {
    const { socketDirectory: host, port } = server;
    const client = new pg.Client({ host, port, user: "postgres", database: "postgres", application_name });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    await client.query(ran);
    return client;
  }
  const running = (client: pg.Client, statement: string) => client.query(statement).catch(() => {});
  const rowsOf = (state: State): readonly Row[] => currentTable(state)?.lines.map(({ row }) => row) ?? [];

  /** The lines on screen after some samples. */
  async function sampled(view: string, role: Role, samples: number) {
    const node = nodeOf(server, role);
    const watched = watch([node]);
    watched.lookAt(view);
    await until(() => Number(rowsOf(watched.store.getState())[0]?.["samples_1m"]) >= samples);
    return watched;
  }

  test("sessions that wait are averaged by what they wait for, and idle ones are none", async () => {
    await using watched = await sampled("waits", "monitor", 3);
    const rows = rowsOf(watched.store.getState());
    const named = (wanted: string) => rows.find(({ name, level }) => name === wanted && level !== "part");
    const [all, lock, sleep] = [named("all"), named("Lock:relation"), named("Timeout:PgSleep")];
    // Counts by counts: three samples of two waiting sessions and a sleeping one, whenever they were taken.
    expect([lock?.["aas_1m"], sleep?.["aas_1m"]]).toEqual([2, 1]);
    // A process of the server's own may work for a moment.
    expect(Number(all?.["aas_1m"])).toBeWithin(3, 4);
    expect(named("Client:ClientRead")).toBeUndefined();
    expect(all?.["bar_1m"]).toMatch(/^C*I*W*L{6,8}[^L]*$/);
    expect([lock?.["bar_1m"], sleep?.["bar_1m"]]).toEqual([
      expect.stringMatching(/^L{6,8}$/),
      expect.stringMatching(/^T{3,4}$/),
    ]);
    expect(lock).toMatchObject({ aas_5m: null, aas_15m: null, partial: false });
    expect(Number(lock?.["share"])).toBeWithin(50, 67);
    expect(currentTable(watched.store.getState())?.missing.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^the averages are of \d+ samples so far$/),
    ]);
  }, 60_000);

  test("by statement, user and database the same sessions are counted, and Enter leads to them", async () => {
    await using watched = await sampled("wait_users", "monitor", 1);
    const user = rowsOf(watched.store.getState()).find(({ name }) => name === "postgres");
    expect(user).toMatchObject({ aas_1m: 3, usename: "postgres" });
    watched.lookAt("wait_databases");
    await until(() => rowsOf(watched.store.getState()).some(({ name }) => name === "postgres"));
    watched.lookAt("wait_statements");
    const statement = await until(() =>
      rowsOf(watched.store.getState()).find(({ query }) => query === "select from public.t"),
    );
    expect(statement).toMatchObject({ aas_1m: 2, level: "group" });
    watched.lookAt("waits");
    const lines = await until(() => {
      const all = currentTable(watched.store.getState())?.lines ?? [];
      return all.length > 1 ? all : null;
    });
    const lock = lines.find(({ row }) => row["name"] === "Lock:relation");
    updateScreen(watched.store, (screen) => withSpot(screen, { cursor: lock?.key ?? null }));
    const opening = openingHere(watched.store.getState());
    const filter = opening && "to" in opening ? (opening.filter ?? "") : "";
    expect(opening).toMatchObject({ to: { kind: "view", view: activity.name }, filter });
    watched.lookAt(activity.name);
    const sessions = await until(() => {
      const all = currentTable(watched.store.getState())?.lines ?? [];
      return all.length > 2 ? all : null;
    });
    const { matches, error } = filterOf(activity, filter);
    expect(error).toBeNull();
    const left = sessions.filter(({ row }) => matches("", row)).map(({ row }) => row["application_name"]);
    expect(left).toEqual(["waits", "waits"]);
  }, 60_000);

  test("what a bare role may not see is said, and makes the averages lower bounds", async () => {
    await using watched = await sampled("waits", "bare", 1);
    const [all, ...others] = rowsOf(watched.store.getState());
    expect(others.map(({ name }) => name)).not.toContain("Lock:relation");
    expect(all).toMatchObject({ name: "all", partial: true, share: null });
    const why = currentTable(watched.store.getState())?.missing.map((one) => one.why) ?? [];
    expect(why.join("\n")).toContain("is hidden: GRANT pg_monitor TO bare");
  }, 60_000);

  test("show takes two samples, and says so", async () => {
    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram(["show", "waits", "--format", "json", "--interval", "100ms", target]);
    const { nodes } = JSON.parse(stdout) as { nodes: { notes: string[]; rows: Row[] }[] };
    expect(nodes[0]?.notes).toEqual(["the averages are of 2 samples so far"]);
    expect(nodes[0]?.rows.find(({ wait_event }) => wait_event === "relation")).toMatchObject({
      ...{ wait_event_type: "Lock", aas_1m: 2, samples_1m: 2, level: "group", parent: null },
    });
    expect(waitSamples.name).toBe("wait_samples");
  }, 60_000);
});
