import { expect, test } from "bun:test";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

test("a standby in the cluster of another system says what to do; a group of servers is none", async () => {
  const alone = await servers.lone("alone");
  const { primary: own, standbys } = await servers.cluster("other");
  const [standby = own] = standbys;
  const file = `${alone.folder}/../group.yaml`;
  const checked = async (...nodes: ThrowawayServer[]) => {
    const lines = nodes.map(
      ({ name, port }) => `  ${name}: postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable\n`,
    );
    const list = nodes.map(({ name }) => name).join(", ");
    await Bun.write(file, `nodes:\n${lines.join("")}clusters: { shop: { nodes: [${list}] } }\n`);
    const args = ["check", "--config", file, "--rule", "another_system", "--format", "json"];
    const { code, stdout } = await runProgram(args);
    const { nodes: told } = JSON.parse(stdout) as { nodes: { name: string; alerts: { text: string }[] }[] };
    return { code, alerts: told.flatMap(({ name, alerts }) => alerts.map(({ text }) => `${name} ${text}`)) };
  };
  expect(await checked(alone, standby)).toEqual({
    code: 1,
    alerts: [
      "other-2 is a copy of another system than its primary alone: make it anew from that, or name another cluster for it in the config",
    ],
  });
  expect(await checked(own, standby)).toEqual({ code: 0, alerts: [] });
  expect(await checked(alone, own, standby)).toEqual({ code: 0, alerts: [] });
});
