import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { operations } from "../../../src/commands/operations/all.ts";
import type { SqlOperation } from "../../../src/commands/operations/operation.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { operating, rowOf } from "../../support/actions/operating.ts";
import { victim } from "../../support/actions/victim.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests({ settings: { log_statement: "all", wal_level: "logical" } });
const pair = () => servers.cluster("operated");
const sqlOperations = operations.filter((one): one is SqlOperation => "role" in one);
const asRole = (user: string, server: ThrowawayServer) =>
  nodeSettings(server, { connection: { user }, actions: "all" });

const slotsOf = async (server: ThrowawayServer) => {
  const rows = await server.query<{ slot_name: string }>(
    "select slot_name from pg_replication_slots order by 1",
  );
  return rows.map(({ slot_name }) => slot_name);
};

test("slots are created, advanced and dropped, and the audit file has each statement", async () => {
  const { primary } = await pair();
  const { name } = primary;
  await using user = await operating([asRole("postgres", primary)]);
  user.watched.lookAt("slots");
  expect(await user.run("create-physical-slot", name, "kept")).toEqual({ kind: "done", value: null });
  expect(await user.run("create-logical-slot", name, "decoded")).toEqual({ kind: "done", value: null });
  expect(await slotsOf(primary)).toEqual(["decoded", "kept"]);
  const [kept, decoded] = [rowOf(name, "slots", "kept"), rowOf(name, "slots", "decoded")];
  await until(() => user.plan("drop-slot", decoded).ok && user.plan("drop-slot", kept).ok);
  await primary.query("create table public.written as select from pg_catalog.generate_series(1, 1000)");
  const [before] = await primary.query<{ lsn: string }>(
    "select pg_catalog.pg_current_wal_lsn()::text as lsn",
  );
  for (const slot of [kept, decoded])
    expect(await user.run("advance-slot", slot, before?.lsn)).toEqual({
      kind: "done",
      value: before?.lsn ?? "",
    });
  expect(user.plan("advance-slot", kept, "yesterday")).toMatchObject({ ok: false, isArgument: true });
  for (const slot of [kept, decoded])
    expect(await user.run("drop-slot", slot)).toEqual({ kind: "done", value: null });
  expect(await slotsOf(primary)).toEqual([]);
  await until(() => user.plan("drop-slot", kept).ok === false);
  expect(user.plan("drop-slot", kept)).toMatchObject({ why: "it is gone" });
  const lines = readFileSync(user.audit.path, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line)).slice(-2)).toMatchObject([
    {
      action: "drop-slot",
      node: name,
      statement: "select pg_catalog.pg_drop_replication_slot('decoded')",
      outcome: null,
    },
    { action: "drop-slot", outcome: "done" },
  ]);
});

test("a slot that is in use is refused, and says by whom", async () => {
  const { primary, standbys } = await pair();
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await using user = await operating([primary, standby].map((server) => asRole("postgres", server)));
  user.watched.lookAt("slots");
  await primary.query("select pg_catalog.pg_create_physical_replication_slot('held')");
  await standby.query("alter system set primary_slot_name = 'held'");
  await standby.query("select pg_catalog.pg_reload_conf()");
  const row = rowOf(primary.name, "slots", "held");
  const why = `it is active: ${standby.name} streams from it`;
  await until(() => {
    const planned = user.plan("drop-slot", row);
    return !planned.ok && planned.why === why;
  });
});

test("replay is paused and resumed, configuration reloaded, WAL switched, a checkpoint written", async () => {
  const { primary, standbys } = await pair();
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await using user = await operating([primary, standby].map((server) => asRole("postgres", server)));
  const isPaused = async () =>
    (await standby.query<{ paused: boolean }>("select pg_catalog.pg_is_wal_replay_paused() as paused"))[0]
      ?.paused;
  expect(await user.run("pause-replay", standby.name)).toEqual({ kind: "done", value: null });
  expect(await isPaused()).toBe(true);
  await until(
    () => !user.plan("pause-replay", standby.name).ok && user.plan("resume-replay", standby.name).ok,
  );
  expect(await user.run("resume-replay", standby.name)).toEqual({ kind: "done", value: null });
  expect(await isPaused()).toBe(false);
  expect(await user.run("reload-configuration", primary.name)).toEqual({ kind: "done", value: null });
  expect(await user.run("switch-wal", primary.name)).toMatchObject({
    kind: "done",
    value: expect.stringMatching(/^\d+\//),
  });
  expect(await user.run("checkpoint", primary.name)).toEqual({ kind: "done", value: null });
  expect(await user.run("checkpoint", standby.name)).toEqual({ kind: "done", value: null });
});

/** A statement of an operation in a server's log, but not a question about rights. */
const sentIn = (server: ThrowawayServer) =>
  [...readFileSync(server.logFile, "utf8").matchAll(/(?:statement|execute [^:]*): (.*)/g)]
    .map(([, statement = ""]) => statement)
    .filter(
      (statement) =>
        /pg_drop_replication|pg_replication_slot_advance|pg_create_\w+_replication|pg_wal_replay_(?:pause|resume)\(|pg_promote\(|pg_reload_conf\(|pg_switch_wal\(|^CHECKPOINT|^ALTER/.test(
          statement,
        ) && !/has_function_privilege/.test(statement),
    );

test("without the right nothing is sent, and what would give it is said and gives it", async () => {
  const { primary, standbys } = await pair();
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await primary.query("select pg_catalog.pg_create_physical_replication_slot('left', true)");
  await using user = await operating([primary, standby].map((server) => asRole("monitor", server)));
  user.watched.lookAt("slots");
  const slot = rowOf(primary.name, "slots", "left");
  await until(() => user.plan("drop-slot", slot).ok);
  const before = [sentIn(primary).length, sentIn(standby).length];
  const ofNode = sqlOperations.filter(({ views, name }) => views === null && name !== "promote");
  for (const { name, role } of ofNode) {
    if (name === "resume-replay") continue;
    const node = role === "standby" ? standby.name : primary.name;
    const argument = name.startsWith("create") ? "new" : "";
    const outcome = await user.run(name, node, argument);
    expect({ name, before: await user.right(name, node, argument) }).toEqual({
      name,
      before: { kind: "denied", outcome },
    });
    expect({ name, outcome }).toMatchObject({
      name,
      outcome: { kind: "notPermitted", fix: expect.stringMatching(/monitor/) },
    });
  }
  const refused = await user.run("drop-slot", slot);
  expect(refused).toEqual({
    kind: "notPermitted",
    why: "monitor has no REPLICATION",
    fix: "ALTER ROLE monitor REPLICATION",
  });
  expect([sentIn(primary).length, sentIn(standby).length]).toEqual(before);
  const fixes = [
    "ALTER ROLE monitor REPLICATION",
    "GRANT pg_checkpoint TO monitor",
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_switch_wal() TO monitor",
  ];
  for (const fix of fixes) await primary.query(fix);
  expect(await user.right("drop-slot", slot)).toEqual({ kind: "given" });
  expect(await user.run("drop-slot", slot)).toMatchObject({ kind: "done" });
  expect(await user.run("checkpoint", primary.name)).toMatchObject({ kind: "done" });
  expect(await user.run("switch-wal", primary.name)).toMatchObject({ kind: "done" });
  await primary.query("alter role monitor noreplication");
});

test("on the wrong role, in read-only mode and where the config forbids it nothing is asked or sent", async () => {
  const { primary, standbys } = await pair();
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  const nodes = [primary, standby].map((server) => asRole("postgres", server));
  await using user = await operating(nodes, (node) => `${node} is forbidden`);
  const planned = user.plan("switch-wal", primary.name);
  if (!planned.ok || planned.plan.kind !== "sql") throw new Error("it is not planned");
  const before = [sentIn(primary).length, sentIn(standby).length];
  expect(await user.send(planned.plan)).toEqual({ kind: "refused", why: `${primary.name} is forbidden` });
  for (const { name, role, views } of sqlOperations) {
    if (role === "any" || views !== null) continue;
    const wrong = role === "primary" ? standby : primary;
    expect(user.plan(name, wrong.name)).toMatchObject({
      ok: false,
      why: role === "primary" ? "the server is a standby" : "the server is a primary",
    });
  }
  user.watched.store.setState({ readOnlyBy: "--read-only" });
  for (const { name, views } of operations)
    if (views === null)
      expect(user.plan(name, primary.name)).toMatchObject({ why: expect.stringMatching(/^read-only: /) });
  user.watched.store.setState({ readOnlyBy: null });
  await using late = await operating(nodes);
  // As if the server had been promoted between the question and the yes.
  const other = { ...planned.plan, server: { ...planned.plan.server, inRecovery: true } };
  expect(await late.send(other)).toEqual({
    kind: "refused",
    why: "the server was a standby when you were asked and is a primary now",
  });
  const system = { ...planned.plan, server: { ...planned.plan.server, systemIdentifier: "1" } };
  expect(await late.send(system)).toEqual({ kind: "refused", why: "another server answers there now" });
  expect([sentIn(primary).length, sentIn(standby).length]).toEqual(before);
});

test("a standby is promoted once its primary is gone, before that only on purpose", async () => {
  const { primary, standbys } = await servers.cluster("promoted");
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await using user = await operating([primary, standby].map((server) => asRole("postgres", server)));
  await until(() => user.watched.node(standby.name).lag?.bytes != null);
  expect(user.plan("promote", standby.name)).toMatchObject({
    ok: false,
    why: `its primary ${primary.name} answers: stop the primary first (or promote-anyway)`,
  });
  expect(user.plan("promote-anyway", standby.name)).toMatchObject({
    ok: true,
    plan: {
      word: standby.name,
      about: [
        ["received", expect.stringMatching(/^up to [0-9A-F]+\/[0-9A-F]+, /)],
        ["not replayed", expect.any(String)],
        ["effect", `two primaries may take writes then: its primary ${primary.name} answers`, "critical"],
      ],
    },
  });
  await primary.stop();
  await until(() => user.plan("promote", standby.name).ok);
  const lost = user.plan("promote", standby.name);
  expect(lost.ok && lost.plan.about.map(([, text]) => text)).toEqual([
    expect.stringMatching(/^up to [0-9A-F]+\/[0-9A-F]+, all of it replayed$/),
    expect.stringMatching(
      new RegExp(`^${primary.name} had written up to .* when it answered last, which is here$`),
    ),
    expect.stringContaining("a timeline of its own"),
  ]);
  expect(user.plan("promote-anyway", standby.name).ok).toBe(false);
  expect(await user.run("promote", standby.name)).toEqual({ kind: "done", value: null });
  await until(() => user.watched.node(standby.name).facts?.inRecovery === false);
});

test("a yes reaches no other standby that answers at the address by then", async () => {
  const { standbys } = await servers.cluster("alike", 2);
  const [first, second] = standbys;
  if (!first || !second) throw new Error("no standbys");
  await using user = await operating([asRole("postgres", first)]);
  const planned = user.plan("pause-replay", first.name);
  if (!planned.ok) throw new Error(planned.why);
  await using elsewhere = await operating([
    nodeSettings(
      { name: first.name, port: second.port },
      { connection: { user: "postgres" }, actions: "all" },
    ),
  ]);
  expect(await elsewhere.send(planned.plan)).toEqual({
    kind: "refused",
    why: "another server of the cluster answers there now, or it was restarted",
  });
});

test("a standby that is watched alone is not promoted while it streams", async () => {
  const { standbys } = await servers.cluster("alike", 2);
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await using user = await operating([asRole("postgres", standby)]);
  await until(() => user.watched.node(standby.name).pulse?.receiver === "streaming");
  expect(user.plan("promote", standby.name)).toMatchObject({
    why: "it streams WAL from a server that lives: stop the primary first (or promote-anyway)",
  });
  expect(user.plan("promote-anyway", standby.name).ok).toBe(true);
});

test("a logical slot waits for the transactions that run, and is created after them", async () => {
  const { primary } = await pair();
  await using user = await operating([asRole("postgres", primary)]);
  await using open = await victim(primary);
  await open.client.query("begin; create table public.uncommitted (a int)");
  const created = user.run("create-logical-slot", primary.name, "patient");
  const waits = "select from pg_stat_activity where wait_event = 'transactionid' and query ~ 'patient'";
  await until(async () => (await primary.query(waits)).length === 1);
  await open.client.query("rollback");
  expect(await created).toEqual({ kind: "done", value: null });
  await primary.query("select pg_catalog.pg_drop_replication_slot('patient')");
});

test("a member of pg_checkpoint that does not inherit its rights is told so", async () => {
  const { primary } = await pair();
  await primary.query("create role apart login noinherit in role pg_monitor, pg_checkpoint");
  await using user = await operating([asRole("apart", primary)]);
  const lacks = await user.run("checkpoint", primary.name);
  expect(lacks).toEqual({
    kind: "notPermitted",
    why: "apart lacks the rights of pg_checkpoint",
    fix: "GRANT pg_checkpoint TO apart WITH INHERIT TRUE",
  });
  if (lacks.kind === "notPermitted") await primary.query(lacks.fix);
  expect(await user.run("checkpoint", primary.name)).toEqual({ kind: "done", value: null });
});

test("a role that is made a superuser meanwhile may, in the session that it has", async () => {
  const { primary } = await pair();
  await primary.query("create role raised login in role pg_monitor");
  await using user = await operating([asRole("raised", primary)]);
  expect(await user.right("checkpoint", primary.name)).toMatchObject({ kind: "denied" });
  await primary.query("alter role raised superuser");
  expect(await user.right("checkpoint", primary.name)).toEqual({ kind: "given" });
});
