import { ageOf } from "../columns.ts";
import { countsAreKept } from "../storage/databases.ts";

/** What the autovacuum of a major goes by. */
export type Autovacuum = {
  /** Vacuums for inserted rows alone: from 13. */
  readonly inserts: boolean;
  /** Frozen pages count no more for inserts, and dead rows have a limit: from 18. */
  readonly frozenPages: boolean;
};

const setting = (name: string, as: string) => `pg_catalog.current_setting('${name}')::float8 as ${as}`;
const option = (name: string, as: string) =>
  `pg_catalog.max(case when v.option_name = '${name}' then v.option_value end)::float8 as ${as}`;

/** What a table may be given for itself: the setting of the server, and the storage parameter, have one name. */
const limits = ({ inserts, frozenPages }: Autovacuum): readonly (readonly [name: string, as: string])[] => [
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

/** In per cent. Twice the threshold is not the last minute of autovacuum_naptime any more: autovacuum does not keep up. */
export const late = 200n;

/** As autovacuum reckons it: in float4. */
const reckoned = (name: string) =>
  `coalesce(o.${name}_base, s.${name}_base)::float4 + coalesce(o.${name}_scale, s.${name}_scale)::float4 * t.reltuples`;

/** The number of rows that is the first beyond a threshold, and how much of it there is, in whole per cent. */
const beyond = (threshold: string) => `pg_catalog.floor(${threshold})::int8 + 1`;
const share = (of: string, at: string) => `pg_catalog.floor(100 * ${of}::float8 / ${at})::int8`;

/** What autovacuum goes by, of a row `c` of pg_class: columns that {@link autovacuumShares} wants. */
export const countedBy = ({ inserts, frozenPages }: Autovacuum): string => `
    greatest(c.reltuples, 0::float4) as reltuples,
    ${frozenPages ? "case when c.relpages > 0 then 1::float4 - least(c.relallfrozen, c.relpages)::float4 / c.relpages else 1::float4 end as unfrozen," : ""}
    case when c.relfrozenxid <> '0'::xid then ${ageOf("c.relfrozenxid")} end as xid_age,
    case when c.relminmxid <> '0'::xid then greatest(pg_catalog.mxid_age(c.relminmxid), 0)::int8 end as mxid_age,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead, pg_catalog.pg_stat_get_mod_since_analyze(c.oid) as mods,
    ${inserts ? "pg_catalog.pg_stat_get_ins_since_vacuum(c.oid)" : "null::int8"} as inserted`;

/**
 * A query for what relation_needs_vacanalyze() of PostgreSQL's autovacuum.c reckons: at how many rows and at which age a
 * table is vacuumed or analyzed, how much of that is reached, in per cent, and whether its age forces a vacuum. OFFSET 0
 * keeps what is reckoned of each table from being reckoned anew wherever it is named.
 * @param tables a common table: oid, relkind, reloptions as `options`, and what {@link countedBy} gives
 * @param carried other columns of it that go along
 */
export function autovacuumShares(
  autovacuum: Autovacuum,
  tables: string,
  carried: readonly string[] = [],
): string {
  const { inserts, frozenPages } = autovacuum;
  const all = limits(autovacuum);
  const along = (alias: string) => carried.map((name) => `${alias}.${name}, `).join("");
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
), reckoned as (
  select t.oid, ${along("t")}t.dead, t.mods, t.inserted,
    t.xid_age, t.mxid_age, s.counted, s.active, coalesce(o.enabled, true) as enabled,
    ${beyond(vacuumThreshold)} as vacuum_at, ${insertAt} as insert_at,
    case when t.relkind <> 't' and t.oid <> 'pg_catalog.pg_statistic'::regclass then ${beyond(reckoned("anl"))} end as analyze_at,
    least(o.freeze, s.freeze)::int8 + 1 as freeze_at, least(o.multixact, s.multixact)::int8 + 1 as multixact_at,
    s.freeze::int8 + 1 as any_freeze_at, s.multixact::int8 + 1 as any_multixact_at
  from ${tables} as t
  cross join server as s
  cross join lateral (
    select pg_catalog.bool_or(case when v.option_name = 'autovacuum_enabled' then v.option_value::bool end) as enabled,
      ${all.map(([name, as]) => option(name, as)).join(", ")}
    from pg_catalog.pg_options_to_table(t.options) as v
  ) as o
  offset 0
)
select r.oid, ${along("r")}r.dead, r.mods, r.inserted,
  r.xid_age, r.mxid_age, r.counted, r.active, r.enabled,
  r.vacuum_at, r.insert_at, r.analyze_at, r.freeze_at, r.multixact_at,
  case when r.counted then ${share("r.dead", "r.vacuum_at")} end as vacuum_share,
  case when r.counted then ${share("r.inserted", "r.insert_at")} end as insert_share,
  case when r.counted then ${share("r.mods", "r.analyze_at")} end as analyze_share,
  ${share("r.xid_age", "r.freeze_at")} as freeze_share, ${share("r.mxid_age", "r.multixact_at")} as multixact_share,
  case when r.active then r.xid_age >= r.freeze_at or r.mxid_age >= r.multixact_at
    else r.xid_age >= r.any_freeze_at or r.mxid_age >= r.any_multixact_at end as forced
from reckoned as r
offset 0`;
}

/** Why thresholds do not count for a row `f` of {@link autovacuumShares}; null where they do. */
export const whyOff = `case when not f.counted then 'track_counts is off' when not f.active then 'autovacuum is off'
    when not f.enabled then 'autovacuum_enabled is false' end`;

/**
 * What a table is nearest to and how near, of a row `f` of {@link autovacuumShares}.
 * @param byThresholds whether thresholds count
 */
export const nearestTo = (byThresholds: string): string => `
  select x.what, x.share
  from (values
    (1, 'freeze', greatest(f.freeze_share, f.multixact_share)),
    (2, 'vacuum', case when ${byThresholds} then f.vacuum_share end),
    (3, 'insert vacuum', case when ${byThresholds} then f.insert_share end),
    (4, 'analyze', case when ${byThresholds} then f.analyze_share end)
  ) as x (place, what, share)
  where x.share is not null order by x.share desc, x.place limit 1`;
