import {
  above,
  ageOf,
  bool,
  bytes,
  count,
  integer,
  lsn,
  perSecond,
  seconds,
  secondsSince,
  tally,
  text,
} from "../columns.ts";
import { defineView, type Row, type RowOf } from "../view.ts";

const gigabyte = 1024 ** 3;

/**
 * Whether a slot `s` keeps VACUUM from removing rows: not once it is lost, in releases since August 2023 ("Ignore invalidated
 * replication slots while determining oldest catalog xmin": 13.12, 14.9, 15.4).
 */
export const keepsRows = `(s.wal_status is distinct from 'lost'
    or pg_catalog.current_setting('server_version_num')::int4 between 130000 and 130011
    or pg_catalog.current_setting('server_version_num')::int4 between 140000 and 140008
    or pg_catalog.current_setting('server_version_num')::int4 between 150000 and 150003)`;

/** A standby counts from what it has received or, right after its start, replayed, whichever is further. */
const statement = (added: string, joined = "", keeps = "true") => `
select
  s.slot_name, s.slot_type, s.plugin, s.database, s.temporary, s.active, s.active_pid,
  case when s.restart_lsn >= here.lsn then 0
       else pg_catalog.pg_wal_lsn_diff(here.lsn, s.restart_lsn) end::int8 as retained,
  case when s.confirmed_flush_lsn >= here.lsn then 0
       else pg_catalog.pg_wal_lsn_diff(here.lsn, s.confirmed_flush_lsn) end::int8 as behind,
  ${added}
  case when ${keeps} then ${ageOf("s.xmin")} end as xmin_age,
  case when ${keeps} then ${ageOf("s.catalog_xmin")} end as catalog_xmin_age,
  s.restart_lsn, s.confirmed_flush_lsn,
  pg_catalog.pg_wal_lsn_diff(coalesce(s.confirmed_flush_lsn, s.restart_lsn), '0/0')::int8 as consumed
from pg_catalog.pg_replication_slots as s
cross join (
  select case when pg_catalog.pg_is_in_recovery()
    then greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
    else pg_catalog.pg_current_wal_lsn() end as lsn
) as here${joined}`;

/**
 * A slot that has less left than nothing loses its WAL at the next checkpoint. Of one that was never used, and keeps none,
 * the server tells a size too.
 */
const since13 = `s.wal_status, case when s.restart_lsn is null then null when s.safe_wal_size < 0 then 0
    else s.safe_wal_size end as safe_wal_size,`;
const since14 = `${since13} s.two_phase,
  st.spill_txns, st.spill_bytes, st.stream_txns, st.stream_bytes, st.total_txns, st.total_bytes,`;
/** Logical slots only have statistics. */
const statistics = `
left join pg_catalog.pg_stat_replication_slots as st on st.slot_name = s.slot_name`;
const since17 = `${since14} s.invalidation_reason, s.synced, s.failover,
  ${secondsSince("s.inactive_since")} as inactive_seconds,`;

const ofLogical = new Set([
  ...["plugin", "database", "behind", "confirmed_flush_lsn"],
  ...["spill_txns", "spill_bytes", "stream_txns", "stream_bytes", "total_txns", "total_bytes"],
]);

/** Whether a null of a slot is none: a physical one decodes nothing, and what keeps no rows has no xmin. */
export function lacksOfSlot({ slot_type, active }: Row, column: string): boolean {
  if (ofLogical.has(column)) return slot_type === "physical";
  return (
    column === "xmin_age" || column === "catalog_xmin_age" || (column === "active_pid" && active === false)
  );
}

/** Replication slots of a server as it tells them; the view `slots` says more of them. */
export const replicationSlots = defineView({
  name: "replication_slots",
  title: "Replication slots",
  section: "replication",
  tab: false,
  source: "pg_replication_slots, pg_stat_replication_slots",
  scope: "server",
  runsOn: "any",
  rowKey: ["slot_name"],
  rowName: "slot_name",
  sortBy: "-retained",
  lacks: lacksOfSlot,
  columns: {
    slot_name: text("SLOT", { required: true, priority: 0, maxWidth: 30, about: "name of the slot" }),
    slot_type: text("TYPE", { priority: 3, about: "physical or logical" }),
    plugin: text("PLUGIN", { priority: 6, maxWidth: 16, about: "output plugin of a logical slot" }),
    database: text("DATABASE", { priority: 5, maxWidth: 16, about: "database of a logical slot" }),
    temporary: bool("TEMP", { priority: 7, about: "it goes with its session" }),
    active: bool("ACTIVE", {
      priority: 1,
      about: "a consumer is connected to it",
      severity: (active) => (active ? "ok" : "warning"),
    }),
    active_pid: integer("PID", { priority: 4, about: "process id of the WAL sender that serves it" }),
    retained: bytes("RETAINED", {
      priority: 1,
      about: "WAL that is kept for it",
      severity: above(10 * gigabyte, 50 * gigabyte),
    }),
    behind: bytes("BEHIND", { priority: 3, about: "WAL that a logical consumer has not confirmed" }),
    wal_status: text("WAL", {
      priority: 2,
      since: 130000,
      about: "reserved, extended, unreserved or lost",
      severity: (status) => (status === "lost" ? "critical" : status === "unreserved" ? "warning" : "ok"),
    }),
    safe_wal_size: bytes("SAFE", {
      priority: 3,
      since: 130000,
      about: "WAL that may still be written before it is in danger; unknown without max_slot_wal_keep_size",
    }),
    invalidation_reason: text("INVALID", { priority: 4, since: 170000, about: "why it was invalidated" }),
    synced: bool("SYNCED", { hidden: true, since: 170000, about: "a standby's copy of its primary's slot" }),
    failover: bool("FAILOVER", { hidden: true, since: 170000, about: "standbys copy it" }),
    inactive_seconds: seconds("INACTIVE", { priority: 2, since: 170000, about: "time without a consumer" }),
    xmin_age: count("XMIN AGE", {
      priority: 4,
      about: "transactions back to the oldest whose rows it keeps from VACUUM",
    }),
    catalog_xmin_age: count("CAT AGE", { priority: 5, about: "the same for rows of the catalogs" }),
    two_phase: bool("TWO PHASE", { hidden: true, since: 140000, about: "it decodes prepared transactions" }),
    spill_txns: tally("SPILLED TX", {
      hidden: true,
      since: 140000,
      about: "transactions decoded to disk, since logical_decoding_work_mem was too small for them",
    }),
    spill_bytes: bytes("SPILLED", {
      isTally: true,
      hidden: true,
      since: 140000,
      about: "bytes decoded to disk",
    }),
    stream_txns: tally("STREAMED TX", {
      hidden: true,
      since: 140000,
      about: "transactions sent before they ended",
    }),
    stream_bytes: bytes("STREAMED", {
      isTally: true,
      hidden: true,
      since: 140000,
      about: "bytes decoded for these",
    }),
    total_txns: tally("SENT TX", { hidden: true, since: 140000, about: "transactions sent to its consumer" }),
    total_bytes: bytes("DECODED", {
      isTally: true,
      hidden: true,
      since: 140000,
      about: "bytes decoded for its consumer",
    }),
    consumed: perSecond("CONSUMED/s", {
      hidden: true,
      about: "bytes of WAL a second that its consumer is done with",
    }),
    restart_lsn: lsn("RESTART", { hidden: true, about: "oldest WAL that its consumer may need" }),
    confirmed_flush_lsn: lsn("CONFIRMED", { hidden: true, about: "what a logical consumer has confirmed" }),
  },
  sql: {
    100000: statement(""),
    130000: statement(since13, "", keepsRows),
    140000: statement(since14, statistics, keepsRows),
    170000: statement(since17, statistics, keepsRows),
  },
});

export type Slot = RowOf<typeof replicationSlots>;
