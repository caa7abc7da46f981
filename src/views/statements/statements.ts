import { byExtensionVersion } from "../../postgres/identifier.ts";
import { printAge } from "../../text/pretty.ts";
import { printCell } from "../cells.ts";
import {
  average,
  bool,
  epoch,
  hidden,
  integer,
  millis,
  percent,
  perSecond,
  query,
  seconds,
  text,
  totalIn,
} from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";
import {
  mostByEach,
  noStatements,
  statementId,
  statementsSql,
  statementVersions,
  textsSql,
} from "./statement-sql.ts";

/** A part of a whole in percent, of two counters over the same time. */
function share(part: unknown, whole: unknown): number | null {
  if (typeof part !== "number" || typeof whole !== "number" || !(whole > 0)) return null;
  return Math.min(100, (100 * part) / whole);
}

const sum = (a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a + b : null);
const perCall = (value: unknown, calls: unknown) =>
  typeof value === "number" && typeof calls === "number" && calls > 0 ? value / calls : null;

/** In versions of the extension. */
const since = (version: string) => `(from pg_stat_statements ${version})`;

/** What statements cost a server by pg_stat_statements, whatever its version and schema. */
export const statements = defineView({
  name: "statements",
  title: "Statements",
  section: "statements",
  source: "pg_stat_statements, pg_stat_statements_info",
  scope: "server",
  runsOn: "any",
  needsExtension: {
    name: "pg_stat_statements",
    sql: Object.fromEntries(statementVersions.map((minor) => [`1.${minor}`, statementsSql(minor)])),
    reads: ["pg_stat_statements", "pg_stat_statements_info"],
    librarySetting: "pg_stat_statements.max",
  },
  texts: { column: "query", refused: "text_refused", idOf: statementId, sql: textsSql },
  everyMs: 5_000,
  rowKey: ["queryid", "userid", "dbid", "toplevel"],
  rowName: "query",
  sortBy: "-total_exec_time",
  resetAt: "stats_since",
  askedAt: "asked_at",
  none: noStatements,
  withoutAllStats: "statements of other roles are summed up, without their texts",
  lacks: ({ toplevel, queryid }, column) =>
    (column === "toplevel" && toplevel === null) || (queryid === null && column === "query"),
  unknownIn,
  columns: {
    datname: text("DATABASE", {
      priority: 3,
      maxWidth: 16,
      about: "database it ran in; none if that was dropped",
    }),
    usename: text("USER", { priority: 4, maxWidth: 14, about: "role that ran it" }),
    total_exec_time: perSecond("EXEC ms/s", {
      ...millis,
      priority: 0,
      about: "time that it ran, in ms: 1000 ms/s keep one session busy",
    }),
    share: percent("SHARE%", {
      priority: 1,
      follows: (row) => share(row["total_exec_time"], row["node_exec_time"]),
      about: "of the time that all statements of the server ran",
    }),
    calls: perSecond("CALLS/s", { priority: 0.5, about: "times it was executed" }),
    call_time: average("CALL ms", {
      priority: 0.6,
      follows: (row) => perCall(row["total_exec_time"], row["calls"]),
      about: "time of one call over the same time as the counters",
    }),
    rows: perSecond("ROWS/s", { priority: 2, about: "rows retrieved or affected" }),
    hit_ratio: percent("HIT%", {
      priority: 2.5,
      follows: (row) => share(row["shared_blks_hit"], sum(row["shared_blks_hit"], row["shared_blks_read"])),
      about: "shared_blks_hit of shared_blks_hit + shared_blks_read",
    }),
    shared_blks_read: perSecond("READ/s", { priority: 2, about: "shared blocks read from the kernel" }),
    shared_blks_hit: perSecond("HIT/s", { priority: 6, about: "shared blocks found in shared_buffers" }),
    shared_blks_dirtied: perSecond("DIRTY/s", { priority: 7, about: "shared blocks dirtied" }),
    shared_blks_written: perSecond("WRITTEN/s", { priority: 7, about: "shared blocks written by it" }),
    temp_blks_written: perSecond("TEMP/s", { priority: 2.7, about: "blocks written to temporary files" }),
    shared_blk_read_time: perSecond("READ ms/s", {
      ...millis,
      priority: 5,
      about:
        "time of reading shared blocks, in ms; blk_read_time before 1.11; unknown without track_io_timing",
    }),
    wal_bytes: perSecond("WAL B/s", { priority: 2.8, about: `bytes of WAL it wrote ${since("1.8")}` }),
    total_plan_time: perSecond("PLAN ms/s", {
      ...millis,
      priority: 6,
      about: `time of planning, in ms; unknown without pg_stat_statements.track_planning ${since("1.8")}`,
    }),
    jit_time: perSecond("JIT ms/s", {
      ...millis,
      priority: 8,
      about: `jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time, in ms ${since("1.10")}`,
    }),
    mean_exec_time: average("MEAN ms", { priority: 8, about: "mean time of a call since stats_since" }),
    max_exec_time: average("MAX ms", { priority: 7, about: "longest call since then" }),
    query: query("STATEMENT", {
      priority: 0,
      derive: () => null,
      about: "its text, with $1 … for constants; the first 8 kB of it",
    }),
    ...hidden({
      queryid: text("QUERY ID", {
        about:
          "tells the statement from others on servers of one major version; empty: statements the role may not see",
      }),
      userid: integer("USER ID", { required: true, about: "OID of the role" }),
      dbid: integer("DATABASE ID", { required: true, about: "OID of the database" }),
      text_refused: text("TEXT REFUSED", {
        ...{ internal: true, derive: () => null },
        about: "SQLSTATE with which the server refused to give its text",
      }),
      toplevel: bool("TOPLEVEL", { about: `it was not run by a function ${since("1.9")}` }),
      min_exec_time: average("MIN ms", { about: "shortest call since stats_since" }),
      stddev_exec_time: average("STDDEV ms", { about: "standard deviation of the calls since then" }),
      plans: perSecond("PLANS/s", {
        about: `times it was planned; unknown without pg_stat_statements.track_planning ${since("1.8")}`,
      }),
      shared_blk_write_time: perSecond("WRITE ms/s", {
        ...millis,
        about: "time of writing shared blocks, in ms; blk_write_time before 1.11",
      }),
      local_blks_read: perSecond("LOCAL READ/s", { about: "blocks of temporary tables read" }),
      local_blks_written: perSecond("LOCAL WRITTEN/s", { about: "blocks of temporary tables written" }),
      temp_blks_read: perSecond("TEMP READ/s", { about: "blocks read of temporary files" }),
      temp_blk_read_time: perSecond("TEMP READ ms/s", {
        ...millis,
        about: `time of reading temporary files, in ms ${since("1.10")}`,
      }),
      temp_blk_write_time: perSecond("TEMP WRITE ms/s", {
        ...millis,
        about: `time of writing temporary files, in ms ${since("1.10")}`,
      }),
      wal_records: perSecond("WAL RECORDS/s", { about: `WAL records it wrote ${since("1.8")}` }),
      wal_fpi: perSecond("WAL FPI/s", { about: `full page images it wrote ${since("1.8")}` }),
      wal_buffers_full: perSecond("WAL FULL/s", {
        about: `times the WAL buffers became full ${since("1.12")}`,
      }),
      jit_functions: perSecond("JIT FUNCTIONS/s", { about: `functions that were compiled ${since("1.10")}` }),
      parallel_workers_to_launch: perSecond("WORKERS PLANNED/s", {
        about: `parallel workers planned ${since("1.12")}`,
      }),
      parallel_workers_launched: perSecond("WORKERS/s", {
        about: `parallel workers launched ${since("1.12")}`,
      }),
      stats_since: epoch("SINCE", { about: `since when the statement is counted ${since("1.11")}` }),
      node_exec_time: perSecond("NODE EXEC ms/s", {
        ...millis,
        required: true,
        ofNodeSince: "stats_reset",
        about: "total_exec_time of all statements of the server, in ms",
      }),
      statements: integer("STATEMENTS", {
        required: true,
        about: `statements that are counted; the ${mostByEach} with the most of each measure are shown`,
      }),
      max_statements: integer("MAX", { required: true, about: "pg_stat_statements.max" }),
      track: text("TRACK", {
        about: "pg_stat_statements.track as our session has it: top, all, or none, which counts nothing",
      }),
      dealloc: perSecond("DEALLOC/s", {
        ofNodeSince: "stats_reset",
        about: `times that the least executed were dropped ${since("1.9")}`,
      }),
      asked_at: epoch("ASKED", { about: "when it was asked for, by the server's clock" }),
      stats_reset: epoch("RESET", { about: `when all statistics were reset ${since("1.9")}` }),
      reset_seconds: seconds("SINCE RESET", { about: "time since then" }),
    }),
  },
  sql: { 100000: byExtensionVersion },
});

export type Statement = RowOf<typeof statements>;

/** From here on, in percent of pg_stat_statements.max, statements will soon be dropped. */
const nearFull = 90;
const freshReset = 3600;

/** Bytes that are no text in the encoding of the database, or a character that it does not have. */
const unconvertible: ReadonlySet<string> = new Set(["22021", "22P05"]);

function unknownIn(rows: readonly Row[]): string[] {
  const [first] = rows as readonly Statement[];
  if (!first) return [];
  const { statements: known, max_statements: max, track, stats_reset, reset_seconds: reset } = first;
  const dealloc = totalIn(first, "dealloc") ?? 0n;
  const shown = rows.filter(({ queryid }) => queryid !== null).length;
  const textless = rows.filter((row) => row["queryid"] !== null && row["query"] === null).length;
  const notes: string[] = [];
  if (track === "none")
    notes.push(
      "pg_stat_statements.track is none: nothing is counted any more. ALTER SYSTEM SET pg_stat_statements.track = top, then reload",
    );
  const dropped = dealloc > 0n ? `statements were dropped ${dealloc} times since the reset` : null;
  if (known !== null && max !== null && 100 * known >= nearFull * max)
    notes.push(
      `${known} of ${max} entries are used (pg_stat_statements.max): ${dropped ?? "soon statements are dropped"}`,
    );
  else if (dropped) notes.push(`${dropped} (dealloc): see pg_stat_statements.max`);
  if (reset !== null && reset < freshReset)
    // A server that was never reset says the same of its first start.
    notes.push(
      `counted for ${printAge(reset)}, since ${printCell(statements.columns.stats_reset, stats_reset)}`,
    );
  const refused = rows.find((row) => unconvertible.has(String(row["text_refused"])))?.["text_refused"];
  if (textless > 0)
    notes.push(
      refused === undefined
        ? `the texts of ${textless} statements are unknown`
        : `the texts of ${textless} statements are unknown: the server gives none, since one of all that it keeps cannot be converted to the encoding of this database (${refused}). Through a database in SQL_ASCII that has the extension all are read: set dbname to one`,
    );
  if (known !== null && shown < known && shown === rows.length)
    notes.push(
      `${shown} of ${known} statements are shown: the first ${mostByEach} by each of time, calls, rows, blocks, WAL …`,
    );
  return notes;
}
