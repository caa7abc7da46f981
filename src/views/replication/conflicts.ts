import { bool, epoch, seconds, tally, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** -1 waits for ever. */
const delayOf = (setting: string) => `case when pg_catalog.current_setting('${setting}') = '-1' then null
  else pg_catalog.date_part('epoch', pg_catalog.current_setting('${setting}')::interval) end`;

const statement = (more: string, logical: string) => `
select
  c.datname, c.confl_tablespace, c.confl_lock, c.confl_snapshot, c.confl_bufferpin, c.confl_deadlock, ${more}
  c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock${logical} as conflicts,
  pg_catalog.current_setting('hot_standby_feedback')::boolean as hot_standby_feedback,
  ${delayOf("max_standby_streaming_delay")} as streaming_delay,
  pg_catalog.date_part('epoch', d.stats_reset) as stats_reset
from pg_catalog.pg_stat_database_conflicts as c
join pg_catalog.pg_database as own on own.oid = c.datid and own.datallowconn
left join pg_catalog.pg_stat_database as d on d.datid = c.datid`;

/**
 * Statements of a standby that were cancelled so that replay could go on, by database and cause. In a database that
 * accepts no connections none can be.
 */
export const conflicts = defineView({
  name: "conflicts",
  title: "Recovery conflicts",
  section: "replication",
  source: "pg_stat_database_conflicts",
  scope: "server",
  runsOn: "standby",
  rowKey: ["datname"],
  sortBy: "-conflicts",
  lacks: (_, column) => column === "stats_reset",
  resetAt: "stats_reset",
  isQuiet: ({ conflicts }) => conflicts === 0n,
  columns: {
    datname: text("DATABASE", { required: true, priority: 0, maxWidth: 24, about: "the database" }),
    conflicts: tally("CANCELLED", { priority: 0, about: "statements cancelled since stats_reset" }),
    confl_snapshot: tally("SNAPSHOT", {
      priority: 1,
      about: "needed rows that VACUUM removed on the primary; hot_standby_feedback prevents that",
    }),
    confl_lock: tally("LOCK", {
      priority: 1,
      about: "held a lock that ALTER, DROP or TRUNCATE on the primary takes",
    }),
    confl_bufferpin: tally("PIN", { priority: 2, about: "had a page in use that was to be cleaned up" }),
    confl_deadlock: tally("DEADLOCK", { priority: 2, about: "were in a deadlock with replay" }),
    confl_tablespace: tally("TABLESPACE", { priority: 3, about: "used a tablespace that was dropped" }),
    confl_active_logicalslot: tally("LOGICAL SLOT", {
      priority: 3,
      since: 160000,
      about: "used a logical slot that was invalidated",
    }),
    hot_standby_feedback: bool("FEEDBACK", {
      priority: 2,
      about: "hot_standby_feedback: the primary keeps the rows that statements here need",
    }),
    streaming_delay: seconds("DELAY", {
      priority: 2,
      about:
        "max_standby_streaming_delay: replay waits so long for a statement; empty where it waits for ever",
    }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    100000: statement("", ""),
    160000: statement("c.confl_active_logicalslot,", " + c.confl_active_logicalslot"),
  },
});
