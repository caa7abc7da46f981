import { bool, count, epoch, seconds, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";
import { whetherItArchives } from "./archive-status.ts";

/** What failed before a server became a standby is over. */
const statement = (library = "") => `
select
  s.archive_mode,
  case when not s.archives then null ${library}
       when pg_catalog.current_setting('archive_command') <> '' then 'command' else 'nothing' end as archived_by,
  s.archives and a.last_failed_time is not null
    and (a.last_archived_time is null or a.last_failed_time > a.last_archived_time) as failing,
  a.archived_count, a.last_archived_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_archived_time) as last_archived_seconds,
  a.failed_count, a.last_failed_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_failed_time) as last_failed_seconds,
  pg_catalog.date_part('epoch', a.stats_reset) as stats_reset
from pg_catalog.pg_stat_archiver as a
cross join (${whetherItArchives}) as s`;

/** A command may hold a password, and is not shown. */
const since15 = `when pg_catalog.current_setting('archive_library') <> ''
       then pg_catalog.concat('library ', pg_catalog.current_setting('archive_library'))`;

/**
 * How the archiving of WAL goes, by what the server counts: it costs little, and a rule asks for it all the time. The view
 * `archiver` says more.
 */
export const archiverStatistics = defineView({
  name: "archiver_statistics",
  title: "Archiver statistics",
  section: "server",
  tab: false,
  source: "pg_stat_archiver",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "archive_mode",
  columns: {
    archive_mode: text("MODE", { required: true, priority: 1, about: "archive_mode: off, on or always" }),
    archived_by: text("BY", {
      priority: 2,
      maxWidth: 24,
      about:
        "command (archive_command), the library (archive_library, 15), or nothing: WAL piles up; empty where a server does not archive",
      severity: (by) => (by === "nothing" ? "warning" : "ok"),
    }),
    failing: bool("FAILING", {
      required: true,
      priority: 0,
      about: "the newest attempt to archive a file has failed",
      severity: (failing) => (failing ? "warning" : "ok"),
    }),
    archived_count: count("ARCHIVED", { priority: 1, about: "files archived since stats_reset" }),
    last_archived_wal: text("LAST FILE", { priority: 2, about: "the last one archived" }),
    last_archived_seconds: seconds("AGO", { priority: 1, about: "time since that" }),
    failed_count: count("FAILED", { priority: 1, about: "failed attempts since stats_reset" }),
    last_failed_wal: text("LAST FAILED", { priority: 2, about: "the file of the last failed attempt" }),
    last_failed_seconds: seconds("FAILED AGO", { priority: 1, about: "time since that" }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: { 100000: statement(), 150000: statement(since15) },
});

export type ArchiverStatistics = RowOf<typeof archiverStatistics>;
