import { statementParameters } from "../backends/session.ts";
import { bool, count, hidden, integer, pids, query, seconds, text } from "../columns.ts";
import type { OkSample, Sample } from "../sample.ts";
import { defineView, keyOf, type Row, type RowOf } from "../view.ts";
import { counters, progressStatement } from "./progress-sql.ts";

const oid = (header: string, about: string, since: number) => integer(header, { about, since });
const counted = (header: string, about: string, since?: number) =>
  count(header, { about, ...(since !== undefined && { since }) });

/** PostgreSQL's own, which the page of a row and JSON have. */
const ownColumns = hidden({
  heap_blks_total: counted("HEAP BLOCKS", "blocks of the table when the command began"),
  heap_blks_scanned: counted("SCANNED", "of these scanned"),
  heap_blks_vacuumed: counted("VACUUMED", "of these vacuumed"),
  index_vacuum_count: counted("INDEX CYCLES", "times that all indexes were vacuumed"),
  max_dead_tuples: counted("MAX DEAD", "dead tuples that fit into memory, until 16"),
  num_dead_tuples: counted("DEAD", "dead tuples since the indexes were vacuumed, until 16"),
  max_dead_tuple_bytes: counted("MAX DEAD BYTES", "memory for dead tuples, in bytes", 170000),
  dead_tuple_bytes: counted("DEAD BYTES", "of that in use", 170000),
  num_dead_item_ids: counted("DEAD IDS", "dead item identifiers since the indexes were vacuumed", 170000),
  indexes_total: counted("INDEXES", "indexes that are vacuumed or cleaned up", 170000),
  indexes_processed: counted("INDEXES DONE", "of these done", 170000),
  delay_time: counted(
    "DELAY ms",
    "slept for the cost limit; unknown without track_cost_delay_timing",
    180000,
  ),
  cluster_index_relid: oid("BY INDEX", "OID of the index that orders the rows", 120000),
  heap_tuples_scanned: counted("TUPLES SCANNED", "tuples read by a command that rewrites", 120000),
  heap_tuples_written: counted("TUPLES WRITTEN", "tuples written", 120000),
  index_rebuild_count: counted("INDEXES REBUILT", "indexes rebuilt", 120000),
  index_relid: oid("INDEX OID", "OID of the index that is built", 120000),
  lockers_total: counted("LOCKERS", "transactions that the build waits for", 120000),
  lockers_done: counted("LOCKERS DONE", "of these ended", 120000),
  current_locker_pid: counted("LOCKER PID", "process id of the one that it waits for now", 120000),
  blocks_total: counted("BLOCKS", "blocks of this phase", 120000),
  blocks_done: counted("BLOCKS DONE", "of these done", 120000),
  tuples_total: counted("TUPLES", "tuples of this phase", 120000),
  tuples_done: counted("TUPLES DONE", "of these done", 120000),
  partitions_total: counted("PARTITIONS", "partitions that get the index", 120000),
  partitions_done: counted("PARTITIONS DONE", "of these done", 120000),
  sample_blks_total: counted("SAMPLE BLOCKS", "blocks of the sample", 130000),
  sample_blks_scanned: counted("SAMPLED", "of these read", 130000),
  ext_stats_total: counted("EXT STATS", "extended statistics objects", 130000),
  ext_stats_computed: counted("EXT STATS DONE", "of these computed", 130000),
  child_tables_total: counted("CHILDREN", "child tables", 130000),
  child_tables_done: counted("CHILDREN DONE", "of these scanned", 130000),
  current_child_table_relid: oid("CHILD OID", "OID of the child table that is scanned", 130000),
  backup_total: counted("BACKUP BYTES", "estimated size of the base backup", 130000),
  backup_streamed: counted("STREAMED", "bytes of it sent", 130000),
  tablespaces_total: counted("TABLESPACES", "tablespaces that are backed up", 130000),
  tablespaces_streamed: counted("TABLESPACES DONE", "of these sent", 130000),
  type: text("COPY", { since: 140000, about: "where COPY reads or writes: FILE, PROGRAM, PIPE, CALLBACK" }),
  bytes_processed: counted("BYTES DONE", "bytes that COPY has processed", 140000),
  bytes_total: counted("BYTES", "size of the file that COPY FROM reads; 0 where that is not known", 140000),
  tuples_processed: counted("ROWS", "rows that COPY has processed", 140000),
  tuples_excluded: counted("ROWS EXCLUDED", "rows that its WHERE left out", 140000),
  tuples_skipped: counted("ROWS SKIPPED", "malformed rows that it left out", 170000),
});

/** What a rate is averaged over, by weights that fall with age. */
const averagedSeconds = 30;

/** How a command has gone on so far: for how long nothing moved, and how much is done a second; null for unknown. */
export type Pace = { readonly still_seconds: number | null; readonly rate: number | null };

/** The last answer, and the pace of each of its rows by their keys. */
type Kept = {
  readonly atMs: number;
  readonly epoch: string;
  readonly of: ReadonlyMap<string, { readonly row: Row; readonly pace: Pace }>;
};

const unknownPace: Pace = { still_seconds: null, rate: null };

function keeps(kept: unknown, { rows, atMs, epoch }: OkSample): Kept {
  // Only this function makes what is kept.
  const before = kept as Kept | undefined;
  const passed = before?.epoch === epoch ? (atMs - before.atMs) / 1000 : 0;
  const of = rows.map((row) => {
    const key = keyOf(progressReports, row);
    const last = passed > 0 ? before?.of.get(key) : undefined;
    return [key, { row, pace: last ? paceOf(row, last, passed) : unknownPace }] as const;
  });
  return { atMs, epoch, of: new Map(of) };
}

/** The pace of a row of this answer. */
export function paceIn(sample: Sample | undefined, row: Row): Pace {
  const kept = sample?.state === "ok" ? (sample.kept as Kept | undefined) : undefined;
  return kept?.of.get(keyOf(progressReports, row))?.pace ?? unknownPace;
}

function paceOf(row: Row, before: { readonly row: Row; readonly pace: Pace }, passed: number): Pace {
  const { row: last, pace } = before;
  if (row["phase"] !== last["phase"] || row["relid"] !== last["relid"])
    return { still_seconds: 0, rate: null };
  const isStill = counters.every((name) => row[name] === last[name]);
  return {
    still_seconds: isStill ? (pace.still_seconds ?? 0) + passed : 0,
    rate: rateOf(row["done"], last["done"], passed, pace.rate),
  };
}

function rateOf(done: unknown, last: unknown, passed: number, rate: number | null): number | null {
  if (typeof done !== "bigint" || typeof last !== "bigint" || done < last) return null;
  const now = Number(done - last) / passed;
  return rate === null ? now : rate + (1 - Math.exp(-passed / averagedSeconds)) * (now - rate);
}

/** Every command has a phase but COPY, which counts bytes. */
export const withheldOf = ({ phase, bytes_processed }: Row): "row" | null =>
  phase == null && bytes_processed == null ? "row" : null;

/** Commands that report how far they are, one row a backend, as the server tells it: {@link progress} shows them. */
export const progressReports = defineView({
  name: "progress_reports",
  title: "Progress reports",
  section: "maintenance",
  tab: false,
  source:
    "pg_stat_progress_vacuum, from 12 _cluster and _create_index, from 13 _analyze and _basebackup, from 14 _copy",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "what commands of other roles do, and how far they are, is hidden",
  withheld: withheldOf,
  rowKey: ["pid", "backend_start_text"],
  sortBy: "-elapsed_seconds",
  duration: "elapsed_seconds",
  keeps,
  columns: {
    command: text("COMMAND", {
      ...{ required: true, priority: 0, maxWidth: 24 },
      about: "VACUUM, ANALYZE, CREATE INDEX, REINDEX, CLUSTER, VACUUM FULL, BASE_BACKUP or COPY",
    }),
    relation: text("RELATION", {
      ...{ priority: 0, maxWidth: 36 },
      about:
        "table that it works on; its OID and database where that is not the database of our session, whose STATEMENT often names it",
    }),
    index: text("INDEX", {
      ...{ priority: 4, maxWidth: 30 },
      about: "index that is built or that orders the rows",
    }),
    phase: text("PHASE", { priority: 0.8, maxWidth: 36, about: "what it does now" }),
    done: count("DONE", { priority: 2, about: "how much of this phase is done, in UNIT" }),
    total: count("TOTAL", { priority: 2, about: "of how much; unknown where the server does not say" }),
    unit: text("UNIT", {
      ...{ priority: 2, maxWidth: 10 },
      about: "what this phase counts; empty where it counts nothing",
    }),
    elapsed_seconds: seconds("ELAPSED", {
      priority: 0.9,
      about: "time since its statement began; of autovacuum since it came to this table",
    }),
    wait: text("WAIT", {
      ...{ priority: 1.2, maxWidth: 26 },
      about: "wait event, type:name",
      severity: (wait) => (wait.startsWith("Lock:") ? "critical" : "ok"),
    }),
    blocked_by: pids("BLOCKED BY", {
      ...{ priority: 1.1, maxWidth: 24 },
      about: "pg_blocking_pids(), where it waits for a lock; 0 is a prepared transaction",
    }),
    usename: text("USER", { priority: 2.5, maxWidth: 16, about: "role that runs it; none of autovacuum" }),
    datname: text("DATABASE", { priority: 2.2, maxWidth: 16, about: "database that it works in" }),
    pid: integer("PID", { required: true, priority: 1.5, about: "process id of the backend" }),
    datid: integer("DB OID", { hidden: true, about: "OID of the database" }),
    relid: integer("TABLE OID", { hidden: true, about: "OID of the table" }),
    application_name: text("APP", { hidden: true, about: "application_name" }),
    backend_type: text("TYPE", { hidden: true, found: true, about: "kind of process" }),
    wraparound: bool("WRAPAROUND", {
      hidden: true,
      about: "autovacuum to prevent wraparound: it does not give way to those that wait for its lock",
    }),
    backend_start_text: text("STARTED AT", {
      hidden: true,
      about: "when the session began, to the microsecond",
    }),
    ...ownColumns,
    query: query("STATEMENT", { priority: 3, about: "its statement; autovacuum names the table there" }),
  },
  parameters: ({ wholeText }) => statementParameters(wholeText),
  sql: Object.fromEntries(
    [100000, 120000, 130000, 140000, 170000, 180000].map((version) => [version, progressStatement(version)]),
  ),
});

export type ProgressReport = RowOf<typeof progressReports>;
