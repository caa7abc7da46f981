import { expect, test } from "bun:test";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { printValue } from "../../../src/views/cells.ts";
import { configFiles } from "../../../src/views/settings/config-files.ts";
import { extensions } from "../../../src/views/settings/extensions.ts";
import { hba } from "../../../src/views/settings/hba.ts";
import { roles } from "../../../src/views/settings/roles.ts";
import { type AskedView, drawnColumns, type Row } from "../../../src/views/view.ts";
import { sampledAs } from "../../support/servers/sampled.ts";
import { serversForTests } from "../../support/servers/servers.ts";

const servers = serversForTests();
const day = 86_400;

const server = () =>
  servers.lone("lists", {
    bootstrap: [
      "create schema ext",
      "create extension pg_stat_statements schema ext version '1.9'",
      "create role owners",
      "create role soon login connection limit 4 valid until 'tomorrow' in role owners, pg_monitor",
      "create role late login valid until 'yesterday'",
      "create role ever login valid until 'infinity'",
      "alter role soon set work_mem = '64MB'",
      "alter role soon in database postgres set app.password = 'sesame'",
      "grant owners to late with admin option",
    ],
  });

async function asked(view: AskedView, user = "bare") {
  const { sample, rows } = await sampledAs(await server(), user, view);
  return {
    sample,
    of: (name: string): Row | undefined => rows.find((row) => row[view.rowName ?? ""] === name),
    rows,
  };
}

/** What makes a value good or bad. */
const levelOf = (view: AskedView, row: Row | undefined, column: string) =>
  view.columns[column]?.severity?.(row?.[column], row ?? {});

test("an extension has its version, its schema and the version that is available; others are quiet", async () => {
  const { rows } = await asked(extensions);
  const of = (name: string) => rows.find(({ extname }) => extname === name);
  expect(of("pg_stat_statements")).toMatchObject({
    ...{ extversion: "1.9", nspname: "ext", outdated: true, lacks_files: false, rank: 0 },
    ...{ database: "postgres", default_version: expect.stringMatching(/^1\.\d+$/) },
  });
  expect(levelOf(extensions, of("pg_stat_statements"), "outdated")).toBe("warning");
  expect(of("plpgsql")).toMatchObject({ outdated: false, rank: 1 });
  expect(of("hstore")).toMatchObject({ extversion: null, outdated: null, rank: 2 });
  expect(extensions.isQuiet?.(of("hstore") ?? {})).toBe(true);
});

test("where a role looks for files elsewhere, what is available is unknown, and nothing has lost its files", async () => {
  const one = await server();
  await one.query("alter role soon set extension_control_path = '/nowhere'");
  const { rows, notes } = await sampledAs(one, "soon", extensions);
  await one.query("alter role soon reset extension_control_path");
  expect(rows.map(({ extname }) => extname)).toEqual(["pg_stat_statements", "plpgsql"]);
  for (const row of rows) expect(row).toMatchObject({ lacks_files: false, default_version: null, rank: 1 });
  expect(notes).toEqual([expect.stringMatching(/^which extensions are available is unknown/)]);
});

test("a role has its memberships, its settings without passwords, and how long its password lasts", async () => {
  const { of, rows } = await asked(roles);
  const soon = of("soon");
  expect(soon).toMatchObject({
    ...{ rolcanlogin: true, rolsuper: false, rolconnlimit: 4, sessions: 0 },
    member_of: ["owners", "pg_monitor"],
    settings: ["app.password=(hidden) in postgres", "work_mem=64MB"],
  });
  expect(Number(soon?.["valid_for"])).toBeLessThanOrEqual(day);
  expect(levelOf(roles, soon, "valid_for")).toBe("critical");
  expect(of("late")).toMatchObject({ valid_for: 0, expired: true, member_of: ["owners (admin)"] });
  expect(levelOf(roles, of("late"), "expired")).toBe("warning");
  const drawn = (role: Row | undefined) => drawnColumns(roles, role ? [role] : []).map(([name]) => name);
  expect([of("late"), soon].map((role) => drawn(role).includes("expired"))).toEqual([true, false]);
  expect([soon, of("ever")]).toMatchObject([{ expired: false }, { expired: false }]);
  expect(levelOf(roles, of("late"), "valid_for")).toBe("warning");
  expect(of("ever")).toMatchObject({ member_of: [], settings: [] });
  expect(of("ever")).toMatchObject({ valid_for: null, rolvaliduntil: null });
  expect(of("postgres")).toMatchObject({ rolsuper: true });
  expect(of("pg_monitor")).toBeUndefined();
  expect(JSON.stringify(rows)).not.toContain("sesame");
});

test("sessions of a role are counted against its limit", async () => {
  const { port, socketDirectory: host } = await server();
  const clients = [1, 2, 3, 4].map(() => new pg.Client({ host, port, user: "soon", database: "postgres" }));
  try {
    for (const client of clients) await client.connect();
    for (const user of ["bare", "monitor"]) {
      const { of } = await asked(roles, user);
      expect(of("soon")).toMatchObject({ sessions: 4, rolconnlimit: 4 });
      expect(levelOf(roles, of("soon"), "sessions")).toBe("critical");
    }
  } finally {
    for (const client of clients) await client.end();
  }
});

test("pg_hba.conf is read with the right alone, errors first and no password in it", async () => {
  const one = await server();
  const lines =
    'host "shop,all","my shop" "a,b",+grp 10.2.0.0/16 md5\n' +
    "host all all 10.0.0.0/8 trust\nhost all all 10.1.0.0/16 radius radiusservers=10.9.9.9 radiussecrets=sesame\nhost all all nowhere/99 md5\n";
  await appendFile(join(one.dataDirectory, "pg_hba.conf"), lines);
  const grant = "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO monitor";
  expect((await asked(hba, "monitor")).sample).toMatchObject({
    state: "failed",
    error: { sqlstate: "42501", detail: grant },
  });
  await one.query(grant);
  const { rows } = await asked(hba, "monitor");
  await one.query("revoke execute on function pg_catalog.pg_hba_file_rules() from monitor");
  const wrong = rows.find(({ error }) => error !== null);
  expect(wrong).toMatchObject({ rank: 0, auth_method: null });
  expect(levelOf(hba, wrong, "error")).toBe("critical");
  const open = rows.find(({ address }) => address === "10.0.0.0");
  expect(open).toMatchObject({
    type: "host",
    database: ["all"],
    netmask: "255.0.0.0",
    auth_method: "trust",
  });
  expect(levelOf(hba, open, "auth_method")).toBe("warning");
  const here = rows.find(({ address }) => address === "127.0.0.1");
  expect(levelOf(hba, here, "auth_method")).toBe("ok");
  const quoted = rows.find(({ address }) => address === "10.2.0.0") ?? {};
  expect(quoted).toMatchObject({ database: ["shop,all", "my shop"], user_name: ["a,b", "+grp"] });
  expect(String(printValue(hba, "database", quoted))).toBe('"shop,all","my shop"');
  expect(String(printValue(hba, "options", quoted))).toBe("");
  expect(String(printValue(hba, "user_name", quoted))).toBe('"a,b",+grp');
  const radius = rows.find(({ address }) => address === "10.1.0.0");
  expect(radius?.["options"]).toEqual(["radiusservers=10.9.9.9", "radiussecrets=(hidden)"]);
  expect(JSON.stringify(rows)).not.toContain("sesame");
});

test("configuration files say what is wrong in them, what waits for a restart and what a later line overrides", async () => {
  const one = await server();
  const file = join(one.dataDirectory, "postgresql.conf");
  const before = await Bun.file(file).text();
  await appendFile(file, "work_mem = 5MB\nwork_mem = 6MB\nmax_connections = 77\nwal_level = what\n");
  await appendFile(file, "primary_conninfo = 'password=sesame'\n");
  expect((await asked(configFiles, "monitor")).sample).toMatchObject({
    state: "failed",
    error: { detail: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO monitor" },
  });
  const { rows } = await asked(configFiles, "postgres");
  await appendFile(file, "port_of_call = 1\n");
  const refused = await asked(configFiles, "postgres");
  await Bun.write(file, before);
  const statesOf = (wanted: string, all = rows) =>
    all.flatMap(({ name, state }) => (name === wanted ? state : []));
  expect(statesOf("work_mem")).toEqual(["overridden", "applied"]);
  expect(["max_connections", "wal_level"].map((name) => statesOf(name).at(-1))).toEqual(["restart", "error"]);
  expect(rows.find(({ name }) => name === "work_mem")?.["place"]).toMatch(/postgresql\.conf:\d+$/);
  expect(JSON.stringify(rows)).not.toContain("sesame");
  expect(statesOf("port_of_call", refused.rows)).toEqual(["error"]);
  expect(statesOf("work_mem", refused.rows)).toEqual(["overridden", "blocked"]);
});
