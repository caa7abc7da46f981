import { integer, text, texts } from "../columns.ts";
import { defineView } from "../view.ts";

const called = "pg_catalog.pg_hba_file_rules()";

/** The options of a line; the passwords for an LDAP or RADIUS server stay where they are. */
const options = `(select pg_catalog.json_agg(case
    when pg_catalog.encode(pg_catalog.textsend(o.option), 'escape') ~* '^ldapbindpasswd=' then 'ldapbindpasswd=(hidden)'
    when pg_catalog.encode(pg_catalog.textsend(o.option), 'escape') ~* '^radiussecrets=' then 'radiussecrets=(hidden)'
    else o.option end order by o.at)::text from pg_catalog.unnest(h.options) with ordinality as o(option, at)) as options`;

const statement = (added: string) => `
select h.line_number, h.type, pg_catalog.array_to_json(h.database)::text as database,
  pg_catalog.array_to_json(h.user_name)::text as user_name, h.address, h.netmask, h.auth_method, ${options},
  h.error, ${added}
  case when h.error is not null then 0
    else pg_catalog.row_number() over (order by h.error is not null, h.line_number) end::int4 as rank
from ${called} as h`;

/** Who may log in from where, as pg_hba.conf says now: lines that cannot be read come first. */
export const hba = defineView({
  name: "hba",
  title: "pg_hba.conf",
  section: "settings",
  source: "pg_hba_file_rules()",
  scope: "server",
  runsOn: "any",
  needsRights: { functions: [called] },
  everyMs: 60_000,
  rowKey: ["file_name", "line_number", "error"],
  rowName: "line_number",
  sortBy: "rank",
  none: "pg_hba.conf has no lines: nobody may log in",
  // A line has no options, or none of its words could be read.
  lacks: () => true,
  isCause: ({ error }) => error !== null,
  columns: {
    line_number: integer("LINE", { priority: 0, about: "line in the file" }),
    type: text("TYPE", {
      priority: 0,
      about: "local for a Unix socket; host, hostssl, hostnossl, hostgssenc or hostnogssenc for TCP",
    }),
    database: texts("DATABASES", {
      priority: 0,
      maxWidth: 30,
      names: true,
      about: "databases, or what stands for some",
    }),
    user_name: texts("USERS", {
      priority: 0,
      maxWidth: 30,
      names: true,
      about: "roles; + before one means its members",
    }),
    address: text("ADDRESS", { priority: 0, maxWidth: 40, about: "host, address or network of the client" }),
    netmask: text("MASK", { priority: 2, maxWidth: 40, about: "mask of the network" }),
    auth_method: text("METHOD", {
      priority: 0,
      about: "how the client proves who it is; trust lets everybody in, which warns except from this host",
      severity: (method, { type, address }) =>
        method === "trust" && type !== "local" && !/^(127\.|::1|localhost|samehost)/.test(String(address))
          ? "warning"
          : "ok",
    }),
    options: texts("OPTIONS", {
      priority: 2,
      maxWidth: 60,
      names: true,
      about: "options of the method; passwords stay on the server",
    }),
    error: text("ERROR", {
      priority: 0,
      maxWidth: 80,
      about:
        "why the line cannot be read: with it the whole file is refused at a reload, and the server does not start",
      severity: (error) => (error === null ? "ok" : "critical"),
    }),
    file_name: text("FILE", { since: 160000, hidden: true, about: "the file of the line" }),
    rule_number: integer("RULE", {
      since: 160000,
      hidden: true,
      about: "the first rule that fits a client counts; empty for a line that cannot be read",
    }),
    rank: integer("ORDER", {
      required: true,
      hidden: true,
      internal: true,
      about: "0 with an error, then by line",
    }),
  },
  sql: { 100000: statement(""), 160000: statement("h.file_name, h.rule_number,") },
});
