import { expect, test } from "bun:test";
import { serversForTests } from "../support/servers/servers.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();

test("a server that is down says when it was connected last, also in an earlier run", async () => {
  const server = await servers.lone("gone");
  const target = `host=127.0.0.1 port=${server.port} user=monitor dbname=postgres`;
  const env = { XDG_STATE_HOME: (await servers.scratch()).directory };
  {
    await using terminal = watching([target], { env });
    await ready(terminal, /● 127\.0\.0\.1/);
    terminal.press("o");
    await terminal.until(/● 127\.0\.0\.1.* up .* now/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  }
  await server.stop();
  await using terminal = watching([target], { env });
  await ready(terminal, /✖ 127\.0\.0\.1/);
  terminal.press("o");
  await terminal.until(/✖ 127\.0\.0\.1.* [\d.]+s ago .*connection refused/);
});
