import { bool, bytes, count, integer, type Severity, text } from "../columns.ts";
import { defineView, keyOf, type Row } from "../view.ts";
import { heldRelations, here, isUsers } from "./held.ts";

/** Each partition is measured, which takes a look at its files and those of its indexes. */
const mostPartitions = 1000;

/**
 * The session that still detaches the partition `p`. It has no lock while it waits for those that use the table above, one by
 * one, by their virtual transactions; then it wants locks on both. Of what a role may not see no more is asked.
 */
const detacher = `(
        select pg_catalog.min(w.pid) from pg_catalog.pg_locks as w
        join pg_catalog.pg_stat_activity as a on a.pid = w.pid
        where not w.granted and (a.state is null or a.state = 'disabled' or pg_catalog.encode(pg_catalog.textsend(a.query), 'escape') ~* 'detach')
          and (
            w.database = ${here} and w.relation in (p.oid, p.inhparent)
              and w.mode in ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')
            or w.virtualxid in (
              select u.virtualtransaction from pg_catalog.pg_locks as u
              where u.granted and u.relation = p.inhparent and u.database = ${here})
          ))`;

type By = { readonly has11: boolean; readonly has14: boolean };

/**
 * Partitioned tables and, of their partitions, those that are default or being detached and then the largest by what the server
 * knows. pg_partition_tree() came with 12: what is below what is told by pg_inherits. To print a key or a bound takes a lock.
 */
const statement = ({ has11, has14 }: By) => `
with recursive held as (${heldRelations}
), parts as (
  select c.oid, c.relname, n.nspname, c.relkind, c.relpages, c.reltuples, i.inhparent,
    ${has11 ? "coalesce(t.partdefid = c.oid, false)" : "false"} as is_default,
    ${has14 ? "coalesce(i.inhdetachpending, false)" : "false"} as is_pending
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits as i on i.inhrelid = c.oid and c.relispartition
  left join pg_catalog.pg_partitioned_table as t on t.partrelid = i.inhparent
  where (c.relkind = 'p' or c.relkind in ('r', 'f') and c.relispartition) and ${isUsers("n")}
), up as (
  select p.oid as leaf, p.inhparent as above from parts as p where p.relkind <> 'p' and p.inhparent is not null
  union all
  select u.leaf, p.inhparent from up as u join parts as p on p.oid = u.above where p.inhparent is not null
), largest as (
  select p.oid, p.reltuples, p.relpages, p.relkind, p.is_default, p.is_pending,
    p.oid in (select h.relation from held as h)
      or exists (select from pg_catalog.pg_index as x join held as h on h.relation = x.indexrelid where x.indrelid = p.oid) as is_held
  from parts as p
  where p.relkind <> 'p'
  order by p.is_pending or p.is_default desc, p.relpages desc, p.oid
  limit ${mostPartitions}
), measured as (
  select l.oid, l.is_default, l.is_pending, l.is_held, size.total, size.heap,
    case when size.heap = 0 then 0
      when l.reltuples > 0 or l.reltuples = 0 and l.relpages > 0 then l.reltuples end::int8 as rows
  from largest as l
  cross join lateral (
    select case when l.relkind = 'r' and not l.is_held then pg_catalog.pg_total_relation_size(l.oid) end as total,
      case when l.relkind = 'r' and not l.is_held then pg_catalog.pg_relation_size(l.oid) end as heap
  ) as size
), sums as (
  select u.above, pg_catalog.count(*) as partitions, pg_catalog.count(m.total) as measured,
    pg_catalog.sum(m.total)::int8 as total,
    case when pg_catalog.count(m.rows) = pg_catalog.count(*) then pg_catalog.sum(m.rows)::int8 end as rows,
    coalesce(pg_catalog.bool_or(m.is_default and m.heap > 0), false) as is_default_filled,
    coalesce(pg_catalog.bool_or(m.is_pending), false) as is_pending
  from up as u
  left join measured as m on m.oid = u.leaf
  group by u.above
)
select
  p.oid as relid, p.inhparent, p.nspname::text as schemaname, p.relname::text as relname,
  case p.relkind when 'p' then 'partitioned' when 'f' then 'foreign' else 'partition' end as kind,
  case when p.relkind = 'p' then coalesce(s.partitions, 0) end as partitions,
  case when p.relkind = 'p' then coalesce(s.measured, 0) end as measured,
  (select pg_catalog.count(*) from parts as every where every.relkind <> 'p') as in_database,
  case when p.relkind = 'p' then coalesce(s.total, case when s.partitions is null then 0 end) else m.total end as total_bytes,
  case when p.relkind = 'p' then coalesce(s.rows, case when s.partitions is null then 0 end) else m.rows end as rows,
  case when p.oid not in (select h.relation from held as h) and p.relkind = 'p' then pg_catalog.pg_get_partkeydef(p.oid) end as partkey,
  case when p.oid not in (select h.relation from held as h) then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end as partbound,
  p.is_default, p.is_pending as inhdetachpending,
  case
    when p.relkind = 'p' and s.partitions is null then 'no partition: INSERT fails'
    when p.is_pending then 'detach pending: queries leave it out; ' || case
      when pg_catalog.pg_is_in_recovery() then 'its primary says whether a session still runs DETACH'
      else coalesce('session ' || ${detacher} || ' still runs DETACH, and waits for others',
        'ALTER TABLE ... DETACH PARTITION ... FINALIZE ends it') end
    when p.is_default and m.heap > 0 then 'the default partition has rows'
    when s.is_pending then 'a partition is detach pending'
    when s.is_default_filled then 'a default partition has rows'
  end as issue
from parts as p
join pg_catalog.pg_class as c on c.oid = p.oid
left join sums as s on s.above = p.oid
left join measured as m on m.oid = p.oid
where p.relkind = 'p' or m.oid is not null
order by total_bytes desc nulls last, p.oid`;

const isMeasured = ({ partitions, measured }: Row) =>
  partitions === null || Number(measured) >= Number(partitions);

const severityOf = (): Severity => "warning";

/** Partitioned tables of every database with their partitions below them. */
export const partitions = defineView({
  name: "partitions",
  title: "Partitions",
  section: "storage",
  source: "pg_class, pg_inherits, pg_partitioned_table, pg_locks, pg_stat_activity",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  rowKey: ["relid"],
  rowName: "relname",
  sortBy: "-total_bytes",
  whyIn: "issue",
  none: "no partitioned tables",
  unknownIn,
  lacks: ({ kind }, column) =>
    (kind !== "partitioned" && (column === "partitions" || column === "partkey")) ||
    (kind === "foreign" && column === "total_bytes"),
  parent: ({ database, inhparent }) =>
    inhparent === null ? null : keyOf({ rowKey: ["database", "relid"] }, { database, relid: inhparent }),
  folds: { one: "partition", many: "partitions" },
  columns: {
    relid: integer("OID", { required: true, hidden: true, about: "OID of the table" }),
    inhparent: integer("PARENT", { hidden: true, about: "OID of the table that it is a partition of" }),
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "a partitioned table; below it its partitions, which may be partitioned themselves",
    }),
    schemaname: text("SCHEMA", { required: true, priority: 4, maxWidth: 16, about: "its schema" }),
    kind: text("KIND", {
      required: true,
      priority: 4,
      about: "partitioned, partition, or foreign: a partition elsewhere",
    }),
    issue: text("ISSUE", {
      hidden: true,
      usual: [],
      found: true,
      priority: 0,
      maxWidth: 48,
      about:
        "a default partition with rows, which a new partition has to scan and may collide with; a partition that is detach pending (14), with the session that still runs DETACH; a table without partitions",
      severity: severityOf,
    }),
    total_bytes: bytes("SIZE", {
      priority: 0,
      atLeast: (row) => !isMeasured(row),
      about:
        "pg_total_relation_size: with indexes and TOAST, of all partitions where it has some; unknown while it is locked in ACCESS EXCLUSIVE mode",
    }),
    rows: count("ROWS", {
      priority: 1,
      about: "rows, estimated; unknown where a partition was never analyzed",
    }),
    partitions: integer("PARTITIONS", { priority: 1, about: "partitions at all levels that hold rows" }),
    partkey: text("KEY", { priority: 1, maxWidth: 32, about: "strategy and key: range, list or hash (11)" }),
    partbound: text("BOUND", {
      priority: 1,
      maxWidth: 56,
      about: "what rows it takes; key and bound are unknown while it is locked in ACCESS EXCLUSIVE mode",
    }),
    is_default: bool("DEFAULT", { hidden: true, about: "it takes what no other takes (11)" }),
    inhdetachpending: bool("DETACH PENDING", {
      hidden: true,
      about: "DETACH CONCURRENTLY has begun and not ended (14)",
    }),
    measured: integer("MEASURED", { hidden: true, about: "partitions whose size is known" }),
    in_database: integer("IN DATABASE", {
      required: true,
      hidden: true,
      about: `partitions of the database; ${mostPartitions} are measured and shown: default ones and those that are detach pending, then the largest by relpages`,
    }),
  },
  sql: {
    100000: statement({ has11: false, has14: false }),
    110000: statement({ has11: true, has14: false }),
    140000: statement({ has11: true, has14: true }),
  },
});

function unknownIn(rows: readonly Row[]): string[] {
  const cut = rows.flatMap(({ database, in_database: known }) =>
    Number(known) > mostPartitions
      ? `${database}: the ${mostPartitions} largest of ${known} partitions by relpages are shown`
      : [],
  );
  return [...new Set(cut)];
}
