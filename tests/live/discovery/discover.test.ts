import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listing, type Rest, restApi } from "../../support/discovery/rest.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { ourBackends } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-discover-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function configFile(rest: Pick<Rest, "url">, more = ""): string {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  const text = `defaults: {user: monitor, database: postgres, sslmode: disable}
clusters:
  orders:
    discover:
      patroni: ["${rest.url}"]
      addresses: {"10.9.9.9": 127.0.0.1}
${more}`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function started() {
  const { primary, standbys } = await servers.cluster("orders", 1);
  const standby = standbys[0] ?? primary;
  const leader = { name: "pg1", port: primary.port, role: "leader", state: "running", timeline: 1 };
  const replica = { name: "pg2", port: standby.port, host: "10.9.9.9", lag: 0, tags: { nofailover: true } };
  return { primary, standby, leader, replica };
}

type Json = {
  readonly status?: string;
  readonly nodes: readonly { name: string; cluster?: string; state: string; rows?: object[] }[];
  readonly sources?: readonly { cluster: string; members: number | null; why: string | null }[];
};
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await runProgram([...args, "--format", "json"]);
  return { code, stderr, ...(JSON.parse(stdout) as Json) };
};

test("show and check find the members of a cluster, mapped, and what is said of them", async () => {
  const { primary, leader, replica } = await started();
  const rest = restApi(() => listing([leader, replica], { pause: true }));
  const file = configFile(rest, `nodes: {mine: {host: localhost, port: ${primary.port}}}\n`);
  const shown = await json("show", "fleet", "--config", file);
  expect(shown).toMatchObject({ code: 0, sources: [{ cluster: "orders", members: 2, why: null }] });
  expect(shown.nodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "mine connected",
    "pg2 connected",
  ]);

  const { code, nodes } = await json("show", "patroni", "--config", file);
  expect(code).toBe(0);
  expect(nodes.map(({ name, rows }) => [name, rows?.[0]])).toMatchObject([
    ["mine", { name: "pg1", role: "leader", state: "running", timeline: 1, lag_bytes: null, paused: true }],
    [
      "pg2",
      { name: "pg2", role: "replica", lag_bytes: 0, tags: ["nofailover"], host: "10.9.9.9", problems: [] },
    ],
  ]);

  const checked = await json("check", "--config", file);
  expect(checked).toMatchObject({ code: 0, status: "ok" });
  expect(JSON.stringify(checked.nodes)).toContain("Patroni is paused");
});

test("two members that are mapped to one address are named, and check does not call that well", async () => {
  const { leader, replica } = await started();
  const other = { ...replica, name: "pg3", host: "10.9.9.8" };
  const rest = restApi(() => listing([leader, replica, other]));
  const file = configFile(rest);
  const text = readFileSync(file, "utf8").replace('{"10.9.9.9"', '{"10.9.9.8": 127.0.0.1, "10.9.9.9"');
  writeFileSync(file, text);
  const why = "left out: pg3: pg2 has the same address";
  const checked = await json("check", "--config", file);
  expect(checked).toMatchObject({ code: 3, sources: [{ cluster: "orders", members: 3, why }] });
  const shown = await json("show", "patroni", "--config", file);
  expect(shown.nodes.map(({ name, rows }) => [name, rows?.[0]])).toMatchObject([
    ["pg1", { name: "pg1", problems: [] }],
    ["pg2", { name: "pg2", problems: ["pg3 has the same address as pg2: map each to its own in addresses"] }],
  ]);

  await using terminal = watching(["--config", file]);
  await ready(terminal, /pg2 +standby/);
  terminal.press("o");
  await terminal.until(/orders: left out: pg3: pg2 has the same address/);
});

test("that Patroni is paused is said where its leader does not answer, in check and on the screen", async () => {
  const { leader, replica } = await started();
  // Where its agent lives it lists the dead leader as a replica that stopped.
  const dead = { ...leader, port: 1, role: "replica", state: "stopped" };
  const rest = restApi(() => listing([dead, replica], { pause: true }));
  const file = configFile(rest);
  const checked = await runProgram(["check", "--config", file]);
  expect(checked.code).toBe(2);
  expect(checked.stdout).toMatch(
    /critical .*pg1.*connection refused.*; Patroni is paused: nothing fails over/,
  );
  const terminal = watching(["--config", file], { columns: 180 });
  await terminal.until(/orders .*✖ Patroni is paused: nothing fails over by itself/);
  terminal.press("!");
  await terminal.until(/never reached: connection refused; Patroni is paused/);
  terminal.press("q");
  await terminal.exited;
});

test("a source that fails is unknown for check, and leaves show incomplete, never well", async () => {
  const { primary } = await started();
  const rest = { url: "http://127.0.0.1:1" };
  const file = configFile(rest, `nodes: {mine: {host: localhost, port: ${primary.port}}}\n`);
  const checked = await json("check", "--config", file);
  expect(checked).toMatchObject({
    ...{ code: 3, status: "unknown" },
    sources: [{ cluster: "orders", members: null, why: expect.stringContaining("connection refused") }],
  });
  expect(checked.nodes).toMatchObject([{ name: "mine", status: "ok" }]);
  const { code, stdout } = await runProgram(["check", "--config", file]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/unknown +orders +patroni: its members are unknown: .*connection refused/);
  const shown = await json("show", "fleet", "--config", file);
  expect(shown.code).toBe(1);
  expect(shown.stderr).toContain("cluster orders: patroni: its members are unknown");
  const alone = await json("show", "fleet", "--config", configFile(rest));
  expect(alone).toMatchObject({ code: 2, nodes: [] });
  const validated = await runProgram(["config", "validate", file]);
  expect(validated).toMatchObject({ code: 0, stdout: expect.stringContaining("and the members of orders") });
});

test("an answer that is not of this world starts nothing and shows nothing raw", async () => {
  const { leader } = await started();
  const odd = [
    { ...leader, role: "\u001b[31mleader", scope: "x" },
    { name: "\u001b[2J", port: 1 },
    { name: "sock", host: "/tmp", port: 5432 },
  ];
  const rest = restApi(() => listing(odd));
  const { code, stdout, stderr } = await runProgram(["show", "patroni", "--config", configFile(rest)]);
  expect(code).toBe(1);
  expect(stdout).toContain("\\x1b[31mleader");
  expect(stderr).toContain("left out: a member whose name cannot be shown as it is, sock: no address");
  expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("on screen a source can be added, members come and go in place, and a source that fails keeps them", async () => {
  const { primary, leader, replica } = await started();
  const rest = restApi(() => listing([leader]));
  const file = configFile(rest);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, "nodes: {}\n");
  await using terminal = watching(["--config", file], { columns: 150 });
  await ready(terminal, /no nodes yet/);
  writeFileSync(file, text);
  await terminal.until(/orders: Patroni lists 1 member: added pg1/);
  await terminal.until(/● pg1 +primary/);
  const [session] = await ourBackends(primary);
  rest.answer = () => listing([leader, replica]);
  await terminal.until(/● pg1 +primary[\s\S]*● └ pg2 +standby/);
  rest.answer = () => new Response("down", { status: 503 });
  await terminal.until(/▲ discovery incomplete/);
  await terminal.until(/pg1 .*discovery fails since \d\d:\d\d:\d\dZ[\s\S]*● └ pg2 +standby/);
  terminal.press("o");
  await terminal.until(/▲ orders: discovery fails since .*status 503/);
  await terminal.until(/● +pg2 +up .*found in orders/);
  terminal.press("e");
  await terminal.until(/pg1 is found in orders: its options are those of discover\.node there/);
  terminal.press("Escape");
  await terminal.until(/NODE +ROLE/);
  rest.answer = () => listing([leader]);
  await terminal.until((rows) => !rows.join("\n").includes("discovery incomplete"));
  await terminal.until(/pg2 .*Patroni no longer lists it/);
  terminal.press("E");
  const events = (await terminal.until(/▸ events[\s\S]*pg2 .*Patroni no longer lists it/)).join("\n");
  expect(events).toMatch(/discovery: added/);
  expect(events).toMatch(/pg1 .*discovery answers again/);
  expect((await ourBackends(primary)).map(({ pid }) => pid)).toContain(session?.pid ?? 0);
  writeFileSync(file, "nodes: {}\n");
  terminal.press("Escape");
  await terminal.until(/no nodes yet/);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
