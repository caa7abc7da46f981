import { describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { type VacuumRow, vacuum } from "../../../src/views/maintenance/vacuum.ts";
import type { Row } from "../../../src/views/row.ts";
import { tables } from "../../../src/views/storage/tables.ts";
import type { AskedView } from "../../../src/views/view.ts";
import { installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversOfMajor } from "../../support/servers/older.ts";
import { until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = [13, 18].filter((major) => found.includes(major));

/** A table of 1000 rows unless told otherwise, what the server knows of it, and what is done to it then. */
type Case = {
  readonly name: string;
  readonly options?: string;
  readonly rows?: number;
  readonly known?: string | null;
  readonly change?: string;
};

const deleted = (name: string, rows: number, options = ""): Case => ({
  ...{ name, options, change: `delete from ${name} where n <= ${rows}` },
});
const updated = (name: string, rows: number): Case => ({
  ...{ name, change: `update ${name} set filler = 'y' where n <= ${rows}` },
});
const inserted = (name: string, rows: number, options = "", known = "vacuum analyze"): Case => ({
  ...{ name, options, known, change: `insert into ${name} select generate_series(1, ${rows})` },
});
const low = "autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0";
const unanalyzed = "autovacuum_analyze_threshold = 100000";
const off = "autovacuum_enabled = false";

/** By the defaults 251 dead rows of 1000 bring a vacuum, 151 changed ones an analyze, 1201 inserted ones a vacuum. */
const cases: readonly Case[] = [
  { name: "untouched" },
  deleted("below_both", 100),
  deleted("below_vacuum", 200),
  // An analyze counts the rows that are left: the threshold is lower from then on.
  deleted("at_vacuum", 250, unanalyzed),
  deleted("above_vacuum", 251),
  updated("at_analyze", 150),
  updated("above_analyze", 151),
  deleted("low_at", 10, low),
  deleted("low_above", 11, low),
  deleted(
    "high",
    900,
    `${unanalyzed}, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.9`,
  ),
  deleted("disabled", 900, off),
  deleted("disabled_and_aged", 900, `${off}, autovacuum_freeze_max_age = 100000`),
  { name: "aged", options: "autovacuum_freeze_max_age = 100000" },
  { name: "not_that_aged", options: "autovacuum_freeze_max_age = 150000" },
  inserted("inserts_few", 100),
  inserted("inserts_at", 1200),
  inserted("inserts_above", 1201),
  // From 18 what is frozen does not count.
  inserted("inserts_frozen", 1100, "", "vacuum (freeze, analyze)"),
  inserted("inserts_off", 5000, "autovacuum_vacuum_insert_threshold = -1"),
  inserted("inserts_alone", 1201, unanalyzed),
  { name: "never_below", rows: 50, known: null },
  { name: "never_above", rows: 51, known: null },
];

const since18: readonly Case[] = [
  deleted("max_at", 20, "autovacuum_vacuum_max_threshold = 20"),
  deleted("max_above", 21, "autovacuum_vacuum_max_threshold = 20"),
];

/** Rows that each need two of their TOAST table, which has a storage parameter of its own or those of its table. */
const toasted: readonly Case[] = [
  {
    ...{ name: "toast_due", rows: 100, change: "delete from toast_due where n <= 20" },
    options: "toast.autovacuum_vacuum_threshold = 10, toast.autovacuum_vacuum_scale_factor = 0",
  },
  {
    ...{ name: "toast_of_disabled", rows: 100, change: "delete from toast_of_disabled where n <= 20" },
    options: off,
  },
];

/** One session: what it did the server counts once it is over. */
async function run(server: ThrowawayServer, statements: readonly string[]): Promise<void> {
  const { socketDirectory: host, port } = server;
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The marker is the last table of each step, so that all of it is counted once that of the marker is. */
async function make(server: ThrowawayServer, all: readonly Case[]): Promise<void> {
  const mods = async (rows: number) => {
    const [counted] = await server.query<{ n: number }>(
      "select n_mod_since_analyze::int as n from pg_catalog.pg_stat_user_tables where relname = 'marker'",
    );
    return counted?.n === rows;
  };
  const marker: Case = { name: "marker", options: low, change: "delete from marker where n <= 5" };
  const made = [...all, marker];
  const created = made.flatMap(({ name, options = "", rows = 1000 }) => [
    `create table ${name} (n int, filler text) ${options === "" ? "" : `with (${options})`}`,
    `alter table ${name} alter filler set storage external`,
    `insert into ${name} select n, ${name.startsWith("toast") ? "repeat('x', 3000)" : "'x'"}
       from generate_series(1, ${rows}) as n`,
  ]);
  // A block with a handler takes a transaction id of its own where it writes.
  const burn = `create table burned (n int) with (${off}); do $$ begin for n in 1..100010 loop
      begin insert into burned values (n); exception when division_by_zero then null; end; end loop; end $$`;
  await run(server, [...created.slice(0, -3), burn, ...created.slice(-3)]);
  await until(() => mods(1000));
  await run(
    server,
    made.flatMap(({ name, known = "analyze" }) => (known === null ? [] : [`${known} ${name}`])),
  );
  await until(() => mods(0));
  await run(
    server,
    made.flatMap(({ change }) => change ?? []),
  );
}

async function rowsOf(manager: ConnectionManager, view: AskedView): Promise<readonly Row[]> {
  const sample = await sampleView(manager, "one", view, { viewOptions: { idle: false, wholeText: false } });
  if (sample.state !== "ok") throw new Error(sample.state === "failed" ? sample.error.message : sample.why);
  return sample.rows;
}

/** What the view says of each table, by its name; a TOAST table goes by its table. */
async function verdicts(manager: ConnectionManager): Promise<ReadonlyMap<string, VacuumRow>> {
  // The rows are decoded by the columns of this view.
  const rows = (await rowsOf(manager, vacuum)) as readonly VacuumRow[];
  return new Map(rows.map((row) => [nameOf(row), row]));
}

const nameOf = ({ toast_of, relname }: VacuumRow) =>
  toast_of === null ? String(relname) : `${toast_of} (TOAST)`;

type Done = { name: string; vacuumed: boolean; analyzed: boolean; vacuums: number };

const done = (server: ThrowawayServer) =>
  server.query<Done>(`select case when c.relkind = 't' then 'public.' || p.relname || ' (TOAST)' else c.relname::text end as name,
      s.autovacuum_count > 0 as vacuumed, s.autoanalyze_count > 0 as analyzed, s.autovacuum_count as vacuums
    from pg_catalog.pg_stat_all_tables as s join pg_catalog.pg_class as c on c.oid = s.relid
    left join pg_catalog.pg_class as p on p.reltoastrelid = c.oid and c.relkind = 't'`);

describe.each(majors)("PostgreSQL %d", (major) => {
  const servers = serversOfMajor(major);

  test("what is said to be due autovacuum then does, and nothing else", async () => {
    const server = await servers.lone("one", { settings: { autovacuum_naptime: "2147483s" } });
    const all = [...cases, ...toasted, ...(major >= 18 ? since18 : [])];
    await make(server, all);
    const manager = new ConnectionManager();
    manager.add(nodeSettings({ name: "one", port: server.port }, { connection: { user: "bare" } }));
    try {
      const told = await until(async () => {
        const now = await verdicts(manager);
        return now.get("marker")?.n_dead_tup === 5n && now;
      });
      const names = [...all, ...toasted].map(({ name }, at) =>
        at < all.length ? name : `public.${name} (TOAST)`,
      );
      const said = names.map((name) => {
        const row = told.get(name);
        return { name, vacuumed: row?.vacuum_due === true, analyzed: row?.analyze_due === true };
      });
      const due = said.filter(({ vacuumed, analyzed }) => vacuumed || analyzed);
      expect(said.length).toBeGreaterThanOrEqual(24);
      expect(due.length).toBeWithin(12, said.length - 8);
      // The view of tables says the same of those that it has.
      for (const { relname, next, next_share } of await rowsOf(manager, tables))
        expect(told.get(String(relname))).toMatchObject({ relname, next, next_share });

      const set = (what: string) => server.query(`alter system set ${what}`);
      await set("autovacuum_naptime = '1s'");
      await server.query("select pg_catalog.pg_reload_conf()");
      // Three rounds that came to the last table came past all others.
      for (const round of [1, 2, 3]) {
        await server.query(
          `insert into marker select generate_series(1, 100); delete from marker where n <= 100`,
        );
        await until(async () =>
          (await done(server)).some((one) => one.name === "marker" && one.vacuums >= round),
        );
      }
      const after = await done(server);
      const did = names.map((name) => {
        const { vacuumed, analyzed } = after.find((one) => one.name === name) ?? {};
        return { name, vacuumed: vacuumed === true, analyzed: analyzed === true };
      });
      expect(did).toEqual(said);
    } finally {
      await manager.stop(0);
    }
  });
});
