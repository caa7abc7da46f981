import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const lone = () =>
  servers.lone("templates", {
    bootstrap: ["create database company", "alter database company is_template true"],
  });
const target = (port: number, database: string) =>
  `postgresql://monitor@127.0.0.1:${port}/${database}?sslmode=disable`;

test("our session in a template is in the way of CREATE DATABASE", async () => {
  const server = await lone();
  await using watched = watch([nodeSettings(server, { connection: { dbname: "template1" } })]);
  await until(() => watched.node("templates").facts?.isTemplate);
  await expect(server.query("create database made")).rejects.toMatchObject({ code: "55006" });
});

test.each(["template1", "company"])("check warns of the template %s", async (database) => {
  const { port } = await lone();
  const { code, stdout } = await runProgram(["check", target(port, database)]);
  expect(stdout).toMatch(new RegExp(`warning .*in the template ${database} make CREATE DATABASE fail`));
  expect(code).toBe(1);
  const json = await runProgram(["check", "--format", "json", target(port, database)]);
  expect(JSON.parse(json.stdout).nodes[0].notes).toHaveLength(1);
});

test("no other database is warned of", async () => {
  const { port } = await lone();
  const { code, stdout, stderr } = await runProgram(["check", target(port, "postgres")]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).not.toContain("template");
});

test("check says of a database that others use that it cannot be dropped, which is no fault", async () => {
  const server = await lone();
  await server.query("create database shop");
  const line = async () => {
    const { code, stdout } = await runProgram(["check", target(server.port, "shop")]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok /m)]);
    return stdout;
  };
  expect(await line()).not.toContain("DROP DATABASE");
  const others = new pg.Client(target(server.port, "shop").replace("monitor@", "bare@"));
  await others.connect();
  expect(await line()).toContain("our sessions in shop, which others use, make DROP DATABASE fail");
  await others.end();
});

test("a standby's sessions are in nobody's way", async () => {
  const { primary, standbys } = await servers.cluster("copied", 1);
  const port = standbys[0]?.port ?? 0;
  await using watched = watch([
    nodeSettings({ name: "copy", port }, { connection: { dbname: "template1" } }),
  ]);
  await until(() => watched.node("copy").facts?.isTemplate);
  await primary.query("create database made_of_it");
  const { stdout } = await runProgram(["check", target(port, "template1")]);
  expect(stdout).not.toContain("template");
});

test.each([
  ["a string", "a: postgresql://db1/template1"],
  ["fields", "a: { host: db1, database: template1 }"],
  ["no database, and a user of that name", "a: { host: db1, user: template1 }"],
])("config validate warns without a server: %s", async (_, node) => {
  const path = join((await servers.scratch()).directory, "template.yaml");
  await writeFile(path, `nodes:\n  ${node}\n`, { mode: 0o600 });
  const { code, stderr } = await runProgram(["config", "validate", path]);
  expect(code).toBe(0);
  expect(stderr).toContain("in the template template1 make CREATE DATABASE fail: use the database postgres");
});

test("the form says so as the name is typed, and the node's page when it is watched", async () => {
  const { port } = await lone();
  const path = join((await servers.scratch()).directory, "form.yaml");
  await writeFile(path, `nodes:\n  company: ${target(port, "company")}\n`, { mode: 0o600 });
  await using terminal = watching(["--config", path], { columns: 200 });
  await ready(terminal, /● 1 up/);
  await terminal.until(/in the template company make CREATE DATABASE fail/);
  terminal.press("Enter");
  await terminal.until(/company \(a template\)/);
  terminal.press("o");
  await terminal.until(/connections/);
  terminal.press("N");
  await terminal.until(/From a string/);
  terminal.paste("postgresql://monitor@db1/template1");
  await terminal.until(/in the template template1 make CREATE DATABASE fail/);
});
