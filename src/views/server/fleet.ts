import { bool, bytes, epoch, integer, lsn, percent, perSecond, seconds, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";

/** Columns of pg_stat_wal_receiver: sender_host and sender_port exist from 11. */
const statement = (sender: string) => `
select
  pg_catalog.pg_is_in_recovery() as in_recovery,
  case when pg_catalog.pg_is_in_recovery() then receiver.received_tli
       else ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int4
  end as timeline,
  activity.*,
  statistics.*,
  case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_current_wal_lsn() end as current_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_receive_lsn() end as receive_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() end as replay_lsn,
  case when pg_catalog.pg_is_in_recovery() then pg_catalog.date_part('epoch',
    pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) end as seconds_since_replay,
  receiver.status as receiver, ${sender}
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) as server_time
from (
  select
    pg_catalog.count(*) filter (where client) as connections,
    case when hidden = 0 then pg_catalog.count(*) filter (where other and state = 'active') end as active,
    case when hidden = 0 then pg_catalog.count(*) filter (where other and wait_event_type = 'Lock') end as blocked,
    case when hidden = 0 then pg_catalog.count(*) filter (where other and state like 'idle in transaction%') end as idle_in_transaction,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.min(xact_start) filter (where other)) as oldest_transaction,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.min(state_change)
      filter (where other and state like 'idle in transaction%')) as oldest_idle_in_transaction
  from (
    select state, wait_event_type, xact_start, state_change,
      coalesce(backend_type = 'client backend', datid is not null) as client,
      coalesce(backend_type = 'client backend', datid is not null) and pid <> pg_catalog.pg_backend_pid() as other,
      pg_catalog.count(*) filter (where backend_type is null) over () as hidden
    from pg_catalog.pg_stat_activity
  ) as backends
  group by hidden
) as activity
cross join (
  select
    pg_catalog.sum(xact_commit + xact_rollback)::int8 as transactions,
    pg_catalog.sum(blks_hit)::int8 as blks_hit,
    pg_catalog.sum(blks_read)::int8 as blks_read,
    pg_catalog.sum(temp_bytes)::int8 as temp_bytes,
    pg_catalog.sum(deadlocks)::int8 as deadlocks
  from pg_catalog.pg_stat_database
) as statistics
left join pg_catalog.pg_stat_wal_receiver as receiver on true`;

/**
 * The pulse of a server in one row: what the fleet screen shows, the alerts judge and health is read from.
 * The only statement that every node is asked at every refresh.
 */
export const fleet = defineView({
  name: "fleet",
  title: "Fleet",
  source: "pg_stat_activity, pg_stat_database, pg_stat_wal_receiver",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "connections",
  columns: {
    in_recovery: bool("standby", { about: "pg_is_in_recovery(): true on a standby" }),
    timeline: integer("tli", { about: "timeline that is written or received" }),
    connections: integer("conns", { about: "client backends" }),
    max_connections: integer("max", { derived: true, about: "max_connections" }),
    active: integer("act", { about: "client backends that run a statement, ours not counted" }),
    blocked: integer("wait", { about: "client backends that wait for a heavyweight lock" }),
    idle_in_transaction: integer("idle in tx", { about: "client backends idle in transaction" }),
    transactions: perSecond("TX/s", { about: "commits and rollbacks of all databases" }),
    blks_hit: perSecond("hit/s", { about: "buffers found in shared_buffers", hidden: true }),
    blks_read: perSecond("read/s", { about: "buffers read from the kernel", hidden: true }),
    hit_ratio: percent("hit%", {
      derived: true,
      about: "blks_hit of blks_hit + blks_read, last ten intervals",
    }),
    temp_bytes: perSecond("temp B/s", { about: "bytes written to temporary files", hidden: true }),
    deadlocks: perSecond("deadlocks/s", { about: "deadlocks detected", hidden: true }),
    current_lsn: lsn("current", { about: "pg_current_wal_lsn(), on a primary" }),
    receive_lsn: lsn("received", { about: "pg_last_wal_receive_lsn(), on a standby" }),
    replay_lsn: lsn("replayed", { about: "pg_last_wal_replay_lsn(), on a standby" }),
    lag_bytes: bytes("lag", { derived: true, about: "WAL of the primary that is not replayed here" }),
    lag_seconds: seconds("lag time", { derived: true, about: "age of the oldest WAL not replayed here" }),
    oldest_transaction: seconds("oldest tx", { about: "age of the oldest open transaction" }),
    oldest_idle_in_transaction: seconds("oldest idle", { about: "longest time idle in transaction" }),
    seconds_since_replay: seconds("since replay", {
      hidden: true,
      about: "age of the last transaction replayed, by the standby's clock",
    }),
    receiver: text("receiver", { about: "pg_stat_wal_receiver.status; null when no WAL receiver runs" }),
    sender_host: text("sender", { about: "the host this standby receives WAL from", since: 110000 }),
    sender_port: integer("port", { about: "the port this standby receives WAL from", since: 110000 }),
    server_time: epoch("clock", { hidden: true, about: "clock_timestamp() of the server" }),
  },
  sql: {
    100000: statement(""),
    110000: statement("receiver.sender_host, receiver.sender_port,"),
  },
});

export type FleetRow = RowOf<typeof fleet>;
