import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type pg from "pg";
import { isAnySchema } from "../../../src/postgres/extension.ts";
import { factsStatement, factsWithIdentity } from "../../../src/postgres/server.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { askedViews } from "../../../src/views/all.ts";
import { activity, type Backend } from "../../../src/views/backends/activity.ts";
import { replication, type WalSender } from "../../../src/views/replication/replication.ts";
import { type DatabaseStatistics, databases } from "../../../src/views/storage/databases.ts";
import { type AskedView, sqlFor } from "../../../src/views/view.ts";
import { declared } from "../../support/house/declared-columns.ts";
import { pglogicalCatalog } from "../../support/pglogical.ts";
import {
  installMajors,
  type MajorServers,
  nodeOf,
  type Role,
  roles,
  type ServerKind,
  serverKinds,
  serversOfMajors,
} from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import {
  type Earlier,
  odditiesOf,
  refusalsIn,
  sampleOf,
  statementOf,
  withClient,
} from "../../support/servers/view-contract.ts";

const { found, missing } = await installMajors();
const serversOf = serversOfMajors(found);

/** How many times a view was asked, by major, kind of server and role, and gave its columns or the reason. */
let combinations = 0;

/** What is by the version of an extension has tests of its own, with the extension. */
const isParsedHere = ({ needsExtension }: AskedView) => !needsExtension || !isAnySchema(needsExtension);

type Timing = { name: string; where: string; firstMs: number; medianMs: number };
const timings: Timing[] = [];

/** Notes how long a statement takes on an idle server, the way to it included: the first time, and usually. */
async function time(
  client: pg.Client,
  where: string,
  statement: pg.QueryConfig & { name: string },
): Promise<void> {
  const taken: number[] = [];
  for (let run = 0; run < 9; run += 1) {
    const startMs = performance.now();
    await client.query(statement);
    taken.push(performance.now() - startMs);
  }
  const medianMs = taken.toSorted((a, b) => a - b)[4] ?? 0;
  timings.push({ name: statement.name, where, firstMs: taken[0] ?? 0, medianMs });
  // Some ms here; what they cost is measured by the bench.
  expect(medianMs).toBeLessThan(2000);
}

afterAll(() => {
  for (const name of new Set(timings.map((timing) => timing.name))) {
    const of = timings.filter((timing) => timing.name === name);
    const first = of.toSorted((a, b) => b.firstMs - a.firstMs)[0];
    const usual = of.toSorted((a, b) => b.medianMs - a.medianMs)[0];
    if (first && usual)
      console.log(
        `${name}: first at most ${first.firstMs.toFixed(1)} ms (${first.where}), ` +
          `then ${usual.medianMs.toFixed(1)} ms (${usual.where})`,
      );
  }
});

test.skipIf(missing !== null)(missing ?? "every supported major is tested", () => {
  expect(found).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
});

describe.each([...found])("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  const earlier: Earlier = new Map();
  let servers: MajorServers;
  const at = (kind: ServerKind, role: Role) => nodeOf(servers[kind], role).name;

  const sample = (kind: ServerKind, role: Role, view: AskedView) =>
    sampleOf(manager, at(kind, role), view, earlier);
  const senders = async (kind: ServerKind, role: Role = "monitor") =>
    (await sample(kind, role, replication)) as readonly WalSender[];
  const streaming = (kind: ServerKind) =>
    until(async () => (await senders(kind)).find(({ state }) => state === "streaming"));

  beforeAll(async () => {
    servers = await serversOf(major);
    for (const kind of serverKinds) for (const role of roles) manager.add(nodeOf(servers[kind], role));
    await Promise.all([streaming("primary"), streaming("standby")]);
    // Views of an extension are parsed here, and asked where the extension is.
    await servers.primary.query(pglogicalCatalog.join("; "));
    const last = "select from pg_catalog.pg_class where relname = 'conflict_history'";
    await until(async () => (await servers["cascading standby"].query(last)).length === 1);
  });
  afterAll(() => manager.stop(0));

  describe.each([...serverKinds])("%s", (kind) => {
    test.each([...roles])("every view answers %s with what it declares", async (role) => {
      for (const view of askedViews) {
        expect(await odditiesOf(manager, at(kind, role), view, earlier)).toEqual([]);
        combinations += 1;
      }
    });

    test.each([...roles])("%s learns what server it is", async (role) => {
      const facts = manager.facts(at(kind, role));
      expect(Math.floor((facts?.versionNum ?? 0) / 10_000)).toBe(major);
      expect(facts?.version).toStartWith(String(major));
      expect(facts?.systemIdentifier).toMatch(/^\d{19}$/);
      expect(facts).toMatchObject({
        inRecovery: kind !== "primary",
        timeline: 1,
        superuser: role === "postgres",
        readsAllStats: role !== "bare",
        readsAllSettings: role !== "bare",
        signalsBackends: role === "postgres",
        maxConnections: 100,
        extensions: new Map([["plpgsql", { version: "1.0", schema: "pg_catalog" }]]),
      });
    });

    test.each([...roles])("%s is told by a test of the connection what it lacks", async (role) => {
      const report = await manager.test(nodeOf(servers[kind], role));
      const rights = report.ok ? report.rights.missing.map(({ what }) => what) : report.error.message;
      const unseen = role === "bare" ? ["pg_read_all_stats", "pg_read_all_settings"] : [];
      const signals = role === "postgres" ? [] : ["pg_signal_backend"];
      expect(rights).toEqual([...unseen, ...signals, "pg_stat_statements"]);
    });

    test("statements return the declared columns, in readable types, soon", async () => {
      await withClient(servers[kind], async (client) => {
        const parsed = askedViews.filter((one) => sqlFor(one, major * 10_000) !== null && isParsedHere(one));
        for (const view of parsed) {
          const { statement, columns, unreadable } = await statementOf(client, view, major);
          expect(columns).toEqual(declared(view, major));
          expect(unreadable).toEqual([]);
          await time(client, `${major} ${kind}`, statement);
        }
        await time(client, `${major} ${kind}`, { name: "facts", text: factsStatement, values: [] });
        await time(client, `${major} ${kind}`, {
          name: "facts with identity",
          text: factsWithIdentity,
          values: [],
        });
      });
    });
  });

  test("activity names who a session waits for", async () => {
    await withClient(servers.primary, async (holder) => {
      await holder.query("select pg_advisory_lock(1)");
      const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
      await withClient(servers.primary, async (waiter) => {
        const waiting = waiter.query("select pg_advisory_lock(1)");
        const blocked = await until(async () => {
          const backends = (await sample("primary", "monitor", activity)) as readonly Backend[];
          return backends.find(({ blocked_by }) => blocked_by !== null);
        });
        expect(blocked).toMatchObject({ wait: "Lock:advisory", blocked_by: [rows[0]?.pid], state: "active" });
        await holder.query("select pg_advisory_unlock(1)");
        await waiting;
      });
    });
  });

  test("replication shows who follows a primary and a standby, and who hides it", async () => {
    const known = { sync_state: "async", usename: "replicator", client_addr: "127.0.0.1" };
    expect(await streaming("primary")).toMatchObject({
      ...known,
      application_name: "standby",
      slot_name: "slot_of_standby",
    });
    expect(await streaming("standby")).toMatchObject({
      ...known,
      application_name: "cascade",
      slot_name: null,
    });
    expect(await senders("cascading standby")).toEqual([]);
    const [hidden] = await senders("primary", "bare");
    expect(hidden?.pid).toBeGreaterThan(0);
    expect(hidden).toMatchObject({ state: null, replay_behind: null, replay_lag: null });
  });

  test("replication measures what a standby's standby has not replayed", async () => {
    await servers["cascading standby"].query("select pg_wal_replay_pause()");
    await servers.primary.query("create table written as select generate_series(1, 10000) as n");
    const paused = await until(async () =>
      (await senders("standby")).find(
        ({ replay_behind, flush_behind }) => (replay_behind ?? 0n) > 300_000n && flush_behind === 0n,
      ),
    );
    expect(paused).toMatchObject({ sent_behind: 0n, write_behind: 0n });
    await servers["cascading standby"].query("select pg_wal_replay_resume()");
    const caughtUp = await until(async () =>
      (await senders("standby")).find(({ replay_behind }) => replay_behind === 0n),
    );
    expect(caughtUp.replay_lag).toBeGreaterThan(0);
    await until(async () => (await senders("primary")).every(({ replay_behind }) => replay_behind === 0n));
  });

  test("databases count what is done in them", async () => {
    await servers.primary.query("create table counted as select generate_series(1, 1000) as n");
    const row = await until(async () => {
      await servers.primary.query("insert into counted select 1");
      const rows = (await sample("primary", "bare", databases)) as readonly DatabaseStatistics[];
      return rows.find(({ datname, tup_inserted }) => datname === "postgres" && (tup_inserted ?? 0) > 0);
    });
    expect(row.xact_commit).toBeGreaterThan(0);
    expect(row.numbackends).toBeGreaterThan(0);
    expect(row.xid_age).toBeGreaterThan(0n);
    const rows = (await sample("standby", "bare", databases)) as readonly DatabaseStatistics[];
    const names = rows.map(({ datname }) => datname).sort();
    const shared = major >= 12 ? ["(shared objects)"] : [];
    expect(names).toEqual([...shared, "postgres", "template0", "template1"]);
  });

  test("no server was asked for what it must refuse", async () => {
    for (const kind of serverKinds) expect(await refusalsIn(servers[kind])).toEqual([]);
  });

  // After the look at the log, which these fill with errors.
  test.each([
    "do $$ begin set transaction_read_only = off; create table public.t (a int); end $$",
    "do $$ begin execute 'commit'; set transaction_read_only = off; create table public.t (a int); end $$",
    "select pg_catalog.set_config('transaction_read_only', 'off', false), pg_catalog.lo_create(7)",
    "create table public.t (a int)",
  ])("even a superuser's question cannot write: %p", async (text) => {
    const outcome = await manager.query(at("primary", "postgres"), { text });
    expect(outcome.ok ? "ran" : outcome.error.sqlstate).toMatch(/^(25001|25006|0A000|2D000)$/);
  });
});

test("the matrix is whole: every view of every major, on each kind of server, as each role", () => {
  const whole = found.length * serverKinds.length * roles.length * askedViews.length;
  console.log(
    `matrix: ${combinations} combinations of ${found.length} majors, ${serverKinds.length} kinds of server, ` +
      `${roles.length} roles and ${askedViews.length} views`,
  );
  expect(combinations).toBe(whole);
});
