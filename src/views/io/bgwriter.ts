import { epoch, perSecond } from "../columns.ts";
import { defineView } from "../view.ts";

const ownCounters = (more: string) => `
select b.buffers_clean, b.maxwritten_clean, b.buffers_alloc, ${more}
  pg_catalog.date_part('epoch', b.stats_reset) as stats_reset
from pg_catalog.pg_stat_bgwriter as b`;

/** Dirty buffers that are written so that a process which needs a buffer finds one free, and those that it writes itself. */
export const bgwriter = defineView({
  name: "bgwriter",
  title: "Background writer",
  section: "io",
  source: "pg_stat_bgwriter",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-buffers_alloc",
  resetAt: "stats_reset",
  // Where there are rates, only these may lack: from 17 on.
  lacks: ({ buffers_alloc }) => buffers_alloc !== null,
  columns: {
    buffers_alloc: perSecond("ALLOC/s", { about: "buffers given to another page" }),
    buffers_clean: perSecond("CLEAN/s", { about: "dirty buffers that the background writer wrote" }),
    maxwritten_clean: perSecond("STOPPED/s", { about: "rounds that ended at bgwriter_lru_maxpages" }),
    buffers_backend: perSecond("BACKENDS/s", {
      about: "buffers that other processes wrote or added to files; from 17 in io",
    }),
    buffers_backend_fsync: perSecond("FSYNC/s", {
      about: "fsyncs by these, since the checkpointer's queue was full; from 17 in io",
      severity: (rate) => (rate > 0 ? "warning" : "ok"),
    }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    100000: ownCounters("b.buffers_backend, b.buffers_backend_fsync,"),
    170000: ownCounters("null::int8 as buffers_backend, null::int8 as buffers_backend_fsync,"),
  },
});
