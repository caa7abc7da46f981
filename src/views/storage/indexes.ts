import {
  bool,
  bytes,
  count,
  epoch,
  integer,
  perSecond,
  type Severity,
  seconds,
  text,
  totalOf,
} from "../columns.ts";
import { whereGranted } from "../server/granted.ts";
import { defineView, type Row, type RowOf } from "../view.ts";
import { countsAreKept } from "./databases.ts";
import { countedSince, cutIn, held, here, isUsers, measuredIn, most } from "./held.ts";
import { twinOf } from "./index-twins.ts";

/** A build has this lock on its table; so have VACUUM, ANALYZE and DROP INDEX CONCURRENTLY. */
const isLocked = `exists (
    select from pg_catalog.pg_locks as l
    where l.mode = 'ShareUpdateExclusiveLock' and l.relation = i.indrelid and l.database = ${here})`;

/** Whether an index is being built on the table; null where that is not told. Before 12 only the lock tells. */
const building10 = `case when ${isLocked} then null else false end`;
/** A role without pg_read_all_stats sees that there is a build, and not of which table. */
const building12 = `case
    when exists (select from pg_catalog.pg_stat_progress_create_index as p
      where p.datname = pg_catalog.current_database() and p.relid = i.indrelid) then true
    when ${isLocked} and exists (select from pg_catalog.pg_stat_progress_create_index as p
      where p.datname = pg_catalog.current_database() and p.relid is null) then null
    else false end`;

/** The transaction that was the next when the last checkpoint began. Some managed services withhold the control file. */
const nextXid = whereGranted(
  "pg_catalog.pg_control_checkpoint()",
  "pg_catalog.split_part(pg_catalog.encode(pg_catalog.textsend(k.next_xid), 'escape'), ':', 2)::int8",
  "pg_catalog.pg_control_checkpoint() as k",
);

type By = {
  readonly has11: boolean;
  readonly has12: boolean;
  readonly has15: boolean;
  readonly has16: boolean;
};

/** What is invalid comes first, however small it is. A partitioned index has no file and no scans: it is shown where it is invalid. */
const statement = ({ has11, has12, has15, has16 }: By) => `
with ${held}, largest as (
  select i.indexrelid, i.indisvalid, n.nspname, t.relname, c.relpages, pg_catalog.count(*) over () as indexes
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_class as t on t.oid = i.indrelid
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
  where ${isUsers("n")} and (c.relkind = 'i' or not i.indisvalid)
  order by i.indisvalid, c.relpages desc, i.indexrelid
  limit ${most}
), chosen as (
  select i.indexrelid, i.indrelid, i.indisunique, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisvalid,
    i.indisready, i.indislive, i.indisreplident, i.indkey, i.indclass, i.indcollation, i.indoption, i.indexprs, i.indpred,
    i.indnatts, i.xmin as written_by, ${has11 ? "i.indnkeyatts" : "i.indnatts as indnkeyatts"},${has15 ? " i.indnullsnotdistinct," : ""}
    l.nspname, l.relname, l.indexes, l.relpages, c.relname as indexrelname, c.relam, c.relkind, c.relispartition, am.amname
  from largest as l
  join pg_catalog.pg_index as i on i.indexrelid = l.indexrelid
  join pg_catalog.pg_class as c on c.oid = l.indexrelid
  join pg_catalog.pg_am as am on am.oid = c.relam
), judged as (
  select i.indexrelid, i.indrelid, i.nspname, i.relname, i.indexrelname, i.indexes, i.amname, i.relpages,
    i.indisvalid, i.indisready, i.indislive, i.indisunique, i.indisprimary, i.indisexclusion, i.indisreplident,
    i.written_by,
    case when i.relispartition then (
      select pc.relname from pg_catalog.pg_inherits as h
      join pg_catalog.pg_class as pc on pc.oid = h.inhparent where h.inhrelid = i.indexrelid
    ) end as part_of,
    i.indexrelid in (select h.relation from held as h) or i.indrelid in (select h.relation from held as h) as is_held,
    case
      when i.indisvalid then 'valid'
      when i.relkind = 'I' then 'incomplete'
      when pg_catalog.pg_is_in_recovery() then 'invalid or building'
      when not i.indislive then case when ${isLocked} then 'dropping' else 'invalid' end
      else case ${has12 ? building12 : building10}
        when true then 'building' when false then 'invalid' else 'invalid or building' end
    end as state,
    twin.relname as twin, twin.is_same
  from chosen as i
  left join lateral (${twinOf({ keysOfB: has11 ? "b.indnkeyatts" : "b.indnatts", nulls: has15 })}
  ) as twin on true
)
select
  j.indexrelid, j.indrelid as relid, j.nspname::text as schemaname, j.relname::text as relname,
  j.indexrelname::text as indexrelname, j.indexes, j.amname::text as amname, j.part_of::text as part_of, kept.counted,
  j.state, j.indisvalid, j.indisready, j.indislive, j.indisunique, j.indisprimary, j.indisexclusion, j.indisreplident,
  case when j.is_same then j.twin::text end as duplicate_of,
  case when not j.is_same then j.twin::text end as redundant_with,
  case j.state when 'invalid' then 4 when 'incomplete' then 4 when 'invalid or building' then 3
    else case when j.is_same then 2 when not j.is_same then 1 else 0 end end as rank,
  case when not j.is_held then pg_catalog.pg_relation_size(j.indexrelid) end as index_bytes,
  s.scans as idx_scan, s.read as idx_tup_read, s.fetched as idx_tup_fetch,
  ${
    has16
      ? `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.last) as idx_scan_age,
  pg_catalog.date_part('epoch', s.last) as last_idx_scan,`
      : ""
  }
  case when not j.is_held then pg_catalog.pg_get_indexdef(j.indexrelid) end as indexdef,
  case when pg_catalog.current_setting('track_commit_timestamp') = 'on' and not pg_catalog.pg_is_in_recovery()
    then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_xact_commit_timestamp(j.written_by))
  end as written_seconds,
  pg_catalog.age(j.written_by) between 0 and pg_catalog.age(last.held[1]::text::pg_catalog.xid) as since_checkpoint,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${countedSince}) as counted_seconds,
  pg_catalog.date_part('epoch', ${countedSince}) as stats_reset,
  ${measuredIn} as pgstattuple
from judged as j
cross join (select ${countsAreKept} as counted) as kept
cross join (select ${nextXid} as held offset 0) as last
left join lateral (
  select pg_catalog.pg_stat_get_numscans(j.indexrelid) as scans,
    pg_catalog.pg_stat_get_tuples_returned(j.indexrelid) as read,
    pg_catalog.pg_stat_get_tuples_fetched(j.indexrelid) as fetched${
      has16
        ? `,
    pg_catalog.pg_stat_get_lastscan(j.indexrelid) as last`
        : ""
    }
) as s on kept.counted
order by j.relpages desc, j.indexrelid`;

const [no, yes] = [false, true];
const base: By = { has11: no, has12: no, has15: no, has16: no };

const stateSeverity = (state: string): Severity =>
  state === "invalid" || state === "incomplete" ? "warning" : "ok";

/** The largest indexes of every database, those that are invalid first: what they take, how they are used, which others do the same. */
export const indexes = defineView({
  name: "indexes",
  title: "Indexes",
  section: "storage",
  source:
    "pg_index, pg_class, pg_stat_user_indexes, pg_constraint, pg_inherits, pg_locks, pg_stat_progress_create_index",
  scope: "database",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: ["indexrelid"],
  rowName: "indexrelname",
  sortBy: "-rank",
  resetAt: "stats_reset",
  none: "no indexes but the system's own",
  unknownIn,
  withheld: ({ counted }) => (counted === false ? "durations" : null),
  columns: {
    indexrelid: integer("OID", { required: true, hidden: true, about: "OID of the index" }),
    relid: integer("TABLE OID", { required: true, hidden: true, about: "OID of its table" }),
    schemaname: text("SCHEMA", { required: true, priority: 4, maxWidth: 16, about: "its schema" }),
    relname: text("TABLE", {
      required: true,
      priority: 1,
      maxWidth: 24,
      about: "its table or materialized view",
    }),
    indexrelname: text("INDEX", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    indexes: integer("INDEXES", {
      required: true,
      hidden: true,
      about: `indexes of the database; invalid ones and then the largest by relpages are shown, ${most} in all`,
    }),
    amname: text("METHOD", { required: true, hidden: true, about: "access method: btree, gin, gist …" }),
    part_of: text("PART OF", {
      hidden: true,
      usual: [],
      maxWidth: 24,
      about: "the partitioned index that it is a partition of: it is dropped with that only",
    }),
    counted: bool("COUNTED", {
      hidden: true,
      about: "track_counts is on for every role and database; otherwise scans are unknown",
    }),
    state: text("STATE", {
      required: true,
      hidden: true,
      usual: ["valid"],
      found: true,
      priority: 0,
      about:
        "valid; invalid: queries do not use it, and writes keep it up where indisready, as after CREATE INDEX CONCURRENTLY has failed; building or dropping; invalid or building on a standby, before 12, and where a role may not see which; incomplete: a partitioned index that not every partition has",
      severity: stateSeverity,
    }),
    indisvalid: bool("VALID", { hidden: true, about: "queries use it" }),
    indisready: bool("READY", { hidden: true, about: "writes keep it up" }),
    indislive: bool("LIVE", { hidden: true, about: "it is not being dropped" }),
    indisunique: bool("UNIQUE", { hidden: true, about: "it holds no value twice" }),
    indisprimary: bool("PRIMARY", { hidden: true, about: "it is of the primary key" }),
    indisexclusion: bool("EXCLUSION", { hidden: true, about: "it is of an exclusion constraint" }),
    indisreplident: bool("IDENTITY", { hidden: true, about: "it is the replica identity of its table" }),
    duplicate_of: text("DUPLICATE OF", {
      hidden: true,
      usual: [],
      found: true,
      priority: 1,
      maxWidth: 28,
      about:
        "another index of the table with the same columns, expressions, operator classes, collations, order and predicate, and in other methods than btree and hash the same storage parameters; of two the one that a constraint stands on, or the older, is not called a duplicate",
    }),
    redundant_with: text("REDUNDANT WITH", {
      hidden: true,
      usual: [],
      found: true,
      priority: 1,
      maxWidth: 28,
      about:
        "another index of the table that begins with the same columns, or has more besides: it can do what this one does",
    }),
    rank: integer("rank", {
      required: true,
      hidden: true,
      internal: true,
      about: "what hurts most is highest",
    }),
    index_bytes: bytes("SIZE", {
      priority: 0,
      about: "pg_relation_size; unknown while the index or its table is locked in ACCESS EXCLUSIVE mode",
    }),
    idx_scan: perSecond("SCANS/s", { priority: 1, about: "scans" }),
    idx_scan_total: count("ALL SCANS", {
      ...totalOf("idx_scan"),
      priority: 1,
      about: "idx_scan in total, since stats_reset; on a standby its own",
    }),
    idx_tup_read: perSecond("READ/s", { priority: 3, about: "entries that scans returned" }),
    idx_tup_fetch: perSecond("FETCH/s", { priority: 3, about: "live rows that plain scans fetched by it" }),
    idx_scan_age: seconds("LAST SCAN", {
      priority: 2,
      since: 160000,
      about: "time since last_idx_scan; empty where it was not scanned since stats_reset",
    }),
    last_idx_scan: epoch("LAST SCAN AT", { hidden: true, since: 160000, about: "the last scan of it" }),
    indexdef: text("DEFINITION", {
      hidden: true,
      about: "pg_get_indexdef; unknown while the index or its table is locked in ACCESS EXCLUSIVE mode",
    }),
    counted_seconds: seconds("COUNTED FOR", { hidden: true, about: "time since stats_reset" }),
    written_seconds: seconds("WRITTEN", {
      hidden: true,
      about:
        "time since its entry in pg_index was written, by CREATE INDEX or what altered it later; empty where track_commit_timestamp is off, and on a standby",
    }),
    since_checkpoint: bool("NEW", {
      hidden: true,
      about:
        "that entry was written after the last checkpoint began; unknown to a role that may not execute pg_control_checkpoint()",
    }),
    pgstattuple: text("PGSTATTUPLE", {
      hidden: true,
      about: "schema of the extension pgstattuple, by which O measures it; empty where it is not installed",
    }),
    stats_reset: epoch("RESET", {
      hidden: true,
      about:
        "since when the counters of the database count at least: their reset, or where there was none when the server began to keep any",
    }),
  },
  sql: {
    100000: statement(base),
    110000: statement({ ...base, has11: yes }),
    120000: statement({ ...base, has11: yes, has12: yes }),
    150000: statement({ ...base, has11: yes, has12: yes, has15: yes }),
    160000: statement({ has11: yes, has12: yes, has15: yes, has16: yes }),
  },
});

export type Index = RowOf<typeof indexes>;

function unknownIn(rows: readonly Row[]): string[] {
  const isUncounted = rows.some(({ counted }) => counted === false);
  return [
    ...cutIn(rows, "indexes", "indexes"),
    ...(isUncounted ? ["track_counts is off: scans are unknown"] : []),
  ];
}
