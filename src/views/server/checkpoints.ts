import { count, epoch, perSecond } from "../columns.ts";
import { defineView } from "../view.ts";

/** Milliseconds that the server counts in float8, as whole ones. */
const ms = (column: string) => `pg_catalog.trunc(c.${column})::int8`;

const upTo16 = `
select c.checkpoints_timed as timed, c.checkpoints_req as requested, c.checkpoints_req as requests, c.buffers_checkpoint as buffers_written,
  ${ms("checkpoint_write_time")} as write_ms, ${ms("checkpoint_sync_time")} as sync_ms,
  pg_catalog.date_part('epoch', c.stats_reset) as stats_reset
from pg_catalog.pg_stat_bgwriter as c`;

const since17 = `
select c.num_timed as timed, c.num_requested as requested, c.num_requested as requests, c.buffers_written,
  ${ms("write_time")} as write_ms, ${ms("sync_time")} as sync_ms,
  c.restartpoints_done as restartpoints,
  pg_catalog.date_part('epoch', c.stats_reset) as stats_reset
from pg_catalog.pg_stat_checkpointer as c`;

/** How often a server checkpoints, and why. */
export const checkpoints = defineView({
  name: "checkpoints",
  title: "Checkpoints",
  section: "server",
  source: "pg_stat_bgwriter, from 17 pg_stat_checkpointer",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-requested",
  resetAt: "stats_reset",
  columns: {
    timed: perSecond("TIMED/s", { priority: 1, about: "checkpoints that checkpoint_timeout brought" }),
    requested: perSecond("REQ/s", {
      priority: 0,
      about: "checkpoints that max_wal_size, CHECKPOINT or a base backup brought",
    }),
    requests: count("REQUESTED", { priority: 4, about: "the same since stats_reset" }),
    restartpoints: perSecond("RESTART/s", {
      priority: 3,
      since: 170000,
      about: "restartpoints that a standby has done",
    }),
    buffers_written: perSecond("BUFFERS/s", { priority: 1, about: "buffers that checkpoints wrote" }),
    write_ms: perSecond("WRITE ms/s", { priority: 2, about: "time spent writing files" }),
    sync_ms: perSecond("SYNC ms/s", { priority: 2, about: "time spent in fsync" }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: { 100000: upTo16, 170000: since17 },
});
