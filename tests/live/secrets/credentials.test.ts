import { afterEach, describe, expect, test } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeSettings, PasswordSource } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { identityOf } from "../../../src/services/throwaway/processes.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const right = "open 'sesame'";
const who = { text: "select session_user" };
const variable = "PGPARADE_TEST_PASSWORD";
afterEach(() => void delete process.env[variable]);

/** A server that lets monitor in by this password only. */
async function locked() {
  const bootstrap = [`alter role monitor password '${right.replaceAll("'", "''")}'`];
  return servers.lone("locked", { bootstrap, password: new Secret("superuser") });
}

type Pool = Parameters<typeof nodeSettings>[1];

async function node(passwords: readonly PasswordSource[], change?: Pool): Promise<NodeSettings> {
  return { ...nodeSettings(await locked(), change), name: "locked", passwords };
}

function managing(settings: NodeSettings): ConnectionManager & AsyncDisposable {
  const manager = new ConnectionManager();
  manager.add(settings);
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

/** What comes of one login: "in", or the error. */
async function login(...passwords: readonly PasswordSource[]) {
  await using manager = managing(await node(passwords));
  const outcome = await manager.query("locked", who);
  return outcome.ok ? "in" : outcome.error;
}

const inline = (text: string): PasswordSource => ({ kind: "inline", secret: new Secret(text) });
const command = (script: string, ttlMs: number | null = null): PasswordSource => ({
  kind: "command",
  argv: ["sh", "-c", script],
  ttlMs,
});

/** A file in the test's own folder. */
async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join((await servers.scratch()).directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe("a password comes from", () => {
  test("the config", async () => {
    expect(await login(inline(right))).toBe("in");
  });

  test("a variable, also one that was set since the last login", async () => {
    const source: PasswordSource = { kind: "environment", variable };
    expect(await login(source)).toMatchObject({
      kind: "auth",
      hint: expect.stringContaining(`${variable} is not set.`),
    });
    process.env[variable] = right;
    expect(await login(source)).toBe("in");
  });

  test("the first line of a file", async () => {
    const path = await file("first-line", `${right}\nsecond\n`);
    expect(await login({ kind: "file", path })).toBe("in");
  });

  test("a command's first line", async () => {
    expect(await login(command(`echo "${right}"; echo more`))).toBe("in");
  });

  test("libpq's password file, by the first line that fits", async () => {
    const { port } = await locked();
    const text = `# mine\n127.0.0.1:${port}:other:*:wrong\n*:${port}:*:monitor:${right}\n*:*:*:*:wrong\n`;
    expect(await login({ kind: "passfile", path: await file("pgpass", text) })).toBe("in");
    const none = await file("pgpass-of-others", `*:${port}:*:postgres:${right}\n`);
    expect(await login({ kind: "passfile", path: none })).toMatchObject({
      kind: "auth",
      hint: expect.stringContaining(`${none} has no line for monitor on 127.0.0.1:${port}.`),
    });
    const open = await file("pgpass-open", text, 0o644);
    expect(await login({ kind: "passfile", path: open })).toMatchObject({
      kind: "auth",
      message: `password file ${open} can be read by others: run chmod 600 on it`,
    });
  });

  test("the first source that has one, in their order", async () => {
    const missing: PasswordSource = { kind: "file", path: "/nonexistent/password" };
    expect(await login(missing, command("exit 1"), inline(right), inline("wrong"))).toBe("in");
    expect(await login(inline("wrong"), inline(right))).toMatchObject({
      kind: "auth",
      sqlstate: "28P01",
      hint: expect.stringContaining("came from the config"),
    });
  });
});

describe("without a password", () => {
  test("another source than the one that failed, which is said when the server refuses it", async () => {
    const inherited: PasswordSource = { kind: "inline", secret: new Secret("wrong"), from: "PGPASSWORD" };
    const { hint } = Object(await login(command("exit 3"), inherited));
    expect(hint).toBe(
      "Check the user and the password, which came from PGPASSWORD; password_command sh ended with code 3.",
    );
  });

  test("a server that asks for one says so, and what to do", async () => {
    expect(await login()).toEqual({
      kind: "auth",
      sqlstate: null,
      message: "the server asks for a password and none was found",
      hint: "Set password_env, password_file or password_command.",
    });
  });

  test("a server that asks for none is entered, and no source is touched", async () => {
    const server = await servers.lone("open");
    const path = join((await servers.scratch()).directory, "touched");
    await using manager = managing({ ...nodeSettings(server), passwords: [command(`touch ${path}`)] });
    expect(await manager.query(server.name, who)).toMatchObject({ ok: true });
    expect(await Bun.file(path).exists()).toBe(false);
  });

  test("a file that others can read is left alone", async () => {
    const path = await file("open-to-others", right, 0o640);
    const said = {
      kind: "auth",
      message: `password_file ${path} can be read by others: run chmod 600 on it`,
    };
    expect(await login({ kind: "file", path })).toMatchObject(said);
  });
});

/** A command that counts its runs in a file and prints a password by the number of the run. */
async function counting(name: string, ttlMs: number | null, script: string) {
  const path = await file(name, "");
  const source = command(`echo run >> ${path}; n=$(wc -l < ${path}); ${script}`, ttlMs);
  return { source, runs: async () => (await Bun.file(path).text()).split("\n").length - 1 };
}

/** Makes the node log in anew. */
async function again(manager: ConnectionManager) {
  manager.disconnect("locked");
  manager.connect("locked");
  return manager.query("locked", who);
}

describe("a command", () => {
  test("is run once for many logins while the server takes what it gave", async () => {
    const { source, runs } = await counting("once", null, `echo "${right}"`);
    await using manager = managing(await node([source]));
    await Promise.all([0, 1].map(() => manager.query("locked", { text: "select pg_catalog.pg_sleep(1)" })));
    expect(manager.poolStatistics("locked")?.total).toBe(2);
    expect(await again(manager)).toMatchObject({ ok: true });
    expect(await runs()).toBe(1);
  });

  test("is run anew when its token has ended", async () => {
    const { source, runs } = await counting("ttl", 1, `echo "${right}"`);
    await using manager = managing(await node([source]));
    await manager.query("locked", who);
    await until(() => again(manager).then(async () => (await runs()) > 1));
  });

  test("is run anew when the server refuses what it gave before, and the login goes on", async () => {
    const { source, runs } = await counting("rotated", null, `[ $n = 1 ] && echo "${right}" || echo rotated`);
    const server = await locked();
    await using manager = managing(await node([source]));
    expect(await manager.query("locked", who)).toMatchObject({ ok: true });
    await server.query("alter role monitor password 'rotated'");
    try {
      expect(await again(manager)).toMatchObject({ ok: true });
      expect(await runs()).toBe(2);
    } finally {
      await server.query(`alter role monitor password '${right.replaceAll("'", "''")}'`);
    }
  });

  test("whose answer is refused at once is not run again before a person or half a minute", async () => {
    const { source, runs } = await counting("wrong", null, "echo wrong");
    await using manager = managing(await node([source]));
    const refused = { ok: false, error: { kind: "auth", sqlstate: "28P01" } };
    expect(await manager.query("locked", who)).toMatchObject(refused);
    expect(await manager.query("locked", who)).toMatchObject(refused);
    expect(manager.health("locked")).toMatchObject({ state: "error", failures: 1 });
    expect(await runs()).toBe(1);
  });

  test("that is slower than a login is waited for by the next one", async () => {
    const { source, runs } = await counting("slow", null, `sleep 3; echo "${right}"`);
    await using manager = managing(await node([source], { pool: { connectTimeoutMs: 2000 } }));
    expect(await manager.query("locked", who)).toMatchObject({
      ok: false,
      error: { kind: "timeout", message: "password_command sh has not answered yet" },
    });
    await until(async () => (await manager.query("locked", who)).ok);
    expect(await runs()).toBe(1);
  });

  test("that never ends is ended after five seconds with all that it started, and named", async () => {
    const path = await file("pids", "");
    const limits = { pool: { connectTimeoutMs: 8000, acquireTimeoutMs: 8000 } };
    const source = command(`sleep 61 & echo $$ $! > ${path}; wait`);
    await using manager = managing(await node([source], limits));
    const startMs = performance.now();
    const outcome = await manager.query("locked", who);
    const ms = performance.now() - startMs;
    expect(outcome).toMatchObject({
      error: { kind: "auth", message: "password_command sh took longer than 5 s" },
    });
    expect(ms).toBeWithin(4900, 20_000);
    const pids = (await Bun.file(path).text()).trim().split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await until(() => pids.every((pid) => identityOf(pid) === null));
  });
});

describe("the keyring", () => {
  test("that is not there is said, and never waited for", async () => {
    const bus = process.env["DBUS_SESSION_BUS_ADDRESS"];
    process.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent/bus";
    try {
      const said = await login({ kind: "keyring" });
      expect(said).toMatchObject({ kind: "auth", hint: expect.stringMatching(/keyring/) });
      expect(await login({ kind: "keyring" }, inline(right))).toBe("in");
    } finally {
      if (bus === undefined) delete process.env["DBUS_SESSION_BUS_ADDRESS"];
      else process.env["DBUS_SESSION_BUS_ADDRESS"] = bus;
    }
  });
});

describe("a password that a person typed", () => {
  const typed = (text: string) => new Secret(text);

  test("is tried at once, goes before the other sources and lasts over logins", async () => {
    await using manager = managing(await node([inline("wrong")]));
    expect(await manager.query("locked", who)).toMatchObject({ ok: false, error: { sqlstate: "28P01" } });
    manager.enterPassword("locked", typed(right));
    expect(await manager.query("locked", who)).toMatchObject({ ok: true });
    expect(await again(manager)).toMatchObject({ ok: true });
  });

  test("is forgotten when the server refuses it", async () => {
    await using manager = managing(await node([]));
    manager.enterPassword("locked", typed("wrong"));
    expect(await manager.query("locked", who)).toMatchObject({
      error: { kind: "auth", hint: expect.stringContaining("came from what was typed") },
    });
    expect(await again(manager)).toMatchObject({
      error: { message: "the server asks for a password and none was found" },
    });
  });
});
