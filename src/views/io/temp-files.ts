import { activity } from "../backends/activity.ts";
import {
  sessionColumns,
  statementParameters,
  statementSql,
  stateSql,
  withheldOf,
} from "../backends/session.ts";
import { bool, bytes, count, integer, query, seconds, text, texts } from "../columns.ts";
import { defineView, keyOf, type Row } from "../view.ts";

/** So many sessions are shown: those with most bytes. */
const most = 500;

/** A file's name says whose it is: pgsql_tmpPID.N. It is read as bytes, like all text that others may have made. */
const owner = `pg_catalog.substring(pg_catalog.encode(pg_catalog.textsend(f.name), 'escape'),
      '^pgsql_tmp([0-9]{1,9})[.]')::int4`;

/** A file was last written by this process, and not by one before it with the same id; files have whole seconds. */
const wrote = (session: string, last: string) =>
  `(${session}.backend_start is null or ${session}.backend_start < ${last} + interval '2 seconds')`;

const ageOf = (moment: string) => `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${moment})`;

/** pg_global has its files in the directory of pg_default. */
const statement = (leader: string) => `
select
  o.pid, a.backend_start::text as backend_start_text, o.size, o.files, o.workers, o.tablespaces,
  ${ageOf("o.last")} as written_age, ${ageOf("o.first")} as oldest_age,
  a.pid is null as left_over,
  a.datname::text as datname, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as client_addr,
  a.backend_type, ${stateSql} as state,
  ${ageOf("a.query_start")} as query_age,
  ${statementSql} as query
from (
  select coalesce(${leader}, f.pid) as pid, pg_catalog.sum(f.size)::int8 as size, pg_catalog.sum(f.files)::int8 as files,
    pg_catalog.count(${leader}) as workers, pg_catalog.min(f.first) as first, pg_catalog.max(f.last) as last,
    pg_catalog.json_agg(distinct f.spcname)::text as tablespaces
  from (
    select ${owner} as pid, t.spcname::text as spcname, pg_catalog.sum(f.size) as size, pg_catalog.count(*) as files,
      pg_catalog.min(f.modification) as first, pg_catalog.max(f.modification) as last
    from pg_catalog.pg_tablespace as t
    cross join lateral pg_catalog.pg_ls_tmpdir(t.oid) as f
    where t.oid <> 1664
    group by ${owner}, t.spcname
  ) as f
  left join pg_catalog.pg_stat_activity as w on w.pid = f.pid and ${wrote("w", "f.last")}
  where f.pid is not null
  group by coalesce(${leader}, f.pid)
) as o
left join pg_catalog.pg_stat_activity as a on a.pid = o.pid and ${wrote("a", "o.last")}
left join pg_catalog.pg_database as d on d.oid = a.datid
order by o.size desc, o.pid
limit ${most}`;

/** Who has temporary files now, and for which statement: sorts, hashes and the like that do not fit into work_mem. */
export const tempFiles = defineView({
  name: "temp_files",
  title: "Temporary files",
  section: "io",
  source: "pg_ls_tmpdir(), pg_stat_activity",
  scope: "server",
  runsOn: "any",
  needsRights: { functions: ["pg_catalog.pg_ls_tmpdir(oid)"] },
  rowKey: ["pid", "backend_start_text"],
  sortBy: "-size",
  duration: "query_age",
  none: "no session has temporary files; those that parallel workers share are not listed by the server",
  withoutAllStats: "the statements of other roles may not be seen",
  unknownIn: (rows) => [
    ...(rows.length === most ? [`the ${most} sessions with most bytes are shown`] : []),
    ...(rows.some(({ left_over }) => left_over === true)
      ? ["files of processes that have ended are left from a crash; a start of the server removes them"]
      : []),
  ],
  withheld: (row) => (row["left_over"] === true ? null : withheldOf(row)),
  opens: (row, node) =>
    row["left_over"] === true ? null : { node, row: { view: activity.name, key: sessionOf(row) } },
  columns: {
    pid: integer("PID", {
      required: true,
      priority: 0,
      about: "process id of the session, in the names of its files",
    }),
    backend_start_text: text("began at", { internal: true, hidden: true }),
    size: bytes("SIZE", {
      required: true,
      priority: 0,
      about: "bytes of its temporary files, with those of its parallel workers (13); not of temporary tables",
    }),
    files: count("FILES", { required: true, priority: 1, about: "number of these files" }),
    workers: integer("WORKERS", {
      hidden: true,
      about: "parallel workers that have some of them (13)",
    }),
    written_age: seconds("WRITTEN", { priority: 1, about: "time since one of them was written to" }),
    oldest_age: seconds("OLDEST", {
      priority: 4,
      about: "time since the one was written to that was not for longest",
    }),
    tablespaces: texts("TABLESPACE", {
      names: true,
      required: true,
      priority: 5,
      maxWidth: 20,
      about: "where they are: temp_tablespaces, else the tablespace of the database",
    }),
    left_over: bool("LEFT", {
      required: true,
      hidden: true,
      about: "no such process runs: they are left from a crash until the server starts again",
    }),
    ...sessionColumns,
    state: text("STATE", { priority: 2, maxWidth: 12, about: "what the session does now" }),
    query_age: seconds("QUERY", { priority: 1, about: "time since its statement began" }),
    query: query("STATEMENT", { priority: 0.5, growsFrom: 20, about: "its statement, or the last one" }),
  },
  parameters: ({ wholeText }) => statementParameters(wholeText),
  sql: { 120000: statement("null::int4"), 130000: statement("w.leader_pid") },
});

const sessionOf = ({ pid, backend_start_text }: Row): string =>
  keyOf(activity, { pid, backend_start_text, gid: null });
