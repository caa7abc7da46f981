import { bool, count, epoch, integer, lsn, percent, perSecond, seconds, text } from "../columns.ts";
import { hitRatio } from "../compared.ts";
import type { Known } from "../known.ts";
import { ofLag } from "../replication/lag-columns.ts";
import { countsAreKept } from "../storage/databases.ts";
import { defineView, type RowOf } from "../view.ts";
import { configured, configuredUpstream, ofConfigured } from "./configured-upstream.ts";
import { chainOf, epochOf, isClient, preparedRoot, waiterSince14, waiterUpTo13 } from "./lock-chain.ts";

/** What differs between majors. */
type Differences = {
  /** Columns of pg_stat_wal_receiver: sender_host and sender_port exist from 11. */
  readonly sender: string;
  /** Backends that take one of max_connections; until 11 a WAL sender did too. */
  readonly slot: string;
  /** Sessions with track_activities off report what they wait for from 14. */
  readonly waitsKnown: string;
  /** The client that has waited longest for a lock: pid and seconds. */
  readonly waiter: string;
};

/** The text of backend_start: a float8 of this century holds its microseconds. */
const startText = (seconds: string) => `pg_catalog.to_timestamp(${seconds})::text`;

const now = epochOf("pg_catalog.clock_timestamp()");

/** Since when, by which session, and when that began: the smallest of these arrays is the oldest. */
const oldestOf = (moment: string, which: string) =>
  `pg_catalog.min(array[${epochOf(moment)}, pid, ${epochOf("backend_start")}])
      filter (where other and ${which} and ${moment} is not null)`;

/**
 * What costs more than a look at the sessions is asked only where one of them has waited for a second. `offset 0` has the
 * kind of a session found out once, and not for each count.
 */
const statement = ({ sender, slot, waitsKnown, waiter }: Differences) => `
select
  pg_catalog.pg_is_in_recovery() as in_recovery,
  case when pg_catalog.pg_is_in_recovery() then receiver.received_tli
       else ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int4
  end as timeline,
  activity.connections, activity.hidden_processes, activity.untracked_sessions,
  case when activity.hidden_processes + activity.untracked_sessions = 0 then activity.active end as active,
  case when ${waitsKnown} then activity.blocked end as blocked,
  case when activity.hidden_processes + activity.untracked_sessions = 0
       then activity.idle_in_transaction end as idle_in_transaction,
  ${now} - least(activity.oldest[1], ${epochOf("prepared.oldest")}) as oldest_transaction,
  ${now} - activity.oldest[1] as oldest_open,
  activity.oldest[2]::int4 as oldest_pid, ${startText("activity.oldest[3]")} as oldest_start,
  ${now} - activity.idle[1] as oldest_idle_in_transaction,
  activity.idle[2]::int4 as oldest_idle_pid, ${startText("activity.idle[3]")} as oldest_idle_start,
  ${now} - activity.running[1] as longest_query,
  activity.running[2]::int4 as longest_query_pid, ${startText("activity.running[3]")} as longest_query_start,
  ${now} - activity.committing[1] as sync_wait,
  activity.committing[2]::int4 as sync_wait_pid, ${startText("activity.committing[3]")} as sync_wait_start,
  waiting.chain[1] as longest_wait, waiting.chain[2]::int4 as blocking_pid, ${startText("waiting.chain[3]")} as blocking_start,
  case when waiting.chain[2] = 0 then (${preparedRoot}) end as blocking_gid,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - prepared.oldest) as oldest_prepared,
  prepared.gid as oldest_prepared_gid, prepared.oldest::text as oldest_prepared_start,
  statistics.*,
  case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_current_wal_lsn() end as current_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_receive_lsn() end as receive_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() end as replay_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())
       else pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) end as completed_xid,
  case when pg_catalog.pg_is_in_recovery()
       then pg_catalog.date_part('epoch', pg_catalog.pg_last_xact_replay_timestamp()) end as replayed_at,
  case when pg_catalog.pg_is_in_recovery()
        and pg_catalog.pg_last_xact_replay_timestamp() <= pg_catalog.clock_timestamp()
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())
  end as seconds_since_replay,
  case when pg_catalog.pg_is_in_recovery()
       then coalesce(receiver.status, case when receiver.pid is null then 'none' end) end as receiver,
  case when pg_catalog.pg_is_in_recovery() then nullif(receiver.slot_name, '') end as receiver_slot, ${sender}
  case when pg_catalog.pg_is_in_recovery() then receiver.conninfo end as receiver_conninfo,${configured}
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_is_wal_replay_paused() end as replay_paused,
  activity.replay_wait,
  case when pg_catalog.pg_is_in_recovery()
       then ${epochOf("pg_catalog.current_setting('recovery_min_apply_delay', true)::interval")} end as apply_delay,
  case when not pg_catalog.pg_is_in_recovery() and pg_catalog.current_setting('synchronous_commit') not in ('off', 'local')
       then nullif(pg_catalog.current_setting('synchronous_standby_names'), '') end as sync_standbys,
  (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000)::int8::text as started_at,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) as server_time
from (
  select
    pg_catalog.count(*) filter (where slot) as connections,
    pg_catalog.count(*) filter (where hidden) as hidden_processes,
    pg_catalog.count(*) filter (where other and state = 'disabled') as untracked_sessions,
    pg_catalog.count(*) filter (where other and state = 'active') as active,
    pg_catalog.count(*) filter (where other and wait_event_type = 'Lock') as blocked,
    pg_catalog.count(*) filter (where other and state like 'idle in transaction%') as idle_in_transaction,
    ${oldestOf("xact_start", "true")} as oldest,
    ${oldestOf("state_change", "state like 'idle in transaction%'")} as idle,
    ${oldestOf("query_start", "state = 'active' and wait_event_type is distinct from 'Lock'")} as running,
    ${oldestOf("query_start", "wait_event = 'SyncRep'")} as committing,
    pg_catalog.min(state_change) filter (where other and wait_event_type = 'Lock') as waiting_since,
    pg_catalog.max(wait_event_type || ':' || wait_event) filter (where backend_type = 'startup') as replay_wait
  from (
    select pid, backend_start, query_start, state, wait_event_type, wait_event, xact_start, state_change, backend_type,
      ${slot} as slot,
      ${isClient} and pid <> pg_catalog.pg_backend_pid() as other,
      backend_type is null as hidden
    from pg_catalog.pg_stat_activity offset 0
  ) as backends
) as activity
cross join lateral (
  select case when activity.waiting_since < pg_catalog.clock_timestamp() - interval '1 second'
    then (${waiter}) end as chain offset 0
) as waiting
cross join (
  select
    pg_catalog.sum(xact_commit + xact_rollback)::int8 as transactions,
    pg_catalog.sum(blks_hit)::int8 as blks_hit,
    pg_catalog.sum(blks_read)::int8 as blks_read,
    pg_catalog.sum(temp_bytes)::int8 as temp_bytes,
    pg_catalog.sum(deadlocks)::int8 as deadlocks,
    pg_catalog.count(*) > 0 as tracks_counts
  from pg_catalog.pg_stat_database
  where ${countsAreKept}
) as statistics
left join (
  select p.gid, p.prepared as oldest from pg_catalog.pg_prepared_xacts as p order by p.prepared limit 1
) as prepared on true
left join pg_catalog.pg_stat_wal_receiver as receiver on true${configuredUpstream}`;

const oldest = {
  sender: "",
  // The launcher of logical replication has a user too, the bootstrap superuser, and no database.
  slot: `coalesce(backend_type in ('client backend', 'walsender'),
    usesysid is not null and (datid is not null or usesysid <> 10))`,
  waitsKnown: "activity.hidden_processes + activity.untracked_sessions = 0",
  waiter: chainOf(waiterUpTo13),
};
const sender = "receiver.sender_host, receiver.sender_port,";

const hits = ({ earlier, raw }: Known) => hitRatio(earlier, raw);
const maxOf = ({ facts }: Known) => facts?.maxConnections;

/**
 * The pulse of a server in one row: what the fleet screen shows, the alerts judge and health is read from.
 * The only statement that every node is asked at every refresh.
 */
export const pulseView = defineView({
  name: "pulse",
  title: "Pulse",
  section: "fleet",
  tab: false,
  source: "pg_stat_activity, pg_stat_database, pg_prepared_xacts, pg_stat_wal_receiver, pg_locks",
  scope: "server",
  runsOn: "any",
  withheld: ({ hidden_processes, untracked_sessions, in_recovery, lag_seconds }) => {
    const allSeen = hidden_processes === 0 && untracked_sessions === 0;
    return allSeen && (in_recovery !== true || lag_seconds != null) ? null : "durations";
  },
  rowKey: [],
  sortBy: "connections",
  columns: {
    in_recovery: bool("standby", { required: true, about: "pg_is_in_recovery(): true on a standby" }),
    timeline: integer("tli", { about: "timeline that is written or received" }),
    connections: integer("conns", {
      required: true,
      about: "client backends; before 12 WAL senders too, which took their slots",
    }),
    usable_connections: integer("usable", {
      derive: ({ facts }) => facts && facts.maxConnections - facts.reservedConnections,
      about:
        "slots that ordinary roles can take: max_connections less superuser_reserved_connections and reserved_connections",
    }),
    max_connections: integer("max", { derive: maxOf, hidden: true, about: "max_connections" }),
    hidden_processes: integer("hidden", {
      required: true,
      hidden: true,
      about:
        "processes whose state our role may not see; active, waiting and idle in transaction are unknown then",
    }),
    untracked_sessions: integer("untracked", {
      required: true,
      hidden: true,
      about: "client backends with track_activities off; active and idle in transaction are unknown then",
    }),
    active: integer("act", { about: "client backends that run a statement, ours not counted" }),
    blocked: integer("wait", { about: "client backends that wait for a heavyweight lock" }),
    idle_in_transaction: integer("idle in tx", { about: "client backends idle in transaction" }),
    transactions: perSecond("TX/s", { about: "commits and rollbacks of all databases" }),
    blks_hit: perSecond("hit/s", { about: "buffers found in shared_buffers", hidden: true }),
    blks_read: perSecond("read/s", { about: "buffers read from the kernel", hidden: true }),
    hit_ratio: percent("hit%", { derive: hits, about: "blks_hit of blks_hit + blks_read, ten intervals" }),
    temp_bytes: perSecond("temp B/s", { about: "bytes written to temporary files", hidden: true }),
    deadlocks: perSecond("deadlocks/s", { about: "deadlocks detected", hidden: true }),
    tracks_counts: bool("counted", {
      required: true,
      hidden: true,
      about:
        "track_counts is on for every role and database; otherwise transactions, buffers and deadlocks are unknown",
    }),
    current_lsn: lsn("current", { about: "pg_current_wal_lsn(), on a primary" }),
    receive_lsn: lsn("received", { about: "pg_last_wal_receive_lsn(), on a standby" }),
    replay_lsn: lsn("replayed", { about: "pg_last_wal_replay_lsn(), on a standby" }),
    ...ofLag,
    oldest_transaction: seconds("oldest tx", {
      about: "age of the oldest open or prepared transaction that can be seen",
    }),
    oldest_open: seconds("oldest open", {
      hidden: true,
      about: "age of the oldest transaction that a session has open",
    }),
    oldest_pid: integer("oldest pid", {
      hidden: true,
      about: "process id of that session",
    }),
    oldest_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    oldest_prepared: seconds("oldest prepared", {
      hidden: true,
      about: "time since the oldest prepared transaction was prepared",
    }),
    oldest_prepared_gid: text("prepared gid", { hidden: true, about: "its name in pg_prepared_xacts" }),
    oldest_prepared_start: text("prepared at", { hidden: true, about: "when it was prepared" }),
    oldest_idle_in_transaction: seconds("oldest idle", { about: "longest time idle in transaction" }),
    oldest_idle_pid: integer("oldest idle pid", { hidden: true, about: "process id of that session" }),
    oldest_idle_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    longest_query: seconds("longest query", {
      hidden: true,
      about: "age of the longest running statement of a client that waits for no lock",
    }),
    longest_query_pid: integer("longest query pid", { hidden: true, about: "process id of its session" }),
    longest_query_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    sync_wait: seconds("sync wait", { hidden: true, about: "age of the oldest statement in SyncRep" }),
    sync_wait_pid: integer("sync wait pid", { hidden: true, about: "process id of its session" }),
    sync_wait_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    longest_wait: seconds("longest wait", {
      hidden: true,
      about:
        "longest wait of a client for a lock, where one is over a second old; before 14 since its state changed",
    }),
    blocking_pid: integer("blocking pid", {
      hidden: true,
      about: "process id of the session at the root of its chain; 0 is a prepared transaction",
    }),
    blocking_gid: text("blocking gid", {
      hidden: true,
      about: "name of the prepared transaction at the root of its chain",
    }),
    blocking_start: text("its start", { hidden: true, about: "backend_start_text of that session" }),
    seconds_since_replay: seconds("since replay", {
      hidden: true,
      about:
        "time since replayed_at, by the standby's clock; unknown when that clock is behind the primary's",
    }),
    replayed_at: epoch("replayed at", {
      hidden: true,
      about: "commit of the last transaction replayed, by the primary's clock",
    }),
    completed_xid: count("completed xid", {
      hidden: true,
      about: "on a standby every transaction before it is over there; on a primary none from it on is",
    }),
    receiver: text("receiver", { about: "pg_stat_wal_receiver.status, none when no WAL receiver runs" }),
    receiver_slot: text("receiver slot", {
      hidden: true,
      about: "primary_slot_name that the WAL receiver streams from",
    }),
    receiver_conninfo: text("receiver conninfo", {
      hidden: true,
      internal: true,
      about: "conninfo of its pg_stat_wal_receiver, which shows no password",
    }),
    ...ofConfigured,
    replay_paused: bool("paused", { hidden: true, about: "pg_is_wal_replay_paused(), on a standby" }),
    replay_wait: text("replay wait", { hidden: true, about: "wait event of a standby's replay, type:name" }),
    apply_delay: seconds("apply delay", {
      hidden: true,
      about: "recovery_min_apply_delay, on a standby; unknown before 12",
    }),
    sync_standbys: text("sync standbys", {
      hidden: true,
      about: "synchronous_standby_names, on a primary; empty where commits do not wait",
    }),
    sender_host: text("sender", { about: "the host this standby receives WAL from", since: 110000 }),
    sender_port: integer("port", { about: "the port this standby receives WAL from", since: 110000 }),
    started_at: text("started at", {
      hidden: true,
      about: "pg_postmaster_start_time() in microseconds since 1970, which tells servers of one system apart",
    }),
    server_time: epoch("clock", { required: true, hidden: true, about: "clock_timestamp() of the server" }),
  },
  sql: {
    100000: statement(oldest),
    110000: statement({ ...oldest, sender }),
    120000: statement({ ...oldest, sender, slot: isClient }),
    140000: statement({
      sender,
      slot: isClient,
      waitsKnown: "activity.hidden_processes = 0",
      waiter: chainOf(waiterSince14),
    }),
  },
});

export type PulseRow = RowOf<typeof pulseView>;
