import { bool, bytes, count, integer, perSecond, text, texts } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { countsAreKept } from "./databases.ts";
import { cutIn, held, isUsers, most } from "./held.ts";

/**
 * The key of an index `i` begins with the columns of the foreign key `f`, in any order. One over few rows serves where those
 * left out are NULL in the only column.
 */
const fits = `i.indrelid = f.conrelid and i.indisvalid and i.indisready and am.amname not in ('gin', 'brin')
        and (i.indkey::int2[])[0:pg_catalog.cardinality(f.conkey) - 1] @> f.conkey
        and (i.indpred is null or pg_catalog.cardinality(f.conkey) = 1
          and i.indpred::text like '{NULLTEST :arg {VAR :varno 1 :varattno ' || f.conkey[1]::text || ' %} :nulltesttype 1 %')`;

/**
 * From 11 a partition has a constraint of its own below that of its table, which stands for all of them here; and so has, from
 * 12, each partition that is referenced, in which nothing else is looked for.
 */
const statement = (has11: boolean) => `
with ${held}, bare as (
  select f.oid, ${has11 ? "f.conparentid" : "0::oid as conparentid"}, f.conrelid, c.relpages, c.reltuples
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as c on c.oid = f.conrelid and c.relkind = 'r'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where f.contype = 'f' and ${isUsers("n")}${
    has11
      ? `
    and not exists (select from pg_catalog.pg_constraint as up where up.oid = f.conparentid and up.conrelid = f.conrelid)`
      : ""
  }
    and not exists (
      select from pg_catalog.pg_index as i
      join pg_catalog.pg_class as ic on ic.oid = i.indexrelid
      join pg_catalog.pg_am as am on am.oid = ic.relam
      where ${fits}
    )
), largest as (
  select coalesce(nullif(b.conparentid, 0), b.oid) as oid, pg_catalog.count(*) as tables, pg_catalog.sum(b.relpages) as pages,
    case when pg_catalog.bool_and(b.reltuples > 0 or b.reltuples = 0 and b.relpages > 0) then pg_catalog.sum(b.reltuples)::int8 end as rows,
    pg_catalog.array_agg(b.conrelid) as relids, pg_catalog.bool_or(b.conparentid <> 0) as is_partitioned,
    pg_catalog.count(*) over () as foreign_keys
  from bare as b
  group by 1
  order by 3 desc, 1
  limit ${most}
)
select
  f.oid as conoid, f.conname::text as conname, n.nspname::text as schemaname, c.relname::text as relname, l.foreign_keys,
  case when l.is_partitioned then l.tables end as partitions,
  (select pg_catalog.json_agg(a.attname order by k.place)::text
    from pg_catalog.unnest(f.conkey) with ordinality as k (attnum, place)
    join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum) as columns,
  rn.nspname || '.' || r.relname as referenced, f.convalidated,
  case f.confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
    when 'n' then 'set null' when 'd' then 'set default' end as on_delete,
  (select case when pg_catalog.bool_or(one.relid in (select h.relation from held as h)) then null
      else pg_catalog.sum(pg_catalog.pg_relation_size(
        case when one.relid not in (select h.relation from held as h) then one.relid end)) end
    from pg_catalog.unnest(l.relids) as one (relid))::int8 as table_bytes,
  l.rows,
  case when kept.counted then pg_catalog.pg_stat_get_tuples_deleted(f.confrelid) end as deletes,
  pg_catalog.pg_get_constraintdef(f.oid) as condef
from largest as l
join pg_catalog.pg_constraint as f on f.oid = l.oid
join pg_catalog.pg_class as c on c.oid = f.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_class as r on r.oid = f.confrelid
join pg_catalog.pg_namespace as rn on rn.oid = r.relnamespace
cross join (select not pg_catalog.pg_is_in_recovery() and ${countsAreKept} as counted) as kept
order by l.pages desc, f.oid`;

/** Foreign keys of every database whose columns no index begins with. */
export const foreignKeys = defineView({
  name: "foreign_keys",
  title: "Foreign keys without an index",
  section: "storage",
  source: "pg_constraint, pg_index, pg_class, pg_stat_user_tables",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  rowKey: ["conoid"],
  rowName: "conname",
  sortBy: "-table_bytes",
  none: "no foreign key lacks an index on its columns",
  unknownIn: (rows: readonly Row[]) => cutIn(rows, "foreign_keys", "foreign keys without an index"),
  columns: {
    conoid: integer("OID", { required: true, hidden: true, about: "OID of the constraint" }),
    schemaname: text("SCHEMA", { required: true, priority: 4, maxWidth: 16, about: "schema of its table" }),
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 28,
      about: "the table that references, which each DELETE of a referenced row reads as a whole",
    }),
    columns: texts("COLUMNS", {
      names: true,
      priority: 0,
      maxWidth: 28,
      about: "its columns, which an index would begin with",
    }),
    conname: text("FOREIGN KEY", {
      required: true,
      priority: 2,
      maxWidth: 28,
      about: "name of the constraint",
    }),
    foreign_keys: integer("KEYS", {
      required: true,
      hidden: true,
      about: `foreign keys of the database without an index; ${most} of them are shown, of the largest tables`,
    }),
    table_bytes: bytes("SIZE", {
      priority: 0,
      about:
        "pg_relation_size of the table, or of its partitions without an index; unknown while one is locked in ACCESS EXCLUSIVE mode",
    }),
    rows: count("ROWS", {
      priority: 2,
      about: "reltuples: rows, estimated; unknown where they were never counted",
    }),
    referenced: text("REFERENCES", { priority: 1, maxWidth: 32, about: "the table that it references" }),
    deletes: perSecond("DELETES/s", {
      priority: 1,
      about:
        "rows deleted from the referenced table; unknown on a standby. So does an UPDATE of its key read the table",
    }),
    on_delete: text("ON DELETE", {
      priority: 3,
      about: "no action, restrict, cascade, set null or set default",
    }),
    partitions: integer("PARTITIONS", {
      hidden: true,
      about: "partitions of the table without such an index",
    }),
    convalidated: bool("VALIDATED", { hidden: true, about: "existing rows were checked" }),
    condef: text("DEFINITION", { hidden: true, about: "pg_get_constraintdef" }),
  },
  sql: { 100000: statement(false), 110000: statement(true) },
});
