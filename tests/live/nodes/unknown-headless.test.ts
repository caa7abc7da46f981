import { afterAll, expect, test } from "bun:test";
import pg from "pg";
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { receiving } from "../../support/servers/receiver.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const { found } = await installMajors();
const target = (server: ThrowawayServer, user = "monitor") =>
  `postgres://${user}@127.0.0.1:${server.port}/postgres?sslmode=disable`;

async function session(server: ThrowawayServer, user: string) {
  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user, database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  return { client, [Symbol.dispose]: () => void client.connection.stream.destroy() };
}

type Checked = {
  status: string;
  nodes: { status: string; alerts: { text: string }[]; unknown: { reason: string; rules: string[] }[] }[];
};

const bootstrap = [
  "create role becomes login in role pg_monitor",
  "grant bare to becomes",
  "alter role becomes set role = 'bare'",
  "create role dark login",
  "alter role dark set track_activities = off",
];
const hidden = "GRANT pg_monitor TO bare (becomes runs as it)";

test("show says what its rows leave out in a table, in JSON and beside CSV, however few rows there are", async () => {
  const server = await servers.lone("seen", { bootstrap });
  using running = await session(server, "monitor");
  running.client.query("select pg_catalog.pg_sleep(60)").catch(() => {});
  const note = `what sessions of other roles do is hidden: ${hidden}`;
  const show = (...more: string[]) => runProgram(["show", "activity", ...more, target(server, "becomes")]);
  expect(JSON.parse((await show("--format", "json")).stdout).nodes[0].notes).toEqual([note]);
  expect((await show()).stdout).toContain(note);
  expect((await show("--format", "csv")).stderr).toContain(note);
  const complete = await runProgram(["show", "activity", "--format", "json", target(server)]);
  expect(JSON.parse(complete.stdout).nodes[0].notes).toEqual([]);
});

test("check is unknown where a threshold cannot be judged, with the reason, and ok where none asks for it", async () => {
  const server = await servers.lone("seen", { bootstrap });
  const check = async (user: string, ...more: string[]) => {
    const { code, stdout } = await runProgram(["check", "--format", "json", ...more, target(server, user)]);
    const { status, nodes }: Checked = JSON.parse(stdout);
    return { code, status, unknown: nodes[0]?.unknown };
  };
  expect(await check("monitor")).toEqual({ code: 0, status: "ok", unknown: [] });
  const rules = ["idle_in_transaction", "oldest_transaction", "long_query"];
  expect(await check("becomes")).toEqual({
    code: 3,
    status: "unknown",
    unknown: [
      {
        reason: `sessions of other roles are hidden: ${hidden}`,
        rules: ["blocked_sessions", ...rules, "horizon"],
      },
      { reason: `settings of superusers are hidden: ${hidden}`, rules: ["pending_restart"] },
    ],
  });
  using _ = await session(server, "dark");
  const dark = { reason: "track_activities is off in 1 session", rules };
  expect(await check("monitor")).toEqual({ code: 3, status: "unknown", unknown: [dark] });
  const file = `${server.folder}/../quiet.yaml`;
  await Bun.write(
    file,
    `nodes:\n  seen: "${target(server)}"\nthresholds:\n  ${rules.map((rule) => `${rule}: {warning: off, critical: off}`).join("\n  ")}\n`,
  );
  const { code, stdout } = await runProgram(["check", "--config", file]);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/ok +seen .*track_activities is off in 1 session/),
  ]);
});

test("a session whose state is hidden is not left out as an idle one", async () => {
  const server = await servers.lone("seen", { bootstrap });
  using other = await session(server, "monitor");
  await other.client.query("begin");
  const show = async (user: string) => {
    const { stdout } = await runProgram([
      ...["show", "activity", "--idle", "no", "--format", "json"],
      target(server, user),
    ]);
    type Shown = { usename: string | null; state: string | null; backend_type: string | null };
    return (JSON.parse(stdout).nodes[0].rows as Shown[]).filter(({ usename }) => usename !== user);
  };
  const unseen = await show("bare");
  expect(unseen).toContainEqual(
    expect.objectContaining({ usename: "monitor", state: null, backend_type: null }),
  );
  // Background processes are hidden from it too, and are still left out.
  expect(unseen.map(({ usename }) => usename)).not.toContain(null);
  await other.client.query("rollback");
  expect((await show("postgres")).map(({ state }) => state)).not.toContain("idle");
});

test("show alerts says which rules it cannot judge, and what right is missing, where it finds nothing", async () => {
  const server = await servers.lone("seen", { bootstrap });
  const show = (...more: string[]) => runProgram(["show", "alerts", ...more, target(server, "bare")]);
  const reason = "sessions of other roles are hidden: GRANT pg_monitor TO bare";
  const note = new RegExp(`^blocked_sessions, .*long_query.* cannot be judged: ${reason}$`);
  const [node] = JSON.parse((await show("--format", "json")).stdout).nodes;
  expect(node).toMatchObject({ rows: [], notes: expect.arrayContaining([expect.stringMatching(note)]) });
  expect((await show()).stdout).toContain(reason);
  expect((await show("--format", "csv")).stderr).toContain(reason);
  const whole = await runProgram(["show", "alerts", "--format", "json", target(server)]);
  expect(JSON.parse(whole.stdout).nodes[0].notes).toEqual([]);
});

test("check has one alert for a prepared transaction, which no session has open", async () => {
  const server = await servers.lone("prepares", { settings: { max_prepared_transactions: "1" } });
  const file = `${server.folder}/../prepares.yaml`;
  const level = "{warning: 1ms, critical: off}";
  const levels = `  oldest_transaction: ${level}\n  prepared_transaction: ${level}`;
  await Bun.write(file, `nodes:\n  one: "${target(server)}"\nthresholds:\n${levels}\n`);
  await server.query("begin; create table prepared (); prepare transaction 'stuck'");
  const prepared = (await runProgram(["check", "--config", file])).stdout;
  expect(prepared).toContain("prepared transaction");
  expect(prepared).not.toContain("transaction open");
  await server.query("rollback prepared 'stuck'");
  using one = await session(server, "monitor");
  await one.client.query("begin");
  expect((await runProgram(["check", "--config", file])).stdout).toContain("transaction open");
});

test("how long a server takes is unknown until it has answered a poll", async () => {
  const revoked = ["revoke select on pg_catalog.pg_prepared_xacts from public"];
  const server = await servers.lone("refuses", { bootstrap: revoked });
  const { code, stdout } = await runProgram(["check", "--format", "json", target(server)]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout).nodes[0]).toMatchObject({
    state: "stale",
    latencyMs: null,
    error: { sqlstate: "42501" },
  });
});

for (const major of [10, 11, 12, 15, 16, 18].filter((one) => found.includes(one)))
  test(`on ${major} connections are full when an ordinary role can take no more`, async () => {
    const reserved = major >= 16 ? { reserved_connections: "2" } : {};
    const settings = {
      max_connections: "20",
      superuser_reserved_connections: "3",
      max_wal_senders: "4",
      ...reserved,
    };
    const scratch = await openScratch("test", binariesOf(major));
    opened.push(scratch);
    const roles = ["create role monitor login in role pg_monitor", "create role app login"];
    const server = await startServer(scratch, { name: "full", settings, bootstrap: roles });
    // WAL senders took slots until 11, and have their own since.
    await using first = await receiving(server, { flushes: false });
    await using second = await receiving(server, { flushes: false });
    expect([first, second]).toHaveLength(2);
    const taken: { client: pg.Client }[] = [];
    // One is left for check.
    using stack = new DisposableStack();
    const check = async () => {
      const { stdout } = await runProgram(["check", "--format", "json", target(server)]);
      return (JSON.parse(stdout) as Checked).nodes[0]?.alerts.map(({ text }) => text);
    };
    for (;;) {
      const one = await session(server, "app").catch(() => null);
      if (!one) break;
      taken.push(stack.use(one));
    }
    const [last] = taken;
    await last?.client.end();
    expect(taken).toHaveLength(20 - 3 - (major >= 16 ? 2 : 0) - (major < 12 ? 2 : 0));
    expect(await check()).toEqual(["connections 100% > 95%"]);
  });

const opened: { destroy(): Promise<void> }[] = [];
afterAll(async () => {
  for (const scratch of opened) await scratch.destroy();
});
