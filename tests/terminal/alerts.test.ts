import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signalRoles } from "../support/actions/acting.ts";
import { type Victim, victim } from "../support/actions/victim.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const home = mkdtempSync(join(tmpdir(), "pgparade-alerts-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const bootstrap = [
  ...signalRoles,
  "create role app login",
  "create table held (a int)",
  "grant all on held to app",
];

/** The program on a server where two sessions wait, one for the other, for a third that does nothing. */
async function atChain() {
  const server = await servers.lone("chained", { bootstrap });
  const config = join(home, "config.yaml");
  const at = `host: 127.0.0.1, port: ${server.port}, user: guard, database: postgres, sslmode: disable`;
  const levels = "thresholds: { blocked_sessions: { warning: 1s, critical: 1h } }\n";
  writeFileSync(config, `nodes:\n  orders-1: { ${at} }\n${levels}`, { mode: 0o600 });
  const root = await victim(server, "app");
  await root.client.query("begin; lock table held in access exclusive mode");
  const waits = async (session: Victim) => {
    const statement = "begin; lock table held in access exclusive mode; commit";
    const freed = session.client.query(statement).then(
      () => true,
      () => false,
    );
    const waiting = `select from pg_catalog.pg_stat_activity where pid = ${session.pid} and wait_event_type = 'Lock'`;
    await until(async () => (await server.query(waiting)).length === 1);
    return { freed };
  };
  const others = [await victim(server, "app"), await victim(server, "app")];
  const waiting: { readonly freed: Promise<boolean> }[] = [];
  for (const other of others) waiting.push(await waits(other));
  const terminal = watching(["--config", config], {
    columns: 120,
    rows: 30,
    env: { XDG_STATE_HOME: join(home, "state") },
  });
  await ready(terminal, /▲ orders-1/);
  return { terminal, root, others, waiting };
}

test("from the fleet ! and Enter put the cursor on the root of a lock chain, and its end frees the others", async () => {
  const { terminal, root, others, waiting } = await atChain();
  await using screen = terminal;
  await using first = root;
  await using second = others[0] ?? root;
  await using third = others[1] ?? root;
  screen.press("!");
  await screen.until(new RegExp(`❯warning .*longest of 2 lock waits .*root pid ${first.pid}`));
  screen.press("Enter");
  await screen.until(new RegExp(`❯${first.pid} +2 .*idle in tx`));
  screen.press("K");
  await screen.until(new RegExp(`Terminate this session\\?[\\s\\S]*${first.pid}`));
  screen.press("y");
  expect(await Promise.all(waiting.map(({ freed }) => freed))).toEqual([true, true]);
  expect(await first.isThere()).toBe(false);
  expect([await second.isThere(), await third.isThere()]).toEqual([true, true]);
});

test("z makes an alert quiet on the fleet and in the header at once, and again undoes it", async () => {
  const { terminal, root, others } = await atChain();
  await using screen = terminal;
  await using _ = root;
  await using __ = others[0] ?? root;
  await using ___ = others[1] ?? root;
  screen.press("!");
  await screen.until(/❯warning +\S+ +blocked_sessions/);
  screen.press("z");
  await screen.until(/1 alert quiet[\s\S]*❯warning +\S+ +(?:29|30)m +blocked_sessions/);
  screen.press("Escape");
  await screen.until(/❯● orders-1(?![\s\S]*sessions? blocked)/);
  screen.press("!");
  await screen.until(/❯warning +\S+ +(?:29|30)m/);
  screen.press("z");
  await screen.until(
    (rows) => /❯warning +\S+ +blocked_sessions/.test(rows.join("\n")) && !/quiet/.test(rows[0] ?? ""),
  );
});
