import { bool, bytes, count, epoch, integer, percent, type Severity, seconds, text } from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";
import { late } from "./thresholds.ts";
import { mostTables, vacuumStatement } from "./vacuum-sql.ts";

/** PostgreSQL's own default of vacuum_failsafe_age, from where VACUUM drops everything but freezing. */
const failsafeAge = 1_600_000_000;

const levelOf = (share: bigint, { by_thresholds }: Row): Severity =>
  by_thresholds === true && share >= late ? "warning" : "ok";

/** A level in whole per cent; above 100 it is overdue. */
const ofThreshold = (header: string, priority: number, about: string, since?: number) =>
  count(header, { ...{ priority, about, severity: levelOf }, ...(since !== undefined && { since }) });

/** When autovacuum comes to each table, and why. */
export const vacuum = defineView({
  name: "vacuum",
  title: "Vacuum",
  section: "maintenance",
  source: "pg_class, pg_stat_all_tables, pg_settings",
  scope: "database",
  // A standby neither vacuums nor counts.
  runsOn: "primary",
  everyMs: 30_000,
  rowKey: ["relid"],
  rowName: "relname",
  sortBy: "-next_share",
  none: "no tables but the system's own, and none of these is half-way to a vacuum or analyze",
  unknownIn,
  withheld: ({ disabled }) => (disabled === untracked ? "durations" : null),
  lacks: (row, column) => row[column] == null && isLacking(row, column),
  isQuiet: (row) =>
    row["disabled"] === "autovacuum_enabled is false" &&
    row["freeze_due"] !== true &&
    ["vacuum_share", "insert_share", "analyze_share"].every((share) => Number(row[share] ?? 0) < late),
  columns: {
    relid: integer("OID", { required: true, hidden: true, about: "OID of the table" }),
    schemaname: text("SCHEMA", { required: true, priority: 2, maxWidth: 16, about: "its schema" }),
    relname: text("TABLE", {
      ...{ required: true, priority: 0, maxWidth: 32 },
      about: "table, materialized view or TOAST table; system tables from half-way on",
    }),
    toast_of: text("TOAST OF", { priority: 3, maxWidth: 32, about: "the table that a TOAST table is of" }),
    due: text("DUE", {
      ...{ required: true, priority: 0.4, maxWidth: 24 },
      about:
        "what autovacuum does with it in its next round (autovacuum_naptime): freeze, vacuum, insert vacuum, analyze",
    }),
    next: text("NEXT", { priority: 0.6, maxWidth: 14, about: "what it is nearest to" }),
    next_share: count("NEXT %", {
      ...{ priority: 0.5, severity: levelOf },
      about: "how much of that threshold is reached, in per cent; from 100 on it is due, at 200 it is late",
    }),
    disabled: text("OFF", {
      // Drawn where a table has it.
      ...{ hidden: true, usual: [], priority: 0.7, maxWidth: 30 },
      about: "why thresholds do not count: then it is vacuumed against wraparound alone",
      severity: (): Severity => "warning",
    }),
    n_dead_tup: count("DEAD", { priority: 1, about: "dead rows, estimated" }),
    vacuum_at: count("VACUUM AT", {
      ...{ priority: 3, required: true },
      about:
        "dead rows that bring a vacuum: above the threshold + scale factor * reltuples, from 18 at most the max threshold; storage parameters first",
    }),
    vacuum_share: ofThreshold("DEAD %", 1.5, "n_dead_tup of vacuum_at, in per cent"),
    n_ins_since_vacuum: count("INSERTED", {
      ...{ priority: 2, since: 130000 },
      about: "rows inserted since the last vacuum",
    }),
    insert_at: count("INS AT", {
      ...{ priority: 4, since: 130000 },
      about:
        "rows inserted that bring a vacuum, from 18 by the share of pages that are not frozen; none where that is disabled (-1)",
    }),
    insert_share: ofThreshold("INS %", 2, "n_ins_since_vacuum of insert_at, in per cent", 130000),
    n_mod_since_analyze: count("MODS", { priority: 2, about: "rows changed since the last analyze" }),
    analyze_at: count("ANALYZE AT", {
      ...{ priority: 4 },
      about: "rows changed that bring an analyze; none of a TOAST table, which is not analyzed",
    }),
    analyze_share: ofThreshold("MODS %", 1.8, "n_mod_since_analyze of analyze_at, in per cent"),
    xid_age: count("XID AGE", {
      priority: 2.5,
      about:
        "age(relfrozenxid): transactions since the oldest unfrozen one; no writes at 2.1 G, and from vacuum_failsafe_age (14 and later) VACUUM does nothing but freeze",
      severity: (age, { failsafe_age }): Severity => {
        const failsafe = typeof failsafe_age === "bigint" ? Number(failsafe_age) : failsafeAge;
        return age >= failsafe ? "critical" : age >= Math.min(1_000_000_000, failsafe) ? "warning" : "ok";
      },
    }),
    freeze_at: count("FREEZE AT", {
      ...{ priority: 5, required: true },
      about:
        "age that brings a vacuum to freeze: above autovacuum_freeze_max_age, or the storage parameter where that is lower",
    }),
    freeze_share: ofThreshold("XID %", 2.6, "xid_age of freeze_at, in per cent"),
    mxid_age: count("MXID AGE", {
      priority: 6,
      about: "mxid_age(relminmxid): multixacts since the oldest one",
    }),
    multixact_at: count("MXID AT", {
      ...{ hidden: true, required: true },
      about:
        "the same of autovacuum_multixact_freeze_max_age; the server takes a lower one where members of multixacts fill their space",
    }),
    multixact_share: count("MXID %", { hidden: true, about: "mxid_age of multixact_at, in per cent" }),
    failsafe_age: count("FAILSAFE", {
      ...{ hidden: true, since: 140000 },
      about: "vacuum_failsafe_age",
    }),
    hot_share: percent("HOT%", {
      priority: 3,
      about: "n_tup_hot_upd of n_tup_upd: updates that touched no index",
    }),
    vacuum_age: seconds("VACUUMED", {
      priority: 2.8,
      about: "time since the later of last_vacuum and last_autovacuum",
    }),
    analyze_age: seconds("ANALYZED", {
      priority: 3.5,
      about: "time since the later of last_analyze and last_autoanalyze",
    }),
    table_bytes: bytes("SIZE", {
      ...{ priority: 4.5, required: true },
      about: "relpages * block_size: without indexes and TOAST, as of the last vacuum or analyze",
    }),
    n_live_tup: count("LIVE", { hidden: true, about: "live rows, estimated" }),
    n_tup_upd: count("UPDATES", { hidden: true, about: "rows updated since the counters began" }),
    n_tup_hot_upd: count("HOT UPDATES", { hidden: true, about: "of these without a new entry in an index" }),
    last_vacuum: epoch("LAST VACUUM", { hidden: true, about: "last VACUUM that was not FULL" }),
    last_autovacuum: epoch("LAST AUTOVAC", { hidden: true, about: "last vacuum by autovacuum" }),
    last_analyze: epoch("LAST ANALYZE", { hidden: true, about: "last ANALYZE" }),
    last_autoanalyze: epoch("LAST AUTOAN", { hidden: true, about: "last analyze by autovacuum" }),
    vacuum_due: bool("VACUUM DUE", {
      ...{ hidden: true, required: true },
      about: "autovacuum vacuums it next, for whatever reason",
    }),
    analyze_due: bool("ANALYZE DUE", { hidden: true, required: true, about: "autovacuum analyzes it next" }),
    freeze_due: bool("FREEZE DUE", {
      ...{ hidden: true, required: true },
      about: "its age forces a vacuum, also where autovacuum is disabled",
    }),
    by_thresholds: bool("BY THRESHOLDS", { hidden: true, required: true, about: "whether thresholds count" }),
    reset: bool("RESET", {
      ...{ hidden: true, required: true },
      about: "its counters began anew: autovacuum knows of no dead rows from before",
    }),
    tables: integer("TABLES", {
      ...{ required: true, hidden: true },
      about: `tables of the database that may be shown; the ${mostTables} nearest are`,
    }),
  },
  sql: {
    100000: vacuumStatement({ inserts: false, failsafe: false, frozenPages: false }),
    130000: vacuumStatement({ inserts: true, failsafe: false, frozenPages: false }),
    140000: vacuumStatement({ inserts: true, failsafe: true, frozenPages: false }),
    180000: vacuumStatement({ inserts: true, failsafe: true, frozenPages: true }),
  },
});

export type VacuumRow = RowOf<typeof vacuum>;

const untracked = "track_counts is off";

/** What the server counts: unknown where it counts nothing, and else none. */
const counts: ReadonlySet<string> = new Set([
  ...[
    "n_dead_tup",
    "vacuum_share",
    "n_ins_since_vacuum",
    "insert_share",
    "n_mod_since_analyze",
    "analyze_share",
  ],
  ...["hot_share", "n_live_tup", "n_tup_upd", "n_tup_hot_upd"],
]);

function isLacking({ disabled }: Row, column: string): boolean {
  return disabled !== untracked || !counts.has(column);
}

function unknownIn(rows: readonly Row[]): string[] {
  const cut = rows.flatMap(({ database, tables }) =>
    Number(tables) > mostTables
      ? `${database}: of ${tables} tables the ${mostTables} nearest to a vacuum or analyze are shown`
      : [],
  );
  const off = rows.some(({ disabled }) => disabled === untracked)
    ? ["track_counts is off: dead rows are unknown, and autovacuum does not run but against wraparound"]
    : [];
  const reset = rows.some((row) => row["reset"] === true)
    ? ["the counters of some tables were reset: autovacuum knows of no dead rows from before either"]
    : [];
  return [...new Set([...cut, ...off, ...reset])];
}
