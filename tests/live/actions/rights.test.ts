import { expect, test } from "bun:test";
import { acting, asRole, signalRoles } from "../../support/actions/acting.ts";
import { victim } from "../../support/actions/victim.ts";
import { installMajors, serversOfMajors } from "../../support/servers/majors.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const serversOf = serversOfMajors(found.filter((major) => [10, 16].includes(major)));
const vacuuming = { autovacuum_naptime: "1s", autovacuum_vacuum_threshold: "1", autovacuum_max_workers: "1" };
const servers = serversForTests();
const lone = () => servers.lone("rights", { bootstrap: signalRoles, settings: vacuuming });

test("a role may end its own sessions without any grant, when it may see when they began", async () => {
  const server = await lone();
  await using node = await acting([asRole("bare", server)]);
  await using session = await victim(server, "bare");
  await session.sleeps();
  expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "done" }]);
});

test("pgparade's own sessions are refused, also the one that another question runs in", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server, { statementTimeoutMs: 60_000 })]);
  const seen = new AbortController();
  const sleep = { text: "select pg_catalog.pg_sleep(60)" };
  const asking = { signal: seen.signal, deadlineMs: 60_000 };
  const both = [1, 2].map(() => node.manager.query(server.name, sleep, asking));
  const own = await until(async () => {
    const rows = await server.query<{ pid: number; started: string }>(
      `select pid, (backend_start at time zone 'UTC')::text || '+00' as started
       from pg_catalog.pg_stat_activity where usename = 'guard' and wait_event = 'PgSleep'`,
    );
    return rows.length === 2 ? rows : null;
  });
  seen.abort();
  await Promise.all(both);
  await using session = await victim(server, "bare");
  const targets = own.map(({ pid, started: backendStart }) =>
    session.target(server.name, { pid, backendStart }),
  );
  const refused = { kind: "refused", why: "it is pgparade's own session" } as const;
  expect(await node.send("terminate", ...targets)).toEqual([refused, refused]);
});

test.skipIf(pgbouncer === null)(
  "so is a pooler's session that our question runs in (needs pgbouncer)",
  async () => {
    const server = await lone();
    await using pooler = await poolerBefore(server, { default_pool_size: "1" });
    await using node = await acting([asRole("monitor", pooler)]);
    expect(await node.manager.ready(server.name)).toBeNull();
    const [only] = await server.query<{ pid: number; started: string }>(
      `select pid, (backend_start at time zone 'UTC')::text || '+00' as started
     from pg_catalog.pg_stat_activity where usename = 'monitor'`,
    );
    await using session = await victim(server, "bare");
    const target = session.target(server.name, { pid: only?.pid ?? 0, backendStart: only?.started ?? "" });
    expect(await node.send("terminate", target)).toEqual([
      { kind: "refused", why: "it is pgparade's own session" },
    ]);
  },
);

test("where a login takes another role's rights, the GRANT is for that one", async () => {
  const server = await lone();
  await server.query("create role lent login in role monitor");
  await server.query("alter role lent set role = 'monitor'");
  await using node = await acting([asRole("lent", server)]);
  await using session = await victim(server, "bare");
  await session.sleeps();
  expect(await node.send("terminate", session.target(server.name))).toMatchObject([
    { kind: "notPermitted", fix: "GRANT pg_signal_backend TO monitor (lent runs as it)" },
  ]);
});

test.each(found.filter((major) => [10, 16].includes(major)))(
  "on PostgreSQL %d a member that does not inherit the right is told how to",
  async (major) => {
    const { primary } = await serversOf(major);
    await primary.query("create role apart login noinherit in role pg_signal_backend");
    if (major >= 16) await primary.query("grant pg_monitor to apart with inherit true");
    else await primary.query("grant pg_monitor to apart");
    await using node = await acting([asRole("apart", primary)]);
    await using session = await victim(primary, "bare");
    await session.sleeps();
    const [outcome] = await node.send("cancel", session.target(primary.name));
    expect(outcome).toMatchObject({
      kind: "notPermitted",
      fix: major >= 16 ? "GRANT pg_signal_backend TO apart WITH INHERIT TRUE" : "ALTER ROLE apart INHERIT",
    });
  },
);

test("an autovacuum worker has a right of its own from 18 on", async () => {
  const server = await lone();
  await server.query(`create table public.slow (filler text) with
    (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_enabled = on)`);
  await server.query("insert into public.slow select repeat('x', 1000) from generate_series(1, 5000)");
  await server.query("delete from public.slow");
  const [worker] = await until(async () => {
    const rows = await server.query<{ pid: number; started: string }>(
      `select pid, (backend_start at time zone 'UTC')::text || '+00' as started from pg_catalog.pg_stat_activity
       where backend_type = 'autovacuum worker' and query like 'autovacuum: VACUUM%public.slow%'`,
    );
    return rows.length > 0 ? rows : null;
  });
  await using session = await victim(server, "bare");
  const target = session.target(server.name, {
    pid: worker?.pid ?? 0,
    backendStart: worker?.started ?? "",
  });
  await using node = await acting([asRole("guard", server)]);
  expect(await node.send("cancel", target)).toEqual([
    {
      kind: "notPermitted",
      why: "it is an autovacuum worker",
      fix: "GRANT pg_signal_autovacuum_worker TO guard",
    },
  ]);
  await server.query("grant pg_signal_autovacuum_worker to guard");
  expect(await node.send("cancel", target)).toMatchObject([{ kind: "done" }]);
});
