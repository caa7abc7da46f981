import { expect, test } from "bun:test";
import { victim } from "../../support/actions/victim.ts";
import { at, draw } from "../../support/screens/screens.tsx";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

/** The screen of a watched program, wide enough for whole sentences. */
function drawn({ store }: Watched, place: Parameters<typeof at>[0] = { kind: "fleet" }): string[] {
  const state = store.getState();
  return draw({ ...state, screen: { ...state.screen, columns: 200, rows: 50, ...at(place) } });
}

const lineOf = (screen: Watched, node: string) =>
  drawn(screen).find((line) => line.includes(` ${node} `)) ?? "";

for (const relation of ["pg_prepared_xacts", "pg_locks"])
  test(`a node that refuses ${relation} is not well: no figure, the reason and the right that it lacks`, async () => {
    const server = await servers.lone(`no-${relation.replaceAll("_", "-")}`, {
      bootstrap: [`revoke select on pg_catalog.${relation} from public`],
    });
    const reason = `pulse: permission denied for view ${relation}: GRANT SELECT ON pg_catalog.${relation} TO monitor`;
    await using screen = watch([nodeSettings(server)], { refreshMs: 250 });
    await until(() => screen.node(server.name).health.error);
    const line = lineOf(screen, server.name);
    expect(line).toMatch(new RegExp(`^.▲ ${server.name} +primary +\\S+ +– `));
    expect(line).toContain(`pulse: GRANT SELECT ON pg_catalog.${relation} TO monitor`);
    expect(line).not.toMatch(/ 0(\.0s)? /);
    expect(drawn(screen).at(0)).not.toContain("up");
    const page = drawn(screen, { kind: "node", node: server.name }).join("\n");
    expect(page).toContain(reason);
    expect(page).toContain("▲ unknown");
    // Views that need no such right go on.
    screen.lookAt("databases");
    await until(() => screen.store.getState().observed.samples["databases"]?.[server.name]?.state === "ok");

    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
    const show = async (view: string) => {
      const { stdout } = await runProgram(["show", view, "--format", "json", target]);
      return JSON.parse(stdout).nodes[0];
    };
    const { notes, rows } = await show("alerts");
    expect(rows).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/blocked_sessions.*cannot be judged: pulse: /)]);
    expect(notes[0]).toContain(reason);
    expect((await show("fleet")).error).toMatchObject({
      sqlstate: "42501",
      hint: `GRANT SELECT ON pg_catalog.${relation} TO monitor`,
    });
  });

test("all that a refused view lacks is named in one go", async () => {
  const server = await servers.lone("no-two", {
    bootstrap: ["revoke select on pg_catalog.pg_locks, pg_catalog.pg_prepared_xacts from public"],
  });
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const { stdout } = await runProgram(["show", "fleet", "--format", "json", target]);
  const grant = (relation: string) => `GRANT SELECT ON pg_catalog.${relation} TO monitor`;
  const { hint } = JSON.parse(stdout).nodes[0].error;
  expect(hint.split("; ").toSorted()).toEqual([grant("pg_locks"), grant("pg_prepared_xacts")]);
  await server.query("revoke execute on function pg_catalog.pg_blocking_pids(int) from public");
  const both = await runProgram(["show", "fleet", "--format", "json", target]);
  expect(JSON.parse(both.stdout).nodes[0].error.hint.split("; ")).toContain(
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_blocking_pids(integer) TO monitor",
  );
  await server.query("revoke select on pg_catalog.pg_stat_subscription from public");
  const refused = await runProgram(["show", "subscriptions", "--format", "json", target]);
  expect(JSON.parse(refused.stdout).nodes[0].error.hint).toBe(grant("pg_stat_subscription"));
});

test("a login that is refused what any role may know is told all of it", async () => {
  const server = await servers.lone("no-facts", {
    bootstrap: [
      "revoke select on pg_catalog.pg_stat_activity, pg_catalog.pg_database from public",
      "revoke execute on function pg_catalog.pg_is_in_recovery() from public",
    ],
  });
  const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const { stdout } = await runProgram(["show", "fleet", "--format", "json", target]);
  const { kind, hint } = JSON.parse(stdout).nodes[0].error;
  expect({ kind, hint: hint.split("; ").toSorted() }).toEqual({
    kind: "privilege",
    hint: [
      "GRANT EXECUTE ON FUNCTION pg_catalog.pg_is_in_recovery() TO monitor",
      "GRANT SELECT ON pg_catalog.pg_database TO monitor",
      "GRANT SELECT ON pg_catalog.pg_stat_activity TO monitor",
    ],
  });
});

test("while each pulse is refused the last figures are old, with the reason, and are the present again after it", async () => {
  const server = await servers.lone("locked");
  await using holder = await victim(server);
  await using screen = watch([nodeSettings(server)], { refreshMs: 250 });
  await until(() => screen.node("locked").pulse);
  expect(lineOf(screen, "locked")).toMatch(/^.● /);
  await holder.client.query(
    "set allow_system_table_mods = on; begin; lock table pg_catalog.pg_database in access exclusive mode",
  );
  await until(() => screen.node("locked").health.error);
  expect(screen.node("locked").health).toMatchObject({ state: "stale", error: { sqlstate: "55P03" } });
  expect(lineOf(screen, "locked")).toMatch(/^.◌ .* pulse: canceling statement due to lock timeout, for \d/);
  const page = drawn(screen, { kind: "node", node: "locked" }).join("\n");
  expect(page).toContain("pulse: canceling statement due to lock timeout");
  await holder.client.query("rollback");
  await until(() => screen.node("locked").health.state === "connected");
  await until(() => /^.● /.test(lineOf(screen, "locked")));
  const events = screen.store.getState().observed.events.map(({ text }) => text);
  expect(events).toEqual([
    "pulse: canceling statement due to lock timeout",
    expect.stringMatching(/^answers again, after /),
  ]);
});
