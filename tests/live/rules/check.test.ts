import { beforeAll, expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { session } from "../../support/rules/rounds.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let file: string;

const target = (port: number) => `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
const check = async (...more: string[]) => {
  const { code, stdout, stderr } = await runProgram(["check", "--config", file, ...more]);
  return { code, lines: stdout.split("\n").slice(1).filter(Boolean), stderr };
};

beforeAll(async () => {
  server = await servers.lone("one");
  file = `${server.folder}/../check.yaml`;
  const slot = "select pg_catalog.pg_create_physical_replication_slot('abandoned', true)";
  await server.query(slot);
  const levels =
    "thresholds:\n  slot_inactive: { for: 1d }\n  idle_in_transaction: { warning: 1ms, critical: off }\n";
  await Bun.write(file, `${levels}nodes:\n  well: "${target(server.port)}"\n`);
});

test("judges by what no pulse tells too, at once, and says which slot it is", async () => {
  const { code, lines } = await check();
  expect([code, lines]).toEqual([1, [expect.stringMatching(/^warning +well .*slot abandoned is inactive/)]]);
  const json = await check("--format", "json", "--rule", "slot_inactive");
  const { nodes } = JSON.parse((await runProgram(["check", "--config", file, "--format", "json"])).stdout);
  expect(nodes[0].alerts).toMatchObject([
    { rule: "slot_inactive", severity: "warning", subject_kind: "slot", subject: "abandoned" },
  ]);
  expect(json.code).toBe(1);
});

test("--rule and --except choose what is judged, before the subcommand as well", async () => {
  expect((await check("--except", "slot_inactive")).code).toBe(0);
  expect((await check("--rule", "connections_used, xid_age")).code).toBe(0);
  await using idle = await session(server);
  await idle.client.query("begin");
  const only = await check("--rule", "idle_in_transaction");
  expect([only.code, only.lines]).toEqual([
    1,
    [expect.stringMatching(new RegExp(`idle in transaction .* pid ${idle.pid}$`))],
  ]);
  const before = await runProgram([
    "--except",
    "slot_inactive,idle_in_transaction",
    "check",
    "--config",
    file,
  ]);
  expect(before.code).toBe(0);
});

test("a rule that counts over time is unknown to whoever names it, and left out else", async () => {
  const { code, lines } = await check("--rule", "deadlocks");
  expect([code, lines]).toEqual([
    3,
    [expect.stringMatching(/^unknown +well .*one look is too short for deadlocks: see pgparade show alerts/)],
  ]);
});

test("a name that is no rule, or leaves none, is refused with those that there are", async () => {
  const wrong = await check("--rule", "slot_inactiv");
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain(
    "there is no such rule; did you mean slot_inactive? there are node_down, split_brain",
  );
  const second = await check("--rule", "blocked_sessions,nosuch,longquery");
  expect(second.stderr).toContain("there is no rule nosuch; there are");
  const near = await check("--except", "deadlocks,longquery");
  expect(near.stderr).toContain("there is no rule longquery; did you mean long_query?");
  const none = await check("--rule", "deadlocks", "--except", "deadlocks");
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("no rule is left to judge by")]);
});

test("the worst node stands first, and one that is down is unknown to whoever does not ask for that", async () => {
  const [{ port }] = [await servers.lone("two")];
  const two = await servers.lone("two");
  await two.stop();
  await Bun.write(
    file,
    `nodes:\n  well: "${target(server.port)}"\n  gone: "${target(port)}"\nclusters: { both: { nodes: [well, gone] } }\n`,
  );
  const { code, lines } = await check("--except", "slot_inactive");
  expect(code).toBe(2);
  expect(lines).toEqual([
    expect.stringMatching(/^critical +gone .*refused.*; well is the primary of its cluster$/),
    expect.stringMatching(/^ok +well /),
  ]);
  const other = await check("--rule", "xid_age");
  expect([other.code, other.lines.map((line) => line.split(" ")[0])]).toEqual([3, ["unknown", "ok"]]);
});

test("show alerts has a row for each, with what it is about", async () => {
  const shown = await runProgram([
    "show",
    "alerts",
    "--config",
    file,
    "--format",
    "json",
    "--interval",
    "1s",
  ]);
  const { nodes } = JSON.parse(shown.stdout) as {
    nodes: { name: string; rows: Record<string, unknown>[] }[];
  };
  const rows = Object.fromEntries(nodes.map(({ name, rows: all }) => [name, all]));
  expect(rows["well"]).toMatchObject([
    {
      severity: "warning",
      rule: "slot_inactive",
      text: expect.stringContaining("slot abandoned is inactive"),
      since_seconds: expect.any(Number),
      subject_kind: "slot",
      subject: "abandoned",
      view: "slots",
    },
  ]);
  expect(rows["gone"]).toMatchObject([{ severity: "critical", rule: "node_down", subject_kind: "node" }]);
});
