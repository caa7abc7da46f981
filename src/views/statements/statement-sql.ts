import { schemaMark } from "../../postgres/identifier.ts";
import { microsOf } from "../columns.ts";

/** Of so many statements by each measure rows are shown: those with the most time, calls, rows, blocks, WAL … */
export const mostByEach = 50;

/** That there is no row to say which of the two it is. */
export const noStatements =
  "no statements are counted: none has run since stats_reset, or pg_stat_statements.track is none; set it to top";

/** Bytes of a text that are kept. */
export const longestText = 8192;

/** Versions of pg_stat_statements by which its columns differ, as its minor number: 1.6 is 6. */
export const statementVersions = [6, 8, 9, 10, 11, 12] as const;
type Version = (typeof statementVersions)[number];

/**
 * Zero where it was not measured is unknown: planning without track_planning, times of blocks without track_io_timing. Each
 * may be on for some roles only; what they have measured is more than nothing.
 */
const measured = (setting: string, value: string) =>
  `case when ${value} > 0 or pg_catalog.current_setting('${setting}', true) = 'on' then ${value} end`;

const planned = (value: string) => measured("pg_stat_statements.track_planning", value);
const timed = (value: string) => measured("track_io_timing", value);

/** SQL of each counter of the row `f`; null where the version lacks it. All but rows are of the catalog's names. */
const counters = (version: Version): readonly (readonly [name: string, sql: string | null])[] => {
  const since = (lowest: number, sql: string) => (version >= lowest ? sql : null);
  const shared = version >= 11 ? "f.shared_blk" : "f.blk";
  const jit = ["generation", "inlining", "optimization", "emission"].map((part) => `f.jit_${part}_time`);
  return [
    ["calls", "f.calls"],
    ["total_exec_time", microsOf(version >= 8 ? "f.total_exec_time" : "f.total_time")],
    ["rows", "f.rows"],
    ["plans", since(8, planned("f.plans"))],
    ["total_plan_time", since(8, planned(microsOf("f.total_plan_time")))],
    ["shared_blks_hit", "f.shared_blks_hit"],
    ["shared_blks_read", "f.shared_blks_read"],
    ["shared_blks_dirtied", "f.shared_blks_dirtied"],
    ["shared_blks_written", "f.shared_blks_written"],
    ["local_blks_read", "f.local_blks_read"],
    ["local_blks_written", "f.local_blks_written"],
    ["temp_blks_read", "f.temp_blks_read"],
    ["temp_blks_written", "f.temp_blks_written"],
    ["shared_blk_read_time", timed(microsOf(`${shared}_read_time`))],
    ["shared_blk_write_time", timed(microsOf(`${shared}_write_time`))],
    ["temp_blk_read_time", since(10, timed(microsOf("f.temp_blk_read_time")))],
    ["temp_blk_write_time", since(10, timed(microsOf("f.temp_blk_write_time")))],
    ["wal_records", since(8, "f.wal_records")],
    ["wal_fpi", since(8, "f.wal_fpi")],
    ["wal_bytes", since(8, "f.wal_bytes::int8")],
    ["wal_buffers_full", since(12, "f.wal_buffers_full")],
    ["jit_functions", since(10, "f.jit_functions")],
    ["jit_time", since(10, microsOf(jit.join(" + ")))],
    ["parallel_workers_to_launch", since(12, "f.parallel_workers_to_launch")],
    ["parallel_workers_launched", since(12, "f.parallel_workers_launched")],
  ];
};

/** What of a statement is no counter. */
const levels = (version: Version): readonly (readonly [name: string, sql: string | null])[] => {
  const time = version >= 8 ? "exec_time" : "time";
  return [
    ["mean_exec_time", `f.mean_${time}`],
    ["min_exec_time", `f.min_${time}`],
    ["max_exec_time", `f.max_${time}`],
    ["stddev_exec_time", `f.stddev_${time}`],
    ["stats_since", version >= 11 ? "pg_catalog.date_part('epoch', f.stats_since)" : null],
  ];
};

/** By what the server picks: a sum of columns of the row `s`. */
const measures = [
  "s.total_exec_time",
  "s.mean_exec_time",
  "s.calls",
  "s.rows",
  "s.shared_blks_read + s.shared_blks_written + s.shared_blks_dirtied",
  "s.wal_bytes",
  "s.temp_blks_read + s.temp_blks_written",
  "s.total_plan_time",
  "s.jit_time",
];

const named = (columns: readonly (readonly [name: string, sql: string | null])[], type: string) =>
  columns.map(([name, sql]) => `${sql ?? `null::${type}`} as ${name}`).join(", ");

/**
 * The statements that cost most by any measure, without their texts, which are in a file that the function reads whole.
 * Those of other roles have no id where the role may not see it: they are summed up by role and database.
 */
export function statementsSql(version: Version): string {
  const [sums, rest] = [counters(version), levels(version)];
  const names = [...sums, ...rest].map(([name]) => name);
  const info =
    version >= 9 ? `${schemaMark}.pg_stat_statements_info()` : "(select null::int8, null::timestamptz)";
  return `
with s as (
  select pg_catalog.row_number() over () as n, f.userid, f.dbid, f.queryid,
    ${version >= 9 ? "f.toplevel" : "null::bool as toplevel"},
    ${named(sums, "int8")}, ${named(rest, "float8")}
  from ${schemaMark}.pg_stat_statements(false) as f
), picked as (
  ${measures
    .map(
      (measure) =>
        `(select s.n from s where s.queryid is not null and ${measure} > 0 order by ${measure} desc limit ${mostByEach})`,
    )
    .join("\n  union ")}
), shown as (
  select s.userid, s.dbid, s.queryid, s.toplevel, ${names.map((name) => `s.${name}`).join(", ")}
  from s join picked as p on p.n = s.n
  union all
  select s.userid, s.dbid, null, null,
    ${sums.map(([name]) => `pg_catalog.sum(s.${name})::int8`).join(", ")},
    ${rest.map(() => "null").join(", ")}
  from s where s.queryid is null group by s.userid, s.dbid
), node as (
  select pg_catalog.count(*) as statements, pg_catalog.sum(s.total_exec_time)::int8 as node_exec_time from s
)
select s.queryid::text as queryid, s.userid, s.dbid, s.toplevel, d.datname::text as datname,
  pg_catalog.pg_get_userbyid(s.userid) as usename, ${names.map((name) => `s.${name}`).join(", ")},
  node.node_exec_time, node.statements,
  pg_catalog.current_setting('pg_stat_statements.max')::int8 as max_statements,
  pg_catalog.current_setting('pg_stat_statements.track', true) as track,
  i.dealloc,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) as asked_at,
  pg_catalog.date_part('epoch', i.stats_reset) as stats_reset,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - i.stats_reset) as reset_seconds
from shown as s
cross join node
cross join ${info} as i (dealloc, stats_reset)
left join pg_catalog.pg_database as d on d.oid = s.dbid`;
}

/** A database in SQL_ASCII converts nothing: there a text is in the encoding of the database that it ran in. */
const encodingSql = `case when pg_catalog.getdatabaseencoding() = 'SQL_ASCII' and d.oid is not null
    then pg_catalog.pg_encoding_to_char(d.encoding)::text else pg_catalog.getdatabaseencoding()::text end`;

/** The texts of statements by {@link statementId}, as their bytes and the encoding of these. */
export const textsSql = `
select t.id, ${encodingSql} || ' base64:' ||
    pg_catalog.encode(pg_catalog.substr(pg_catalog.textsend(t.query), 1, ${longestText}), 'base64') as text
from (
  select f.queryid::text || ' ' || f.dbid::text || ' ' || f.userid::text as id, f.dbid, f.query
  from ${schemaMark}.pg_stat_statements(true) as f
) as t
left join pg_catalog.pg_database as d on d.oid = t.dbid
where t.id = any ($1::text[]) and t.query is not null`;

/** The whole text of one statement, in the same form, and how many bytes it has. */
export const wholeTextSql = `
select ${encodingSql} || ' base64:' || pg_catalog.encode(pg_catalog.textsend(f.query), 'base64'),
  pg_catalog.octet_length(f.query)
from ${schemaMark}.pg_stat_statements(true) as f
left join pg_catalog.pg_database as d on d.oid = f.dbid
where f.queryid = $1::int8 and f.dbid = $2::oid and f.userid = $3::oid and f.query is not null
limit 1`;

/** What a text is known by; null for the sum of statements that the role may not see. */
export const statementId = ({ queryid, dbid, userid }: Readonly<Record<string, unknown>>): string | null =>
  queryid == null ? null : `${queryid} ${dbid} ${userid}`;
