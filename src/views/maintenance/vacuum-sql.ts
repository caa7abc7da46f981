import { ageOf } from "../columns.ts";
import { countsAreKept } from "../storage/databases.ts";

/** Of many tables those that are nearest to a vacuum or analyze. */
export const mostTables = 500;

/** What differs between majors. */
export type Differences = {
  /** Vacuums for inserted rows alone: from 13. */
  readonly inserts: boolean;
  /** vacuum_failsafe_age: from 14. */
  readonly failsafe: boolean;
  /** Frozen pages count no more for inserts, and dead rows have a limit: from 18. */
  readonly frozenPages: boolean;
};

const setting = (name: string, as: string) => `pg_catalog.current_setting('${name}')::float8 as ${as}`;
const option = (name: string, as: string) =>
  `pg_catalog.max(case when v.option_name = '${name}' then v.option_value end)::float8 as ${as}`;

/** What a table may be given for itself: the setting of the server, and the storage parameter, have one name. */
const limits = ({ inserts, frozenPages }: Differences): readonly (readonly [name: string, as: string])[] => [
  ["autovacuum_vacuum_threshold", "vac_base"],
  ["autovacuum_vacuum_scale_factor", "vac_scale"],
  ["autovacuum_analyze_threshold", "anl_base"],
  ["autovacuum_analyze_scale_factor", "anl_scale"],
  ["autovacuum_freeze_max_age", "freeze"],
  ["autovacuum_multixact_freeze_max_age", "multixact"],
  ...(inserts
    ? ([
        ["autovacuum_vacuum_insert_threshold", "ins_base"],
        ["autovacuum_vacuum_insert_scale_factor", "ins_scale"],
      ] as const)
    : []),
  ...(frozenPages ? ([["autovacuum_vacuum_max_threshold", "vac_max"]] as const) : []),
];

/** As autovacuum reckons it: in float4. */
const reckoned = (name: string) =>
  `coalesce(o.${name}_base, s.${name}_base)::float4 + coalesce(o.${name}_scale, s.${name}_scale)::float4 * t.reltuples`;

/** The number of rows that is the first beyond a threshold, and how much of it there is, in whole per cent. */
const beyond = (threshold: string) => `pg_catalog.floor(${threshold})::int8 + 1`;
const share = (of: string, at: string) => `pg_catalog.floor(100 * ${of}::float8 / ${at})::int8`;

const ageIn = (moment: string) => `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${moment})`;
const epochOf = (moment: string) => `pg_catalog.date_part('epoch', ${moment})`;

/**
 * What relation_needs_vacanalyze() of PostgreSQL's autovacuum.c decides, for every table that autovacuum looks at: also
 * TOAST tables, which go by the storage parameters of their table unless they have some of their own, and are not analyzed.
 * Temporary tables are left to their sessions. Of the server's tables those are left out that are not half-way. OFFSET 0 keeps
 * what is reckoned of each table from being reckoned anew wherever it is named.
 */
export function vacuumStatement(differences: Differences): string {
  const { inserts, failsafe, frozenPages } = differences;
  const all = limits(differences);
  const vacuumThreshold = frozenPages
    ? `case when coalesce(o.vac_max, s.vac_max) >= 0 then least(${reckoned("vac")}, coalesce(o.vac_max, s.vac_max)::float4)
        else ${reckoned("vac")} end`
    : reckoned("vac");
  const insertThreshold = frozenPages ? `${reckoned("ins")} * t.unfrozen` : reckoned("ins");
  const insertAt = inserts
    ? `case when coalesce(o.ins_base, s.ins_base) >= 0 then ${beyond(insertThreshold)} end`
    : "null::int8";
  return `
with server as (
  select kept.counted, kept.counted and pg_catalog.current_setting('autovacuum')::bool as active,
    ${all.map(([name, as]) => setting(name, as)).join(", ")}
  from (select ${countsAreKept} as counted) as kept
), tables as (
  select c.oid, n.nspname, c.relname, c.relkind, c.relpages, greatest(c.reltuples, 0::float4) as reltuples,
    ${frozenPages ? "case when c.relpages > 0 then 1::float4 - least(c.relallfrozen, c.relpages)::float4 / c.relpages else 1::float4 end as unfrozen," : ""}
    case when c.relkind = 't' then m.nspname || '.' || p.relname end as toast_of,
    case when c.relkind = 't' then m.nspname else n.nspname end in ('pg_catalog', 'information_schema') as is_system,
    coalesce(c.reloptions, p.reloptions) as options,
    case when c.relfrozenxid <> '0'::xid then ${ageOf("c.relfrozenxid")} end as xid_age,
    case when c.relminmxid <> '0'::xid then greatest(pg_catalog.mxid_age(c.relminmxid), 0)::int8 end as mxid_age,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead, pg_catalog.pg_stat_get_mod_since_analyze(c.oid) as mods,
    ${inserts ? "pg_catalog.pg_stat_get_ins_since_vacuum(c.oid)" : "null::int8"} as inserted
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_class as p on p.reltoastrelid = c.oid and c.relkind = 't'
  left join pg_catalog.pg_namespace as m on m.oid = p.relnamespace
  where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'
), reckoned as (
  select t.oid, t.nspname, t.relname, t.toast_of, t.relpages, t.reltuples, t.is_system, t.dead, t.mods, t.inserted,
    t.xid_age, t.mxid_age, s.counted, s.active, coalesce(o.enabled, true) as enabled,
    ${beyond(vacuumThreshold)} as vacuum_at, ${insertAt} as insert_at,
    case when t.relkind <> 't' and t.oid <> 'pg_catalog.pg_statistic'::regclass then ${beyond(reckoned("anl"))} end as analyze_at,
    least(o.freeze, s.freeze)::int8 + 1 as freeze_at, least(o.multixact, s.multixact)::int8 + 1 as multixact_at,
    s.freeze::int8 + 1 as any_freeze_at, s.multixact::int8 + 1 as any_multixact_at
  from tables as t
  cross join server as s
  cross join lateral (
    select pg_catalog.bool_or(case when v.option_name = 'autovacuum_enabled' then v.option_value::bool end) as enabled,
      ${all.map(([name, as]) => option(name, as)).join(", ")}
    from pg_catalog.pg_options_to_table(t.options) as v
  ) as o
  offset 0
), shares as (
  select r.oid, r.nspname, r.relname, r.toast_of, r.relpages, r.reltuples, r.is_system, r.dead, r.mods, r.inserted,
    r.xid_age, r.mxid_age, r.counted, r.active, r.enabled,
    r.vacuum_at, r.insert_at, r.analyze_at, r.freeze_at, r.multixact_at,
    case when r.counted then ${share("r.dead", "r.vacuum_at")} end as vacuum_share,
    case when r.counted then ${share("r.inserted", "r.insert_at")} end as insert_share,
    case when r.counted then ${share("r.mods", "r.analyze_at")} end as analyze_share,
    ${share("r.xid_age", "r.freeze_at")} as freeze_share, ${share("r.mxid_age", "r.multixact_at")} as multixact_share,
    case when r.active then r.xid_age >= r.freeze_at or r.mxid_age >= r.multixact_at
      else r.xid_age >= r.any_freeze_at or r.mxid_age >= r.any_multixact_at end as forced
  from reckoned as r
  offset 0
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
  case when not f.counted then 'track_counts is off' when not f.active then 'autovacuum is off'
    when not f.enabled then 'autovacuum_enabled is false' end as disabled,
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
left join lateral (
  select x.what, x.share
  from (values
    (1, 'freeze', greatest(f.freeze_share, f.multixact_share)),
    (2, 'vacuum', case when f.by_thresholds then f.vacuum_share end),
    (3, 'insert vacuum', case when f.by_thresholds then f.insert_share end),
    (4, 'analyze', case when f.by_thresholds then f.analyze_share end)
  ) as x (place, what, share)
  where x.share is not null order by x.share desc, x.place limit 1
) as next on true
left join lateral (
  select
    pg_catalog.pg_stat_get_last_vacuum_time(f.oid) as last_vacuum,
    pg_catalog.pg_stat_get_last_autovacuum_time(f.oid) as last_autovacuum,
    pg_catalog.pg_stat_get_last_analyze_time(f.oid) as last_analyze,
    pg_catalog.pg_stat_get_last_autoanalyze_time(f.oid) as last_autoanalyze
) as l on f.counted`;
}
