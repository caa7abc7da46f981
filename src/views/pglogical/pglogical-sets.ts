import { text, texts } from "../columns.ts";
import { defineView, type Row } from "../view.ts";

/** So many tables and sequences of all sets of a database are listed. */
const most = 500;

/** A row filter is printed with a lock on its table. */
const statement = `
with held as (
  select l.relation from pg_catalog.pg_locks as l
  join pg_catalog.pg_database as d on d.oid = l.database and d.datname = pg_catalog.current_database()
  where l.mode = 'AccessExclusiveLock' and l.relation is not null
), own as (
  select s.set_id, s.set_name, s.replicate_insert, s.replicate_update, s.replicate_delete, s.replicate_truncate
  from pglogical.replication_set as s
  join pglogical.local_node as l on l.node_id = s.set_nodeid
)
select 'set' as kind, s.set_name::text as set_name, s.set_name::text as name,
  pg_catalog.concat_ws(', ', case when s.replicate_insert then 'insert' end,
    case when s.replicate_update then 'update' end, case when s.replicate_delete then 'delete' end,
    case when s.replicate_truncate then 'truncate' end) as replicates,
  null as set_att_list, null as set_row_filter
from own as s
union all
(select m.kind, m.set_name::text, pg_catalog.concat(n.nspname, '.', c.relname), null, m.set_att_list, m.set_row_filter
from (
  select 'table' as kind, s.set_name, t.set_reloid::oid as reloid,
    pg_catalog.array_to_json(t.set_att_list)::text as set_att_list,
    case when t.set_row_filter is not null and t.set_reloid::oid in (select h.relation from held as h) then '(locked)'
      else pg_catalog.pg_get_expr(t.set_row_filter, t.set_reloid::oid) end as set_row_filter
  from own as s join pglogical.replication_set_table as t on t.set_id = s.set_id
  union all
  select 'sequence', s.set_name, q.set_seqoid::oid, null, null
  from own as s join pglogical.replication_set_seq as q on q.set_id = s.set_id
) as m
join pg_catalog.pg_class as c on c.oid = m.reloid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by 2, 3
limit ${most})`;

/** What a database provides through pglogical: each replication set, and its tables and sequences below it. */
export const pglogicalSets = defineView({
  name: "pglogical_sets",
  title: "pglogical sets",
  section: "replication",
  source:
    "pglogical.replication_set, pglogical.replication_set_table, pglogical.replication_set_seq, pglogical.local_node",
  scope: "database",
  runsOn: "any",
  needsExtension: { name: "pglogical", major: 2 },
  everyMs: 15_000,
  rowKey: ["kind", "set_name", "name"],
  rowName: "name",
  sortBy: "name",
  none: "no pglogical replication sets",
  lacks: (_, column) => column === "set_att_list",
  unknownIn: cut,
  parent: ({ database, kind, set_name }) =>
    kind === "set" ? null : [database, "set", set_name, set_name].join("\u0000"),
  columns: {
    name: text("SET", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "the replication set, or a table or sequence in it",
    }),
    kind: text("KIND", { required: true, priority: 3, about: "set, table or sequence" }),
    set_name: text("OF", { required: true, hidden: true, about: "the replication set" }),
    replicates: text("REPLICATES", { priority: 1, maxWidth: 34, about: "insert, update, delete, truncate" }),
    set_att_list: texts("COLUMNS", {
      priority: 1,
      maxWidth: 40,
      names: true,
      about: "the columns of a table, where not all are replicated",
    }),
    set_row_filter: text("ROWS", {
      priority: 2,
      maxWidth: 60,
      about: "the rows of a table, where not all are replicated; (locked) while somebody alters it",
    }),
  },
  sql: { 100000: statement },
});

function cut(rows: readonly Row[]): string[] {
  const members = Map.groupBy(
    rows.filter(({ kind }) => kind !== "set"),
    ({ database }) => database,
  );
  return [...members].flatMap(([database, { length }]) =>
    length < most ? [] : `${database}: the first ${most} tables and sequences are shown`,
  );
}
