import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PasswordSource } from "../../../src/config/settings.ts";
import { ConnectionManager, type NodeEvent } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { leaks, planted } from "../../support/planted.ts";
import { fakeServer } from "../../support/servers/fake-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const who = { text: "select session_user" };
const quoted = `'${planted.replaceAll("'", "''")}'`;
afterAll(() => void delete process.env["PLANTED_PASSWORD"]);
const superuser = new Secret("superuser");

/** Takes the planted password. */
const accepting = () =>
  servers.lone("accepting", { bootstrap: [`alter role monitor password ${quoted}`], password: superuser });
/** Refuses it. */
const refusing = () =>
  servers.lone("refusing", { bootstrap: ["alter role monitor password 'another'"], password: superuser });

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join((await servers.scratch()).directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** The planted password through every source, and through sources that hold it and fail. */
async function sources(): Promise<Record<string, PasswordSource>> {
  process.env["PLANTED_PASSWORD"] = planted;
  const path = await file("planted", `${planted}\n`);
  const escaped = planted.replace(/[\\:]/g, "\\$&");
  const command = (script: string): PasswordSource => ({
    kind: "command",
    argv: ["sh", "-c", script],
    ttlMs: null,
  });
  return {
    inline: { kind: "inline", secret: new Secret(planted) },
    environment: { kind: "environment", variable: "PLANTED_PASSWORD" },
    file: { kind: "file", path },
    "file open to others": { kind: "file", path: await file("planted-open", planted, 0o644) },
    passfile: { kind: "passfile", path: await file("planted-pgpass", `*:*:*:*:${escaped}\n`) },
    "passfile open to others": {
      kind: "passfile",
      path: await file("planted-pgpass-open", `*:*:*:*:${escaped}\n`, 0o644),
    },
    command: command(`cat ${path}`),
    "command that fails": command(`cat ${path}; exit 1`),
    "command that complains": command(`cat ${path} >&2; exit 2`),
  };
}

test("the search finds what it is for", () => {
  const url = `postgres://u:${encodeURIComponent(planted)}@h/d`;
  const hidden = {
    a: [{ b: planted }],
    c: url,
    d: btoa(planted),
    e: new Error(planted),
    f: { g: new Secret(planted) },
  };
  expect(leaks(hidden).map((leak) => leak[0])).toEqual(["a", "c", "d", "e"]);
});

/** A server for each way in which a login can end. */
async function ends(): Promise<[string, number][]> {
  return [
    ["accepted", (await accepting()).port],
    ["refused", (await refusing()).port],
    ["nobody there", 1],
  ];
}

describe("a planted password is in no value that the program could print", () => {
  test("through every source to every end of a login", async () => {
    const places: Record<string, unknown> = {};
    const met = new Set<string>();
    for (const [source, password] of Object.entries(await sources()))
      for (const [end, port] of await ends()) {
        const events: NodeEvent[] = [];
        const settings = { ...nodeSettings({ name: "node", port }), passwords: [password] };
        const manager = new ConnectionManager();
        manager.on((event) => events.push(event));
        manager.add(settings);
        const outcome = await manager.query("node", who);
        const health = manager.health("node");
        met.add(outcome.ok ? "in" : `${outcome.error.kind} ${outcome.error.sqlstate ?? ""}`.trim());
        places[`${source}, ${end}`] = { settings, outcome, events, health, manager };
        await manager.stop(0);
      }
    expect(leaks(places)).toEqual([]);
    expect([...met].sort()).toEqual(["auth", "auth 28P01", "in", "refused"]);
  });

  test("nor when the server asks for it and then says nothing", async () => {
    // AuthenticationMD5Password, with a salt (PostgreSQL documentation, "Message Formats").
    await using silent = await fakeServer(new Uint8Array([82, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]));
    const manager = new ConnectionManager();
    const { inline } = await sources();
    const limits = { pool: { connectTimeoutMs: 1500 } };
    const settings = nodeSettings({ name: "silent", port: silent.port }, limits);
    manager.add({ ...settings, passwords: inline ? [inline] : [] });
    const outcome = await manager.query("silent", who);
    expect(outcome).toMatchObject({ ok: false, error: { kind: "timeout" } });
    expect(leaks({ outcome, manager })).toEqual([]);
    await manager.stop(0);
  });

  test("nor in the environment and arguments of the programs that it starts", async () => {
    const seen = await file("seen", "");
    process.env["PGPASSWORD"] = planted;
    process.env["PLANTED_URL"] = `postgres://monitor:${encodeURIComponent(planted)}@db1/postgres`;
    try {
      const { inline, environment } = await sources();
      const look = `cat /proc/$$/environ /proc/$$/cmdline | tr '\\0' '\\n' > ${seen}`;
      const manager = new ConnectionManager();
      const server = await accepting();
      const passwords: PasswordSource[] = [
        { kind: "command", argv: ["sh", "-c", look], ttlMs: null },
        ...(inline && environment ? [environment, inline] : []),
      ];
      manager.add({ ...nodeSettings(server), passwords });
      expect(await manager.query(server.name, who)).toMatchObject({ ok: true });
      const text = await Bun.file(seen).text();
      expect(text).toContain("PATH=");
      expect(leaks({ text })).toEqual([]);
      await manager.stop(0);
    } finally {
      delete process.env["PGPASSWORD"];
      delete process.env["PLANTED_URL"];
    }
  });
});

/** A config file with the planted password in it, for both servers. */
async function config(name: string, source: string): Promise<string> {
  const nodes = [await accepting(), await refusing()].map(({ name: node, port }) =>
    [`  ${node}:`, "    host: 127.0.0.1", `    port: ${port}`].join("\n"),
  );
  const defaults = ["  user: monitor", "  database: postgres", "  sslmode: disable", `  ${source}`];
  return file(name, ["log_level: debug", "defaults:", ...defaults, "nodes:", ...nodes, ""].join("\n"));
}

describe("a planted password is in nothing that the program writes", () => {
  test("to a pipe, when it logs in, is refused or cannot read its config", async () => {
    const { directory } = await servers.scratch();
    const env = { XDG_STATE_HOME: join(directory, "pipe"), PLANTED: planted };
    const good = await config("good.yaml", `password: "\${PLANTED}"`);
    const plain = await config("plain.yaml", `password: ${JSON.stringify(planted)}`);
    const path = await file("of-the-config", `${planted}\n`);
    const sources = {
      env: "password_env: PLANTED",
      file: `password_file: ${path}`,
      command: `password_command: [cat, ${path}]`,
      "failing command": `password_command: [sh, -c, "cat ${path} | tee /dev/stderr; exit 1"]`,
    };
    const named = await Promise.all(
      Object.entries(sources).map(([name, source]) => config(`${name}.yaml`, source)),
    );
    const broken = await file("broken.yaml", `nodes:\n  a: {host: x, password: "${"SECRETPW"}\n  b: ]\n`);
    const uri = await file("uri.yaml", `nodes:\n  a: "postgresql://monitor:SECRETPW/x@127.0.0.1:port/db"\n`);
    const wrong = await file("wrong.yaml", `nodes:\n  a: {host: x, password: [SECRETPW], prot: 1}\n`);
    const told: Record<string, string> = {};
    for (const path of [good, plain, ...named, broken, uri, wrong])
      for (const command of [["check"], ["check", "--format", "json"], ["show", "activity"]]) {
        const { stdout, stderr, code } = await runProgram([...command, "--config", path], env);
        told[`${path} ${command.join(" ")}`] = `${code}\n${stdout}\n${stderr}`;
      }
    expect(leaks(told)).toEqual([]);
    expect(told[`${good} check`]).toMatch(/ok +accepting/);
    for (const path of named.slice(0, 3)) expect(told[`${path} check`]).toMatch(/ok +accepting/);
    expect(told[`${named[3]} check`]).toContain("password_command sh ended with code 1");
    expect(told[`${good} check`]).toContain("password authentication failed");
    expect(told[`${broken} check`]).toMatch(/^3\n/);
  });

  test("when it stands in a connection string, good or bad", async () => {
    const { port } = await refusing();
    const encoded = encodeURIComponent(planted);
    const keyword = `'${planted.replace(/[\\']/g, "\\$&")}'`;
    const where = `127.0.0.1:${port}/postgres`;
    const strings = {
      uri: `postgresql://monitor:${encoded}@${where}`,
      "keyword string": `host=127.0.0.1 port=${port} user=monitor dbname=postgres password=${keyword}`,
      "key's password": `postgresql://monitor@${where}?sslpassword=${encoded}&sslkey=/none&sslcert=/none&sslmode=require`,
      "sign of a URI": "postgresql://monitor:SECRETPW/x@127.0.0.1:port/db",
      "at sign in a URI": "postgresql://monitor:1@SECRETPW@127.0.0.1:port/db",
      "at sign before a good port": "postgresql://monitor:1@SECRETPW@127.0.0.1:1/db",
      "slash in Prisma's": "postgresql://monitor:SECRETPW/x@127.0.0.1/db?schema=app",
      "at sign in JDBC's": "jdbc:postgresql://monitor:1@SECRETPW@127.0.0.1/db",
      "digits first in SQLAlchemy's":
        "postgresql+asyncpg://monitor:12/SECRETPW@127.0.0.1/db?connect_timeout=1",
      "digits first in a URI": "postgresql://monitor:12/SECRETPW@127.0.0.1/db?connect_timeout=1",
      "bad percent": `postgresql://monitor:SECRETPW%zz@${where}`,
      "unknown keyword": "host=127.0.0.1 passwort=SECRETPW",
      "open quote": "host=127.0.0.1 password='SECRETPW",
      "no equals sign": "host=127.0.0.1 password SECRETPW",
      "bad value": `host=127.0.0.1 password=${keyword} require_auth=none,none sslmode=none`,
    };
    const told: Record<string, string> = {};
    for (const [kind, text] of Object.entries(strings))
      for (const command of [
        ["check"],
        ["check", "--format", "json"],
        ["config", "show"],
        ["config", "show", "--format", "json"],
        ["config", "show", "--format", "json", "--explicit"],
        ["config", "show", "--explicit"],
        // Where it does not belong.
        ["show"],
        ["config", "validate"],
        ["config"],
        ["config", "path"],
        ["demo", "--nodes"],
        ["show", "fleet", "--format"],
      ]) {
        const { stdout, stderr, code } = await runProgram([...command, text]);
        told[`${kind} ${command.join(" ")}`] = `${code}\n${stdout}\n${stderr}`;
      }
    const { code, stderr } = await runProgram(["--password=SECRETPW"]);
    expect([code, stderr.split("\n")[0]]).toEqual([3, "error: unknown option (argument 1)"]);
    expect(leaks(told)).toEqual([]);
    for (const kind of ["uri", "keyword string"]) {
      expect(told[`${kind} check`]).toContain("password authentication failed");
      expect(told[`${kind} config show`]).toMatch(/password +\*\*\* +string/);
    }
    expect(told["bad percent config show"]).toMatch(/^2\n/);
  });

  test("to the screen, its log and its arguments, also when it is typed", async () => {
    const { directory } = await servers.scratch();
    const state = join(directory, "screen");
    const path = await config("typed.yaml", `password: "not that one"`);
    await using terminal = watching(["--config", path], { env: { XDG_STATE_HOME: state } });
    await ready(terminal, /accepting.*password authentication failed/);
    terminal.press("1");
    await terminal.until(/came from the config/);
    terminal.press("p");
    await terminal.until(/password: +It is kept|password:\s/);
    terminal.press(planted);
    const stars = await terminal.until(new RegExp(`password: ${"\\*".repeat([...planted].length)}`));
    terminal.press("Enter");
    const screen = await terminal.until(/● up +accepting/);
    const log = await until(() => {
      const text = readFileSync(`${state}/pgparade/pgparade.1.log`, "utf8");
      return text.includes('"to":"connected"') && text;
    });
    const cmdline = readFileSync(`/proc/${terminal.pid}/cmdline`, "utf8");
    expect(leaks({ stars, screen, output: terminal.output(), log, cmdline })).toEqual([]);
    terminal.press("q");
    expect((await terminal.exited).code).toBe(0);
    expect(leaks({ output: terminal.output() })).toEqual([]);
  });

  test("to the screen, its log and the file when it is pasted into the form, tested and connected", async () => {
    const { directory } = await servers.scratch();
    const state = join(directory, "form");
    const path = await file("form.yaml", "nodes: {}\n");
    const [good, bad] = [(await accepting()).port, (await refusing()).port];
    await using terminal = watching(["--config", path], { env: { XDG_STATE_HOME: state } });
    await ready(terminal, /no nodes yet: o/);
    terminal.press("o");
    const screens: Record<string, unknown> = {};
    for (const [port, told] of [
      [bad, /password authentication failed/],
      [good, /version +\d+/],
    ] as const) {
      terminal.press("N");
      await terminal.until(/From a string/);
      terminal.paste(`postgresql://monitor:${encodeURIComponent(planted)}@127.0.0.1:${port}/postgres`);
      screens[`pasted for ${port}`] = await terminal.until(new RegExp(`Port +${port}`));
      terminal.press("C-t");
      screens[`tested for ${port}`] = await terminal.until(told);
      if (port === good) terminal.press("C-o", "y");
      else {
        terminal.press("Escape");
        await terminal.until(/Esc again/);
        terminal.press("Escape");
      }
      screens[`after ${port}`] = await terminal.until(
        port === good ? /● postgres +up/ : /no connections yet/,
      );
    }
    const log = readFileSync(`${state}/pgparade/pgparade.1.log`, "utf8");
    const config = readFileSync(path, "utf8");
    terminal.press("q");
    expect((await terminal.exited).code).toBe(0);
    expect(leaks({ ...screens, output: terminal.output(), log, config })).toEqual([]);
  });
});
