import { quoteIdentifier, quoteLiteral } from "../../postgres/identifier.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import { printBytes } from "../../text/pretty.ts";
import type { Row } from "../../views/view.ts";
import type { On, Planned, SqlOperation } from "./operation.ts";

const limitMs = 600_000;
/** From here on the disks feel it. */
const large = 1_073_741_824n;

/** A table or index in the views that list them. */
type Relation = {
  readonly oid: string;
  readonly name: string;
  readonly isIndex: boolean;
  readonly bytes: bigint | null;
};

function relationOf({ indexrelid, indexrelname, relid, relname, schemaname, kind, ...row }: Row): Relation {
  const isIndex = indexrelid !== undefined || kind === "index";
  const bytes = row["index_bytes"] ?? row["relpages_bytes"] ?? row["total_bytes"];
  return {
    oid: String(indexrelid ?? relid),
    name: `${schemaname}.${indexrelname ?? relname}`,
    isIndex,
    bytes: typeof bytes === "bigint" ? bytes : null,
  };
}

/** Where the extension is in the database of the row; null where it is not installed. */
const schemaOf = ({ pgstattuple }: Row) => (typeof pgstattuple === "string" ? pgstattuple : null);

/** The functions are for pg_stat_scan_tables, of which pg_monitor is a member. A schema may not be used, besides. */
function mayMeasure(schema: string, name: string, { user, inRecovery }: ServerFacts): OperationRight {
  const role = quoteIdentifier(user);
  const call = `${quoteIdentifier(schema)}.${name}(regclass)`;
  return {
    sql: `exists (select from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where n.nspname = ${quoteLiteral(schema)} and p.proname = '${name}' and p.pronargs = 1
    and p.proargtypes[0] = 'pg_catalog.regclass'::regtype
    and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_function_privilege(p.oid, 'execute'))`,
    lacks: `${role} may not call ${call}`,
    fix: `GRANT pg_stat_scan_tables TO ${role}; GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${role}${inRecovery ? " (on the primary)" : ""}`,
  };
}

const size = (column: string) => `pg_catalog.pg_size_pretty(m.${column})`;

/** What each function says, in one line. */
const answers = {
  pgstattuple: `'dead rows ', m.dead_tuple_percent, ' % (', m.dead_tuple_count, '), free ', m.free_percent, ' % (', ${size("free_space")}, '), live rows ', m.tuple_percent, ' % (', m.tuple_count, ') of ', ${size("table_len")}`,
  pgstattuple_approx: `'dead rows ', pg_catalog.round(m.dead_tuple_percent::numeric, 2), ' % (', m.dead_tuple_count, '), free about ', pg_catalog.round(m.approx_free_percent::numeric, 2), ' % (', ${size("approx_free_space")}, ') of ', ${size("table_len")}, ', of which ', pg_catalog.round(m.scanned_percent::numeric, 1), ' % were read'`,
  pgstatindex: `'leaf pages are ', m.avg_leaf_density, ' % full, ', m.leaf_fragmentation, ' % of them out of order; leaf ', m.leaf_pages, ', empty ', m.empty_pages, ', deleted ', m.deleted_pages, ' pages of ', ${size("index_size")}`,
} as const;

function measured({ row, facts }: On, called: keyof typeof answers, reads: string): Planned {
  const { oid, name, bytes } = relationOf(row);
  const schema = schemaOf(row) ?? "";
  const what = bytes === null ? reads : `${reads}: up to ${printBytes(bytes)}`;
  const isLarge = bytes !== null && bytes >= large;
  return {
    title: `Measure the bloat of ${name}`,
    about: [
      ["database", String(row["database"])],
      isLarge ? ["reads", what, "warning"] : ["reads", what],
      ["changes", "nothing; it ends by itself after 10 min, and Esc cancels it"],
    ],
    sql: `select pg_catalog.concat(${answers[called]}) as measured from ${quoteIdentifier(schema)}.${called}(${quoteLiteral(oid)}::regclass) as m`,
    database: String(row["database"]),
    right: mayMeasure(schema, called, facts),
    limitMs,
    done: name,
    answers: { value: "shown" },
  };
}

/** Whether the extension is there. What the server has files of is said elsewhere: to look costs a directory. */
function refusal({ row, facts }: On): string | null {
  if (schemaOf(row) !== null) return null;
  const where = facts.inRecovery ? "on the primary" : "as its owner or a superuser";
  return `pgstattuple is not installed in ${row["database"]}: CREATE EXTENSION pgstattuple, ${where}; :extensions says whether the server has it`;
}

const common = {
  views: ["bloat", "tables", "indexes"],
  reads: true,
  role: "any",
} as const;

const measure: SqlOperation = {
  ...common,
  name: "measure-bloat",
  title: "Measure dead rows and free space, by reading all of it (pgstattuple)",
  does: "measure",
  refusal: (on) =>
    on.row["indexrelid"] !== undefined && on.row["amname"] !== "btree"
      ? "pgstatindex measures btree indexes only"
      : refusal(on),
  plan: (on) =>
    relationOf(on.row).isIndex
      ? measured(on, "pgstatindex", "the whole index")
      : measured(on, "pgstattuple", "the whole table, without TOAST"),
};

const approximate: SqlOperation = {
  ...common,
  name: "measure-bloat-approx",
  title: "Measure dead rows and free space, without pages that have live rows only (pgstattuple_approx)",
  does: "measure",
  isOf: (row) => !relationOf(row).isIndex,
  refusal,
  plan: (on) => measured(on, "pgstattuple_approx", "pages that are not all-visible, without TOAST"),
};

export const ofMeasures: readonly SqlOperation[] = [measure, approximate];
