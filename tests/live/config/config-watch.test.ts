import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-live-config-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A config file in a folder of its own. `save` writes it in place, `replace` as careful editors do. */
function configFile(text: string) {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  const write = (path: string, content: string) => writeFileSync(path, content, { mode: 0o600 });
  write(file, text);
  return {
    file,
    save: (content: string) => write(file, content),
    replace: (content: string) => {
      write(`${file}.new`, content);
      renameSync(`${file}.new`, file);
    },
  };
}

const line = (name: string, { port }: ThrowawayServer, more = "") =>
  `  ${name}: {host: 127.0.0.1, port: ${port}, user: monitor, database: postgres${more}}\n`;
const pids = async (server: ThrowawayServer) => (await ourBackends(server)).map(({ pid }) => pid);

test("an edit adds, removes and changes nodes; the others keep their sessions", async () => {
  const [one, two, three] = await Promise.all(["one", "two", "three"].map((name) => servers.lone(name)));
  if (!one || !two || !three) throw new Error("three servers");
  const { file, save, replace } = configFile(`nodes:\n${line("kept", one)}${line("changed", two)}`);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● kept +primary[\s\S]*● changed +primary/);
  const before = { kept: await pids(one), changed: await pids(two) };
  expect([before.kept.length, before.changed.length]).toEqual([1, 1]);

  replace(`nodes:\n${line("new", three)}${line("kept", one)}${line("changed", two, ", lock_timeout: 1s")}`);
  await terminal.until(/config\.yaml applied: added new, changed changed/);
  // In the order of the file.
  await terminal.until(/● new +primary[\s\S]*● kept +primary[\s\S]*● changed +primary/);
  await until(async () => {
    const now = await pids(two);
    return now.length === 1 && now[0] !== before.changed[0];
  });
  expect(await pids(one)).toEqual(before.kept);
  const added = await pids(three);
  terminal.press("E");
  await terminal.until(/new ▸ events[\s\S]*config: added/);
  terminal.press("\u001b");
  await terminal.until(/● new +primary/);

  save(`nodes:\n${line("new", three)}${line("kept", one)}`);
  await terminal.until((rows) => !rows.some((row) => /● changed/.test(row)));
  await until(async () => (await pids(two)).length === 0);
  expect([await pids(one), await pids(three)]).toEqual([before.kept, added]);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

test("thresholds, clusters, theme and refresh change while every session stays", async () => {
  const server = await servers.lone("one");
  const nodes = `nodes:\n${line("db", server)}`;
  const { file, replace } = configFile(nodes);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● db +primary/);
  const before = await pids(server);
  replace(`${nodes}clusters:\n  orders: {nodes: [db]}\n`);
  await terminal.until(/▾ orders +1 node/);
  replace(
    `refresh: 500ms\nascii: true\nthresholds: {connections_used: {warning: 0.1%, critical: 90%}}\n${nodes}`,
  );
  await terminal.until((rows) => /! db +primary.*connections/.test(rows.join("\n")));
  expect((await terminal.screen())[0]).toContain("every 500ms");
  expect(await pids(server)).toEqual(before);
});

test("a bad edit keeps the old config and says where and why; the next good one counts", async () => {
  const server = await servers.lone("one");
  const good = `nodes:\n${line("db", server)}`;
  const { file, save } = configFile(good);
  await using terminal = watching(["--config", file], { columns: 160 });
  await ready(terminal, /● db +primary/);
  const before = await pids(server);
  save("nodes:\n  db: {host: h, prot: 1}\n  two: {host: h, port: x}\n");
  await terminal.until(/config kept \(1 of 2\): config\.yaml:2:\d+: nodes\.db: .*Did you mean port\?/);
  save("nodes: {db: [\n");
  await terminal.until(/config kept.*config\.yaml:\d+:\d+: expected/);
  save("");
  await terminal.until(/config kept: config\.yaml:1:1: the file is empty/);
  unlinkSync(file);
  await terminal.until(
    /config kept: config\.yaml: expected a config file that can be read, found no such file/,
  );
  symlinkSync("config.yaml", file);
  await terminal.until(/config kept: config\.yaml: .*found a loop of links/);
  expect(await terminal.screen()).toContainEqual(expect.stringMatching(/● db +primary/));
  expect(await pids(server)).toEqual(before);
  terminal.press("o");
  const told = (await terminal.until(/connections .*▲ config not applied/)).join("\n");
  expect(told).toContain("▲ config kept: config.yaml: ");
  terminal.press("Escape");
  // A key that is still waited for would take the next notice away.
  await terminal.until(/NODE +ROLE/);
  terminal.press("Enter");
  await terminal.until(/● up +db /);
  unlinkSync(file);
  save(good.replace("db:", "renamed:"));
  await terminal.until(/config\.yaml applied: renamed db to renamed/);
  expect((await terminal.screen())[0]).not.toContain("config not applied");
  await terminal.until(/● up +renamed /);
  expect((await terminal.screen()).join("\n")).not.toContain("no node is left");
  terminal.press("Escape");
  await terminal.until(/● renamed +primary/);
  // The page may have asked in a second session.
  expect(await pids(server)).toEqual(expect.arrayContaining([...before]));
});

test("an empty file is an empty fleet until nodes are written into it, and again after", async () => {
  const server = await servers.lone("one");
  const { file, save } = configFile("");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet/);
  await terminal.until(/config\.yaml names no nodes/);
  save(`nodes:\n${line("db", server)}`);
  await terminal.until(/● db +primary/);
  save("nodes: {}\n");
  await terminal.until(/no nodes yet/);
  await until(async () => (await pids(server)).length === 0);
});

test("a file behind a link is followed when the link is turned, as a mounted ConfigMap does", async () => {
  const server = await servers.lone("one");
  const folder = mkdtempSync(join(root, "mounted-"));
  const version = (name: string, text: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "config.yaml"), text, { mode: 0o600 });
    symlinkSync(name, join(folder, "..turned"));
    renameSync(join(folder, "..turned"), join(folder, "..data"));
  };
  version("..1", `nodes:\n${line("first", server)}`);
  symlinkSync(join("..data", "config.yaml"), join(folder, "config.yaml"));
  await using terminal = watching(["--config", join(folder, "config.yaml")]);
  await ready(terminal, /● first +primary/);
  version("..2", `nodes:\n${line("second", server)}`);
  await terminal.until(/● second +primary/);
  writeFileSync(join(folder, "..2", "config.yaml"), `nodes:\n${line("third", server)}`);
  await terminal.until(/● third +primary/);
});

test("a folder that was replaced by another of its name is read, and every edit in that one", async () => {
  const { file, save } = configFile("nodes:\n  first: {host: 127.0.0.1, port: 1, user: monitor}\n");
  const named = (name: string) => `nodes:\n  ${name}: {host: 127.0.0.1, port: 1, user: monitor}\n`;
  await using terminal = watching(["--config", file]);
  await ready(terminal, /first .*connection refused/);
  renameSync(dirname(file), `${dirname(file)}-before`);
  await terminal.until(/config not applied/);
  mkdirSync(dirname(file));
  save(named("second"));
  await terminal.until(/✖ second/);
  save(named("third"));
  await terminal.until(/✖ third/);
});

test("a folder that takes the place of another in one step is read", async () => {
  const { file } = configFile("nodes:\n  first: {host: 127.0.0.1, port: 1, user: monitor}\n");
  const other = configFile("nodes:\n  second: {host: 127.0.0.1, port: 1, user: monitor}\n");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /first .*connection refused/);
  renameSync(dirname(file), `${dirname(file)}-before`);
  renameSync(dirname(other.file), dirname(file));
  await terminal.until(/✖ second/);
  writeFileSync(file, "nodes:\n  third: {host: 127.0.0.1, port: 1, user: monitor}\n");
  await terminal.until(/✖ third/);
});
