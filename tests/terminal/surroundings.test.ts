import { expect, test } from "bun:test";
import { serversForTests } from "../support/servers/servers.ts";
import { inShell, ready, refusing, watching } from "../support/terminal/watching.ts";
import { offerTls, selfSigned } from "../support/tls/certificates.ts";

const servers = serversForTests();

for (const name of ["CI", "CONTINUOUS_INTEGRATION", "NODE_PG_FORCE_NATIVE", "DEV", "INK_SCREEN_READER"]) {
  test(`the screen is drawn and obeys keys where ${name} is set for other programs`, async () => {
    await using terminal = watching([refusing], { env: { [name]: "true" } });
    await ready(terminal, /✖ 127\.0\.0\.1:1 .*connection refused/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
  });
}

test("a warning of the runtime is not written over the screen", async () => {
  const server = await servers.lone("warned");
  const certificate = selfSigned("IP:127.0.0.1");
  await offerTls(server, certificate);
  const target = `host=127.0.0.1 port=${server.port} user=postgres dbname=postgres sslmode=require`;
  await using terminal = watching([target], {
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_EXTRA_CA_CERTS: "/nonexistent" },
  });
  await ready(terminal, /primary.* \d+\/\d+/);
  terminal.press("q");
  await terminal.exited;
  expect(terminal.output()).not.toContain("Warning");
  certificate.remove();
});

test("a terminal that does not know its size is drawn as one of 80x24", async () => {
  await using terminal = inShell("stty rows 0 cols 0; exec $program", [refusing], { columns: 80, rows: 24 });
  await ready(terminal, /✖ 127\.0\.0\.1:1 .*connection refused[\s\S]*q quit/);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

test("a table is whole on a terminal that does not know its size", async () => {
  await using terminal = inShell("stty rows 0 cols 0; $program", ["check", refusing], { columns: 200 });
  await terminal.exited;
  expect((await terminal.screen()).join("\n")).toContain("connection refused");
});
