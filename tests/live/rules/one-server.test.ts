import { expect, test } from "bun:test";
import { appendFile, rm } from "node:fs/promises";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { draw } from "../../support/screens/screens.tsx";
import { relayTo } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();

async function checked(folder: string, places: readonly string[]) {
  const lines = places.map(
    (place, at) => `  way-${at + 1}: postgres://monitor@${place}/postgres?sslmode=disable\n`,
  );
  const file = `${folder}/../${crypto.randomUUID()}.yaml`;
  await Bun.write(file, `nodes:\n${lines.join("")}`);
  const { code, stdout } = await runProgram(["check", "--rule", "split_brain", "--config", file]);
  return { code, found: stdout.match(/split brain: way-\d is primary too/g) ?? [] };
}

test("two copies of one data directory are two primaries, also at one port of two loopback addresses", async () => {
  const origin = await createServer(await servers.scratch(), {
    name: "origin",
    bootstrap: ["create role monitor login in role pg_monitor"],
  });
  const copy = await createStandby(origin, {
    name: "copy",
    port: origin.port,
    settings: { listen_addresses: "127.0.0.2", unix_socket_directories: "" },
  });
  await rm(`${copy.dataDirectory}/standby.signal`);
  await appendFile(`${copy.dataDirectory}/pg_hba.conf`, "host all all 127.0.0.0/8 trust\n");
  await Promise.all([origin.start(), copy.start()]);
  const places = [`127.0.0.1:${origin.port}`, `127.0.0.2:${origin.port}`];
  expect(await checked(origin.folder, places)).toEqual({
    code: 2,
    found: ["split brain: way-2 is primary too", "split brain: way-1 is primary too"],
  });
});

test("one server by several ways is no split brain, and its cluster counts it once", async () => {
  const server = await servers.lone("one");
  await using relay = await relayTo(server.port);
  await using pooler = pgbouncer ? await poolerBefore(server) : null;
  const ports = [server.port, relay.port, ...(pooler ? [pooler.port] : [])];
  expect(
    await checked(
      server.folder,
      ports.map((port) => `127.0.0.1:${port}`),
    ),
  ).toEqual({ code: 0, found: [] });
  await using screen = watch(
    ports.map((port, at) => nodeSettings({ name: `way-${at + 1}`, port })),
    {
      refreshMs: 250,
    },
  );
  const cluster = () => screen.store.getState().observed.clusters[0];
  await until(() => cluster()?.nodes.filter(({ sameAs }) => sameAs === "way-1").length === ports.length - 1);
  expect(cluster()?.problem).toBeNull();
  const state = screen.store.getState();
  const lines = draw({ ...state, screen: { ...state.screen, columns: 160 } });
  expect(lines.find((line) => line.includes(`${ports.length} nodes`))).toMatch(/ \d+\/97 /);
  // A restart changes what it says, and still it is one.
  await server.stop();
  await server.start();
  await until(() => ports.every((_, at) => screen.node(`way-${at + 1}`).health.state === "connected"));
  await until(() => cluster()?.nodes.filter(({ sameAs }) => sameAs === "way-1").length === ports.length - 1);
  await until(() => cluster()?.problem === null);
});
