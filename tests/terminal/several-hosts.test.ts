import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serversForTests, until } from "../support/servers/servers.ts";
import { ourBackends } from "../support/servers/watched.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-several-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A config file in a folder of its own. */
function configFile(text: string): string {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

test("a pasted string with several hosts is tested, connected and saved as one entry", async () => {
  const [one, two] = [await servers.lone("one"), await servers.lone("two")];
  const uri = `postgresql://monitor@127.0.0.1:${one.port},127.0.0.1:${two.port}/postgres`;
  const file = configFile("# our databases\nnodes: {}\n");
  const text = () => readFileSync(file, "utf8");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o", "N");
  await terminal.until(/From a string/);
  terminal.paste(uri);
  await terminal.until(
    new RegExp(`Host +127\\.0\\.0\\.1,127\\.0\\.0\\.1[\\s\\S]*Port +${one.port},${two.port}`),
  );
  terminal.press("Down");
  terminal.press(..."orders", "C-t");
  const report = (port: number) => `host +127\\.0\\.0\\.1:${port}[\\s\\S]*role +primary[\\s\\S]*`;
  await terminal.until(new RegExp(report(one.port) + report(two.port)));

  terminal.press("C-o", "y");
  await terminal.until(/● orders-1 +up[\s\S]*● orders-2 +up[\s\S]*orders is watched until pgparade ends/);
  expect(text()).toBe("# our databases\nnodes: {}\n");
  for (const server of [one, two]) await until(async () => (await ourBackends(server)).length === 1);

  // Each of its nodes leads to the one connection that it is.
  terminal.press("e");
  await terminal.until(/Change orders-1[\s\S]*Name +orders/);
  terminal.press("C-t");
  await terminal.until(new RegExp(report(one.port) + report(two.port)));
  terminal.press("C-s", "y");
  await terminal.until(/● orders-1 +up[\s\S]*● orders-2 +up[\s\S]*orders saved in config\.yaml/);
  expect(text()).toBe(`# our databases\nnodes:\n  orders: ${uri}\n`);

  terminal.press("N");
  await terminal.until(/New connection/);
  terminal.paste(`host=127.0.0.1,127.0.0.1 port=${one.port},1 user=monitor dbname=postgres`);
  await terminal.until(/Name +\(?postgres/);
  terminal.press("C-s", "y");
  await terminal.until(/● postgres-1 +up[\s\S]*✖ postgres-2 +down[\s\S]*postgres saved/);
  expect(text()).toBe(
    `# our databases\nnodes:\n  orders: ${uri}\n  postgres: postgresql://monitor@127.0.0.1:${one.port},127.0.0.1:1/postgres\n`,
  );
  expect((await terminal.screen()).filter((row) => /(orders|postgres)-\d /.test(row))).toHaveLength(4);
});

test("a connection with several hosts may come to have one, and one several", async () => {
  const server = await servers.lone("one");
  const entry = (hosts: string) => `nodes:\n  pair: postgresql://monitor@${hosts}/postgres\n`;
  const file = configFile(entry(`127.0.0.1:${server.port},127.0.0.1:1`));
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● pair-1/);
  terminal.press("o");
  await terminal.until(/● pair-1 +up/);
  const change = async (hosts: string, ports: string, done: RegExp) => {
    terminal.press("g", "e");
    await terminal.until(/❯ +Name +pair/);
    terminal.press("Down", "C-u", ...hosts, "Down", "C-u", ...ports, "C-s", "y");
    await terminal.until((rows) => done.test(rows.join("\n")) && /pair saved/.test(rows.join("\n")));
  };
  await change("127.0.0.1", `${server.port}`, /● pair +up/);
  expect((await terminal.screen()).join("\n")).not.toMatch(/pair-\d/);
  expect(readFileSync(file, "utf8")).toBe(entry(`127.0.0.1:${server.port}`));

  await change("127.0.0.1,127.0.0.1", `1,${server.port}`, /✖ pair-1 +down[\s\S]*● pair-2 +up/);
  expect((await terminal.screen()).join("\n")).not.toMatch(/pair +up/);
  expect(readFileSync(file, "utf8")).toBe(entry(`127.0.0.1:1,127.0.0.1:${server.port}`));
});

test("a string with several hosts is coloured and renamed as one, and deleted as one", async () => {
  const server = await servers.lone("one");
  const uri = `postgres://monitor@127.0.0.1:${server.port},127.0.0.1:1/postgres`;
  const file = configFile(`nodes:\n  pair: ${uri}\n`);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● pair-1/);
  terminal.press("o");
  await terminal.until(/● pair-1 +up/);
  terminal.press("g", "e");
  await terminal.until(/❯ +Name +pair/);
  terminal.press("s", ...Array.from({ length: 11 }, () => "Down"), "g", "C-s", "y");
  await terminal.until(/● pairs-1 +up[\s\S]*✖ pairs-2 +down[\s\S]*pairs saved/);
  expect(readFileSync(file, "utf8")).toBe(`nodes:\n  pairs:\n    connection: ${uri}\n    colour: green\n`);
  expect((await terminal.screen()).filter((row) => /pair/.test(row))).toHaveLength(3);
  terminal.press("g", "D");
  await terminal.until(/one of 2 hosts of pairs/);
  terminal.press("y");
  await terminal.until(/no connections yet/);
});
