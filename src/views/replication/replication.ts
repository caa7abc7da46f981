import { above, bytes, epoch, integer, lsn, seconds, secondsSince, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";

const megabyte = 1024 ** 2;

/** How far a receiver is behind the sender; positions are read one after another and may overtake. */
const behind = (position: string) =>
  `case when r.${position} >= sender.lsn then 0
       else pg_catalog.pg_wal_lsn_diff(sender.lsn, r.${position}) end::int8`;

/**
 * The time until it reported a position; null for one that it never reports. pg_receivewal, pg_recvlogical and
 * pg_basebackup replay nothing, and what the server gives for them is the age of the connection.
 */
const lagOf = (position: string) => `case when r.${position}_lsn is not null
       then pg_catalog.date_part('epoch', r.${position}_lag) end as ${position}_lag`;

/**
 * A standby sends what it has received or, right after its start, replayed, whichever is further.
 * reply_time exists from 12.
 */
const statement = (replyTime: string) => `
select
  r.pid, r.application_name, r.usename, r.client_addr, slot.slot_name, slot.slot_type, r.state, r.sync_state, r.sync_priority,
  ${behind("sent_lsn")} as sent_behind,
  ${behind("write_lsn")} as write_behind,
  ${behind("flush_lsn")} as flush_behind,
  ${behind("replay_lsn")} as replay_behind,
  ${lagOf("write")},
  ${lagOf("flush")},
  ${lagOf("replay")}, r.replay_lsn,
  ${replyTime}
  pg_catalog.date_part('epoch', r.backend_start) as backend_start
from pg_catalog.pg_stat_replication as r
cross join (
  select case when pg_catalog.pg_is_in_recovery()
    then greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
    else pg_catalog.pg_current_wal_lsn() end as lsn
) as sender
left join pg_catalog.pg_replication_slots as slot on slot.active_pid = r.pid`;

/** Who receives WAL from a server, which may be a standby itself, and how far each is behind it. */
export const replication = defineView({
  name: "replication",
  title: "Replication",
  section: "replication",
  source: "pg_stat_replication",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "states and positions may not be seen",
  withheld: ({ state }) => (state === null ? "row" : null),
  none: "no WAL sender: nothing receives WAL from here",
  rowKey: ["pid", "backend_start"],
  sortBy: "-replay_behind",
  duration: "replay_lag",
  columns: {
    application_name: text("APP", { priority: 0, maxWidth: 20, about: "application_name of the receiver" }),
    client_addr: text("CLIENT", {
      priority: 4,
      maxWidth: 20,
      about: "address of the receiver; empty on a Unix socket",
    }),
    usename: text("USER", { priority: 7, maxWidth: 14, about: "role it logged in as" }),
    slot_name: text("SLOT", { priority: 3, maxWidth: 20, about: "replication slot it streams from" }),
    slot_type: text("SLOT TYPE", { hidden: true, about: "physical, or logical for a subscription" }),
    state: text("STATE", {
      priority: 1,
      about: "startup, catchup, streaming, backup or stopping",
      severity: (state) => (state === "catchup" || state === "stopping" ? "warning" : "ok"),
    }),
    sync_state: text("SYNC", { priority: 2, about: "async, potential, sync or quorum" }),
    sync_priority: integer("PRIORITY", {
      hidden: true,
      about: "place in a priority-based synchronous_standby_names; 0 is asynchronous",
    }),
    sent_behind: bytes("SENT", { priority: 5, about: "WAL not sent to it yet" }),
    write_behind: bytes("WRITE", { priority: 6, about: "WAL it has not written yet" }),
    flush_behind: bytes("FLUSH", { priority: 4, about: "WAL it has not flushed to disk yet" }),
    replay_behind: bytes("REPLAY", {
      priority: 1,
      about: "WAL it has not replayed yet",
      severity: above(256 * megabyte, 1024 * megabyte),
    }),
    write_lag: seconds("WRITE LAG", { priority: 6, about: "time until it reported recent WAL written" }),
    flush_lag: seconds("FLUSH LAG", { priority: 4, about: "time until it reported recent WAL flushed" }),
    replay_lag: seconds("REPLAY LAG", {
      priority: 1,
      about:
        "time until it reported recent WAL replayed; empty when idle and caught up, and for a receiver that never replays",
      severity: above(10, 60),
    }),
    replay_lsn: lsn("REPLAYED", { hidden: true, about: "position that it reported replayed" }),
    reply_age: seconds("REPLY", {
      priority: 3,
      since: 120000,
      about: "age of its last reply, whose time is by the receiver's clock; unknown when that is ahead",
    }),
    backend_start: epoch("STARTED", { priority: 8, maxWidth: 20, about: "when the WAL sender began" }),
    pid: integer("PID", { required: true, priority: 7, about: "process id of the WAL sender" }),
  },
  sql: {
    100000: statement(""),
    120000: statement(`${secondsSince("r.reply_time")} as reply_age,`),
  },
});

export type WalSender = RowOf<typeof replication>;
