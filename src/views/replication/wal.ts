import { bytes, count, epoch, lsn, microsOf, millis, perSecond, text } from "../columns.ts";
import { whereGranted } from "../server/granted.ts";
import { defineView } from "../view.ts";

const directory = whereGranted(
  "pg_catalog.pg_ls_waldir()",
  "pg_catalog.sum(f.size), pg_catalog.count(*)",
  "pg_catalog.pg_ls_waldir() as f",
);

/** A size as the server prints it, in bytes. */
const sizeOf = (setting: string) =>
  `pg_catalog.pg_size_bytes(pg_catalog.current_setting('${setting}')) as ${setting}`;

/** A standby counts from what it has received or, right after its start, replayed, whichever is further. */
const statement = (added: string, joined = "") => `
select
  here.lsn, here.replay_lsn, pg_catalog.pg_wal_lsn_diff(here.lsn, '0/0')::int8 as written,
  directory.held[1] as size, directory.held[2] as files, ${added}
  ${sizeOf("wal_segment_size")}, ${sizeOf("min_wal_size")}, ${sizeOf("max_wal_size")},
  pg_catalog.current_setting('wal_level') as wal_level,
  pg_catalog.current_setting('archive_mode') as archive_mode
from (
  select case when pg_catalog.pg_is_in_recovery()
      then greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
      else pg_catalog.pg_current_wal_lsn() end as lsn,
    case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() end as replay_lsn
) as here
cross join (select ${directory} as held offset 0) as directory${joined}`;

const upTo12 = `pg_catalog.current_setting('wal_keep_segments')::int8
    * pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) as wal_keep_size,`;
const since13 = `${sizeOf("wal_keep_size")},
  case when pg_catalog.current_setting('max_slot_wal_keep_size') <> '-1'
       then pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_slot_wal_keep_size')) end as max_slot_wal_keep_size,`;
const since14 = `${since13}
  w.wal_bytes::int8 as wal_bytes, w.wal_records, w.wal_fpi, w.wal_buffers_full,
  pg_catalog.date_part('epoch', w.stats_reset) as stats_reset,`;
const statistics = "\ncross join pg_catalog.pg_stat_wal as w";

/** Time of writes or fsyncs. No operation takes none: where there are some and no time, no session measured it. */
const timeOf = (time: string, count: string) =>
  `case when ${time} > 0 or ${count} = 0 then ${microsOf(time)} end`;
const upTo17 = `${since14}
  w.wal_write, ${timeOf("w.wal_write_time", "w.wal_write")} as wal_write_time,
  w.wal_sync, ${timeOf("w.wal_sync_time", "w.wal_sync")} as wal_sync_time,`;
const since18 = `${since14}
  i.wal_write, ${timeOf("i.wal_write_time", "i.wal_write")} as wal_write_time,
  i.wal_sync, ${timeOf("i.wal_sync_time", "i.wal_sync")} as wal_sync_time,`;
/** Without new files, as pg_stat_wal counted before. */
const ofIo = `${statistics}
cross join (
  select pg_catalog.sum(o.writes)::int8 as wal_write, pg_catalog.sum(o.write_time) as wal_write_time,
    pg_catalog.sum(o.fsyncs)::int8 as wal_sync, pg_catalog.sum(o.fsync_time) as wal_sync_time
  from pg_catalog.pg_stat_io as o where o.object = 'wal' and o.context = 'normal'
) as i`;

/** Where a server is in its WAL, how fast it gets on, what it keeps of it and what is to be kept. */
export const wal = defineView({
  name: "wal",
  title: "WAL",
  section: "replication",
  source: "pg_ls_waldir(), pg_stat_wal, from 18 pg_stat_io, settings",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-size",
  resetAt: "stats_reset",
  lacks: ({ replay_lsn }, column) =>
    (column === "replay_lsn" && replay_lsn === null) || column === "max_slot_wal_keep_size",
  ungranted: ([row]) => (row?.["size"] === null ? "the size of the WAL directory may not be seen" : null),
  columns: {
    lsn: lsn("POSITION", {
      priority: 0,
      about: "up to where WAL is written; on a standby, up to where it is received",
    }),
    written: perSecond("WAL B/s", { priority: 0, spark: true, about: "bytes that this position moves on" }),
    replay_lsn: lsn("REPLAYED", { priority: 2, about: "on a standby, up to where WAL is replayed" }),
    size: bytes("SIZE", { priority: 0, about: "bytes of the files in the WAL directory" }),
    files: count("FILES", { priority: 1, about: "number of these files" }),
    max_wal_size: bytes("MAX", {
      required: true,
      priority: 1,
      about: "max_wal_size: a checkpoint begins before so much is written since the last one",
    }),
    min_wal_size: bytes("MIN", {
      required: true,
      priority: 4,
      about: "min_wal_size: so much is recycled and not removed",
    }),
    wal_keep_size: bytes("KEEP", {
      required: true,
      priority: 1,
      about: "wal_keep_size: so much stays for standbys; before 13, wal_keep_segments in bytes",
    }),
    max_slot_wal_keep_size: bytes("SLOTS KEEP", {
      priority: 1,
      since: 130000,
      about: "max_slot_wal_keep_size: slots keep so much at most; empty where there is no limit",
    }),
    wal_segment_size: bytes("SEGMENT", { required: true, priority: 5, about: "size of one file" }),
    wal_bytes: perSecond("MADE B/s", {
      priority: 3,
      since: 140000,
      about: "bytes of the records that this server makes: none on a standby",
    }),
    wal_records: perSecond("RECORDS/s", { priority: 3, since: 140000, about: "records made" }),
    wal_fpi: perSecond("FPI/s", {
      priority: 3,
      since: 140000,
      about: "whole pages in them: after a checkpoint each page is written once as a whole",
    }),
    wal_buffers_full: perSecond("FULL/s", {
      priority: 3,
      since: 140000,
      about: "writes that were needed because wal_buffers were full",
    }),
    wal_write: perSecond("WRITES/s", {
      priority: 4,
      since: 140000,
      about: "times that WAL was written to the kernel",
    }),
    wal_write_time: perSecond("WRITE ms/s", {
      ...millis,
      priority: 5,
      since: 140000,
      about: "milliseconds a second spent in that; unknown where track_wal_io_timing is off",
    }),
    wal_sync: perSecond("SYNCS/s", {
      priority: 4,
      since: 140000,
      about: "fsyncs of WAL: one may be of several commits",
    }),
    wal_sync_time: perSecond("SYNC ms/s", {
      ...millis,
      priority: 4,
      since: 140000,
      about:
        "milliseconds a second spent in that, while commits waited; unknown where track_wal_io_timing is off",
    }),
    wal_level: text("LEVEL", {
      required: true,
      priority: 2,
      about: "wal_level: minimal, replica or logical",
    }),
    archive_mode: text("ARCHIVE", { required: true, priority: 2, about: "archive_mode: off, on or always" }),
    stats_reset: epoch("RESET", {
      priority: 8,
      maxWidth: 20,
      since: 140000,
      about: "when records and pages began to be counted",
    }),
  },
  sql: {
    100000: statement(upTo12),
    130000: statement(since13),
    140000: statement(upTo17, statistics),
    180000: statement(since18, ofIo),
  },
});
