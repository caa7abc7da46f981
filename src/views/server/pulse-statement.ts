import { showsToMembers } from "../../postgres/server.ts";
import { countsAreKept } from "../storage/databases.ts";

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

/** A hidden backend that has a user is a client or a worker of one; autovacuum has a database and no user. */
const isClient = "coalesce(backend_type = 'client backend', datid is not null and usesysid is not null)";

const epochOf = (moment: string) => `pg_catalog.date_part('epoch', ${moment})`;
/** The text of backend_start: a float8 of this century holds its microseconds. */
const startText = (seconds: string) => `pg_catalog.to_timestamp(${seconds})::text`;

const now = epochOf("pg_catalog.clock_timestamp()");

/** Since when, by which session, and when that began: the smallest of these arrays is the oldest. */
const oldestOf = (moment: string, which: string) =>
  `pg_catalog.min(array[${epochOf(moment)}, pid, ${epochOf("backend_start")}])
      filter (where other and ${which} and ${moment} is not null)`;

/**
 * How long the longest wait lasts, and the root of its chain, found by the first blocker of each; 0 is a prepared
 * transaction. A chain of 20 is a circle, which the server ends.
 */
const chainOf = (waiter: string) => `
  with recursive waiter as (${waiter}),
  chain as (
    select w.pid, pg_catalog.pg_blocking_pids(w.pid) as blockers, 0 as depth from waiter as w
    union all
    select c.blockers[1], pg_catalog.pg_blocking_pids(c.blockers[1]), c.depth + 1
    from chain as c where c.blockers[1] <> 0 and c.depth < 20
  )
  select array[w.seconds, root.pid, ${epochOf("r.backend_start")}]
  from waiter as w
  cross join (
    select case when c.blockers[1] = 0 then 0 when c.depth > 0 then c.pid end as pid
    from chain as c order by c.depth desc limit 1
  ) as root
  left join pg_catalog.pg_stat_activity as r on r.pid = root.pid`;

const waiterUpTo13 = `
    select a.pid, ${epochOf("pg_catalog.clock_timestamp() - a.state_change")} as seconds
    from pg_catalog.pg_stat_activity as a
    where a.wait_event_type = 'Lock' and ${isClient} order by a.state_change limit 1`;

const waiterSince14 = `
    select l.pid, ${epochOf("pg_catalog.clock_timestamp() - l.waitstart")} as seconds
    from pg_catalog.pg_locks as l join pg_catalog.pg_stat_activity as a on a.pid = l.pid
    where not l.granted and a.wait_event_type = 'Lock' and ${isClient} order by l.waitstart limit 1`;

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
  activity.oldest[2]::int4 as oldest_pid, ${startText("activity.oldest[3]")} as oldest_start,
  ${now} - activity.idle[1] as oldest_idle_in_transaction,
  activity.idle[2]::int4 as oldest_idle_pid, ${startText("activity.idle[3]")} as oldest_idle_start,
  ${now} - activity.running[1] as longest_query,
  activity.running[2]::int4 as longest_query_pid, ${startText("activity.running[3]")} as longest_query_start,
  waiting.chain[1] as longest_wait, waiting.chain[2]::int4 as blocking_pid, ${startText("waiting.chain[3]")} as blocking_start,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - prepared.oldest) as oldest_prepared,
  prepared.gid as oldest_prepared_gid, prepared.oldest::text as oldest_prepared_start,
  statistics.*,
  case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_current_wal_lsn() end as current_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_receive_lsn() end as receive_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() end as replay_lsn,
  case when pg_catalog.pg_is_in_recovery()
       then pg_catalog.date_part('epoch', pg_catalog.pg_last_xact_replay_timestamp()) end as replayed_at,
  case when pg_catalog.pg_is_in_recovery()
        and pg_catalog.pg_last_xact_replay_timestamp() <= pg_catalog.clock_timestamp()
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())
  end as seconds_since_replay,
  case when pg_catalog.pg_is_in_recovery()
       then coalesce(receiver.status, case when receiver.pid is null then 'none' end) end as receiver, ${sender}
  case when pg_catalog.pg_is_in_recovery() and pg_catalog.pg_has_role('pg_read_all_settings', ${showsToMembers})
       then pg_catalog.current_setting('primary_conninfo', true) <> '' end as follows,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_is_wal_replay_paused() end as replay_paused,
  case when pg_catalog.pg_is_in_recovery()
       then ${epochOf("pg_catalog.current_setting('recovery_min_apply_delay', true)::interval")} end as apply_delay,
  case when not pg_catalog.pg_is_in_recovery()
       then nullif(pg_catalog.current_setting('synchronous_standby_names'), '') end as sync_standbys,
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
    ${oldestOf("query_start", "state = 'active'")} as running,
    pg_catalog.min(state_change) filter (where other and wait_event_type = 'Lock') as waiting_since
  from (
    select pid, backend_start, query_start, state, wait_event_type, xact_start, state_change,
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
left join pg_catalog.pg_stat_wal_receiver as receiver on true`;

const oldest = {
  sender: "",
  // The launcher of logical replication has a user too, the bootstrap superuser, and no database.
  slot: `coalesce(backend_type in ('client backend', 'walsender'),
    usesysid is not null and (datid is not null or usesysid <> 10))`,
  waitsKnown: "activity.hidden_processes + activity.untracked_sessions = 0",
  waiter: chainOf(waiterUpTo13),
};
const sender = "receiver.sender_host, receiver.sender_port,";

/** The pulse of a server, by the lowest version that each fits. */
export const pulseStatements: Readonly<Record<number, string>> = {
  100000: statement(oldest),
  110000: statement({ ...oldest, sender }),
  120000: statement({ ...oldest, sender, slot: isClient }),
  140000: statement({
    sender,
    slot: isClient,
    waitsKnown: "activity.hidden_processes = 0",
    waiter: chainOf(waiterSince14),
  }),
};
