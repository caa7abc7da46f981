import { beforeAll, expect, test } from "bun:test";
import { readAll } from "../../../src/cli/headless.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { drift } from "../../../src/views/settings/drift.ts";
import type { Row } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
let all: readonly ThrowawayServer[];

/** The differences of all nodes, or what one look at these tells, as a role sees them, in their order. */
async function driftAs(user: string, nodes: readonly ThrowawayServer[] = all) {
  const settings = {
    nodes: nodes.map((server) => ({
      ...nodeSettings(server, { connection: { user } }),
      cluster: server.name.slice(0, 4),
    })),
    clusters: ["west", "east"].map((name) => ({
      name,
      nodes: nodes.flatMap((one) => (one.name.startsWith(name) ? one.name : [])),
    })),
  };
  const readings = await readAll(settings as unknown as Settings, drift, { intervalMs: 0 });
  const rows = readings.flatMap(({ sample }) => (sample.state === "notApplicable" ? [] : sample.rows));
  return { readings, rows: rows.toSorted((a, b) => Number(a["rank"]) - Number(b["rank"])) };
}

const said = ({ kind, name, where, odd, value, usual }: Row) =>
  [kind, name, where, odd, value, usual].map((one) => String(one)).join(" / ");
const leading = (rows: readonly Row[]) => rows.filter(({ rank }) => Number(rank) < 4).map(said);

beforeAll(async () => {
  const extension = { bootstrap: ["create extension hstore"] };
  const { primary, standbys } = await servers.cluster("west");
  const [standby = primary] = standbys;
  const east = await Promise.all([
    servers.lone("east-1", extension),
    servers.lone("east-2", extension),
    servers.lone("east-3"),
  ]);
  all = [primary, standby, ...east];
  // Two planted differences and a pending restart; an extension is missing on east-3.
  await standby.query("alter system set work_mem = '64MB'");
  await east[0].query("alter system set log_min_duration_statement = '250ms'");
  await east[1].query("alter system set max_locks_per_transaction = 128");
  for (const server of all) await server.query("select pg_catalog.pg_reload_conf()");
});

test("among five nodes what was planted leads, and the odd node is said", async () => {
  const { rows, readings } = await driftAs("monitor");
  expect(leading(rows)).toEqual([
    "restart / max_locks_per_transaction / east / east-2 / 64, then unknown / null",
    "setting / work_mem / west / west-2 / 64MB / 4MB",
    "setting / log_min_duration_statement / east / east-1 / 250ms / -1",
    expect.stringMatching(/^extension \/ hstore \/ east \/ east-3 \/ absent \/ 1\.\d+$/),
  ]);
  expect(rows.map(({ groups }) => groups)).toContain("-1: east-2, east-3; 250ms: east-1");
  // Ports, paths and names differ, and are no drift.
  expect(rows).toHaveLength(4);
  expect(readings.map(({ sample }) => sample.state)).toEqual(Array(5).fill("ok"));
  const [first] = leading((await driftAs("postgres")).rows);
  expect(first).toBe("restart / max_locks_per_transaction / east / east-2 / 64, then 128 / null");
});

test("what a bare role may not see is neither equal nor odd, and is said", async () => {
  const [, , server] = all;
  await server?.query("alter system set session_preload_libraries = 'plpgsql'");
  await server?.query("select pg_catalog.pg_reload_conf()");
  const libraries = "setting / session_preload_libraries / east / east-1 / plpgsql / ''";
  await until(async () => leading((await driftAs("monitor")).rows).includes(libraries));
  const { rows, readings } = await driftAs("bare");
  expect(leading(rows)).toContain("setting / work_mem / west / west-2 / 64MB / 4MB");
  expect(leading(rows)).not.toContain(libraries);
  const note = /^settings that only superusers .*: GRANT pg_monitor TO bare$/;
  for (const { notes } of readings) expect(notes).toContainEqual(expect.stringMatching(note));
});

test("a standby that differs from its primary raises an alert that says how", async () => {
  const targets = all
    .slice(0, 2)
    .map(({ port }) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`);
  const { stdout } = await runProgram(["check", "--format", "json", ...targets]);
  const alerts = JSON.parse(stdout).nodes.flatMap(({ alerts }: { alerts: object[] }) => alerts);
  expect(alerts).toEqual([
    expect.objectContaining({
      ...{ rule: "setting_drift", severity: "warning" },
      text: expect.stringMatching(/^a setting differs from its primary \S+: work_mem is 64MB, there 4MB$/),
    }),
  ]);
});

test("a node that is down is unknown in what differs, and no node is odd for lack of it", async () => {
  await all[4]?.stop();
  const { rows, readings } = await driftAs("monitor");
  expect(readings[4]?.sample.state).toBe("failed");
  const row = rows.find(({ name }) => name === "log_min_duration_statement");
  expect(row).toMatchObject({ where: "east", unknown: "east-3", unknown_nodes: ["east-3"], odd: null });
  expect(rows.map(({ name }) => name)).not.toContain("hstore");
});
