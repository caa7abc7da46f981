import { expect, test } from "bun:test";
import { serversForTests } from "../../support/servers/servers.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();

test("columns that were moved and hidden are so in the next run", async () => {
  const server = await servers.lone("columns");
  const target = `host=127.0.0.1 port=${server.port} user=monitor dbname=postgres`;
  const env = { XDG_STATE_HOME: (await servers.scratch()).directory };
  {
    await using terminal = watching([target], { env });
    await ready(terminal, /● 127\.0\.0\.1/);
    terminal.press("a");
    await terminal.until(/ PID +(DATABASE +)?USER /);
    terminal.press("v");
    await terminal.until(/Activity: \d+ of \d+ columns/);
    // USER behind APP, by the keys of the dialog.
    terminal.press("j");
    terminal.press("j");
    terminal.press("J");
    terminal.press("\r");
    await terminal.until(/ PID +(DATABASE +)?APP +USER /);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  }
  await using terminal = watching([target], { env });
  await ready(terminal, /● 127\.0\.0\.1/);
  terminal.press("a");
  await terminal.until(/ PID +(DATABASE +)?APP +USER /);
});
