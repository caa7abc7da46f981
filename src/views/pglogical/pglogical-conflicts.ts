import { bool, count, epoch, integer, lsn, seconds, secondsSince, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** So many of the newest are shown. */
const most = 100;

const statement = `
select c.id, ${secondsSince("c.recorded_at")} as recorded_seconds, c.sub_name, c.conflict_type, c.resolution,
  pg_catalog.concat(c.schema_name, '.', c.table_name) as relname, c.index_name,
  c.local_origin, c.remote_origin, c.remote_commit_lsn, c.has_before_triggers,
  pg_catalog.date_part('epoch', c.recorded_at) as recorded_at,
  pg_catalog.date_part('epoch', c.local_commit_ts) as local_commit_ts,
  pg_catalog.date_part('epoch', c.remote_commit_ts) as remote_commit_ts,
  c.local_tuple::text as local_tuple, c.remote_tuple::text as remote_tuple
from pglogical.conflict_history as c
order by c.recorded_at desc, c.id desc
limit ${most}`;

/** The newest conflicts that a pglogical with a history of them has written down: 2.5 of a fork. */
export const pglogicalConflicts = defineView({
  name: "pglogical_conflicts",
  title: "pglogical conflicts",
  section: "replication",
  source: "pglogical.conflict_history",
  scope: "database",
  runsOn: "any",
  needsExtension: { name: "pglogical", major: 2 },
  everyMs: 15_000,
  rowKey: ["id"],
  rowName: "relname",
  sortBy: "-recorded_at",
  duration: "recorded_seconds",
  none: "no conflicts are written down (pglogical.conflict_history_enabled)",
  columns: {
    id: count("ID", { required: true, hidden: true, about: "its number" }),
    recorded_seconds: seconds("AGO", { priority: 0, about: "time since it was written down" }),
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "the table on the subscriber",
    }),
    conflict_type: text("CONFLICT", {
      required: true,
      priority: 0,
      about: "insert_insert, update_update, …",
    }),
    resolution: text("RESOLUTION", {
      required: true,
      priority: 0,
      about: "apply_remote, keep_local or skip: the row of the provider was not applied",
    }),
    sub_name: text("SUBSCRIPTION", { priority: 1, maxWidth: 24, about: "the subscription that it came by" }),
    index_name: text("INDEX", { priority: 3, maxWidth: 30, about: "the index by which the row was found" }),
    recorded_at: epoch("RECORDED", { priority: 5, maxWidth: 20, about: "when it was written down" }),
    local_commit_ts: epoch("LOCAL COMMIT", { hidden: true, about: "when the row here was committed" }),
    remote_commit_ts: epoch("REMOTE COMMIT", { hidden: true, about: "when the provider committed its row" }),
    remote_commit_lsn: lsn("LSN", { hidden: true, about: "the provider's position of that commit" }),
    local_origin: integer("LOCAL ORIGIN", { hidden: true, about: "the replication origin of the row here" }),
    remote_origin: integer("REMOTE ORIGIN", { hidden: true, about: "the replication origin of the other" }),
    has_before_triggers: bool("TRIGGERS", { hidden: true, about: "triggers may have changed the row" }),
    local_tuple: text("LOCAL ROW", { hidden: true, about: "the row here, where rows are kept" }),
    remote_tuple: text("REMOTE ROW", { hidden: true, about: "the row of the provider, where rows are kept" }),
  },
  sql: { 100000: statement },
});
