import { bool, text, texts } from "../columns.ts";
import { defineView } from "../view.ts";

/** So many of the tables of all publications of a database are listed. */
const most = 500;

type Differences = {
  readonly publishes: string;
  readonly viaRoot: string;
  /** Columns and rows that are published of a table, where not all are. */
  readonly columns: string;
  readonly rows: string;
  readonly schemas: string;
};

const statement = ({ publishes, viaRoot, columns, rows, schemas }: Differences) => `
with held as (
  select l.relation from pg_catalog.pg_locks as l
  join pg_catalog.pg_database as d on d.oid = l.database and d.datname = pg_catalog.current_database()
  where l.mode = 'AccessExclusiveLock' and l.relation is not null
)
select 'publication' as kind, p.pubname::text as pubname, p.pubname::text as name,
  p.puballtables as all_tables, null as attnames, null as rowfilter,
  pg_catalog.concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end${publishes}) as publishes,
  ${viaRoot} as pubviaroot, pg_catalog.pg_get_userbyid(p.pubowner)::text as owner
from pg_catalog.pg_publication as p
${schemas}
union all
(select 'table', p.pubname::text, pg_catalog.concat(n.nspname, '.', c.relname), null, ${columns}, ${rows}, null, null, null
from pg_catalog.pg_publication_rel as r
join pg_catalog.pg_publication as p on p.oid = r.prpubid
join pg_catalog.pg_class as c on c.oid = r.prrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by 2, 3
limit ${most})`;

const oldest: Differences = {
  publishes: "",
  viaRoot: "null::boolean",
  columns: "null",
  rows: "null",
  schemas: "",
};
const since11 = { ...oldest, publishes: ", case when p.pubtruncate then 'truncate' end" };
const since13 = { ...since11, viaRoot: "p.pubviaroot" };
const since15 = {
  ...since13,
  columns: `(select pg_catalog.array_to_json(pg_catalog.array_agg(a.attname order by a.attnum))::text from pg_catalog.pg_attribute as a
    where a.attrelid = r.prrelid and a.attnum = any (r.prattrs))`,
  // The expression is printed with a lock on its table.
  rows: `case when r.prqual is not null and r.prrelid in (select h.relation from held as h) then '(locked)'
    else pg_catalog.pg_get_expr(r.prqual, r.prrelid) end`,
  schemas: `
union all
select 'schema', p.pubname::text, n.nspname::text, true, null, null, null, null, null
from pg_catalog.pg_publication_namespace as s
join pg_catalog.pg_publication as p on p.oid = s.pnpubid
join pg_catalog.pg_namespace as n on n.oid = s.pnnspid`,
};

/** What every database publishes: each publication, and its schemas and tables below it. */
export const publications = defineView({
  name: "publications",
  title: "Publications",
  section: "replication",
  source: "pg_publication, pg_publication_rel, pg_publication_namespace",
  scope: "database",
  runsOn: "any",
  everyMs: 15_000,
  rowKey: ["kind", "pubname", "name"],
  rowName: "name",
  sortBy: "name",
  none: "no publications",
  lacks: (_, column) => column === "all_tables" || column === "attnames",
  parent: ({ database, kind, pubname }) =>
    kind === "publication" ? null : [database, "publication", pubname, pubname].join("\u0000"),
  columns: {
    name: text("PUBLICATION", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "the publication, or a schema or table that it names",
    }),
    kind: text("KIND", { required: true, priority: 3, about: "publication, schema or table" }),
    pubname: text("OF", { required: true, hidden: true, about: "the publication" }),
    publishes: text("PUBLISHES", { priority: 1, maxWidth: 30, about: "insert, update, delete, truncate" }),
    all_tables: bool("ALL TABLES", {
      priority: 1,
      about:
        "whether a publication has all tables of the database; true of a schema, which it has whole (15)",
    }),
    attnames: texts("COLUMNS", {
      priority: 1,
      maxWidth: 40,
      about: "the columns of a table where not all are published (15)",
    }),
    rowfilter: text("ROWS", {
      priority: 2,
      maxWidth: 60,
      about: "the rows of a table where not all are published (15); (locked) while somebody alters it",
    }),
    pubviaroot: bool("VIA ROOT", {
      hidden: true,
      about: "changes of partitions are published as those of the partitioned table (13)",
    }),
    owner: text("OWNER", { hidden: true, about: "the role that owns it" }),
  },
  sql: {
    100000: statement(oldest),
    110000: statement(since11),
    130000: statement(since13),
    150000: statement(since15),
  },
});
