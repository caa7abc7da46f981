import { expect, test } from "bun:test";
import { acting, asRole, signalRoles } from "../../support/actions/acting.ts";
import { type Victim, victim } from "../../support/actions/victim.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const lone = () => servers.lone("signals", { bootstrap: signalRoles });

test("cancel ends the statement and leaves the session", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  const { ended } = await session.sleeps();
  expect(await node.send("cancel", session.target(server.name))).toEqual([{ kind: "done" }]);
  expect(await ended).toBe("57014");
  expect(await session.isThere()).toBe(true);
});

test("terminate ends the session, which is gone when the outcome is told", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  const { ended } = await session.sleeps();
  expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "done" }]);
  expect(await session.isThere()).toBe(false);
  expect(await ended).toBe("57P01");
});

test("a session that idles in a transaction is terminated, and its locks are released", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await session.client.query("begin");
  await session.client.query("select pg_catalog.pg_advisory_xact_lock(7)");
  expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "done" }]);
  expect(await server.query("select from pg_catalog.pg_locks where locktype = 'advisory'")).toEqual([]);
});

test("a cancel of a session that runs no statement is refused, with what helps instead", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await session.client.query("begin");
  const [outcome] = await node.send("cancel", session.target(server.name));
  expect(outcome).toMatchObject({
    kind: "refused",
    why: expect.stringMatching(/idle in transaction.*terminate/),
  });
});

test("the session of another role needs pg_signal_backend, and the GRANT is told", async () => {
  const server = await lone();
  await using node = await acting([asRole("monitor", server)]);
  await using session = await victim(server, "bare");
  for (const signal of ["cancel", "terminate"] as const) {
    await using sleeper = await victim(server, "bare");
    await sleeper.sleeps();
    expect(await node.send(signal, sleeper.target(server.name))).toEqual([
      {
        kind: "notPermitted",
        why: "it is the session of another role",
        fix: "GRANT pg_signal_backend TO monitor",
      },
    ]);
    expect(await sleeper.isThere()).toBe(true);
  }
  expect(await session.isThere()).toBe(true);
});

test("a superuser's session needs a superuser", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "postgres");
  await session.sleeps();
  expect(await node.send("terminate", session.target(server.name))).toEqual([
    { kind: "notPermitted", why: "a superuser's session needs a superuser", fix: "log in as a superuser" },
  ]);
  expect(await session.isThere()).toBe(true);
  await using asSuperuser = await acting([asRole("postgres", server)]);
  expect(await asSuperuser.send("terminate", session.target(server.name))).toEqual([{ kind: "done" }]);
});

test("a role that may signal but not see when a session began is told to get pg_monitor", async () => {
  const server = await lone();
  await using node = await acting([asRole("blind", server)]);
  await using session = await victim(server, "bare");
  const [outcome] = await node.send("terminate", session.target(server.name));
  expect(outcome).toMatchObject({ kind: "notPermitted", fix: "GRANT pg_monitor TO blind" });
  expect(await session.isThere()).toBe(true);
});

test("a function that the role may not call is named in the GRANT", async () => {
  const server = await servers.lone("revoked", {
    bootstrap: [
      ...signalRoles,
      "revoke execute on function pg_catalog.pg_cancel_backend(integer) from public",
    ],
  });
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await session.sleeps();
  expect(await node.send("cancel", session.target(server.name))).toMatchObject([
    {
      kind: "notPermitted",
      fix: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_cancel_backend(integer) TO guard",
    },
  ]);
});

test("a session that ended before is gone", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await session.client.end();
  expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "gone" }]);
});

test.each(["cancel", "terminate"] as const)(
  "%s of a pid that another session has by now ends nobody, be it a microsecond younger",
  async (signal) => {
    const server = await lone();
    await using node = await acting([asRole("guard", server)]);
    await using session = await victim(server, "bare");
    const { ended } = await session.sleeps();
    const { backendStart } = session.target(server.name);
    const [row] = await server.query<{ earlier: string }>(
      `select ('${backendStart}'::timestamptz - interval '1 microsecond')::text as earlier`,
    );
    const old = session.target(server.name, { backendStart: row?.earlier ?? "" });
    expect(await node.send(signal, old)).toEqual([{ kind: "gone" }]);
    expect(await session.isThere()).toBe(true);
    expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "done" }]);
    expect(await ended).toBe("57P01");
  },
);

test("the server's own processes are refused", async () => {
  const server = await lone();
  await using node = await acting([asRole("postgres", server)]);
  const [process] = await server.query<{ pid: number; started: string }>(
    `select pid, (backend_start at time zone 'UTC')::text || '+00' as started
     from pg_catalog.pg_stat_activity where backend_type = 'checkpointer'`,
  );
  await using session = await victim(server);
  const target = session.target(server.name, {
    pid: process?.pid ?? 0,
    backendStart: process?.started ?? "",
  });
  expect(await node.send("terminate", target)).toEqual([
    { kind: "refused", why: "it is the server's own checkpointer, not a session" },
  ]);
});

test("a standby's sessions are ended too, unless it was a primary when the question was asked", async () => {
  const { standbys } = await servers.cluster("replicated", 1, { bootstrap: signalRoles });
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await using node = await acting([asRole("guard", standby)]);
  await using session = await victim(standby, "bare");
  await session.sleeps();
  expect(await node.send("terminate", session.target(standby.name, { inRecovery: false }))).toEqual([
    { kind: "refused", why: "the server was a primary when you were asked and is a standby now" },
  ]);
  expect(await session.isThere()).toBe(true);
  expect(await node.send("terminate", session.target(standby.name, { inRecovery: true }))).toEqual([
    { kind: "done" },
  ]);
});

test("many sessions of several nodes end at once, and what fails with one touches no other", async () => {
  const server = await lone();
  const { port } = server;
  await using node = await acting([
    asRole("guard", { name: "there", port }),
    asRole("monitor", { name: "weak", port }),
    nodeSettings({ name: "down", port: 1 }),
  ]);
  const sessions = await Promise.all(Array.from({ length: 12 }, () => victim(server, "bare")));
  await using superusers = await victim(server);
  const [first, ...others] = sessions;
  if (!first) throw new Error("no session");
  await others[0]?.client.end();
  const outcomes = await node.send(
    "terminate",
    first.target("down"),
    superusers.target("there"),
    ...others.map((one) => one.target("there")),
    first.target("weak"),
    first.target("nowhere"),
  );
  expect(outcomes.map(({ kind }) => kind)).toEqual([
    "failed",
    "notPermitted",
    "gone",
    ...others.slice(1).map(() => "done" as const),
    "notPermitted",
    "failed",
  ]);
  expect(outcomes[0]).toMatchObject({ error: { kind: "refused" } });
  expect(await first.isThere()).toBe(true);
  for (const one of sessions) await one[Symbol.asyncDispose]();
});

test("a session that does not end is told as such", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  process.kill(session.pid, "SIGSTOP");
  try {
    expect(await node.send("terminate", session.target(server.name))).toEqual([
      { kind: "sent", why: "the session is still there after 5 s" },
    ]);
  } finally {
    process.kill(session.pid, "SIGCONT");
  }
});

test("a server without a free connection slot is helped all the same, through the session that is there", async () => {
  const settings = { max_connections: "12", superuser_reserved_connections: "2", max_wal_senders: "0" };
  const server = await servers.lone("full", { bootstrap: signalRoles, settings });
  await using node = await acting([asRole("guard", server)]);
  expect(await node.manager.ready(server.name)).toBeNull();
  const sessions: Victim[] = [];
  const more = () =>
    victim(server, "bare").then(
      (session) => sessions.push(session),
      (cause: { code?: string }) => cause.code,
    );
  await until(async () => (await more()) === "53300");
  const [first] = sessions;
  if (!first) throw new Error("no session");
  expect(await node.send("terminate", first.target(server.name))).toEqual([{ kind: "done" }]);
  for (const session of sessions) await session[Symbol.asyncDispose]();
});
