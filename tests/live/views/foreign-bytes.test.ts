import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { activity, type Backend } from "../../../src/views/backends/activity.ts";
import { statementStart } from "../../../src/views/columns.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { databases } from "../../../src/views/storage/databases.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { askedOf } from "../../support/servers/view-contract.ts";

const servers = serversForTests();
const manager = new ConnectionManager();
const encodings = [
  "utf8",
  "sql_ascii",
  "latin1",
  "win1252",
  "latin2",
  "euc_jp",
  "euc_kr",
  "koi8r",
  "win1251",
];

/** Bytes in a comment, the database whose session runs them, and what they say. */
const planted = [
  ["utf8", "caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80", "café 日 😀"],
  ["sql_ascii", "caf\xe9 \xff", "caf\ufffd \ufffd"],
  ["sql_ascii", "caf\xc3\xa9", "café"],
  ["latin1", "caf\xe9", "café"],
  ["win1252", "\x80 caf\xe9", "€ café"],
  ["latin2", "\xb3\xf3d\xbc", "łódź"],
  ["euc_jp", "\xc6\xfc\xcb\xdc", "日本"],
  ["euc_kr", "\xc7\xd1\xb1\xb9", "한국"],
  ["koi8r", "\xed\xef\xf3\xeb\xf7\xe1", "МОСКВА"],
  ["win1251", "\xcc\xee\xf1\xea\xe2\xe0", "Москва"],
] as const;

/** True where the bytes of é in LATIN1 are é. */
const readsWestern = (database: string) => /^(latin1|latin2|win1252)$/.test(database);
const bytes = (text: string) => Buffer.from(text, "latin1");
const psqls: { kill(): void }[] = [];

/** psql with a script of raw bytes, which the server takes as they are where they are valid; so is the user's name. */
function psql(server: ThrowawayServer, database: string, script: Buffer, user = "postgres") {
  const way = `-X -h 127.0.0.1 -p ${server.port} -d ${database}`;
  const child = Bun.spawn(["bash", "-c", `exec psql ${way} -U $'${user}'`], {
    env: { ...process.env, PGCLIENTENCODING: "SQL_ASCII", LC_ALL: "C" },
    stdin: script,
    stdout: "ignore",
    stderr: "ignore",
  });
  psqls.push(child);
  return child;
}

async function encoded() {
  const names = encodings.map(
    (name) => `create database ${name} encoding '${name}' template template0 lc_collate 'C' lc_ctype 'C'`,
  );
  const localised =
    "create database localised encoding 'utf8' template template0 lc_collate 'C' lc_ctype 'C.UTF-8'";
  return await servers.lone("encoded", {
    bootstrap: [...names, localised],
    settings: { max_prepared_transactions: "2" },
  });
}

async function sample(name: string, view: AskedView, wholeText = false): Promise<readonly Row[]> {
  const options = { viewOptions: { idle: true, wholeText } };
  const taken = await sampleView(manager, name, view, options);
  if (taken.state === "ok") return taken.rows;
  // Without the rights that it needs nothing is asked.
  if (taken.state === "failed" && view.needsRights && taken.error.kind === "privilege") return [];
  throw new Error(`${view.name}: ${taken.state === "failed" ? taken.error.message : taken.why}`);
}

beforeAll(async () => {
  const server = await encoded();
  const names = bytes(
    'create database "caf\xe9"; create role "ren\xe9" login; alter role bare set search_path = "caf\xe9";',
  );
  expect(await psql(server, "sql_ascii", names).exited).toBe(0);
  for (const [database, text] of planted)
    psql(server, database, bytes(`select pg_catalog.pg_sleep(600) /* ${text} */`));
  psql(server, "sql_ascii", bytes("select pg_catalog.pg_sleep(600) /* by a role */"), "ren\\xe9");
  for (const length of [0, 1, 2, 3])
    psql(
      server,
      "utf8",
      bytes(`select pg_catalog.pg_sleep(600) /*cut${"x".repeat(length)}${"\xe6\x97\xa5".repeat(200)}*/`),
    );
  const prepare = "create table held (n int); begin; lock table held; prepare transaction 'gid \xe9 \xff'";
  expect(await psql(server, "sql_ascii", bytes(prepare)).exited).toBe(0);
  psql(server, "sql_ascii", bytes("select from held"));
  const waiting = (which: string) => server.query(`select from pg_stat_activity where ${which}`);
  await until(async () => (await waiting("wait_event = 'PgSleep'")).length === planted.length + 5);
  await until(async () => (await waiting("wait_event_type = 'Lock'")).length === 1);
  for (const database of ["postgres", "localised", ...encodings])
    manager.add(nodeSettings({ name: database, port: server.port }, { connection: { dbname: database } }));
});
afterAll(async () => {
  for (const child of psqls) child.kill();
  await manager.stop(0);
});

describe.each(["postgres", "localised", ...encodings])("through the database %s", (database) => {
  test("every view answers, whatever bytes others have in it", async () => {
    for (const view of askedOf("primary")) await sample(database, view);
  });

  test("each statement is seen, in the encoding of its own database", async () => {
    const rows = (await sample(database, activity)) as readonly Backend[];
    for (const [where, , text] of planted)
      expect(rows.filter(({ datname }) => datname === where).map(({ query }) => query)).toContain(
        `select pg_catalog.pg_sleep(600) /* ${text} */`,
      );
    const role = rows.find(({ query }) => query?.includes("/* by a role */"))?.usename;
    expect(role).toEqual(readsWestern(database) ? "rené" : expect.stringMatching(/^ren./));
  });

  test("no cut leaves half a character", async () => {
    const rows = (await sample(database, activity)) as readonly Backend[];
    const cut = rows.flatMap(({ query }) => (query?.includes("/*cut") ? [query] : []));
    expect(cut).toHaveLength(4);
    for (const query of cut) {
      expect(query).toEndWith("日");
      expect(Buffer.byteLength(query)).toBeGreaterThan(statementStart - 4);
    }
    const whole = ((await sample(database, activity, true)) as readonly Backend[]).map(({ query }) => query);
    expect(whole.filter((query) => query?.includes("/*cut"))).toEqual(
      Array(4).fill(expect.stringMatching(/日\*\/$/)),
    );
  });

  test("a name that is not UTF-8 is shown in the encoding of the session's database", async () => {
    const names = (await sample(database, databases)).map((row) => String(row["datname"]));
    const name = readsWestern(database) ? "café" : expect.stringMatching(/^caf./);
    expect(names.filter((one) => one.startsWith("caf"))).toEqual([name]);
  });

  test("a prepared transaction is named, whatever bytes its name has", async () => {
    const [pulse] = await sample(database, pulseView);
    expect(pulse?.["oldest_prepared_gid"]).toMatch(/^gid . .$/);
    const rows = (await sample(database, activity)) as readonly Backend[];
    expect(rows.flatMap(({ blockers }) => blockers ?? [])).toEqual([
      expect.stringMatching(/^prepared gid . . /),
    ]);
  });

  test("an error says what the server said", async () => {
    const asked = await manager.query(database, { text: "select 'a'::pg_catalog.int4" });
    expect(asked).toMatchObject({ ok: false, error: { sqlstate: "22P02" } });
  });
});

describe.skipIf(pgbouncer === null)("through PgBouncer", () => {
  test.each(["utf8", "sql_ascii", "euc_jp"])("to %s each statement is seen as well", async (database) => {
    await using pooler = await poolerBefore(await encoded());
    const name = `pooled ${database}`;
    manager.add(nodeSettings({ name, port: pooler.port }, { connection: { dbname: database } }));
    const rows = (await sample(name, activity)) as readonly Backend[];
    expect(rows.map(({ query }) => query)).toEqual(
      expect.arrayContaining(planted.map(([, , text]) => `select pg_catalog.pg_sleep(600) /* ${text} */`)),
    );
  });
});
