import { bool, count, epoch, seconds, text } from "../columns.ts";
import { defineView } from "../view.ts";
import { whereGranted } from "./granted.ts";

/** What failed before a server became a standby is over. */
const failing = `s.archives and a.last_failed_time is not null
    and (a.last_archived_time is null or a.last_failed_time > a.last_archived_time)`;

/** On a standby only `always` archives: its other files become ready for a promotion that may never come. */
const statement = (library: string, added: string, joined = "") => `
select
  s.archive_mode,
  case when not s.archives then null ${library}
       when pg_catalog.current_setting('archive_command') <> '' then 'command' else 'nothing' end as archived_by,
  ${failing} as failing, ${added}
  a.archived_count, a.last_archived_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_archived_time) as last_archived_seconds,
  a.failed_count, a.last_failed_wal,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.last_failed_time) as last_failed_seconds,
  pg_catalog.date_part('epoch', a.stats_reset) as stats_reset
from pg_catalog.pg_stat_archiver as a
cross join (
  select m.archive_mode,
    m.archive_mode = 'always' or m.archive_mode = 'on' and not pg_catalog.pg_is_in_recovery() as archives
  from (select pg_catalog.current_setting('archive_mode') as archive_mode) as m
) as s${joined}`;

/** A command may hold a password. */
const since15 = `when pg_catalog.current_setting('archive_library') <> ''
       then pg_catalog.concat('library ', pg_catalog.current_setting('archive_library'))`;

/** How many files wait, and since when the first of them does (seconds since 1970); their names are looked at as bytes. */
const isReady = "pg_catalog.textsend(f.name) like pg_catalog.textsend('%.ready')";
const waiting = `
cross join (select ${whereGranted(
  "pg_catalog.pg_ls_archive_statusdir()",
  `pg_catalog.count(*) filter (where ${isReady}),
   pg_catalog.date_part('epoch', pg_catalog.min(f.modification) filter (where ${isReady}))::int8`,
  "pg_catalog.pg_ls_archive_statusdir() as f",
  "pg_catalog.current_setting('archive_mode') <> 'off'",
)} as files offset 0) as waiting`;

const now = "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())";

/** The first attempt that failed was made when the file before was done and this one was ready. */
const since12 = `
  case when s.archives then waiting.files[1] end as backlog,
  case when s.archives then ${now} - waiting.files[2] end as waiting_seconds,
  case when ${failing} and waiting.files[2] is not null
       then ${now} - greatest(pg_catalog.date_part('epoch', a.last_archived_time), waiting.files[2]) end as failing_seconds,`;

/** How the archiving of WAL goes. */
export const archiver = defineView({
  name: "archiver",
  title: "Archiver",
  section: "server",
  source: "pg_stat_archiver, pg_ls_archive_statusdir()",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "archive_mode",
  withheld: ({ failing, failing_seconds }) =>
    failing === true && failing_seconds === null ? "durations" : null,
  lacks: ({ archived_by }, column) => archived_by === null && column === "backlog",
  ungranted: ([row], { versionNum }) =>
    row?.["archived_by"] != null && row["backlog"] === null && versionNum >= 120000
      ? "which files wait may not be seen"
      : null,
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
    failing_seconds: seconds("FAILING FOR", {
      priority: 0,
      since: 120000,
      about:
        "time since the first attempt that failed: the file before was archived then, and this one ready",
      severity: () => "warning",
    }),
    backlog: count("BACKLOG", { priority: 0, since: 120000, about: "files that wait to be archived" }),
    waiting_seconds: seconds("OLDEST", {
      priority: 1,
      since: 120000,
      about: "time that the first of them has waited",
    }),
    archived_count: count("ARCHIVED", { priority: 1, about: "files archived since stats_reset" }),
    last_archived_wal: text("LAST FILE", { priority: 2, about: "the last one archived" }),
    last_archived_seconds: seconds("AGO", { priority: 1, about: "time since that" }),
    failed_count: count("FAILED", { priority: 1, about: "failed attempts since stats_reset" }),
    last_failed_wal: text("LAST FAILED", { priority: 2, about: "the file of the last failed attempt" }),
    last_failed_seconds: seconds("FAILED AGO", { priority: 1, about: "time since that" }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    100000: statement("", ""),
    120000: statement("", since12, waiting),
    150000: statement(since15, since12, waiting),
  },
});
