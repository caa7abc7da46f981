import { describe, expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { acting, asRole, signalRoles } from "../../support/actions/acting.ts";
import { victim } from "../../support/actions/victim.ts";
import { setAllHostile } from "../../support/servers/hostile-settings.ts";
import { installMajors, serversOfMajors } from "../../support/servers/majors.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();
const serversOf = serversOfMajors(found);
const servers = serversForTests();

/** Cancels a statement and terminates its session on the way that the settings say. */
async function expectBoth(node: NodeSettings, server: ThrowawayServer, user = "bare") {
  await using way = await acting([node]);
  await using session = await victim(server, user);
  const { ended } = await session.sleeps();
  const [row] = await server.query<{ earlier: string }>(
    `select ('${session.target("").backendStart}'::timestamptz - interval '1 microsecond')::text as earlier`,
  );
  const other = session.target(node.name, { backendStart: row?.earlier ?? "" });
  expect(await way.send("terminate", other)).toEqual([{ kind: "gone" }]);
  expect(await way.send("cancel", session.target(node.name))).toEqual([{ kind: "done" }]);
  expect(await ended).toBe("57014");
  expect(await way.send("cancel", session.target(node.name))).toMatchObject([{ kind: "refused" }]);
  expect(await way.send("terminate", session.target(node.name))).toEqual([{ kind: "done" }]);
  expect(await session.isThere()).toBe(false);
  expect(await way.send("terminate", session.target(node.name))).toEqual([{ kind: "gone" }]);
}

describe.each(found)("PostgreSQL %d", (major) => {
  test("a primary's statements are cancelled and sessions terminated, also by a role with hostile settings", async () => {
    const { primary } = await serversOf(major);
    for (const statement of signalRoles) await primary.query(statement);
    await expectBoth(asRole("guard", primary), primary);
    await primary.query("create role hostile login");
    await primary.query("grant pg_monitor, pg_signal_backend to hostile");
    await setAllHostile(primary, "role hostile");
    await expectBoth(asRole("hostile", primary), primary);
  });

  test("so are a standby's, and the GRANT that is missing is told", async () => {
    const { standby } = await serversOf(major);
    await until(
      async () => (await standby.query("select from pg_roles where rolname = 'hostile'")).length > 0,
    );
    await expectBoth(asRole("guard", standby), standby);
    await using weak = await acting([asRole("monitor", standby)]);
    await using session = await victim(standby, "bare");
    await session.sleeps();
    expect(await weak.send("terminate", session.target(standby.name))).toMatchObject([
      { kind: "notPermitted", fix: "GRANT pg_signal_backend TO monitor" },
    ]);
  });
});

test("a node with read_only: false does it too", async () => {
  const server = await servers.lone("ways", { bootstrap: signalRoles });
  await expectBoth(asRole("guard", server, { readOnly: false }), server);
});

test.skipIf(pgbouncer === null)(
  "through PgBouncer, with a role's hostile settings (needs pgbouncer)",
  async () => {
    const server = await servers.lone("ways", { bootstrap: signalRoles });
    await server.query("create role hostile login");
    await server.query("grant pg_monitor, pg_signal_backend to hostile");
    await setAllHostile(server, "role hostile");
    await using pooler = await poolerBefore(server);
    await expectBoth(asRole("hostile", pooler), server);
  },
);

test("a session that does not end holds up no pulse, with one session of ours at all", async () => {
  const server = await servers.lone("ways", { bootstrap: signalRoles });
  const settings = asRole("guard", server, { pool: { max: 1 } });
  await using watched = watch([settings], { refreshMs: 250 });
  await until(() => watched.node(server.name).pulse);
  const states = new Set<string>();
  watched.store.subscribe(() => states.add(watched.node(server.name).health.state));
  await using way = await acting([settings]);
  await using session = await victim(server, "bare");
  process.kill(session.pid, "SIGSTOP");
  try {
    const { signalSessions } = await import("../../../src/services/actions/signal-sessions.ts");
    const means = { manager: watched.manager, audit: way.audit, refusal: () => null };
    const results = await signalSessions(means, "terminate", [session.target(server.name)]);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(["sent"]);
  } finally {
    process.kill(session.pid, "SIGCONT");
  }
  expect([...states]).toEqual(["connected"]);
});
