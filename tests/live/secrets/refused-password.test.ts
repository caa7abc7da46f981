import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeSettings, PasswordSource } from "../../../src/config/settings.ts";
import type { NodeError } from "../../../src/postgres/node-error.ts";
import { toNodeError } from "../../../src/postgres/sqlstate.ts";
import type { NodeCredentials } from "../../../src/services/secrets/credentials.ts";
import { SharedCredentials } from "../../../src/services/secrets/shared-credentials.ts";
import { TypedSecrets } from "../../../src/services/secrets/typed-secrets.ts";
import { SessionPool } from "../../../src/services/session/pool.ts";
import { Secret } from "../../../src/text/secret.ts";
import { scriptedServer } from "../../support/servers/fake-server.ts";
import { authentication, message } from "../../support/servers/messages.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const right = "open sesame";
const variable = "PGPARADE_TEST_REFUSED";
afterEach(() => void delete process.env[variable]);

/** A server for one test, which lets monitor in by this password only. */
const locked = (name: string) =>
  servers.lone(name, {
    bootstrap: [`alter role monitor password '${right}'`],
    password: new Secret("superuser"),
  });

const refusalsIn = (log: string) =>
  readFileSync(log, "utf8").match(/password authentication failed/g)?.length ?? 0;

type Logins = {
  readonly credentials: NodeCredentials;
  /** Tries to log in; null when it is in. */
  attempt(): Promise<NodeError | null>;
};

function logins(settings: NodeSettings, shared = new SharedCredentials(new TypedSecrets())): Logins {
  const credentials = shared.of(settings);
  return {
    credentials,
    async attempt() {
      const pool = new SessionPool(settings, {
        credentials,
        tunnel: null,
        introduced: () => {},
        lost: () => {},
      });
      try {
        await pool.prove();
        return null;
      } catch (cause) {
        return toNodeError(cause);
      } finally {
        await pool.end(50);
      }
    },
  };
}

/** Each kind of source, with a way to change what it gives. */
const sources: [string, (folder: string) => Promise<[PasswordSource, (text: string) => Promise<unknown>]>][] =
  [
    [
      "a file",
      async (folder) => {
        const path = join(folder, "refused-file");
        const write = (text: string) => writeFile(path, `${text}\n`, { mode: 0o600 });
        await write("wrong");
        return [{ kind: "file", path }, write];
      },
    ],
    [
      "a variable",
      async () => {
        process.env[variable] = "wrong";
        return [
          { kind: "environment", variable },
          async (text) => {
            process.env[variable] = text;
          },
        ];
      },
    ],
    [
      "libpq's password file",
      async (folder) => {
        const path = join(folder, "refused-pgpass");
        const write = (text: string) => writeFile(path, `*:*:*:*:${text}\n`, { mode: 0o600 });
        await write("wrong");
        return [{ kind: "passfile", path }, write];
      },
    ],
  ];

describe("a wrong password is not tried until the account is locked", () => {
  test.each(sources)("%s: three times, then not before it changes", async (name, source) => {
    const server = await locked(name.replaceAll(/\W/g, "-"));
    const [password, change] = await source((await servers.scratch()).directory);
    const settings = { ...nodeSettings(server), passwords: [password] };
    const { attempt } = logins(settings);
    for (let n = 1; n <= 7; n++) {
      const error = await attempt();
      expect(error).toMatchObject({ kind: "auth", sqlstate: "28P01" });
      expect(error?.isHeld ?? false).toBe(n >= 3);
      if (n >= 3) expect(error?.message).toContain("refused too often, not tried again");
    }
    expect(refusalsIn(server.logFile)).toBe(3);
    await change("also wrong");
    expect((await attempt())?.isHeld).toBeUndefined();
    expect(refusalsIn(server.logFile)).toBe(4);
    await change(right);
    expect(await attempt()).toBeNull();
    await change("wrong");
    expect((await attempt())?.isHeld).toBe(true);
    expect(refusalsIn(server.logFile)).toBe(4);
  });

  test("all nodes that log in as that role there share the three", async () => {
    const server = await locked("shared");
    const shared = new SharedCredentials(new TypedSecrets());
    const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret("wrong") }];
    const nodes = ["postgres", "template1", "other"].map((dbname) =>
      logins({ ...nodeSettings(server, { connection: { dbname } }), name: dbname, passwords }, shared),
    );
    const early = shared.of({ ...nodeSettings(server), name: "early", passwords });
    await early.begin();
    for (let n = 0; n < 3; n++) for (const node of nodes) await node.attempt();
    // A login that began before the third refusal does not send it either.
    await expect(early.password()).rejects.toMatchObject({ error: { isHeld: true } });
    expect(refusalsIn(server.logFile)).toBe(3);
    expect(await nodes[2]?.attempt()).toMatchObject({ isHeld: true });
  });

  test("another node's login with the right one does not begin the three anew", async () => {
    const server = await locked("beside");
    const shared = new SharedCredentials(new TypedSecrets());
    const node = (name: string, password: string) => {
      const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret(password) }];
      return logins({ ...nodeSettings(server), name, passwords }, shared);
    };
    const [wrong, good] = [node("wrong", "wrong"), node("good", right)];
    for (let n = 0; n < 4; n++) {
      await wrong.attempt();
      expect(await good.attempt()).toBeNull();
    }
    expect(await wrong.attempt()).toMatchObject({ isHeld: true });
    expect(refusalsIn(server.logFile)).toBe(3);
  });

  test("a person may try it once more, and type another", async () => {
    const server = await locked("asked");
    const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret("wrong") }];
    const { attempt, credentials } = logins({ ...nodeSettings(server), passwords });
    for (let n = 0; n < 5; n++) await attempt();
    credentials.forgive();
    for (let n = 0; n < 5; n++) await attempt();
    expect(refusalsIn(server.logFile)).toBe(4);
    credentials.enter(new Secret("mistyped"));
    for (let n = 0; n < 5; n++) await attempt();
    // The typed one once; the other is as spent as before.
    expect(refusalsIn(server.logFile)).toBe(5);
    credentials.enter(new Secret(right));
    expect(await attempt()).toBeNull();
  });

  test("a command is not run for each look whether its answer has changed", async () => {
    const server = await locked("command");
    const runs = join((await servers.scratch()).directory, "runs");
    const argv = ["sh", "-c", `echo run >> ${runs}; echo wrong`];
    const { attempt } = logins({
      ...nodeSettings(server),
      passwords: [{ kind: "command", argv, ttlMs: null }],
    });
    for (let n = 0; n < 8; n++) await attempt();
    expect(refusalsIn(server.logFile)).toBe(3);
    expect(readFileSync(runs, "utf8").match(/run/g)?.length).toBeLessThanOrEqual(4);
  });

  test("LDAP, PAM and RADIUS too, whose refusals have another SQLSTATE", async () => {
    let given = 0;
    await using server = await scriptedServer(async (client) => {
      await client.hears();
      await client.says(authentication(3));
      if ((await client.hears()) !== null) given += 1;
      const fields =
        'SFATAL\0VFATAL\0C28000\0MLDAP authentication failed for user "monitor"\0Rauth_failed\0\0';
      await client.says(message("E", fields));
      client.leaves();
    });
    const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret("wrong") }];
    const { attempt } = logins({ ...nodeSettings({ name: "ldap", port: server.port }), passwords });
    for (let n = 0; n < 6; n++) expect(await attempt()).toMatchObject({ kind: "auth", sqlstate: "28000" });
    expect(given).toBe(3);
  });

  test("a refusal that is not the password's does not count: it heals by itself", async () => {
    const server = await locked("nologin");
    const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret(right) }];
    const { attempt } = logins({ ...nodeSettings(server), passwords });
    await server.query("alter role monitor nologin");
    for (let n = 0; n < 5; n++) expect(await attempt()).toMatchObject({ sqlstate: "28000" });
    await server.query("alter role monitor login");
    expect(await attempt()).toBeNull();
  });

  test("c tries at once, and the node says that nothing more is tried", async () => {
    const server = await locked("watched");
    const passwords: PasswordSource[] = [{ kind: "inline", secret: new Secret("wrong") }];
    await using watched = watch([{ ...nodeSettings(server), passwords }]);
    for (let n = 1; n <= 5; n++) {
      await watched.manager.ready("watched");
      if (n < 5) watched.manager.connect("watched");
    }
    expect(refusalsIn(server.logFile)).toBe(5);
    // So does the test of a connection, also of a new one to the same account.
    const report = await watched.manager.test({ ...nodeSettings(server), name: "new", passwords });
    expect(report).toMatchObject({ ok: false, error: { sqlstate: "28P01" } });
    expect(refusalsIn(server.logFile)).toBe(6);
    const health = watched.manager.health("watched");
    expect(health).toMatchObject({ state: "error", error: { isHeld: true } });
  });
});
