import { above, ageOf, bytes, count, epoch, integer, percent, perSecond, seconds, text } from "../columns.ts";
import {
  type Autovacuum,
  autovacuumShares,
  countedBy,
  late,
  nearestTo,
  whyOff,
} from "../maintenance/thresholds.ts";
import { defineView, type Row } from "../view.ts";
import { countsAreKept } from "./databases.ts";
import { measuredIn } from "./held.ts";

/** To measure a table takes a look at each of its files: the server picks the largest by what it knows already. */
const most = 500;

const ageIn = (moment: string) => `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${moment})`;
const epochOf = (moment: string) => `pg_catalog.date_part('epoch', ${moment})`;

/**
 * The functions behind pg_stat_user_tables: the view would group all tables of the database first. A standby counts
 * scans of its own, but no rows and no vacuums; after a crash or a reset a table that had rows has none by the counters.
 * A table is not measured where we would wait for a lock. Only a primary has an autovacuum.
 */
const statement = (autovacuum: Autovacuum) => `
with here as (
  select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
), held as (
  select l.relation from pg_catalog.pg_locks as l
  join here on here.oid = l.database
  where l.mode = 'AccessExclusiveLock' and l.relation is not null
), largest as (
  select c.oid, n.nspname, c.relname, c.relfrozenxid, c.reltuples, pg_catalog.count(*) over () as tables
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
  order by c.relpages desc, c.oid
  limit ${most}
), tables as (
  select c.oid, c.relkind, c.reloptions as options, ${countedBy(autovacuum)}
  from largest as l
  join pg_catalog.pg_class as c on c.oid = l.oid
  where not pg_catalog.pg_is_in_recovery()
), shares as (${autovacuumShares(autovacuum, "tables")}
)
select
  t.oid as relid, t.nspname::text as schemaname, t.relname::text as relname, t.tables, why.uncounted, ${measuredIn} as pgstattuple,
  case when t.oid not in (
    select h.relation from held as h
    union all
    select i.indrelid from pg_catalog.pg_index as i join held as h on h.relation = i.indexrelid
  ) then pg_catalog.pg_total_relation_size(t.oid) end as total_bytes,
  s.n_live_tup, s.n_dead_tup,
  100 * s.n_dead_tup::float8 / nullif(s.n_live_tup + s.n_dead_tup, 0) as dead_share,
  s.n_mod_since_analyze, s.hot_share, next.what as next, next.share as next_share, ${whyOff} as disabled,
  case when kept.counted then pg_catalog.pg_stat_get_numscans(t.oid) end as seq_scan,
  case when kept.counted then pg_catalog.pg_stat_get_tuples_returned(t.oid) end as seq_tup_read,
  case when kept.counted then (
    select pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid))::int8
    from pg_catalog.pg_index as i where i.indrelid = t.oid
  ) end as idx_scan,
  ${ageIn("s.last_vacuum")} as vacuum_age, ${ageIn("s.last_autovacuum")} as autovacuum_age,
  ${ageIn("greatest(s.last_analyze, s.last_autoanalyze)")} as analyze_age,
  ${epochOf("s.last_vacuum")} as last_vacuum, ${epochOf("s.last_autovacuum")} as last_autovacuum,
  ${epochOf("s.last_analyze")} as last_analyze, ${epochOf("s.last_autoanalyze")} as last_autoanalyze,
  case when t.relfrozenxid <> '0'::xid then ${ageOf("t.relfrozenxid")} end as xid_age,
  ${epochOf("pg_catalog.pg_stat_get_db_stat_reset_time(here.oid)")} as stats_reset
from largest as t
cross join here
cross join (select ${countsAreKept} as counted) as kept
cross join lateral (
  select case
    when not kept.counted then 'track_counts'
    when pg_catalog.pg_is_in_recovery() then 'standby'
    when t.reltuples > 0 and pg_catalog.pg_stat_get_live_tuples(t.oid) = 0
      and pg_catalog.pg_stat_get_dead_tuples(t.oid) = 0 then 'reset'
  end as uncounted
) as why
left join lateral (
  select
    pg_catalog.pg_stat_get_live_tuples(t.oid) as n_live_tup, pg_catalog.pg_stat_get_dead_tuples(t.oid) as n_dead_tup,
    pg_catalog.pg_stat_get_mod_since_analyze(t.oid) as n_mod_since_analyze,
    100 * least(pg_catalog.pg_stat_get_tuples_hot_updated(t.oid), pg_catalog.pg_stat_get_tuples_updated(t.oid))::float8
      / nullif(pg_catalog.pg_stat_get_tuples_updated(t.oid), 0) as hot_share,
    pg_catalog.pg_stat_get_last_vacuum_time(t.oid) as last_vacuum,
    pg_catalog.pg_stat_get_last_autovacuum_time(t.oid) as last_autovacuum,
    pg_catalog.pg_stat_get_last_analyze_time(t.oid) as last_analyze,
    pg_catalog.pg_stat_get_last_autoanalyze_time(t.oid) as last_autoanalyze
) as s on why.uncounted is null
left join shares as f on f.oid = t.oid
left join lateral (${nearestTo("f.active and (f.enabled or f.forced)")}
) as next on true`;

/** The largest tables of every database: what they take, how much of it is dead, how they are read and vacuumed. */
export const tables = defineView({
  name: "tables",
  title: "Tables",
  section: "storage",
  source: "pg_class, pg_stat_user_tables",
  scope: "database",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: ["relid"],
  rowName: "relname",
  sortBy: "-total_bytes",
  lacks: (_, column) => column === "stats_reset",
  resetAt: "stats_reset",
  none: "no tables but the system's own",
  unknownIn,
  withheld: ({ uncounted }) => (uncounted == null ? null : "durations"),
  columns: {
    relid: integer("OID", { required: true, hidden: true, about: "OID of the table" }),
    schemaname: text("SCHEMA", { required: true, priority: 2, maxWidth: 16, about: "its schema" }),
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 32,
      about: "table or materialized view",
    }),
    tables: integer("TABLES", {
      required: true,
      hidden: true,
      about: `tables of the database; the ${most} largest by relpages are shown`,
    }),
    uncounted: text("UNCOUNTED", {
      hidden: true,
      about:
        "why rows and vacuums are unknown: track_counts is off, a standby counts none, or a reset of the counters",
    }),
    total_bytes: bytes("SIZE", {
      priority: 0,
      about:
        "pg_total_relation_size: with indexes and TOAST; unknown while it is locked in ACCESS EXCLUSIVE mode",
    }),
    n_live_tup: count("LIVE", { priority: 1, about: "live rows, estimated" }),
    n_dead_tup: count("DEAD", { priority: 1, about: "dead rows, estimated" }),
    dead_share: percent("DEAD%", { priority: 1, about: "n_dead_tup of n_live_tup + n_dead_tup" }),
    n_mod_since_analyze: count("MODS", { priority: 4.5, about: "rows changed since the last analyze" }),
    next: text("NEXT", {
      ...{ priority: 2.2, maxWidth: 14 },
      about:
        "what autovacuum comes for next, of a primary: freeze, vacuum, insert vacuum, analyze; see vacuum",
    }),
    next_share: count("NEXT %", {
      priority: 2.1,
      about: "how much of its threshold is reached, in per cent; from 100 on it is due, at 200 it is late",
      severity: (share) => (share >= late ? "warning" : "ok"),
    }),
    disabled: text("OFF", {
      // Drawn where a table has it.
      ...{ hidden: true, usual: [], priority: 2.3, maxWidth: 30 },
      about:
        "why autovacuum does not come for dead, inserted or changed rows: it comes against wraparound alone",
      severity: () => "warning",
    }),
    hot_share: percent("HOT%", {
      priority: 4.6,
      about: "n_tup_hot_upd of n_tup_upd since stats_reset: updates that touched no index",
    }),
    seq_scan: perSecond("SEQ/s", { priority: 2, about: "sequential scans" }),
    seq_tup_read: perSecond("SEQ READ/s", { priority: 3.5, about: "rows read by sequential scans" }),
    idx_scan: perSecond("IDX/s", { priority: 2, about: "index scans" }),
    vacuum_age: seconds("VACUUM", { priority: 4, about: "time since last_vacuum" }),
    autovacuum_age: seconds("AUTOVAC", { priority: 3, about: "time since last_autovacuum" }),
    analyze_age: seconds("ANALYZE", {
      priority: 4,
      about: "time since the later of last_analyze and last_autoanalyze",
    }),
    last_vacuum: epoch("LAST VACUUM", { hidden: true, about: "last VACUUM that was not FULL" }),
    last_autovacuum: epoch("LAST AUTOVAC", { hidden: true, about: "last vacuum by autovacuum" }),
    last_analyze: epoch("LAST ANALYZE", { hidden: true, about: "last ANALYZE" }),
    last_autoanalyze: epoch("LAST AUTOAN", { hidden: true, about: "last analyze by autovacuum" }),
    xid_age: count("XID AGE", {
      priority: 3,
      about: "age(relfrozenxid): transactions since the oldest unfrozen one",
      // As for the database: no writes at 2.1 G.
      severity: above(1_000_000_000, 1_600_000_000),
    }),
    pgstattuple: text("PGSTATTUPLE", {
      hidden: true,
      about: "schema of the extension pgstattuple, by which O measures it; empty where it is not installed",
    }),
    stats_reset: epoch("RESET", { hidden: true, about: "when the counters of the database began" }),
  },
  sql: {
    100000: statement({ inserts: false, frozenPages: false }),
    130000: statement({ inserts: true, frozenPages: false }),
    180000: statement({ inserts: true, frozenPages: true }),
  },
});

const reasons: ReadonlyMap<unknown, string> = new Map([
  ["track_counts", "track_counts is off: rows, scans and vacuums are unknown"],
  ["standby", "rows and vacuums are unknown on a standby: its primary counts them"],
  ["reset", "rows and vacuums of some tables are unknown since the counters were reset, until ANALYZE"],
]);

function unknownIn(rows: readonly Row[]): string[] {
  const cut = rows.flatMap(({ database, tables: known }) =>
    Number(known) > most ? `${database}: the ${most} largest of ${known} tables by relpages are shown` : [],
  );
  const unknown = rows.flatMap(({ uncounted }) => reasons.get(uncounted) ?? []);
  return [...new Set([...cut, ...unknown])];
}
