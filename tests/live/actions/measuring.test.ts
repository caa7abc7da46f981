import { describe, expect, test } from "bun:test";
import { runOperation } from "../../../src/services/actions/run-operation.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import type { RowId } from "../../../src/views/row-id.ts";
import { bloat } from "../../../src/views/storage/bloat.ts";
import { keyOf } from "../../../src/views/view.ts";
import { type Operating, operating } from "../../support/actions/operating.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [found[0], found.at(-1)].includes(major));

const made = [
  "create table half (id int primary key, a text) with (autovacuum_enabled = off)",
  "insert into half select n, md5(n::text) from generate_series(1, 20000) as n",
  "vacuum analyze half",
  "delete from half where id % 2 = 0",
];

/** A user who may do nothing to a server, and looks at the bloat. */
async function open(server: ThrowawayServer, user: string): Promise<Operating> {
  const settings = nodeSettings(server, { connection: { user }, actions: "none" });
  const operator = await operating([settings], () => "the config says actions: none");
  operator.watched.lookAt("bloat");
  return operator;
}

/** A row of the view that says the same of the extension as the server does. */
const rowWith = (operator: Operating, node: string, name: string, schema: string | null): Promise<RowId> =>
  until(() => {
    const sample = operator.watched.store.getState().observed.samples["bloat"]?.[node];
    const rows = sample?.state === "ok" ? sample.rows : [];
    const row = rows.find(({ relname, pgstattuple }) => relname === name && pgstattuple === schema);
    return row && { node, view: "bloat", key: keyOf(bloat, row) };
  });

const numbersIn = (text: string | null) => (text?.match(/\d+(\.\d+)?/g) ?? []).map(Number);

describe.each(majors)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers = serversForTests(binaries ? { binaries: async () => binaries } : {});

  test("dead rows and free space are measured where the extension is, with no right to act", async () => {
    const { primary: server, standbys } = await servers.cluster("measuring");
    for (const statement of made) await server.query(statement);
    {
      await using without = await open(server, "monitor");
      const row = await rowWith(without, server.name, "half", null);
      expect(without.plan("measure-bloat", row)).toMatchObject({
        ok: false,
        why: expect.stringContaining(
          "pgstattuple is not installed in postgres: CREATE EXTENSION pgstattuple",
        ),
      });
    }
    await server.query('create schema "my ext"');
    await server.query('create extension pgstattuple schema "my ext"');
    await server.query('grant usage on schema "my ext" to monitor');
    await using monitor = await open(server, "monitor");
    const table = await rowWith(monitor, server.name, "half", "my ext");
    const planned = monitor.plan("measure-bloat", table);
    expect(planned).toMatchObject({
      ok: true,
      plan: { title: "Measure the bloat of public.half", word: null, reads: true, database: "postgres" },
    });
    expect(await monitor.right("measure-bloat", table)).toEqual({ kind: "given" });
    const exact = await monitor.run("measure-bloat", table);
    const [dead = 0, count] = numbersIn(exact.kind === "done" ? exact.value : null);
    expect(count).toBe(10_000);
    expect(dead).toBeGreaterThan(30);
    expect(dead).toBeLessThan(50);
    const about = await monitor.run("measure-bloat-approx", table);
    expect(numbersIn(about.kind === "done" ? about.value : null)[1]).toBe(10_000);
    const index = await rowWith(monitor, server.name, "half_pkey", "my ext");
    const leaves = await monitor.run("measure-bloat", index);
    expect(numbersIn(leaves.kind === "done" ? leaves.value : null)[0]).toBeGreaterThan(80);
    expect(monitor.plan("measure-bloat-approx", index)).toMatchObject({
      ok: false,
      why: "it is not for this row",
    });
    // Nothing was done to the server.
    expect(await Bun.file(monitor.audit.path).exists()).toBe(false);

    await using bare = await open(server, "bare");
    const denied = {
      kind: "notPermitted",
      why: 'bare may not call "my ext".pgstattuple(regclass)',
      fix: expect.stringContaining("GRANT pg_stat_scan_tables TO bare"),
    };
    expect(await bare.run("measure-bloat", await rowWith(bare, server.name, "half", "my ext"))).toMatchObject(
      denied,
    );

    const [standby] = standbys;
    if (!standby) throw new Error("no standby");
    await using there = await open(standby, "monitor");
    const copy = await rowWith(there, standby.name, "half", "my ext");
    for (const name of ["measure-bloat", "measure-bloat-approx"])
      expect(await there.run(name, copy)).toMatchObject({ kind: "done" });
  });

  test("one that waits is given up at the lock timeout, and cancelled on the server by its user", async () => {
    const { primary: server } = await servers.cluster("measuring");
    await using monitor = await open(server, "monitor");
    const table = await rowWith(monitor, server.name, "half", "my ext");
    const planned = monitor.plan("measure-bloat", table);
    if (!planned.ok || planned.plan.kind !== "sql") throw new Error("not planned");
    const { plan } = planned;
    const holding = server.query(
      "begin; lock table half in access exclusive mode; select pg_sleep(12); commit",
    );
    const waiters = () =>
      server.query(
        "select from pg_stat_activity where query like '%pgstattuple(%' and wait_event_type = 'Lock'",
      );
    await until(
      async () =>
        (await server.query("select from pg_locks where mode = 'AccessExclusiveLock' and granted")).length >
        0,
    );
    const stop = new AbortController();
    const means = { manager: monitor.watched.manager, audit: monitor.audit, refusal: () => null };
    const measuring = runOperation(means, plan, stop.signal);
    await until(async () => (await waiters()).length === 1);
    stop.abort();
    expect((await measuring).outcome).toMatchObject({
      kind: "failed",
      isUnsure: false,
      error: { kind: "cancelled" },
    });
    expect(await waiters()).toEqual([]);
    const late = await monitor.send({ ...plan, lockMs: 300 });
    expect(late).toMatchObject({ kind: "failed", isUnsure: false, error: { sqlstate: "55P03" } });
    await holding;
  });
});
