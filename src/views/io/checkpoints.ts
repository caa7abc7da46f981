import {
  bytes,
  count,
  epoch,
  lsn,
  microsOf,
  millis,
  percent,
  perSecond,
  seconds,
  tally,
  totalOf,
} from "../columns.ts";
import { whereGranted } from "../server/granted.ts";
import { defineView } from "../view.ts";

/** Positions in WAL as bytes. Some managed services withhold the control file. */
const lastOne = whereGranted(
  "pg_catalog.pg_control_checkpoint()",
  `pg_catalog.date_part('epoch', k.checkpoint_time)::int8,
   pg_catalog.pg_wal_lsn_diff(k.checkpoint_lsn, '0/0')::int8, pg_catalog.pg_wal_lsn_diff(k.redo_lsn, '0/0')::int8`,
  "pg_catalog.pg_control_checkpoint() as k",
);
const position = (bytes: string) => `case when ${bytes} is not null
    then pg_catalog.concat(pg_catalog.to_hex(${bytes} >> 32), '/', pg_catalog.to_hex(${bytes} & 4294967295))::pg_lsn end`;

/** The greatest of a position that is not known, and another one, is the other one. */
const statement = (counters: string, timed: string, requested: string, relation: string) => `
select ${counters},
  c.${timed} as num_timed, c.${requested} as num_requested,
  100 * c.${requested}::float8 / nullif(c.${timed} + c.${requested}, 0) as requested_share,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) - last.held[1] as checkpoint_age,
  ${position("last.held[2]")} as checkpoint_lsn,
  ${position("last.held[3]")} as redo_lsn,
  case when here.at >= last.held[3] then here.at - last.held[3] end as redo_bytes,
  pg_catalog.date_part('epoch', pg_catalog.current_setting('checkpoint_timeout')::interval) as checkpoint_timeout,
  pg_catalog.date_part('epoch', c.stats_reset) as stats_reset
from pg_catalog.${relation} as c
cross join (select ${lastOne} as held offset 0) as last
cross join (
  select pg_catalog.pg_wal_lsn_diff(case when pg_catalog.pg_is_in_recovery()
    then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end, '0/0')::int8 as at
) as here`;

const upTo16 = statement(
  `c.buffers_checkpoint as buffers_written,
  ${microsOf("c.checkpoint_write_time")} as write_time, ${microsOf("c.checkpoint_sync_time")} as sync_time`,
  "checkpoints_timed",
  "checkpoints_req",
  "pg_stat_bgwriter",
);
const since17 = (added = "") =>
  statement(
    `c.buffers_written, ${microsOf("c.write_time")} as write_time, ${microsOf("c.sync_time")} as sync_time,
  c.restartpoints_done${added}`,
    "num_timed",
    "num_requested",
    "pg_stat_checkpointer",
  );

/** How often a server checkpoints, why, what that takes, and how much WAL is to be replayed if it crashes now. */
export const checkpoints = defineView({
  name: "checkpoints",
  title: "Checkpoints",
  section: "io",
  source: "pg_stat_bgwriter, from 17 pg_stat_checkpointer; pg_control_checkpoint()",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-num_requested",
  resetAt: "stats_reset",
  lacks: ({ num_timed_total, num_requested_total }, column) =>
    column === "requested_share" && num_timed_total === 0n && num_requested_total === 0n,
  withheld: ({ checkpoint_age }) => (checkpoint_age === null ? "durations" : null),
  unknownIn: ([row]) =>
    row?.["checkpoint_lsn"] === null
      ? [
          "the last checkpoint is unknown without GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_checkpoint()",
        ]
      : [],
  columns: {
    num_timed: perSecond("TIMED/s", { priority: 1, about: "checkpoints that checkpoint_timeout brought" }),
    num_requested: perSecond("REQ/s", {
      priority: 0,
      about: "checkpoints that max_wal_size, CHECKPOINT or a base backup brought",
    }),
    num_timed_total: count("ALL TIMED", {
      ...totalOf("num_timed"),
      priority: 4,
      about: "those of checkpoint_timeout since stats_reset",
    }),
    num_requested_total: count("ALL REQ", {
      ...totalOf("num_requested"),
      priority: 4,
      about: "those requested since stats_reset",
    }),
    requested_share: percent("REQ%", {
      priority: 2,
      about:
        "num_requested of all since stats_reset: when it is high, max_wal_size is low for what is written",
    }),
    num_done: tally("DONE", {
      priority: 5,
      since: 180000,
      about:
        "those that were done since stats_reset: one is left out where nothing was written since the last",
    }),
    restartpoints_done: perSecond("RESTART/s", {
      priority: 3,
      since: 170000,
      about: "restartpoints that a standby has done",
    }),
    checkpoint_age: seconds("LAST", {
      priority: 0,
      about: "time since the last checkpoint began; on a standby, the one of its last restartpoint",
    }),
    checkpoint_lsn: lsn("LSN", { priority: 4, about: "where its record is in WAL" }),
    redo_lsn: lsn("REDO", { hidden: true, about: "where replay begins after a crash" }),
    redo_bytes: bytes("REDO WAL", { priority: 1, about: "WAL that would be replayed after a crash now" }),
    buffers_written: perSecond("BUFFERS/s", { priority: 1, about: "buffers that checkpoints wrote" }),
    slru_written: perSecond("SLRU/s", {
      priority: 5,
      since: 180000,
      about: "pages of SLRU caches that they wrote",
    }),
    write_time: perSecond("WRITE ms/s", {
      ...millis,
      priority: 2,
      about: "milliseconds a second spent writing files, with the pauses between: 1000 is all the time",
    }),
    sync_time: perSecond("SYNC ms/s", {
      ...millis,
      priority: 2,
      about: "milliseconds a second spent in fsync",
    }),
    checkpoint_timeout: seconds("TIMEOUT", {
      required: true,
      priority: 5,
      about: "checkpoint_timeout: the next begins so long after the last at most",
    }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    100000: upTo16,
    170000: since17(),
    180000: since17(", c.num_done, c.slru_written"),
  },
});
