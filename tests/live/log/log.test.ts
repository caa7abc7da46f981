import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { renameSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { currentTable } from "../../../src/store/table.ts";
import { momentOf } from "../../../src/views/log/log-time.ts";
import type { Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors, newest, nodeOf, type Role } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { type Watched, watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [10, newest].includes(major));
const formsOf = (major: number) => (major >= 15 ? ["stderr", "csvlog", "jsonlog"] : ["stderr", "csvlog"]);

const functions = [
  "pg_catalog.pg_current_logfile(text)",
  "pg_catalog.pg_ls_logdir()",
  "pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)",
];

/** All fail, and are in the log. */
const withSecrets = [
  "do $$begin execute 'alter role nosuch password ''geheim1'''; end$$",
  "do $$begin execute 'create user mapping for nosuch server s options (password ''geheim2'')'; end$$",
  "do $$begin execute format('alter role nosuch password %L', 'geheim3'); end$$",
  "create subscription s connection 'host=h password=''geheim 4'' user=z' publication p, p",
  "create subscription s connection 'host=h password=''ge\\''im geheim5'' user=z' publication p, p",
  "create subscription s connection E'host=h password=\\'geheim6 geheim\\' user=z' publication p, p",
  "create subscription s connection 'host=h password=ge geheim7' publication p",
  "select nofn(password => 'geheim8', 1)",
  "alter role nosuch password/*c*/'geheim9'",
  "alter role nosuch password -- c\n 'geheim10'",
  "alter role nosuch password 'geheim11'\n 'geheim12'",
  "alter role nosuch password 'ge' 'geheim13'",
  "alter role nosuch password geheim14",
  'alter role nosuch password "geheim15"',
  "alter role nosuch password 'geheim16",
];

describe.each(majors)("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let server: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = [
      "create role monitor login in role pg_monitor",
      "create role bare login",
      "create role granted login",
      ...functions.map((one) => `grant execute on function ${one} to granted`),
      "create table public.t (n int primary key, v int)",
      "insert into public.t values (1, 0), (2, 0)",
    ];
    const settings = {
      ...{ logging_collector: "on", log_destination: formsOf(major).join(","), log_statement: "ddl" },
      ...{ log_lock_waits: "on", deadlock_timeout: "100ms", log_timezone: "America/St_Johns" },
      ...{ log_checkpoints: "on", lc_messages: "C" },
    };
    server = await createServer(scratch, { name: "db1", settings, bootstrap });
    await server.start();
    await server.query("create role of_test password 'geheim'");
    for (const statement of withSecrets) await failing(statement);
    await server.query("checkpoint");
    await failing("select 1/0 as naught");
    await deadlock();
  }, 60_000);
  afterAll(async () => scratch.destroy(), 30_000);

  const failing = (statement: string) => server.query(statement).then(null, () => {});
  async function client() {
    const { socketDirectory: host, port } = server;
    const made = new pg.Client({ host, port, user: "postgres", database: "postgres" });
    made.on("error", () => {});
    await made.connect();
    return made;
  }
  /** Two sessions that each wait for the other's row; the server ends one of them. */
  async function deadlock() {
    const [a, b] = [await client(), await client()];
    await a.query("begin; update public.t set v = 1 where n = 1");
    await b.query("begin; update public.t set v = 1 where n = 2");
    await Promise.allSettled([
      a.query("update public.t set v = 1 where n = 2"),
      b.query("update public.t set v = 1 where n = 1"),
    ]);
    await Promise.all([a.end(), b.end()]);
  }

  const tableOf = ({ store }: Watched) => currentTable(store.getState());
  const rowsOf = (watched: Watched): readonly Row[] => tableOf(watched)?.lines.map(({ row }) => row) ?? [];
  const whysOf = (watched: Watched) => tableOf(watched)?.missing.map(({ why }) => why) ?? [];

  function look(role: Role | "granted") {
    const { name, port, socketDirectory: host } = server;
    const node =
      role === "granted"
        ? nodeSettings({ name, port }, { connection: { host, user: role } })
        : nodeOf(server, role);
    const watched = watch([node]);
    watched.lookAt("log");
    return watched;
  }

  /** What the test did, as the log has it. */
  async function expectMessages(watched: Watched, fields: boolean) {
    await until(() => rowsOf(watched).some(({ message }) => message === "deadlock detected"));
    const rows = rowsOf(watched);
    const naught = rows.find(({ message }) => message === "division by zero");
    const now = Date.now() / 1000;
    expect(naught).toMatchObject({
      ...{ error_severity: "ERROR", severity: "warning", query: "select 1/0 as naught" },
      ...(fields && { sql_state_code: "22012", user_name: "postgres", database_name: "postgres" }),
    });
    expect(Number(naught?.["log_time"])).toBeWithin(now - 600, now + 60);
    const kinds = new Set(rows.map(({ kind }) => kind));
    for (const kind of [fields ? "deadlock" : null, "lock wait", "checkpoint"]) expect(kinds).toContain(kind);
    expect(rows.some(({ message }) => String(message).includes("create role of_test password '***'"))).toBe(
      true,
    );
    expect(JSON.stringify(rows)).not.toContain("geheim");
    const keys = rows.map(({ file, position }) => `${file} ${position}`);
    expect(new Set(keys).size).toBe(keys.length);
  }

  test("a superuser reads the form that tells most", async () => {
    await using watched = look("postgres");
    await expectMessages(watched, true);
    expect(String(rowsOf(watched)[0]?.["file"])).toEndWith(major >= 15 ? ".json" : ".csv");
  }, 60_000);

  test("a role that was granted the functions reads it too, from 11", async () => {
    await using watched = look("granted");
    if (major >= 11) return await expectMessages(watched, true);
    await until(() => whysOf(watched).includes("only superusers may read it before PostgreSQL 11"));
    expect(rowsOf(watched)).toEqual([]);
  }, 60_000);

  test("each time zone of the server is read, in summer and winter", async () => {
    const names = await server.query<{ name: string }>("select name from pg_catalog.pg_timezone_names");
    const db = await client();
    const wrong: string[] = [];
    for (const { name } of names) {
      await db.query("select pg_catalog.set_config('TimeZone', $1, false)", [name]);
      const { rows } = await db.query<{ line: string; moment: number; seconds: number }>(`
        select pg_catalog.to_char(t.at, 'YYYY-MM-DD HH24:MI:SS TZ') as line,
          pg_catalog.date_part('epoch', t.at) as moment, pg_catalog.date_part('timezone', t.at) as seconds
        from (values ('2026-01-15 12:00Z'::timestamptz), ('2026-07-15 12:00Z')) as t(at)`);
      for (const { line, moment, seconds } of rows)
        if (momentOf(line, { name, offset: seconds }) !== moment) wrong.push(`${name}: ${line}`);
    }
    await db.end();
    expect(names.length).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  }, 60_000);

  test("what was written before the file was changed is there too", async () => {
    await failing("select 1/0 as before");
    const current = async () =>
      (await server.query<{ file: string }>("select pg_current_logfile() as file"))[0]?.file;
    const first = await current();
    // The name has the second that the file was begun in.
    await until(async () => {
      await server.query("select pg_rotate_logfile()");
      return (await current()) !== first;
    });
    await failing("select 1/0 as after");
    await using watched = look("postgres");
    const queries = () => rowsOf(watched).map(({ query }) => query);
    await until(() => queries().includes("select 1/0 as after"));
    expect(queries()).toContain("select 1/0 as before");
    expect(rowsOf(watched).map(({ message }) => message)).toContain("deadlock detected");
  }, 60_000);

  test("where the file is gone the screen and show say which, and that another can be begun", async () => {
    const files = async () =>
      await server.query<{ file: string }>(
        `select pg_catalog.current_setting('data_directory') || '/' || pg_current_logfile(f.form) as file
         from pg_catalog.unnest('{${formsOf(major)}}'::text[]) as f(form)`,
      );
    const gone = await files();
    for (const { file } of gone) renameSync(file, join(scratch.directory, `${Math.random()}`));
    await using watched = look("postgres");
    const told = /writes its log to log\/\S+, which is gone.*pg_rotate_logfile/;
    await until(() => whysOf(watched).some((why) => told.test(why)));
    expect(rowsOf(watched)).toEqual([]);
    const { socketDirectory: host, port } = server;
    const target = `host=${host} port=${port} user=postgres dbname=postgres`;
    const { stdout } = await runProgram(["show", "log", "--format", "json", target]);
    const { nodes } = JSON.parse(stdout) as { nodes: { notes: string[] }[] };
    expect(nodes[0]?.notes).toContainEqual(expect.stringMatching(told));
    await until(async () => {
      await server.query("select pg_rotate_logfile()");
      return (await files())[0]?.file !== gone[0]?.file;
    });
  }, 60_000);

  test.each(["monitor", "bare"] as const)(
    "%s is told each GRANT",
    async (role) => {
      await using watched = look(role);
      const needed = functions.filter((one) => {
        // In 10 it looks for a superuser itself, and no GRANT helps.
        if (major < 11) return false;
        if (one.includes("read_binary")) return true;
        return role === "bare" || (one.includes("current_logfile") && major < 17);
      });
      await until(() =>
        whysOf(watched).some((why) => why.includes("EXECUTE ON FUNCTION") || why.includes("only")),
      );
      const said = whysOf(watched).join("\n");
      expect(said.match(/GRANT/g)?.length ?? 0).toBe(needed.length);
      const names = needed.map((one) => one.replace(/^pg_catalog\./, "").replace(/\(.+\)/, "()"));
      if (major >= 11) expect(said).toContain(`permission denied for ${names.join(", ")}: GRANT`);
      for (const one of needed) expect(said).toContain(`GRANT EXECUTE ON FUNCTION ${one} TO ${role}`);
      expect(rowsOf(watched)).toEqual([]);
      if (major < 11) return;
      const target = `postgres://${role}@127.0.0.1:${server.port}/postgres?sslmode=disable`;
      const { code, stdout } = await runProgram(["show", "log", target]);
      expect(stdout).toContain(`permission denied for ${names[0]}`);
      expect(code).toBe(2);
    },
    60_000,
  );

  test("each other form has the same messages, and a log that is not collected says so", async () => {
    for (const form of formsOf(major).toReversed().slice(1)) {
      await server.query(`alter system set log_destination = '${form}'`);
      await server.query("select pg_reload_conf()");
      await until(async () => {
        const [row] = await server.query<{ file: string | null }>(
          `select pg_current_logfile('${form}') as file, pg_catalog.current_setting('log_destination') as form`,
        );
        return row !== undefined && row.file !== null;
      });
      await failing("select 1/0 as naught");
      await server.query("create role again password 'geheim'; drop role again");
      await deadlock();
      await server.query("checkpoint");
      await using watched = look("postgres");
      await until(() => rowsOf(watched).some(({ message }) => message === "deadlock detected"));
      const rows = rowsOf(watched);
      expect(rows.find(({ message }) => message === "division by zero")).toMatchObject({
        ...{ error_severity: "ERROR", query: "select 1/0 as naught", severity: "warning" },
      });
      expect(rows.map(({ kind }) => kind)).toContain("lock wait");
      expect(JSON.stringify(rows)).not.toContain("geheim");
      const lacking =
        "SQLSTATE, USER, DATABASE are unknown: log_destination has neither csvlog nor jsonlog, and log_line_prefix no %e, %u, %d";
      expect(whysOf(watched).filter((why) => why.includes("log_line_prefix"))).toEqual(
        form === "stderr" ? [lacking] : [],
      );
    }
    await server.query("alter system set logging_collector = off");
    await server.stop("fast");
    await server.start();
    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres?sslmode=disable`;
    const { stdout } = await runProgram(["show", "log", "--format", "json", target]);
    const { nodes } = JSON.parse(stdout) as { nodes: { notes: string[]; rows: Row[] }[] };
    expect(nodes[0]?.rows).toEqual([]);
    expect(nodes[0]?.notes).toEqual([expect.stringMatching(/^logging_collector is off: the log goes to /)]);
  }, 60_000);
});
