import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nameServer } from "../../support/discovery/name-server.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { inShell, ready } from "../../support/terminal/watching.ts";

const servers = serversForTests();

/** A mount of its own, for another /etc/resolv.conf, and port 53 are the superuser's. */
const canMount = process.getuid?.() === 0 && Bun.spawnSync(["unshare", "-m", "true"]).success;

async function started() {
  const { primary, standbys } = await servers.cluster("orders", 1);
  const { directory } = await servers.scratch();
  const [list, config] = [join(directory, "members.json"), join(directory, "config.yaml")];
  const write = (more: string) =>
    writeFile(
      config,
      `defaults: {user: monitor, database: postgres, sslmode: disable}
clusters:
  stock: {discover: {command: [cat, ${list}]}}
${more}`,
      { mode: 0o600 },
    );
  return { primary, standby: standbys[0] ?? primary, directory, list, config, write };
}

const member = (name: string, port: number) => JSON.stringify([{ name, host: "127.0.0.1", port }]);

test("what a command prints is watched; one that fails leaves check and show incomplete", async () => {
  const { primary, list, config, write } = await started();
  await write("");
  await writeFile(list, member("pg1", primary.port));
  const shown = await runProgram(["show", "fleet", "--config", config, "--format", "json"]);
  expect(shown.code).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    nodes: [{ name: "pg1", state: "connected", rows: [{ cluster: "stock" }] }],
    sources: [{ cluster: "stock", kind: "command", members: 1, why: null }],
  });
  const plain = await runProgram(["show", "patroni", "--config", config, "--format", "csv"]);
  expect(plain.stdout).not.toContain("127.0.0.1");
  const none = "stock +command: it has no members that can be watched";
  for (const [members, why] of [
    [
      '[{"name": "pg1", "host": "h", "port": 0}, {"name": "pg2", "host": null}]',
      "pg1: no usable port, and 1 more",
    ],
    ['[{"name": "pg2", "host": null}]', "pg2: no usable host"],
  ] as const) {
    await writeFile(list, members);
    const { code, stdout } = await runProgram(["check", "--config", config]);
    expect([code, stdout]).toEqual([3, expect.stringMatching(new RegExp(`unknown +${none}: ${why}`))]);
  }
  const twice = ["pg1", "pg2"].map((name) => ({ name, host: "127.0.0.1", port: primary.port }));
  await writeFile(list, JSON.stringify(twice));
  const shared = await runProgram(["check", "--config", config]);
  expect([shared.code, shared.stdout]).toEqual([
    3,
    expect.stringMatching(/unknown +stock +command: left out: pg2: pg1 has the same address/),
  ]);
  await writeFile(list, "no list");
  const checked = await runProgram(["check", "--config", config]);
  expect(checked.code).toBe(3);
  expect(checked.stdout).toMatch(
    /unknown +stock +command: its members are unknown: cat printed no list in JSON/,
  );
});

test.skipIf(!canMount)(
  "members of DNS and of a command are nodes, and that they vanish is an event",
  async () => {
    const { primary, standby, directory, list, config, write } = await started();
    await using dns = await nameServer(
      [{ target: "db1.example.net", port: primary.port }],
      "127.53.53.54",
      53,
    );
    await write(
      "  orders: {discover: {srv: _postgresql._tcp.example.net, addresses: {db1.example.net: 127.0.0.1}}}\n",
    );
    await writeFile(list, member("pg2", standby.port));
    const resolver = join(directory, "resolv.conf");
    await writeFile(resolver, "nameserver 127.53.53.54\n");
    const mounted = `unshare -m sh -c 'mount --bind ${resolver} /etc/resolv.conf && exec "$@"' sh $program`;
    await using terminal = inShell(`exec ${mounted}`, ["--config", config], { columns: 150, rows: 40 });
    await ready(terminal, /● db1\.example\.net +primary/);
    await terminal.until(/● pg2 +standby/);
    dns.says = [{ target: ".", port: 0 }];
    await writeFile(list, "[]");
    await terminal.until(/db1\.example\.net .*DNS no longer lists it/);
    await terminal.until(/pg2 .*the command no longer lists it/);
    terminal.press("E");
    await terminal.until(/▸ stock ▸ events[\s\S]*the command no longer lists it/);
    terminal.press("Escape");
    await terminal.until(/NODE +ROLE/);
    terminal.press("End", "E");
    await terminal.until(/▸ db1\.example\.net ▸ events[\s\S]*DNS no longer lists it/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  },
);
