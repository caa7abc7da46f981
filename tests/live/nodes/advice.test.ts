import { describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { NodeError } from "../../../src/postgres/node-error.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { germanServers } from "../../support/servers/german.ts";
import { installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversOfMajor } from "../../support/servers/older.ts";
import { until } from "../../support/servers/servers.ts";

const { found, missing } = await installMajors();
test.skipIf(missing !== null)(missing ?? "the oldest and the newest major are tested", () => {
  expect(found).toContain(10);
});

const kinds = [
  ...[10, 16, 18]
    .filter((major) => found.includes(major))
    .map((major) => [`PostgreSQL ${major}`, major] as const),
  ["a German server", "german"] as const,
];

const bootstrap = [
  "create role member login in role pg_monitor",
  "create role nologin",
  "create role limited login connection limit 0",
  "create role expired login password 'x' valid until '2000-01-01'",
  "create role unlisted login",
  "create role from_hba login",
  "create database closed",
  "create database filled connection limit 0",
  "create database refusing allow_connections false",
];

/** What the server says to somebody who is refused, or whose statement is. */
async function told(
  server: ThrowawayServer,
  connection: { readonly user?: string; readonly dbname?: string; readonly password?: string },
  text = "select 1",
): Promise<NodeError> {
  const { password, ...place } = connection;
  const manager = new ConnectionManager();
  const settings = nodeSettings(server, { connection: { user: "bare", ...place } });
  const passwords = password ? [{ kind: "inline", secret: new Secret(password) } as const] : [];
  manager.add({ ...settings, passwords });
  try {
    const outcome = await manager.query(server.name, { text });
    if (outcome.ok) throw new Error("it was let in");
    return outcome.error;
  } finally {
    await manager.stop(0);
  }
}

describe.each(kinds)("%s: a refusal comes with the right advice or none", (_, kind) => {
  const servers = kind === "german" ? germanServers() : serversOfMajor(kind);
  const serverOf = async () => {
    const server = await servers.lone("advice", {
      bootstrap,
      settings: { max_connections: "10", max_wal_senders: "2" },
    });
    const file = join(server.dataDirectory, "pg_hba.conf");
    const text = await readFile(file, "utf8");
    if (text.startsWith("# ours")) return server;
    const lines = [
      "# ours",
      "host all expired all md5",
      "host all unlisted all reject",
      "host all from_hba all ident",
    ];
    await writeFile(file, `${lines.join("\n")}\n${text}`);
    await server.query("revoke connect on database closed from public");
    await server.query("select pg_reload_conf()");
    await until(
      async () => (await told(server, { user: "unlisted" }).catch(() => null))?.sqlstate === "28000",
    );
    return server;
  };

  test.each<[string, Parameters<typeof told>[1], string, string, RegExp | null]>([
    ["a role that is not there", { user: "nobody" }, "28000", "auth", /^The role is missing there/],
    ["a role that may not log in", { user: "nologin" }, "28000", "auth", /NOLOGIN/],
    ["a line of pg_hba.conf", { user: "unlisted" }, "28000", "auth", /^pg_hba.conf there decides/],
    ["a method of pg_hba.conf", { user: "from_hba" }, "28000", "auth", /pg_ident.conf/],
    [
      "a password that has expired",
      { user: "expired", password: "x" },
      "28P01",
      "auth",
      /came from the config/,
    ],
    ["a database that is not there", { dbname: "nosuch" }, "3D000", "auth", /^Set `database`/],
    ["no CONNECT right", { dbname: "closed" }, "42501", "auth", /^GRANT CONNECT ON that DATABASE/],
    ["a database that takes none", { dbname: "template0" }, "55000", "auth", /ALLOW_CONNECTIONS/],
    [
      "the limit of a database",
      { dbname: "filled" },
      "53300",
      "too-many-connections",
      /database's own limit/,
    ],
    ["the limit of a role", { user: "limited" }, "53300", "too-many-connections", /role's own limit/],
  ])("%s", async (_, connection, sqlstate, kind, hint) => {
    const error = await told(await serverOf(), connection);
    expect(error).toMatchObject({ sqlstate, kind });
    expect(error.hint).toMatch(hint ?? /^$/);
    // The server says itself what is missing.
    if (sqlstate === "42501") expect(error.detail).toContain("CONNECT");
  });

  test.each([
    ["a file", "select pg_catalog.pg_read_file('PG_VERSION')"],
    ["a view", "select gid from pg_catalog.pg_prepared_xacts"],
    ["a function", "select pg_catalog.pg_reload_conf()"],
  ])("a statement that needs another right than pg_monitor's: %s", async (_, text) => {
    const server = await serverOf();
    await server.query("revoke select on pg_catalog.pg_prepared_xacts from public");
    for (const user of ["bare", "member"])
      expect(await told(server, { user }, text)).toMatchObject({ kind: "privilege", hint: null });
  });

  test("a server without a free slot: which setting it is", async () => {
    const server = await serverOf();
    const held: pg.Client[] = [];
    const hold = async (user: string) => {
      for (;;) {
        const client = new pg.Client({ host: "127.0.0.1", port: server.port, user, database: "postgres" });
        client.on("error", () => {});
        try {
          await client.connect();
        } catch {
          return;
        }
        held.push(client);
      }
    };
    try {
      await hold("monitor");
      const full = { sqlstate: "53300", kind: "too-many-connections" };
      const reserved = await told(server, {});
      expect(reserved).toMatchObject(full);
      expect(reserved.hint).toMatch(/^The slots that are left are reserved/);
      await hold("postgres");
      const taken = await told(server, {});
      expect(taken).toMatchObject(full);
      expect(taken.hint).toMatch(/see max_connections/);
    } finally {
      await Promise.all(held.map((client) => client.end()));
    }
  });
});
