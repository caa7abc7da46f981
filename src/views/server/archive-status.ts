import { bool, count, seconds } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";
import { whereGranted } from "./granted.ts";

/** On a standby only `always` archives: its other files become ready for a promotion that may never come. */
const archives = `(pg_catalog.current_setting('archive_mode') = 'always'
      or pg_catalog.current_setting('archive_mode') = 'on' and not pg_catalog.pg_is_in_recovery())`;

/** SQL for archive_mode, and whether this server archives. */
export const whetherItArchives = `select pg_catalog.current_setting('archive_mode') as archive_mode, ${archives} as archives`;

/** How many files wait, and since when the first of them does (seconds since 1970); their names are looked at as bytes. */
const isReady = "pg_catalog.textsend(f.name) like pg_catalog.textsend('%.ready')";
const files = whereGranted(
  "pg_catalog.pg_ls_archive_statusdir()",
  `pg_catalog.count(*) filter (where ${isReady}),
   pg_catalog.date_part('epoch', pg_catalog.min(f.modification) filter (where ${isReady}))::int8`,
  "pg_catalog.pg_ls_archive_statusdir() as f",
  archives,
);

/**
 * What waits to be archived. The server lists a directory for it, with a file for each: where many wait that takes long, so
 * that it is asked for only while somebody looks.
 */
export const archiveStatus = defineView({
  name: "archive_status",
  title: "Archive status",
  section: "server",
  tab: false,
  source: "pg_ls_archive_statusdir()",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-backlog",
  withheld: ({ archives, backlog }) => (archives === true && backlog === null ? "durations" : null),
  lacks: ({ archives }, column) => archives === false && column === "backlog",
  ungranted: ([row], { versionNum }) =>
    row?.["archives"] === true && row["backlog"] === null && versionNum >= 120000
      ? "which files wait may not be seen"
      : null,
  columns: {
    archives: bool("ARCHIVES", {
      required: true,
      priority: 1,
      about: "whether the server archives: a standby does where archive_mode is always",
    }),
    backlog: count("BACKLOG", { priority: 0, since: 120000, about: "files that wait to be archived" }),
    waiting_seconds: seconds("OLDEST", {
      priority: 1,
      since: 120000,
      about: "time that the first of them has waited",
    }),
  },
  sql: {
    100000: `select ${archives} as archives`,
    120000: `
select waiting.archives, waiting.files[1] as backlog,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) - waiting.files[2] as waiting_seconds
from (select ${archives} as archives, ${files} as files offset 0) as waiting`,
  },
});

export type ArchiveStatus = RowOf<typeof archiveStatus>;
