import { bytes, integer, text, texts } from "../columns.ts";
import { defineView } from "../view.ts";

/** To measure one the server looks at each of its files. */
const everyMs = 60_000;

/** What pg_tablespace_size() asks of a role. */
const mayMeasure = `(pg_catalog.has_tablespace_privilege(t.oid, 'create')
      or pg_catalog.pg_has_role('pg_read_all_stats', 'usage') or t.oid = own.dattablespace)`;

/** Where the files of databases are, and how large each place is. */
export const tablespaces = defineView({
  name: "tablespaces",
  title: "Tablespaces",
  section: "storage",
  source: "pg_tablespace, pg_tablespace_size()",
  scope: "server",
  runsOn: "any",
  everyMs,
  rowKey: ["oid"],
  rowName: "spcname",
  sortBy: "-size",
  lacks: (_, column) => column !== "size",
  ungranted: (rows) =>
    rows.some(({ size }) => size === null) ? "the size of some tablespaces may not be seen" : null,
  columns: {
    oid: integer("OID", { required: true, hidden: true, about: "OID of the tablespace" }),
    spcname: text("TABLESPACE", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    size: bytes("SIZE", {
      priority: 0,
      about: "pg_tablespace_size(): bytes of all files in it, temporary ones too; measured once a minute",
    }),
    databases: integer("DATABASES", {
      required: true,
      priority: 2,
      about: "databases whose objects are in it if nothing else is said",
    }),
    location: text("LOCATION", {
      priority: 1,
      maxWidth: 60,
      about: "directory; empty for those in the data directory",
    }),
    spcoptions: texts("OPTIONS", {
      names: true,
      priority: 3,
      maxWidth: 60,
      about: "random_page_cost and the like, where they differ from the server's",
    }),
    owner: text("OWNER", { priority: 4, maxWidth: 20, about: "the role that owns it" }),
  },
  sql: {
    100000: `
select t.oid, t.spcname::text as spcname,
  case when ${mayMeasure} then pg_catalog.pg_tablespace_size(t.oid) end as size,
  (select pg_catalog.count(*) from pg_catalog.pg_database as d where d.dattablespace = t.oid) as databases,
  nullif(pg_catalog.pg_tablespace_location(t.oid), '') as location,
  pg_catalog.array_to_json(t.spcoptions)::text as spcoptions,
  pg_catalog.pg_get_userbyid(t.spcowner)::text as owner
from pg_catalog.pg_tablespace as t
cross join (
  select d.dattablespace from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
) as own`,
  },
});
