import { epoch, integer, microsOf, millis, perSecond, tally, text } from "../columns.ts";
import { defineView } from "../view.ts";

const timeIn = (name: string) => `${microsOf(`s.${name}`)} as ${name}`;

/** Reads take time: where there are some and no time, no session measured it, nor its writes. */
const timeOf = (name: string) =>
  `case when s.blk_read_time > 0 or s.blk_write_time > 0 or s.blks_read = 0
       then ${microsOf(`s.${name}`)} end as ${name}`;

const statement = (added: string) => `
select
  s.datid, case when s.datid = 0 then '(shared objects)' else s.datname::text end as datname, s.temp_files, ${timeOf("blk_read_time")}, ${timeOf("blk_write_time")},${added}
  pg_catalog.date_part('epoch', s.stats_reset) as stats_reset
from pg_catalog.pg_stat_database as s`;

const since12 = `
  pg_catalog.date_part('epoch', s.checksum_last_failure) as checksum_last_failure,`;
const since14 = `${since12}
  ${timeIn("session_time")}, ${timeIn("active_time")}, ${timeIn("idle_in_transaction_time")},
  s.sessions, s.sessions_abandoned, s.sessions_fatal, s.sessions_killed,`;
const since18 = `${since14}
  s.parallel_workers_to_launch, s.parallel_workers_launched,`;

const since = 140000;

/** What sessions do in each database: for how long they run, what ended them, what they read and write. */
export const databaseSessions = defineView({
  name: "database_sessions",
  title: "Sessions of databases",
  section: "storage",
  source: "pg_stat_database",
  scope: "server",
  runsOn: "any",
  rowKey: ["datid"],
  rowName: "datname",
  sortBy: "-active_time",
  resetAt: "stats_reset",
  lacks: (_, column) => column === "checksum_last_failure" || column === "stats_reset",
  columns: {
    datid: integer("OID", { required: true, hidden: true, about: "OID of the database" }),
    datname: text("DATABASE", { priority: 0, maxWidth: 24, about: "name of the database" }),
    session_time: perSecond("SESSIONS ms/s", {
      ...millis,
      since,
      about: "milliseconds a second that sessions were connected: 1000 is one all the time",
    }),
    active_time: perSecond("ACTIVE ms/s", {
      ...millis,
      since,
      about: "milliseconds a second that they ran statements: counted when one ends",
    }),
    idle_in_transaction_time: perSecond("IDLE TX ms/s", {
      ...millis,
      since,
      about: "milliseconds a second that they were idle in transaction",
    }),
    sessions: perSecond("LOGINS/s", { since, about: "sessions begun" }),
    sessions_abandoned: tally("LOST", {
      since,
      about: "sessions whose client was lost, since stats_reset",
    }),
    sessions_fatal: tally("FATAL", { since, about: "sessions ended by a fatal error, since stats_reset" }),
    sessions_killed: tally("KILLED", { since, about: "sessions that were terminated, since stats_reset" }),
    temp_files: perSecond("TEMP FILES/s", { about: "temporary files made" }),
    blk_read_time: perSecond("READ ms/s", {
      ...millis,
      about: "milliseconds a second spent reading; unknown where track_io_timing is off",
    }),
    blk_write_time: perSecond("WRITE ms/s", {
      ...millis,
      about: "milliseconds a second that sessions spent writing; unknown where track_io_timing is off",
    }),
    parallel_workers_to_launch: perSecond("WORKERS/s", {
      since: 180000,
      about: "parallel workers that statements wanted",
    }),
    parallel_workers_launched: perSecond("LAUNCHED/s", {
      since: 180000,
      about: "those that they got: max_parallel_workers is low where that is less",
    }),
    checksum_last_failure: epoch("LAST FAILURE", {
      since: 120000,
      about: "when a checksum failed last",
    }),
    stats_reset: epoch("RESET", { about: "when the counters began" }),
  },
  sql: {
    100000: statement(""),
    120000: statement(since12),
    140000: statement(since14),
    180000: statement(since18),
  },
});
