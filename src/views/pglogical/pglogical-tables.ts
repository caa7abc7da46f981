import { integer, seconds, secondsSince, text } from "../columns.ts";
import { defineView, type Row } from "../view.ts";
import { syncWord, workers } from "./sync-words.ts";

/** So many of the tables of all subscriptions of a database are listed, those that do not follow first. */
const most = 500;

/** A worker that fails is started again at once: it is never older. */
const youngSeconds = 10;

/**
 * pglogical brings the name of a table to 27 bytes in that of its worker, by blanks before it or by a hash: of a table
 * whose name is longer, or not in ASCII, the worker is not known.
 */
const statement = `
with workers as (${workers}
), shown as (
  select t.sync_subid, t.sync_nspname, t.sync_relname, t.sync_status, t.xmin, t.sync_status in ('y', 'r') as follows,
    pg_catalog.format('%27s', t.sync_relname) as padded
  from pglogical.local_sync_status as t
  where t.sync_relname is not null
  order by 6, 2, 3
  limit ${most}
)
select s.sub_name, pg_catalog.concat(t.sync_nspname, '.', t.sync_relname) as relname,
  ${syncWord("t.sync_status")} as sync_status,
  case
    when t.follows then 'following'
    when applies.pid is null and not s.sub_enabled then 'disabled'
    when applies.pid is null then 'down'
    when own.sync_status is distinct from 'r' then 'initializing'
    when copies.backend_start < pg_catalog.clock_timestamp() - interval '${youngSeconds} s' then 'copying'
    when copies.pid is not null and copies.backend_start is null then 'unknown'
    when pg_catalog.octet_length(t.padded) <> 27 or pg_catalog.octet_length(t.sync_relname::text) >= 27 then 'unknown'
    else 'starting'
  end as state,
  copies.pid, ${secondsSince("copies.backend_start")} as worker_seconds,
  ${secondsSince("changed.at")} as status_seconds, case when t.follows then 1 else 0 end as rank
from shown as t
join pglogical.subscription as s on s.sub_id = t.sync_subid
left join pglogical.local_sync_status as own on own.sync_subid = s.sub_id
  and own.sync_nspname is null and own.sync_relname is null
left join workers as applies
  on applies.application_name = pg_catalog.concat('pglogical apply ', applies.datid, ':', s.sub_id)
left join workers as copies on not t.follows
  and copies.application_name = pg_catalog.concat('pglogical sync ', t.padded, ' ', copies.datid, ':', s.sub_id)
cross join lateral (
  select case when not t.follows and pg_catalog.current_setting('track_commit_timestamp') = 'on'
    then pg_catalog.pg_xact_commit_timestamp(t.xmin) end as at
) as changed`;

/** How far each table of a pglogical subscription is with its copy, and whether it gets on. */
export const pglogicalTables = defineView({
  name: "pglogical_tables",
  title: "pglogical tables",
  section: "replication",
  source: "pglogical.local_sync_status, pglogical.subscription, pg_stat_activity",
  scope: "database",
  runsOn: "primary",
  needsExtension: { name: "pglogical", major: 2 },
  everyMs: 5_000,
  rowKey: ["sub_name", "relname"],
  rowName: "relname",
  sortBy: "rank",
  duration: "status_seconds",
  none: "no pglogical subscription has tables of its own",
  withoutAllStats: "since when workers run may not be seen",
  unknownIn: cut,
  isQuiet: ({ rank }) => rank === 1,
  withheld: ({ rank }) => (rank === 1 ? null : "durations"),
  lacks: ({ pid }, column) => column === "pid" || (column === "worker_seconds" && pid === null),
  columns: {
    relname: text("TABLE", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "the table on the subscriber",
    }),
    sub_name: text("SUBSCRIPTION", { required: true, priority: 1, maxWidth: 24, about: "its subscription" }),
    state: text("STATE", {
      required: true,
      priority: 0,
      about:
        "following, copying, starting: a worker that fails is started again and again, so one that stays here is stuck; initializing with its whole subscription; disabled or down as that is; unknown to a role without pg_read_all_stats, and of names of 27 bytes or more",
      severity: (state) => (state === "following" ? "ok" : state === "down" ? "critical" : "warning"),
    }),
    sync_status: text("STATUS", {
      required: true,
      priority: 1,
      about: "sync_init, sync_data, sync_waiting, catchup, synchronized, replicating",
    }),
    status_seconds: seconds("SINCE", {
      priority: 1,
      about:
        "time since its status changed, which each new try does; unknown where track_commit_timestamp is off",
    }),
    pid: integer("PID", {
      priority: 3,
      about: "process id of the worker that copies it; none while none does",
    }),
    worker_seconds: seconds("WORKER", { priority: 2, about: "time since that worker began" }),
    rank: integer("RANK", { internal: true, hidden: true, about: "1 follows" }),
  },
  sql: { 100000: statement },
});

function cut(rows: readonly Row[]): string[] {
  return [...Map.groupBy(rows, ({ database }) => database)].flatMap(([database, { length }]) =>
    length < most ? [] : `${database}: ${most} tables are shown, those that do not follow yet first`,
  );
}
