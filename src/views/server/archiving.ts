import { bool, count, epoch, seconds, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** On a standby only `always` archives: what failed before it became one is over. */
const statement = `
select
  pg_catalog.current_setting('archive_mode') as archive_mode,
  pg_catalog.current_setting('archive_mode') <> 'off' and a.last_failed_time is not null
    and (pg_catalog.current_setting('archive_mode') = 'always' or not pg_catalog.pg_is_in_recovery())
    and (a.last_archived_time is null or a.last_failed_time > a.last_archived_time) as failing,
  a.archived_count, a.last_archived_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_archived_time) as last_archived_seconds,
  a.failed_count, a.last_failed_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_failed_time) as last_failed_seconds,
  pg_catalog.date_part('epoch', a.stats_reset) as stats_reset
from pg_catalog.pg_stat_archiver as a`;

/** How the archiving of WAL goes. */
export const archiving = defineView({
  name: "archiving",
  title: "Archiving",
  section: "server",
  source: "pg_stat_archiver",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "archive_mode",
  columns: {
    archive_mode: text("MODE", { required: true, priority: 1, about: "archive_mode: off, on or always" }),
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
  sql: { 100000: statement },
});
