import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests } from "../../support/servers/servers.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const home = mkdtempSync(join(tmpdir(), "pgparade-operations-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("from the slots a slot is dropped in a few keys, and the event says by whom", async () => {
  const server = await servers.lone("dropped");
  await server.query("select pg_catalog.pg_create_physical_replication_slot('forgotten', true)");
  const config = join(home, "config.yaml");
  const at = `host: 127.0.0.1, port: ${server.port}, user: postgres, database: postgres, sslmode: disable`;
  writeFileSync(config, `nodes:\n  orders-1: { ${at}, actions: all }\n`, { mode: 0o600 });
  const env = { XDG_STATE_HOME: join(home, "state") };
  await using screen = watching(["--config", config], { columns: 110, rows: 30, env });
  await ready(screen, /● orders-1/);
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
  const audit = readFileSync(join(home, "state", "pgparade", "audit.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  expect(audit.map((line) => JSON.parse(line).outcome)).toEqual([null, "done"]);
});
