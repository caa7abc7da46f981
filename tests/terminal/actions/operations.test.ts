import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { victim } from "../../support/actions/victim.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const home = mkdtempSync(join(tmpdir(), "pgparade-operations-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const outcomesIn = (audit: string) =>
  readFileSync(audit, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).outcome);

/** The program with one node on which everything is allowed, as this role. */
async function watchingIt(server: ThrowawayServer, user: string) {
  const folder = mkdtempSync(join(home, "run-"));
  const config = join(folder, "config.yaml");
  const at = `host: 127.0.0.1, port: ${server.port}, user: ${user}, database: postgres, sslmode: disable`;
  writeFileSync(config, `nodes:\n  orders-1: { ${at}, actions: all }\n`, { mode: 0o600 });
  const state = join(folder, "state");
  const screen = watching(["--config", config], { columns: 110, rows: 30, env: { XDG_STATE_HOME: state } });
  await ready(screen, /● orders-1/);
  return { screen, audit: join(state, "pgparade", "audit.jsonl") };
}

test("from the slots a slot is dropped in a few keys, and the event says by whom", async () => {
  const server = await servers.lone("dropped");
  await server.query("select pg_catalog.pg_create_physical_replication_slot('forgotten', true)");
  const { screen: terminal, audit } = await watchingIt(server, "postgres");
  await using screen = terminal;
  screen.press(":", "slots", "Enter");
  await screen.until(/forgotten/);
  screen.press("O");
  await screen.until(/drop-slot/);
  screen.press("Enter");
  const dialog = (await screen.until(/Drop the slot forgotten\?/)).join("\n");
  expect(dialog).toContain("orders-1 (primary)");
  expect(dialog).toContain("select pg_catalog.pg_drop_replication_slot('forgotten')");
  screen.press("y");
  await screen.until(/orders-1: slot forgotten dropped/);
  expect(await server.query("select from pg_replication_slots")).toEqual([]);
  await screen.until((rows) => !/physical/.test(rows.join("\n")));
  screen.press(":", "events");
  await screen.until(/Events/i);
  screen.press("Enter");
  await screen.until(/action.*slot forgotten dropped by you/);
  expect(outcomesIn(audit)).toEqual([null, "done"]);
});

test("a role that may not is told the GRANT before it can say yes, and may once it has it", async () => {
  const server = await servers.lone("dropped");
  const { screen: terminal, audit } = await watchingIt(server, "monitor");
  await using screen = terminal;
  const asks = async () => {
    screen.press("O", "switch-wal");
    await screen.until(/switch-wal +Switch to a new WAL file/);
    screen.press("Enter");
  };
  await asks();
  await screen.until(/not permitted: monitor may not call pg_catalog.pg_switch_wal\(\)/);
  const fix = "GRANT EXECUTE ON FUNCTION pg_catalog.pg_switch_wal() TO monitor";
  const dialog = (await screen.screen()).join("\n");
  expect(dialog).toContain(fix);
  expect(dialog).not.toMatch(/y switch/);
  screen.press("y");
  await screen.until(/Esc closes this first/);
  expect(existsSync(audit)).toBe(false);
  screen.press("Escape");
  await screen.until(/● orders-1/);
  await server.query(fix);
  await asks();
  await screen.until(/right +monitor may$/m);
  screen.press("y");
  await screen.until(/orders-1: WAL switched at/);
  expect(outcomesIn(audit)).toEqual([null, "done"]);
});

/** Sends a statement that waits until the transaction of another session ends. */
async function createsSlot(screen: Terminal, name: string): Promise<void> {
  screen.press("O", "create-logical");
  await screen.until(/create-logical-slot +Create a logical/);
  screen.press("Enter");
  await screen.until(/Create a logical replication slot\?/);
  screen.press(name, "Enter");
  await screen.until(/y create/);
  screen.press("y");
  await screen.until(/sent [\d.]+s ago/);
  screen.press("Escape");
  await screen.until(
    new RegExp(`running: Create the logical slot ${name} .*on orders-1, [\\d.]+s; O shows it`),
  );
}

const logical = () => servers.lone("logical", { settings: { wal_level: "logical" } });

test("what runs stays in sight after Esc, O brings it back, q asks, and its end is said", async () => {
  const server = await logical();
  const { screen: terminal } = await watchingIt(server, "postgres");
  await using screen = terminal;
  await using other = await victim(server);
  await other.client.query("begin; create table public.uncommitted (a int)");
  await createsSlot(screen, "patient");
  screen.press("q");
  await screen.until(/Quit while an operation runs\?[\s\S]*patient[\s\S]*The server goes on with it/);
  screen.press("Escape");
  await screen.until(/running: .*patient/);
  screen.press("O");
  await screen.until(/create-logical-slot +still runs: Create the logical slot patient/);
  screen.press("Enter");
  await screen.until(/sent [\d.]+s ago/);
  screen.press("Escape");
  await screen.until(/running: .*patient/);
  await other.client.query("rollback");
  await screen.until(/orders-1: slot patient created/);
  screen.press("q");
  expect(await screen.exited).toEqual({ code: 0, signal: null });
});

test("who quits while it runs leaves it to the server, which goes on and ends it", async () => {
  const server = await logical();
  const { screen: terminal, audit } = await watchingIt(server, "postgres");
  await using screen = terminal;
  await using other = await victim(server);
  await other.client.query("begin; create table public.uncommitted (a int)");
  await createsSlot(screen, "left_alone");
  screen.press("q");
  await screen.until(/Quit while an operation runs\?/);
  screen.press("q");
  await screen.until(() => screen.output().includes("Ctrl-C ends the wait"));
  screen.press("C-c");
  expect(await screen.exited).toEqual({ code: 0, signal: null });
  expect(outcomesIn(audit)).toEqual([null, "unknown"]);
  const waits = "select from pg_stat_activity where wait_event = 'transactionid' and query ~ 'left_alone'";
  expect(await server.query(waits)).toHaveLength(1);
  await other.client.query("rollback");
  const made = "select from pg_replication_slots where slot_name = 'left_alone' and not active";
  await until(async () => (await server.query(made)).length === 1);
  expect(await server.query(waits)).toEqual([]);
});

test("all marked slots are dropped after one question, each with audit lines of its own", async () => {
  const server = await servers.lone("dropped");
  for (const name of ["old_1", "old_2"])
    await server.query(`select pg_catalog.pg_create_physical_replication_slot('${name}', true)`);
  const { screen: terminal, audit } = await watchingIt(server, "postgres");
  await using screen = terminal;
  screen.press(":", "slots", "Enter");
  await screen.until(/old_1[\s\S]*old_2/);
  screen.press("X");
  await screen.until(/2 marked/);
  screen.press("O");
  await screen.until(/drop-slot +Drop the replication slot: all 2 that are marked/);
  screen.press("Enter");
  const dialog = (await screen.until(/Drop 2 slots on orders-1\?/)).join("\n");
  for (const name of ["old_1", "old_2"]) expect(dialog).toContain(`pg_drop_replication_slot('${name}')`);
  screen.press("y");
  await screen.until(/Drop 2 slots on orders-1: 2 done/);
  expect(await server.query("select from pg_replication_slots")).toEqual([]);
  expect(outcomesIn(audit)).toEqual([null, "done", null, "done"]);
  await screen.until((rows) => !/old_|marked/.test(rows.join("\n")));
});
