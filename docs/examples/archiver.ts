import { perSecond, text } from "../../src/views/columns.ts";
import { defineView } from "../../src/views/view.ts";

export const archiver = defineView({
  name: "archiver",
  title: "Archiver",
  section: "server",
  source: "pg_stat_archiver",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "archived_count",
  columns: {
    archived_count: perSecond("ARCHIVED/s", { about: "WAL files archived" }),
    last_failed_wal: text("LAST FAILED", { about: "the last WAL file that could not be archived" }),
  },
  sql: { 100000: "select a.archived_count, a.last_failed_wal from pg_catalog.pg_stat_archiver as a" },
});
