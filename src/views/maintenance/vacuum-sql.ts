import { type Autovacuum, autovacuumShares, countedBy, nearestTo, whyOff } from "./thresholds.ts";

/** Of many tables those that are nearest to a vacuum or analyze. */
export const mostTables = 500;

/** What differs between majors. */
export type Differences = Autovacuum & {
  /** vacuum_failsafe_age: from 14. */
  readonly failsafe: boolean;
};

const ageIn = (moment: string) => `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${moment})`;
const epochOf = (moment: string) => `pg_catalog.date_part('epoch', ${moment})`;

const carried = ["nspname", "relname", "toast_of", "relpages", "reltuples", "is_system"];

/**
 * What autovacuum decides for every table that it looks at: also TOAST tables, which go by the storage parameters of their
 * table unless they have some of their own, and are not analyzed. Temporary tables are left to their sessions. Of the
 * server's tables those are left out that are not half-way.
 */
export function vacuumStatement(differences: Differences): string {
  const { inserts, failsafe } = differences;
  return `
with tables as (
  select c.oid, n.nspname, c.relname, c.relkind, c.relpages,
    case when c.relkind = 't' then m.nspname || '.' || p.relname end as toast_of,
    case when c.relkind = 't' then m.nspname else n.nspname end in ('pg_catalog', 'information_schema') as is_system,
    coalesce(c.reloptions, p.reloptions) as options, ${countedBy(differences)}
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_class as p on p.reltoastrelid = c.oid and c.relkind = 't'
  left join pg_catalog.pg_namespace as m on m.oid = p.relnamespace
  where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'
), shares as (${autovacuumShares(differences, "tables", carried)}
), nearest as (
  select h.oid, h.nspname, h.relname, h.toast_of, h.relpages, h.reltuples, h.dead, h.mods, h.inserted, h.xid_age, h.mxid_age,
    h.counted, h.active, h.enabled, h.forced, h.vacuum_at, h.insert_at, h.analyze_at, h.freeze_at, h.multixact_at,
    h.vacuum_share, h.insert_share, h.analyze_share, h.freeze_share, h.multixact_share,
    h.active and (h.enabled or h.forced) as by_thresholds, pg_catalog.count(*) over () as tables
  from shares as h
  cross join lateral (
    select greatest(h.vacuum_share, h.insert_share, h.analyze_share, h.freeze_share, h.multixact_share) as near offset 0
  ) as most
  where not h.is_system or most.near >= 50
  order by most.near desc nulls last, h.relpages desc, h.oid
  limit ${mostTables}
)
select
  f.oid as relid, f.nspname::text as schemaname, f.relname::text as relname, f.toast_of, f.tables,
  ${whyOff} as disabled,
  pg_catalog.concat_ws(', ',
    case when f.forced then 'freeze' when not f.by_thresholds then null when f.vacuum_share >= 100 then 'vacuum'
      when f.insert_share >= 100 then 'insert vacuum' end,
    case when f.by_thresholds and f.analyze_share >= 100 then 'analyze' end) as due,
  next.what as next, next.share as next_share,
  coalesce(f.forced or f.by_thresholds and (f.vacuum_share >= 100 or f.insert_share >= 100), false) as vacuum_due,
  coalesce(f.by_thresholds and f.analyze_share >= 100, false) as analyze_due, coalesce(f.forced, false) as freeze_due,
  f.by_thresholds,
  case when f.counted then f.dead end as n_dead_tup, f.vacuum_at, f.vacuum_share,
  ${inserts ? "case when f.counted then f.inserted end as n_ins_since_vacuum, f.insert_at, f.insert_share," : ""}
  case when f.counted then f.mods end as n_mod_since_analyze, f.analyze_at, f.analyze_share,
  f.xid_age, f.freeze_at, f.freeze_share, f.mxid_age, f.multixact_at, f.multixact_share,
  ${failsafe ? "pg_catalog.current_setting('vacuum_failsafe_age')::int8 as failsafe_age," : ""}
  case when f.counted then pg_catalog.pg_stat_get_live_tuples(f.oid) end as n_live_tup,
  f.counted and f.reltuples > 0 and pg_catalog.pg_stat_get_live_tuples(f.oid) = 0
    and pg_catalog.pg_stat_get_dead_tuples(f.oid) = 0 as reset,
  case when f.counted then pg_catalog.pg_stat_get_tuples_updated(f.oid) end as n_tup_upd,
  case when f.counted then pg_catalog.pg_stat_get_tuples_hot_updated(f.oid) end as n_tup_hot_upd,
  case when f.counted then 100 * least(pg_catalog.pg_stat_get_tuples_hot_updated(f.oid),
    pg_catalog.pg_stat_get_tuples_updated(f.oid))::float8 / nullif(pg_catalog.pg_stat_get_tuples_updated(f.oid), 0)
    end as hot_share,
  f.relpages::int8 * pg_catalog.current_setting('block_size')::int8 as table_bytes,
  ${ageIn("greatest(l.last_vacuum, l.last_autovacuum)")} as vacuum_age,
  ${ageIn("greatest(l.last_analyze, l.last_autoanalyze)")} as analyze_age,
  ${epochOf("l.last_vacuum")} as last_vacuum, ${epochOf("l.last_autovacuum")} as last_autovacuum,
  ${epochOf("l.last_analyze")} as last_analyze, ${epochOf("l.last_autoanalyze")} as last_autoanalyze
from nearest as f
left join lateral (${nearestTo("f.by_thresholds")}
) as next on true
left join lateral (
  select
    pg_catalog.pg_stat_get_last_vacuum_time(f.oid) as last_vacuum,
    pg_catalog.pg_stat_get_last_autovacuum_time(f.oid) as last_autovacuum,
    pg_catalog.pg_stat_get_last_analyze_time(f.oid) as last_analyze,
    pg_catalog.pg_stat_get_last_autoanalyze_time(f.oid) as last_autoanalyze
) as l on f.counted`;
}
