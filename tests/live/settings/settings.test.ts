import { expect, test } from "bun:test";
import { restart } from "../../../src/views/server/restart.ts";
import { settings } from "../../../src/views/settings/settings.ts";
import { sampledAs } from "../../support/servers/sampled.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const servers = serversForTests();
const conninfo = "host=10.0.0.1 password=sesame";

async function changed() {
  const server = await servers.lone("set", {
    settings: {
      work_mem: "64MB",
      statement_timeout: "5min",
      jit: "off",
      primary_conninfo: conninfo,
    },
    bootstrap: ["create role tuned login in role pg_monitor", "alter role tuned set work_mem = '1GB'"],
  });
  return server;
}

async function seen(user: string) {
  const { rows, notes } = await sampledAs(await changed(), user, settings);
  const named = new Map(rows.map((row) => [row["name"], row]));
  return { rows, notes, of: (name: string) => named.get(name) };
}

test("a setting has the server's value, its unit, default, source, file and line", async () => {
  const { of, notes } = await seen("monitor");
  expect(of("work_mem")).toMatchObject({
    ...{ value: "64MB", boot_value: "4MB", reset_val: "65536", unit: "kB", rank: 1, pending_restart: false },
    ...{ source: "configuration file", context: "user", of_session: false },
    place: expect.stringMatching(/postgresql\.conf:\d+$/),
  });
  expect(of("shared_buffers")?.["value"]).toEndWith("MB");
  expect(of("autovacuum_naptime")).toMatchObject({ value: "1min", source: "default", rank: 2, place: null });
  // Reckoned from the limit of the process: nobody set it.
  expect(of("max_stack_depth")).toMatchObject({
    value: "2MB",
    boot_value: "100kB",
    source: "default",
    rank: 2,
  });
  expect(notes).toEqual([expect.stringMatching(/^\d+ settings are set by our own session/)]);
});

test("what our own session sets is not taken for the server's, and what it sets later is not either", async () => {
  const { of } = await seen("monitor");
  for (const name of ["statement_timeout", "search_path", "TimeZone", "application_name"])
    expect(of(name)).toMatchObject({ value: null, reset_val: null, source: null, of_session: true });
  expect(of("jit")).toMatchObject({ value: "off", source: null, rank: 1 });
  expect(of("plan_cache_mode")).toMatchObject({ value: "auto", source: "default", rank: 2 });
  expect((await seen("tuned")).of("work_mem")).toMatchObject({ value: null, of_session: true });
});

test("a password leaves no server", async () => {
  const { of, rows } = await seen("postgres");
  expect(of("primary_conninfo")).toMatchObject({ value: "(hidden)", rank: 1 });
  expect(of("password_encryption")?.["value"]).toBe("scram-sha-256");
  expect(JSON.stringify(rows)).not.toContain("sesame");
});

test("a role without pg_read_all_settings is told what it does not see", async () => {
  const { of, notes } = await seen("bare");
  expect(of("work_mem")).toMatchObject({ value: "64MB", place: null });
  expect(of("primary_conninfo")).toBeUndefined();
  expect(notes[0]).toMatch(/left out, and files and lines are unknown: GRANT pg_monitor TO bare$/);
});

test("what waits for a restart comes first, with the value that waits where the files may be read", async () => {
  const server = await changed();
  await server.query("alter system set max_connections = 77");
  await server.query("alter system set wal_buffers = 512");
  await server.query("select pg_catalog.pg_reload_conf()");
  const { of, notes } = await until(async () => {
    const now = await seen("bare");
    return now.of("max_connections")?.["pending_restart"] === true && now;
  });
  const grant = "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO bare";
  const unread = `the values that wait for a restart are unknown: ${grant}`;
  expect(notes).toContain(unread);
  expect(of("max_connections")).toMatchObject({ rank: 0, value: "100", pending_value: null });
  const told = await seen("postgres");
  expect(told.of("max_connections")).toMatchObject({ value: "100", pending_value: "77" });
  expect(told.of("wal_buffers")?.["pending_value"]).toBe("4MB");
  expect(told.rows.filter(({ pending_value }) => pending_value !== null)).toHaveLength(2);
  expect(told.notes).toHaveLength(1);

  const namedOf = async (user: string) => (await sampledAs(server, user, restart)).rows;
  expect(await namedOf("postgres")).toMatchObject([
    { name: "max_connections", value: "100", pending_value: "77", needs: null },
    { name: "wal_buffers", pending_value: "4MB" },
  ]);
  const bare = await sampledAs(server, "bare", restart);
  expect(bare.rows[0]).toMatchObject({ name: "max_connections", value: "100", pending_value: null });
  expect(bare.notes).toContain(unread);
  await server.query(grant);
  expect((await namedOf("bare"))[0]).toMatchObject({ value: "100", pending_value: "77" });
  await server.query(grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM "));
});

test("a line that was taken out leaves the value that the server was built with", async () => {
  const server = await servers.lone("less", { settings: { max_worker_processes: "11" } });
  const { rows } = await sampledAs(server, "postgres", settings);
  const own = rows.find(({ name }) => name === "max_worker_processes");
  const file = String(own?.["sourcefile"]);
  const lines = (await Bun.file(file).text()).split("\n");
  await Bun.write(file, lines.filter((line) => !line.startsWith("max_worker_processes")).join("\n"));
  await server.query("select pg_catalog.pg_reload_conf()");
  await until(async () => {
    const now = (await sampledAs(server, "postgres", settings)).rows.find(
      ({ name }) => name === "max_worker_processes",
    );
    return now?.["value"] === "11" && now["pending_value"] === "8";
  });
});
