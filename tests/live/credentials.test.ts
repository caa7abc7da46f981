import { afterEach, describe, expect, test } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeSettings, PasswordSource } from "../../src/config/settings.ts";
import { Secret } from "../../src/postgres/secret.ts";
import { ConnectionManager } from "../../src/services/connection-manager.ts";
import { nodeSettings } from "../support/node-settings.ts";
import { serversForTests } from "../support/servers.ts";

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
