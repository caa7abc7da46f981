import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { extensions } from "../../../src/views/settings/extensions.ts";
import { type AskedView, keyOf, type Row } from "../../../src/views/view.ts";
import { setAllHostile } from "../../support/servers/hostile-settings.ts";
import { installMajors, type MajorServers, serversOfMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { pgbouncer, poolerBefore } from "../../support/servers/pgbouncer.ts";
import { slowRelayTo } from "../../support/servers/relays.ts";
import { until } from "../../support/servers/servers.ts";
import { askedOf } from "../../support/servers/view-contract.ts";

const { found } = await installMajors();
const majors = found.filter((major) => major === found[0] || major === found.at(-1));
const serversOf = serversOfMajors(majors);
const kinds = ["primary", "standby"] as const;
/** What differs from one look to the next, or between two sessions. */
const moving = new Set([
  "wait",
  "state",
  "query",
  "query_id",
  "own",
  "server_time",
  "receiver",
  "blocked_by",
]);

/** What docs/decisions/0016 leaves as the role has it, in its order. */
const left = [
  /^(enable_|geqo|jit_|effective_)|_cost$|_collapse_limit$|^(cursor_tuple_fraction|constraint_exclusion)$/,
  /parallel_(leader|workers$|maintenance|index_scan|table_scan)|^(synchronize_seqscans|gin_fuzzy_search_limit)/,
  /_mem$|^(temp_buffers|hash_mem_multiplier|replacement_sort_tuples|backend_flush_after|io_combine_limit)$/,
  /^maintenance_|^vacuum_buffer_usage_limit$/,
  /^tcp_|^client_connection_check_interval$/,
  /^(commit_|vacuum_|gin_|wal_|default_(tablespace|statistics_target|toast_compression|with_oids)|file_copy_method)/,
  /^(synchronous_commit|password_encryption|scram_iterations|createrole_self_grant|lo_compat_privileges)$/,
  /^(session_replication_role|event_triggers|check_function_bodies|allow_|icu_validation_level|md5_)/,
  /^(log_|debug_(?!parallel)|trace_|pg_stat_statements\.)|_stats$|^(backtrace_functions|update_process_title|jit_dump_bitcode)$/,
  /^(lc_|timezone_abbreviations|backslash_quote|escape_string_warning|operator_precedence_warning)/,
  /^(default_text_search_config|recursive_worktable_factor)$/,
  /^(temp_file_limit|max_stack_depth|deadlock_timeout|ignore_.*|zero_damaged_pages|(dynamic_library|extension_control)_path)$/,
];

describe.each(majors)("PostgreSQL %d", (major) => {
  const manager = new ConnectionManager();
  let servers: MajorServers;
  let set: string[];

  const nodeOf = (kind: (typeof kinds)[number], user: string, change: object = {}): NodeSettings => {
    const { port, socketDirectory } = servers[kind];
    return nodeSettings(
      { name: `${kind} ${user}${JSON.stringify(change)}`, port },
      { connection: { user, host: socketDirectory }, ...change },
    );
  };

  async function rows(node: NodeSettings, view: AskedView): Promise<readonly Row[]> {
    const viewOptions = { idle: true, wholeText: true };
    const sample = await sampleView(manager, node.name, view, { viewOptions });
    if (sample.state === "ok") return sample.rows;
    // Without the rights that it needs nothing is asked, whatever the settings.
    if (sample.state === "failed" && view.needsRights && sample.error.kind === "privilege") return [];
    // It is newer than the server.
    if (sample.state === "notApplicable") return [];
    throw new Error(`${view.name}: ${sample.error.message}`);
  }

  /** Values that must be the same for both; of those that move, their kind, but not those of our two sessions. */
  function comparable(view: AskedView, row: Row): Row {
    const isOurs = row["application_name"] === "pgparade";
    return Object.fromEntries(
      Object.entries(view.columns).map(([name, { kind }]) => {
        const value = row[name];
        const isFixed = /^(text|bool|epoch|integer)$/.test(kind) && !moving.has(name);
        return [name, isFixed || value === null || isOurs ? (isFixed ? value : null) : typeof value];
      }),
    );
  }

  /** What a trigger sets on login leaves the server's value, and hides where that comes from: null is then no difference. */
  function knownWhereSet(row: Row, other: Row): Row {
    if (row["source"] !== null && other["source"] !== null) return row;
    return { ...row, source: null, sourcefile: null, sourceline: null, place: null };
  }

  async function expectAlike(plain: NodeSettings, hostile: NodeSettings) {
    for (const node of [plain, hostile]) manager.add(node);
    for (const node of [plain, hostile]) expect(await manager.ready(node.name)).toBeNull();
    const role = manager.facts(plain.name)?.inRecovery ? "standby" : "primary";
    for (const view of askedOf(role)) {
      // A superuser may have it look for their files elsewhere (extension_control_path, 18), which the view says.
      if (view === extensions) continue;
      // What begins or ends between the two looks is in one of them only; counts of it differ.
      await until(async () => {
        const [left, right] = [await rows(plain, view), await rows(hostile, view)];
        const seen = new Map(left.map((row) => [keyOf(view, row), row]));
        const both = right.filter((row) => {
          const before = seen.get(keyOf(view, row));
          // What a role sets for itself hides what the server has, and is said to be unknown.
          const isHidden = row["of_session"] === true || before?.["of_session"] === true;
          return (before !== undefined && !isHidden) || view.rowKey.length === 0;
        });
        const hidden = right.filter((row) => row["of_session"] === true).length;
        expect(both.length).toBeGreaterThanOrEqual(left.length - hidden - 2);
        const before = (row: Row) => seen.get(keyOf(view, row)) ?? {};
        expect(both.map((row) => comparable(view, knownWhereSet(row, before(row))))).toEqual(
          both.map((row) => comparable(view, knownWhereSet(before(row), row))),
        );
        return true;
      });
    }
  }

  beforeAll(async () => {
    servers = await serversOf(major);
    await servers.primary.query("create role hostile login in role pg_monitor");
    set = await setAllHostile(servers.primary, "role hostile");
    const count = "select count(*)::int as n from pg_db_role_setting, unnest(setconfig)";
    await until(async () => (await servers.standby.query<{ n: number }>(count))[0]?.n === set.length);
  });
  afterAll(() => manager.stop(0));

  test("a role has another value for every setting there is", () => {
    expect(set.length).toBeGreaterThan(100);
  });

  test("each of them is set by us, or left for a reason that is written down", async () => {
    const nodes = ["monitor", "hostile"].map((user) => ({ ...nodeOf("primary", user), name: `all ${user}` }));
    const text = "select s.name, s.setting from pg_catalog.pg_settings as s order by s.name";
    const [plain, hostile] = await Promise.all(
      nodes.map(async (node) => {
        manager.add(node);
        const outcome = await manager.query(node.name, { text });
        return new Map(outcome.ok ? (outcome.answer.rows as [string, string][]) : []);
      }),
    );
    const others = [...(hostile ?? [])].filter(([name, value]) => plain?.get(name) !== value);
    expect(others.length).toBeGreaterThan(50);
    expect(others.map(([name]) => name).filter((name) => !left.some((one) => one.test(name)))).toEqual([]);
  });

  test.each([...kinds])("a role's settings change nothing that is seen of a %s", async (kind) => {
    await expectAlike(nodeOf(kind, "monitor"), nodeOf(kind, "hostile"));
  });

  test.each([...kinds])("nor where a %s is asked with read_only: false", async (kind) => {
    const change = { readOnly: false };
    await expectAlike(nodeOf(kind, "monitor", change), nodeOf(kind, "hostile", change));
  });

  test.skipIf(pgbouncer === null).each([...kinds])("nor through PgBouncer, of a %s", async (kind) => {
    await using pooler = await poolerBefore(servers[kind]);
    const [plain, hostile] = ["monitor", "hostile"].map((user) =>
      nodeSettings({ name: `${kind} ${user} pooled`, port: pooler.port }, { connection: { user } }),
    );
    if (plain && hostile) await expectAlike(plain, hostile);
  });

  test.each([...kinds])("nor those of its database, of a %s", async (kind) => {
    const { primary, standby } = servers;
    if (kind === "primary") {
      await primary.query("create database spoiled");
      const there = await setAllHostile(primary, "database spoiled");
      expect(there.length).toBeGreaterThan(100);
    }
    const known = "select from pg_db_role_setting as r join pg_database as d on d.oid = r.setdatabase";
    await until(async () => (await standby.query(known)).length === 1);
    const plain = nodeOf(kind, "monitor", { pool: { max: 1 } });
    const { name, connection } = nodeOf(kind, "bare");
    await expectAlike(
      { ...plain, name: `${plain.name} beside` },
      {
        ...plain,
        name: `${name} spoiled`,
        connection: { ...connection, user: "monitor", dbname: "spoiled" },
      },
    );
  });

  test.skipIf(major < 17)("nor what a trigger on login sets", async () => {
    const names = set.filter(
      (name) => !/^(log_|application_name$|event_triggers$|session_replication_role$)/.test(name),
    );
    await servers.primary.query(`
      create function public.spoil() returns event_trigger security definer language plpgsql as $$
        declare one text;
        begin
          if session_user = 'spoiled' then
            foreach one in array (select setconfig from pg_catalog.pg_db_role_setting
                where setrole = 'hostile'::pg_catalog.regrole) loop
              if pg_catalog.split_part(one, '=', 1) = any ('{${names}}') then
                perform pg_catalog.set_config(pg_catalog.split_part(one, '=', 1),
                  pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1), false);
              end if;
            end loop;
          end if;
        end $$;
      create event trigger spoil on login execute function public.spoil();
      alter event trigger spoil enable always;
      create role spoiled login in role pg_monitor`);
    await expectAlike(nodeOf("primary", "monitor", { pool: { max: 1 } }), nodeOf("primary", "spoiled"));
    await servers.primary.query("drop event trigger spoil");
  });

  test("an open serializable writer holds nobody up", async () => {
    const write =
      "begin isolation level serializable; insert into public.written values (1); select pg_sleep(60)";
    await servers.primary.query("create table public.written (n int)");
    const writer = servers.primary.query(write).catch(() => {});
    const open =
      "select pid from pg_locks where relation = 'public.written'::regclass and mode = 'RowExclusiveLock'";
    const { pid } = await until(async () => (await servers.primary.query<{ pid: number }>(open))[0]);
    const node = nodeOf("primary", "hostile", { pool: { max: 1 } });
    manager.add(node);
    expect(await manager.ready(node.name)).toBeNull();
    const count = { text: "select pg_catalog.count(*) from pg_catalog.pg_class" };
    expect(await manager.query(node.name, count)).toMatchObject({ ok: true });
    await servers.primary.query(`select pg_terminate_backend(${pid})`);
    await writer;
  });

  test("no limit of the role's is ours, in a question or between two", async () => {
    const node = nodeOf("primary", "hostile", { pool: { max: 1 } });
    manager.add({ ...node, name: "patient" });
    const ask = (text: string) => manager.query("patient", { text });
    expect(await ask("select pg_catalog.pg_sleep(2.5)")).toMatchObject({ ok: true });
    const pid = await ask("select pg_catalog.pg_backend_pid()");
    await Bun.sleep(2500);
    expect(await ask("select pg_catalog.pg_backend_pid()")).toMatchObject({
      answer: pid.ok ? pid.answer : null,
    });
  });

  test.each([
    ["idle_session_timeout", 14],
    ["transaction_timeout", 17],
    ["idle_in_transaction_session_timeout", 10],
    ["statement_timeout", 10],
  ] as const)(
    "nor one that is over before a slow way lets the first question through: %s",
    async (limit, since) => {
      if (major < since) return;
      await using way = await slowRelayTo(servers.primary.port, 700, 40);
      const user = `hasty_${limit}`;
      await servers.primary.query(`create role ${user} login in role pg_monitor`);
      await servers.primary.query(`alter role ${user} set ${limit} = 20`);
      manager.add(nodeSettings({ name: user, port: way.port }, { connection: { user }, pool: { max: 1 } }));
      expect(await manager.ready(user)).toBeNull();
      const sleep = { text: "select pg_catalog.pg_sleep(0.1)" };
      for (const _ of [1, 2]) expect(await manager.query(user, sleep)).toMatchObject({ ok: true });
    },
  );

  // Before 11 the limit of a pooler's backend begins with the transaction, before we can set it.
  test.skipIf(pgbouncer === null || major < 11)("nor through PgBouncer", async () => {
    await using pooler = await poolerBefore(servers.primary);
    manager.add(nodeSettings({ name: "pooled", port: pooler.port }, { connection: { user: "hostile" } }));
    const sleep = { text: "select pg_catalog.pg_sleep(2.5)" };
    expect(await manager.query("pooled", sleep)).toMatchObject({ ok: true });
  });
});
