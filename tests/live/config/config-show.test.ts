import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../support/terminal/program.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-show-"));
const file = join(home, "fleet.yaml");

beforeAll(() => {
  writeFileSync(
    join(home, ".pg_service.conf"),
    "[own]\nhost=svc\nport=6001\nuser=ana\n[bad]\nhost=h\nhots=SECRETPW\n[worse]\nport=SECRETPW\n",
  );
  writeFileSync(join(home, ".pgpass"), "lone:*:*:*:SECRETPW\n", { mode: 0o600 });
  writeFileSync(
    file,
    `defaults: { user: monitor }
nodes:
  orders: "host=a,b port=1,2 password='SECRETPW'"
  lone: { host: lone, port: 6000, database: app }
  vault:
    host: v
    password_command: [touch, ${home}/ran]
    ssh: bastion
clusters:
  main: { nodes: [orders], default: true, actions: none, waits: always }
`,
    { mode: 0o600 },
  );
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function show(args: readonly string[], environment: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runProgram(["config", "show", ...args], {
    HOME: home,
    ...environment,
  });
  expect(stdout + stderr).not.toContain("SECRETPW");
  return { code, stdout: stdout.replaceAll(home, "~"), stderr: stderr.replaceAll(home, "~") };
}

async function json(args: readonly string[], environment: Record<string, string> = {}) {
  const { code, stdout } = await show(["--format", "json", ...args], environment);
  return { code, value: JSON.parse(stdout) };
}

describe("--explicit prints what a string itself gives", () => {
  test.each<[string, object, object[]]>([
    ["", {}, []],
    ["host=h", { host: "h" }, [{ host: "h", port: null }]],
    ["host='' user=''", { host: "", user: "" }, []],
    [
      "postgresql://u:SECRETPW@h:1,[::1]/db?ssl=true",
      { host: "h,::1", port: "1,", dbname: "db", user: "u", password: "***", sslmode: "require" },
      [
        { host: "h", port: 1 },
        { host: "::1", port: null },
      ],
    ],
    ["hostaddr=10.0.0.1 port=x", { hostaddr: "10.0.0.1", port: "x" }, [{ host: "10.0.0.1", port: null }]],
    ["sslpassword=SECRETPW", { sslpassword: "***" }, []],
    ["service=none", { service: "none" }, []],
  ])("%p", async (text, params, hosts) => {
    const { code, value } = await json(["--explicit", text], { PGHOST: "env", PGPASSWORD: "other" });
    expect(value).toEqual([
      {
        name: "TARGET 1",
        hosts,
        params,
        sources: Object.fromEntries(Object.keys(params).map((keyword) => [keyword, "string"])),
      },
    ]);
    expect(code).toBe(0);
  });

  test("of the file's nodes too", async () => {
    const { value } = await json(["--config", file, "--explicit"]);
    expect(value.map(({ name, params, sources }: Record<string, object>) => [name, params, sources])).toEqual(
      [
        [
          "orders",
          { host: "a,b", port: "1,2", password: "***" },
          { host: "string", port: "string", password: "string" },
        ],
        [
          "lone",
          { host: "lone", port: "6000", dbname: "app" },
          { host: "config", port: "config", dbname: "config" },
        ],
        ["vault", { host: "v" }, { host: "config" }],
      ],
    );
  });
});

describe("what is wrong is told with its place, and ends with exit code 2", () => {
  test.each<[string[], object]>([
    [["host=h hots=SECRETPW"], { class: "syntax", position: 7 }],
    [["--explicit", "postgres://u:SECRETPW%@h"], { class: "syntax", position: 13 }],
    [["postgres://h?port=99999"], { class: "value", position: 13 }],
    [["service=none"], { class: "service", position: null }],
    [["service=bad"], { class: "service", position: { line: 7, column: null } }],
    [["service=worse"], { class: "value", position: { line: 9, column: null } }],
    [["--config", "/nonexistent.yaml"], { class: "config", position: null }],
  ])("%p", async (args, error) => {
    const { code, value } = await json(args);
    expect(value).toEqual({ error: { ...error, message: expect.any(String) } });
    expect(code).toBe(2);
    const text = await show(args);
    expect(text).toMatchObject({ code: 2, stdout: "" });
    expect(text.stderr).toContain(value.error.message.replaceAll(home, "~"));
  });

  test("a file's by line and column", async () => {
    const broken = join(home, "broken.yaml");
    writeFileSync(broken, "nodes:\n  a: host=h port=x\nrefresh: 1\n", { mode: 0o600 });
    const { value } = await json(["--config", broken]);
    expect(value.error).toMatchObject({ class: "value", position: { line: 2, column: 6 } });
    expect(value.others).toMatchObject([{ class: "config", position: { line: 3, column: 10 } }]);
  });
});

test("text says who is reached and where each value comes from, and runs nothing", async () => {
  const environment = { PGDATABASE: "shop", PGAPPNAME: "wall" };
  const { code, stdout, stderr } = await show(["--config", file], environment);
  // What has libpq's default is left out here, but for the port.
  const lines = stdout.split("\n").filter((line) => !/ default$/.test(line) || line.includes("port"));
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['orders: database "shop" as user "monitor" on a:1, b:2'],
    ["host", "a,b", "string", "~/fleet.yaml:3:11"],
    ["port", "1,2", "string", "~/fleet.yaml:3:11"],
    ["dbname", "shop", "env", "PGDATABASE"],
    ["user", "monitor", "config", "~/fleet.yaml:1:19"],
    ["password", "***", "string", "~/fleet.yaml:3:11"],
    ["application_name", "wall", "env", "PGAPPNAME"],
    ["actions", "none", "config", "clusters.main.actions"],
    ["waits", "always", "config", "clusters.main.waits"],
    ["watched as orders-1, orders-2"],
    [""],
    ['lone: database "app" as user "monitor" on lone:6000'],
    ["host", "lone", "config", "~/fleet.yaml:4:17"],
    ["port", "6000", "config", "~/fleet.yaml:4:29"],
    ["dbname", "app", "config", "~/fleet.yaml:4:45"],
    ["user", "monitor", "config", "~/fleet.yaml:1:19"],
    ["password", "***", "passfile", "~/.pgpass"],
    ["application_name", "wall", "env", "PGAPPNAME"],
    ["a password in the keyring goes before the password file"],
    [""],
    ['vault: database "shop" as user "monitor" on v:5432'],
    ["host", "v", "config", "~/fleet.yaml:6:11"],
    ["port", "5432", "default"],
    ["dbname", "shop", "env", "PGDATABASE"],
    ["user", "monitor", "config", "~/fleet.yaml:1:19"],
    ["password", "***", "password_command", "touch"],
    ["application_name", "wall", "env", "PGAPPNAME"],
    ["through ssh bastion"],
    [""],
  ]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(await Bun.file(join(home, "ran")).exists()).toBe(false);
});

describe("a password's source is the first place that has one", () => {
  const only = async (node: string, environment: Record<string, string> = {}) => {
    const fleet = join(home, "one.yaml");
    writeFileSync(fleet, `nodes: { one: ${node} }\n`, { mode: 0o600 });
    writeFileSync(join(home, "secret"), "SECRETPW\n", { mode: 0o600 });
    writeFileSync(join(home, "shared"), "SECRETPW\n", { mode: 0o644 });
    const [entry] = (await json(["--config", fleet], environment)).value;
    const { stdout } = await show(["--config", fleet], environment);
    return { password: entry.params.password, source: entry.sources.password, stdout };
  };

  test.each<[string, Record<string, string>, string]>([
    ["{ host: h, password: 'SECRETPW' }", { PGPASSWORD: "other" }, "config"],
    ["{ host: h, password_env: PW }", { PW: "SECRETPW", PGPASSWORD: "other" }, "password_env"],
    ["{ host: h, password_env: PW }", { PGPASSWORD: "SECRETPW" }, "env"],
    [`{ host: h, password_file: ${home}/secret }`, {}, "password_file"],
    [`{ host: h, password_command: [touch, ${home}/ran] }`, {}, "password_command"],
    ["{ host: lone }", {}, "passfile"],
    ["{ host: lone }", { PGPASSWORD: "SECRETPW" }, "env"],
  ])("%s with %p", async (node, environment, source) => {
    expect(await only(node, environment)).toMatchObject({ password: "***", source });
    expect(await Bun.file(join(home, "ran")).exists()).toBe(false);
  });

  test("and none is said, with what else there is to know", async () => {
    const nothing = await only("{ host: h }");
    expect(nothing.password).toBeUndefined();
    expect(nothing.stdout).toContain("the keyring is asked for one");
    const shared = await only(`{ host: h, password_file: ${home}/shared }`);
    expect(shared.password).toBeUndefined();
    expect(shared.stdout).toContain("password_file ~/shared can be read by others");
  });
});

test.each<[string, string]>([
  ["sslpassword: 'SECRETPW'", "config"],
  ["sslpassword_env: PHRASE", "sslpassword_env"],
  ["sslpassword_command: [touch, ran]", "sslpassword_command"],
])("the place of the passphrase of a client's key is named: %s", async (field, source) => {
  const fleet = join(home, "locked.yaml");
  writeFileSync(fleet, `nodes: { one: { host: h, sslkey: /k, ${field} } }\n`, { mode: 0o600 });
  const { value } = await json(["--config", fleet], { PHRASE: "SECRETPW" });
  expect(value).toMatchObject([{ params: { sslpassword: "***" }, sources: { sslpassword: source } }]);
});

test("a chosen cluster alone is shown, and nothing is left out for not being a default", async () => {
  const names = async (...args: string[]) =>
    (await json(["--config", file, ...args])).value.map(({ name }: { name: string }) => name);
  expect(await names()).toEqual(["orders", "lone", "vault"]);
  expect(await names("--cluster", "main")).toEqual(["orders"]);
});

test("a service and the environment are named as such", async () => {
  const { value } = await json(["service=own dbname=d"], { PGCONNECT_TIMEOUT: "9", PGPASSWORD: "SECRETPW" });
  expect(value).toMatchObject([
    {
      name: "svc:6001",
      hosts: [{ host: "svc", port: 6001 }],
      params: { host: "svc", port: "6001", user: "ana", dbname: "d", password: "***", connect_timeout: "9" },
      sources: {
        host: "service",
        port: "service",
        user: "service",
        dbname: "string",
        password: "env",
        connect_timeout: "env",
        sslmode: "default",
      },
    },
  ]);
});

test("what a user may do on each node is shown with its source, and PGPARADE_READ_ONLY takes it away", async () => {
  const shown = async (environment: Record<string, string>) =>
    (await json(["--config", file], environment)).value.map(({ actions }: { actions: object }) => actions);
  expect(await shown({})).toEqual([
    { value: "none", source: "config" },
    { value: "signal", source: "default" },
    { value: "signal", source: "default" },
  ]);
  const none = { value: "none", source: "env" };
  expect(await shown({ PGPARADE_READ_ONLY: "true" })).toEqual([none, none, none]);
});

test("when the waits of each node are sampled is shown with its source", async () => {
  const shown = (await json(["--config", file], {})).value.map(({ waits }: { waits: object }) => waits);
  expect(shown[0]).toEqual({ value: "always", source: "config" });
  expect(shown.slice(1)).toEqual([
    { value: "shown", source: "default" },
    { value: "shown", source: "default" },
  ]);
});
