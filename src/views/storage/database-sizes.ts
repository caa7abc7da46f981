import { bytes, integer, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** To measure a database the server looks at each of its files. */
const everyMs = 60_000;

/** How large each database of a server is. */
export const databaseSizes = defineView({
  name: "database_sizes",
  title: "Sizes of databases",
  section: "storage",
  source: "pg_database_size()",
  scope: "server",
  runsOn: "any",
  everyMs,
  rowKey: ["datid"],
  rowName: "datname",
  sortBy: "-size",
  ungranted: (rows) =>
    rows.some(({ size }) => size === null) ? "the size of some databases may not be seen" : null,
  columns: {
    datid: integer("OID", { required: true, hidden: true, about: "OID of the database" }),
    datname: text("DATABASE", { required: true, priority: 0, maxWidth: 32, about: "name of the database" }),
    size: bytes("SIZE", {
      priority: 0,
      about: "pg_database_size(): bytes of all files of it, measured once a minute at most",
    }),
  },
  sql: {
    100000: `
select d.oid as datid, d.datname::text as datname,
  case when pg_catalog.has_database_privilege(d.oid, 'connect') or pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
       then pg_catalog.pg_database_size(d.oid) end as size
from pg_catalog.pg_database as d`,
  },
});
