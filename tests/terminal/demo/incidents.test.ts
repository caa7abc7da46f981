import { expect, test } from "bun:test";
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
