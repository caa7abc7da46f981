import { countsAreKept } from "./databases.ts";
import { isUsers, measuredIn, most, readingGrant } from "./held.ts";

/** What a major has. */
type By = {
  /** Equal keys of a btree share an item. */
  readonly has13: boolean;
  /** reltuples is -1 where rows were never counted, and pg_read_all_data sees the statistics of all columns. */
  readonly has14: boolean;
  /** Of a virtual column a row stores a null. */
  readonly has18: boolean;
};

/** Items and what is in them begin at multiples of so many bytes at most; on each platform of today. */
const alignment = 8;
const pageHeader = 24;
/** What links a page of a btree to others. */
const special = 16;
/** Before each item of a page. */
const pointer = 4;
const tupleHeader = 24;
const indexTupleHeader = 8;
/** Where a row is, of which an item of a btree has many where keys are equal, up to a tenth of the page. */
const place = 6;
/** A value of no more bytes than that has a header of one byte, and is not aligned. */
const shortValue = 126;

const aligned = (size: string) => `${alignment} * pg_catalog.ceil((${size}) / ${alignment}.0::float8)`;
const option = (name: string) =>
  `(select o.option_value from pg_catalog.pg_options_to_table(c.reloptions) as o where o.option_name = '${name}')`;

/** Not where a type or a collation calls equal what differs. */
const mergesKeys = `c.relkind = 'i' and not i.indisunique and i.indnkeyatts = i.indnatts
      and coalesce(${option("deduplicate_items")}::bool, true)
      and not exists (
        select from pg_catalog.pg_opclass as p
        where p.oid = any (i.indclass::oid[]) and not exists (
          select from pg_catalog.pg_amproc as m
          where m.amprocfamily = p.opcfamily and m.amproclefttype = p.opcintype and m.amprocrighttype = p.opcintype
            and m.amprocnum = 4))
      and not exists (
        select from pg_catalog.pg_collation as k
        where k.oid = any (i.indcollation::oid[]) and not k.collisdeterministic)`;

/**
 * How many pages the rows of the largest tables and btree indexes would take that are filled anew, and how many there are. The
 * columns are laid out one behind the other: `at` is the place behind one within {@link alignment}, while it is the same in each
 * row, and `grain` what it is a multiple of. They are kept in arrays, a row for each relation: each step would hash every column
 * of all again. Only the catalog is read: no file is looked at, and no lock is waited for.
 */
export const bloatStatement = ({ has13, has14, has18 }: By): string => `
with recursive largest as (
  select a.oid, a.relations, a.unlogged
  from (
    select c.oid, c.relpages, is_empty.here, pg_catalog.count(*) filter (where not is_empty.here) over () as relations,
      pg_catalog.count(*) filter (where is_empty.here) over () as unlogged
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join pg_catalog.pg_am as m on m.oid = c.relam
    cross join lateral (select c.relpersistence = 'u' and pg_catalog.pg_is_in_recovery() as here) as is_empty
    where ${isUsers("n")}
      and (c.relkind in ('r', 'm') and coalesce(m.amname, 'heap') = 'heap' or c.relkind = 'i' and m.amname = 'btree')
  ) as a
  where not a.here
  order by a.relpages desc, a.oid
  limit ${most}
), judged as (
  select l.oid, l.relations, l.unlogged, n.nspname, c.relname, c.relkind, c.relpages, c.reltuples::float8 as rows, c.relnatts, i.indkey,
    coalesce(${option("fillfactor")}::int4, case when c.relkind = 'i' then 90 else 100 end) as fillfactor,
    ${has13 ? mergesKeys : "false"} as merges,
    t.oid as tableid, t.relname as tablename, t.reltuples::float8 as tablerows,
    ${has14 ? "t.reltuples < 0 or c.reltuples < 0" : "t.reltuples = 0 and t.relpages = 0"} as is_new
  from largest as l
  join pg_catalog.pg_class as c on c.oid = l.oid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_index as i on i.indexrelid = c.oid
  join pg_catalog.pg_class as t on t.oid = coalesce(i.indrelid, c.oid)
  where i.indisvalid is not false
), columns as (
  select l.oid, a.attnum, a.attlen, a.attalign, a.attisdropped${has18 ? " or a.attgenerated = 'v'" : ""} as is_gone, b.attnotnull,
    b.attrelid as of_relation, b.attnum as of_column, l.tablerows, l.nspname as schemaname,
    case when from_table.is_so then l.tablename else l.relname end as tablename, b.attname,
    null::float4 as null_frac, null::int4 as avg_width, null::float4 as n_distinct
  from judged as l
  join pg_catalog.pg_attribute as a on a.attrelid = l.oid and a.attnum > 0
  cross join lateral (select l.indkey[a.attnum - 1] <> 0 as is_so) as from_table
  join pg_catalog.pg_attribute as b on b.attrelid = case when from_table.is_so then l.tableid else l.oid end
    and b.attnum = case when from_table.is_so then l.indkey[a.attnum - 1] else a.attnum end
  where not l.is_new
  union all
  select null, null, null, null, null, null, null, null, null, s.schemaname, s.tablename, s.attname,
    s.null_frac, s.avg_width, s.n_distinct
  from pg_catalog.pg_stats as s
  where not s.inherited
    and s.tablename = any (array(select l.relname from judged as l union select l.tablename from judged as l))
), known as (
  select c.oid, c.attnum, c.attlen, c.attalign, c.is_gone, c.attnotnull, c.of_relation, c.of_column, c.tablerows,
    pg_catalog.max(c.null_frac::float8) over (same) as null_frac, pg_catalog.max(c.avg_width) over (same) as avg_width,
    pg_catalog.max(c.n_distinct::float8) over (same) as n_distinct
  from columns as c
  window same as (partition by c.schemaname, c.tablename, c.attname)
), known_columns as (
  select k.oid, k.attnum, k.attlen,
    case when k.attlen = -1 and k.avg_width <= ${shortValue} then 1
      else case k.attalign when 's' then 2 when 'i' then 4 when 'd' then 8 else 1 end end as align,
    case when k.is_gone then 0 when k.attlen > 0 then k.attlen else k.avg_width end::float8 as width,
    case when k.is_gone then 0 when k.attnotnull then 1 else 1 - k.null_frac end as present,
    greatest(1, case when k.n_distinct < 0 then -k.n_distinct * k.tablerows else k.n_distinct end) as kinds,
    case
      when k.avg_width is not null then null
      when not pg_catalog.has_column_privilege(k.of_relation, k.of_column, 'SELECT') then 'privilege'
      when pg_catalog.row_security_active(k.of_relation) then 'row security'
      else 'statistics'
    end as lacks
  from known as k
  where k.oid is not null
), stored as (
  select o.oid, pg_catalog.array_agg(o.attlen::int4 order by o.attnum) as lengths, pg_catalog.array_agg(o.align order by o.attnum) as aligns,
    pg_catalog.array_agg(coalesce(o.width, -1) order by o.attnum) as widths,
    pg_catalog.array_agg(coalesce(o.present, -1) order by o.attnum) as presents,
    pg_catalog.array_agg(coalesce(o.kinds, -1) order by o.attnum) as kinds,
    pg_catalog.min(o.lacks) filter (where o.present is null or o.width is null) as lacks
  from known_columns as o
  group by o.oid
), laid as (
  select s.oid, 0 as attnum, 0::float8 as bytes, 0 as at, ${alignment} as grain, 1::float8 as whole, 1::float8 as kinds
  from stored as s where s.lacks is null
  union all
  select p.oid, p.attnum + 1, p.bytes + n.present * (step.pad + n.width),
    case when n.present = 0 then p.at
      when n.present = 1 and n.attlen > 0 then (p.at + step.pad::int4 + n.attlen) % ${alignment} end,
    case when n.present = 0 then p.grain
      when n.attlen < 0 then 1
      else least(case when n.present = 1 then greatest(p.grain, n.align) else p.grain end,
        case when n.attlen % 8 = 0 then 8 when n.attlen % 4 = 0 then 4 when n.attlen % 2 = 0 then 2 else 1 end) end,
    p.whole * n.present, least(1e15::float8, p.kinds * n.kinds)
  from laid as p
  join stored as s on s.oid = p.oid and p.attnum < pg_catalog.cardinality(s.lengths)
  cross join lateral (
    select s.lengths[p.attnum + 1] as attlen, s.aligns[p.attnum + 1] as align, s.widths[p.attnum + 1] as width,
      s.presents[p.attnum + 1] as present, nullif(s.kinds[p.attnum + 1], -1) as kinds
  ) as n
  cross join lateral (
    select case when p.at is not null then (n.align - p.at % n.align) % n.align
      else greatest(0, n.align - p.grain) / 2.0 end::float8 as pad
  ) as step
), filled as (
  select l.oid, l.relkind, l.rows, page.size, l.fillfactor, least(r.kinds, l.rows) as kinds, l.merges,
    r.bytes + case when r.at is not null then (${alignment} - r.at) % ${alignment} else (${alignment} - r.grain) / 2.0 end::float8
      + case when l.relkind = 'i' then ${indexTupleHeader} + (1 - r.whole) * ${alignment}
        else r.whole * ${tupleHeader} + (1 - r.whole) * ${aligned("23 + pg_catalog.ceil(l.relnatts / 8.0::float8)")} end as item,
    pg_catalog.floor(page.size * (100 - l.fillfactor) / 100) as spare
  from judged as l
  join laid as r on r.oid = l.oid and r.attnum = l.relnatts
  cross join (select pg_catalog.current_setting('block_size')::float8 as size) as page
), leaves as (
  select f.oid, f.relkind, f.merges and f.kinds is null as is_least, inner_page.items,
    pg_catalog.ceil(case
      when f.relkind <> 'i' then f.rows / greatest(1, pg_catalog.floor((f.size - ${pageHeader} - f.spare) / (f.item + ${pointer})))
      when f.merges and f.rows > f.kinds and shared.most >= 2 then
        f.kinds * (shared.full_items * (${aligned(`f.item + ${place} * shared.most`)} + ${pointer})
          + case when shared.rest > 0 then f.item + ${pointer} + ${place} * shared.rest else 0 end)
        / (f.size - ${pageHeader + special} - f.spare)
      else f.rows / greatest(1, pg_catalog.floor((f.size - ${pageHeader + special} - f.spare) / (f.item + ${pointer})))
    end) as pages
  from filled as f
  cross join lateral (
    select greatest(2, pg_catalog.floor((f.size * 0.7 - ${pageHeader + special}) / (f.item + ${pointer}))) as items
  ) as inner_page
  cross join lateral (
    select limited.most, pg_catalog.floor(f.rows / f.kinds / limited.most) as full_items,
      f.rows / f.kinds - limited.most * pg_catalog.floor(f.rows / f.kinds / limited.most) as rest
    from (select greatest(1, pg_catalog.floor((f.size / 10 - ${pointer} - f.item) / ${place})) as most) as limited
  ) as shared
), needed as (
  select v.oid, v.is_least,
    case when v.relkind <> 'i' then v.pages
      else 1 + v.pages + case when v.pages > 1 then pg_catalog.ceil(v.pages / (v.items - 1)) else 0 end end as pages
  from leaves as v
)
select
  l.oid as relid, case when l.relkind = 'i' then 'index' else 'table' end as kind, l.nspname::text as schemaname,
  l.relname::text as relname, case when l.relkind = 'i' then l.tablename::text end as of_table, l.relations, l.unlogged,
  why.word as unknown, d.is_least,
  case when why.word is null then (page.size * greatest(0, l.relpages - d.pages))::int8 end as bloat_bytes,
  case when why.word is null and l.relpages > 0 then 100 * greatest(0, l.relpages - d.pages) / l.relpages end as bloat_share,
  case when not l.is_new then (page.size * l.relpages)::int8 end as relpages_bytes,
  case when not l.is_new then l.rows::int8 end as reltuples, l.fillfactor,
  s.mods as n_mod_since_analyze,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.analyzed) as analyze_age,
  pg_catalog.date_part('epoch', s.analyzed) as last_analyze, not counts.kept as uncounted, ${measuredIn} as pgstattuple,
  case when why.word = 'privilege' then ${readingGrant(has14, "TABLES", "l.nspname")} end as needs
from judged as l
left join needed as d on d.oid = l.oid
left join stored as st on st.oid = l.oid
cross join (select pg_catalog.current_setting('block_size')::int4 as size) as page
cross join lateral (select case when l.is_new then 'never analyzed' else st.lacks end as word) as why
cross join (select not pg_catalog.pg_is_in_recovery() and ${countsAreKept} as kept) as counts
left join lateral (
  select pg_catalog.pg_stat_get_mod_since_analyze(l.tableid) as mods,
    greatest(pg_catalog.pg_stat_get_last_analyze_time(l.tableid), pg_catalog.pg_stat_get_last_autoanalyze_time(l.tableid)) as analyzed
) as s on counts.kept`;
