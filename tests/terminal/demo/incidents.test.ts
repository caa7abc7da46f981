import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../support/servers/servers.ts";
import { tracesOf } from "../../support/terminal/demo-traces.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { watching } from "../../support/terminal/watching.ts";

/** A demo with a lock chain on screen, at once, and where it lies. */
async function lockChain(): Promise<{
  terminal: Terminal;
  traces: NonNullable<ReturnType<typeof tracesOf>>;
}> {
  const terminal = watching(["demo", "--incident", "lock-chain", "--incident-after", "0s"], { columns: 200 });
  await terminal.until(/NODE/);
  await terminal.readsKeys();
  terminal.press("a");
  // The last of the chain, which is in the other database.
  await terminal.until(/orders-1 .*warehouse .*picking .*Lock:/);
  return { terminal, traces: await until(() => tracesOf(terminal.pid)) };
}

test("a slot that keeps all WAL is dropped from the screen", async () => {
  const state = mkdtempSync(join(tmpdir(), "pgparade-state-"));
  await using terminal = watching(["demo", "--incident", "slot", "--incident-after", "0s"], {
    columns: 160,
    env: { XDG_STATE_HOME: state },
  });
  await terminal.until(/● billing-1 /, 60_000);
  await terminal.readsKeys();
  terminal.press(":", ..."slots billing-1", "Enter");
  await terminal.until(/[❯ ]billing_3 /);
  terminal.press("/", ..."billing_3", "Enter");
  await terminal.until(/❯billing_3 /);
  terminal.press("O");
  await terminal.until(/❯ drop-slot/);
  terminal.press("Enter");
  await terminal.until(/pg_drop_replication_slot/);
  terminal.press("y");
  await terminal.until(/billing-1: slot billing_3 dropped/);
  await terminal.until((rows) => !rows.some((row) => /^.billing_3 /.test(row)));
  rmSync(state, { recursive: true });
});

const ends: readonly (readonly [string, (terminal: Terminal) => void])[] = [
  ["q", (terminal) => terminal.press("q")],
  ["SIGTERM", (terminal) => terminal.kill("SIGTERM")],
  ["the window was closed", (terminal) => terminal.hangUp()],
];

test.each(ends)("an incident is on screen, and nothing of it is left after %s", async (_, end) => {
  const { terminal, traces } = await lockChain();
  await using _terminal = terminal;
  end(terminal);
  await terminal.exited;
  expect(await traces.left()).toEqual([]);
});
