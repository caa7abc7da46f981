import { expect, test } from "bun:test";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

test("every host of a string is watched on its own, whatever target_session_attrs would choose", async () => {
  const { primary, standbys } = await servers.cluster();
  const ports = [primary, ...standbys].map(({ port }) => port).join(",");
  const target = `host=127.0.0.1,127.0.0.1 port=${ports} user=monitor dbname=postgres target_session_attrs=primary`;
  const { stdout } = await runProgram(["check", "--format", "json", target]);
  const { nodes } = JSON.parse(stdout);
  expect(nodes).toMatchObject([
    { name: `127.0.0.1:${primary.port}`, state: "connected", role: "primary" },
    { name: `127.0.0.1:${standbys[0]?.port}`, state: "connected", role: "standby" },
  ]);
  expect(new Set(nodes.map(({ cluster }: { cluster: string }) => cluster)).size).toBe(1);
});
