import { type DsnAddress, dsnAddress } from "../../postgres/dsn-address.ts";
import { bool, type Column, text } from "../columns.ts";
import { defineView } from "../view.ts";

const statement = `
select n.node_name, l.node_id is not null as is_local, i.if_name,
  i.if_dsn as host, i.if_dsn as port, i.if_dsn as dbname
from pglogical.node as n
left join pglogical.node_interface as i on i.if_nodeid = n.node_id
left join pglogical.local_node as l on l.node_id = n.node_id`;

/** A part of the connection string, which is read when the answer comes: no row holds its password. */
const ofDsn = (part: keyof DsnAddress, column: Column<string>): Column<string> => ({
  ...column,
  parse: (dsn) => (dsnAddress(dsn) ?? unreadable)[part],
});

const unreadable: DsnAddress = { host: "(unreadable)", port: null, dbname: null };

/** The pglogical nodes that a database knows: itself and its providers, with the ways to them. */
export const pglogicalNodes = defineView({
  name: "pglogical_nodes",
  title: "pglogical nodes",
  section: "replication",
  source: "pglogical.node, pglogical.node_interface, pglogical.local_node",
  scope: "database",
  runsOn: "any",
  needsExtension: { name: "pglogical", major: 2 },
  everyMs: 15_000,
  rowKey: ["node_name", "if_name"],
  sortBy: "node_name",
  none: "no pglogical nodes",
  columns: {
    node_name: text("PGLOGICAL NODE", {
      required: true,
      priority: 0,
      maxWidth: 30,
      about: "its name among pglogical nodes",
    }),
    is_local: bool("LOCAL", { required: true, priority: 1, about: "it is this database itself" }),
    if_name: text("INTERFACE", { priority: 1, maxWidth: 30, about: "the name of a way to it" }),
    host: ofDsn(
      "host",
      text("HOST", {
        priority: 0,
        maxWidth: 40,
        about: "host of its if_dsn; the SELECT that this view needs lets the role read the passwords in it",
      }),
    ),
    port: ofDsn("port", text("PORT", { priority: 1, maxWidth: 12, about: "port of its if_dsn" })),
    dbname: ofDsn(
      "dbname",
      text("DBNAME", {
        priority: 1,
        maxWidth: 24,
        about: "database of its if_dsn; user and password are not shown",
      }),
    ),
  },
  sql: { 100000: statement },
});
