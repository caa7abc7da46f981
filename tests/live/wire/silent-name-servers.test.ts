import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serversForTests } from "../../support/servers/servers.ts";
import { program } from "../../support/terminal/program.ts";
import { inShell, ready } from "../../support/terminal/watching.ts";

const servers = serversForTests();

/** Mounts of its own, for another /etc/resolv.conf, and port 53 are the superuser's. */
const canMount = process.getuid?.() === 0 && Bun.spawnSync(["unshare", "-m", "true"]).success;

/** A name server that hears every question and never answers. */
async function silentNameServer() {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(53, "127.53.53.53", resolve));
  return { address: "127.53.53.53", [Symbol.dispose]: () => void socket.close() };
}

test.skipIf(!canMount)("names that no name server answers for hold up no other node", async () => {
  using silent = await silentNameServer();
  const { port } = await servers.lone("named");
  const { directory } = await servers.scratch();
  const [resolver, hosts, config] = ["resolv.conf", "hosts", "config.yaml"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(resolver, `nameserver ${silent.address}\n`);
  await writeFile(hosts, "127.0.0.1 localhost known\n");
  const node = (host: string) =>
    `  ${host}: {host: ${host}, port: ${port}, user: monitor, database: postgres}\n`;
  const lost = Array.from({ length: 12 }, (_, index) => `lost${index}.example.net`);
  await writeFile(config, `nodes:\n${[...lost, "known"].map(node).join("")}`, { mode: 0o600 });
  const mounts = `mount --bind ${resolver} /etc/resolv.conf && mount --bind ${hosts} /etc/hosts`;
  const check = program("check", "--config", config, "--format", "json");
  const { stdout } = Bun.spawnSync(["unshare", "-m", "sh", "-c", `${mounts} && exec "$@"`, "sh", ...check], {
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  const { nodes }: { nodes: { name: string; state: string }[] } = JSON.parse(stdout.toString());
  const states = Object.fromEntries(nodes.map(({ name, state }) => [name, state]));
  expect(states["known"]).toBe("connected");
  expect(states["lost0.example.net"]).toBe("reconnecting");
});

test.skipIf(!canMount)("nor do those of bastions hold up the config file", async () => {
  using silent = await silentNameServer();
  const { directory } = await servers.scratch();
  const [resolver, config] = [join(directory, "resolv.conf"), join(directory, "config.yaml")];
  await writeFile(resolver, `nameserver ${silent.address}\n`);
  const node = (name: string, more: string) =>
    `  ${name}: {host: 127.0.0.1, port: 1, user: monitor${more}}\n`;
  const lost = Array.from({ length: 12 }, (_, index) =>
    node(`lost${index}`, `, ssh: gate${index}.example.net`),
  );
  await writeFile(config, `nodes:\n${lost.join("")}`, { mode: 0o600 });
  const mounted = `unshare -m sh -c 'mount --bind ${resolver} /etc/resolv.conf && exec "$@"' sh $program`;
  await using terminal = inShell(`exec ${mounted}`, ["--config", config], { columns: 120, rows: 40 });
  await ready(terminal, /✖ lost11/);
  await writeFile(config, `nodes:\n${[...lost, node("added", "")].join("")}`, { mode: 0o600 });
  await terminal.until(/✖ added +.*connection refused/);
});
