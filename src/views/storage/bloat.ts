import { bool, bytes, count, epoch, integer, percent, seconds, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { bloatStatement } from "./bloat-sql.ts";
import { cutIn, grantsIn, most } from "./held.ts";

const [no, yes] = [false, true];
const base = { has13: no, has14: no, has18: no };

/** The largest tables and btree indexes of every database, with the space in them that an estimate calls wasted. */
export const bloat = defineView({
  name: "bloat",
  title: "Bloat, estimated",
  section: "storage",
  source: "pg_class, pg_stats, pg_attribute, pg_index, pg_stat_user_tables",
  scope: "database",
  runsOn: "any",
  everyMs: 60_000,
  rowKey: ["relid"],
  rowName: "relname",
  sortBy: "-bloat_bytes",
  none: "no tables but the system's own, and unlogged ones on a standby",
  unknownIn,
  withheld: ({ uncounted }) => (uncounted === false ? null : "durations"),
  lacks: ({ kind, relpages_bytes }, column) =>
    (column === "of_table" && kind === "table") ||
    column === "pgstattuple" ||
    (column === "bloat_share" && relpages_bytes === 0n),
  columns: {
    relid: integer("OID", { required: true, hidden: true, about: "OID of the table or index" }),
    schemaname: text("SCHEMA", { required: true, priority: 4, maxWidth: 16, about: "its schema" }),
    kind: text("KIND", {
      required: true,
      priority: 2,
      about: "table, a materialized view too, or index: a btree",
    }),
    relname: text("NAME", { required: true, priority: 0, maxWidth: 32, about: "its name" }),
    of_table: text("TABLE", { priority: 3, maxWidth: 24, about: "the table of an index" }),
    relations: integer("RELATIONS", {
      required: true,
      hidden: true,
      about: `tables and btree indexes of the database; the ${most} largest by relpages are shown`,
    }),
    unlogged: integer("UNLOGGED", {
      required: true,
      hidden: true,
      about:
        "unlogged tables and their indexes, left out on a standby: relpages is the primary's, and the files are empty",
    }),
    bloat_bytes: bytes("~WASTED", {
      priority: 0,
      atLeast: ({ is_least }) => is_least === true,
      about:
        "estimated: relpages above what the rows would take if they were written anew with their fillfactor, by the widths in pg_stats. Without TOAST. O measures it with pgstattuple",
    }),
    bloat_share: percent("~BLOAT%", {
      priority: 0,
      atLeast: ({ is_least }) => is_least === true,
      about:
        "~WASTED of SIZE. An index that is filled in random order has 20 to 30 % and does not stay below for long",
    }),
    relpages_bytes: bytes("SIZE", {
      priority: 1,
      about: "relpages: without TOAST, at the last VACUUM, ANALYZE or CREATE INDEX",
    }),
    reltuples: count("~ROWS", {
      priority: 2,
      about: "reltuples: rows or entries, estimated at the same time",
    }),
    fillfactor: integer("FILL%", {
      priority: 4,
      about: "fillfactor: space above it is left free on purpose, and not wasted",
    }),
    analyze_age: seconds("ANALYZE", {
      priority: 1,
      about:
        "time since the later of last_analyze and last_autoanalyze of the table: the estimate is as old; unknown on a standby",
    }),
    n_mod_since_analyze: count("MODS", {
      priority: 3,
      about: "rows of the table changed since then; unknown on a standby",
    }),
    last_analyze: epoch("LAST ANALYZE", { hidden: true, about: "when that was" }),
    unknown: text("UNKNOWN", {
      hidden: true,
      usual: [],
      priority: 1,
      about:
        "why there is no estimate: never analyzed, no privilege to see its statistics, row security, which hides them too, or no statistics of a column",
    }),
    is_least: bool("AT LEAST", {
      hidden: true,
      about: "how many keys of the index are equal is not known: it may waste more",
    }),
    uncounted: bool("UNCOUNTED", {
      hidden: true,
      about: "ANALYZE and MODS are unknown: a standby, or track_counts is off",
    }),
    pgstattuple: text("PGSTATTUPLE", {
      hidden: true,
      about: "schema of the extension pgstattuple, by which O measures it; empty where it is not installed",
    }),
    needs: text("NEEDS", { hidden: true, about: "the GRANT without which the estimate is unknown" }),
  },
  sql: {
    100000: bloatStatement(base),
    130000: bloatStatement({ ...base, has13: yes }),
    140000: bloatStatement({ ...base, has13: yes, has14: yes }),
    180000: bloatStatement({ has13: yes, has14: yes, has18: yes }),
  },
});

function unknownIn(rows: readonly Row[]): string[] {
  const of = (why: string) => rows.filter(({ unknown }) => unknown === why);
  const without = (why: string, words: string) => {
    const { length } = of(why);
    return length === 0 ? [] : [`${length} of ${rows.length} rows have no estimate: ${words}`];
  };
  return [
    ...cutIn(rows, "relations", "tables and btree indexes"),
    ...new Set(
      rows.flatMap(({ database, unlogged }) =>
        Number(unlogged) > 0
          ? `${database}: ${unlogged} unlogged tables and indexes are left out: a standby has no rows of them`
          : [],
      ),
    ),
    ...without(
      "privilege",
      `pg_stats shows the columns only that a role may read: ${grantsIn(of("privilege"))}`,
    ),
    ...without("never analyzed", "never analyzed"),
    ...without("statistics", "a column has no statistics: ANALYZE"),
    ...without("row security", "row security hides their statistics"),
  ];
}
