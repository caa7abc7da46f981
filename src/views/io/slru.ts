import { epoch, percent, perSecond, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** The small caches of the server for what it knows of transactions, beside shared_buffers. */
export const slru = defineView({
  name: "slru",
  title: "SLRU caches",
  section: "io",
  source: "pg_stat_slru",
  scope: "server",
  runsOn: "any",
  rowKey: ["name"],
  sortBy: "-blks_read",
  resetAt: "stats_reset",
  lacks: (_, column) => column === "hit_ratio",
  columns: {
    name: text("CACHE", {
      required: true,
      priority: 0,
      about:
        "transaction: commit state; subtransaction: parents; multixact_offset, multixact_member: row locks of several; notify: NOTIFY; serializable; commit_timestamp; other. Before 17 in other words",
    }),
    blks_read: perSecond("READ/s", { priority: 0, about: "pages read from files: each took a wait" }),
    hit_ratio: percent("HIT%", {
      priority: 1,
      about: "blks_hit of blks_hit + blks_read since stats_reset; empty where none was looked for",
    }),
    blks_hit: perSecond("HIT/s", { priority: 1, about: "pages found in the cache" }),
    blks_written: perSecond("WRITE/s", { priority: 2, about: "pages written to files" }),
    blks_zeroed: perSecond("NEW/s", { priority: 3, about: "new pages, for new transactions and the like" }),
    blks_exists: perSecond("EXISTS/s", {
      priority: 6,
      about: "times that it was looked whether a page exists",
    }),
    flushes: perSecond("FLUSH/s", { priority: 5, about: "times that all dirty pages were written" }),
    truncates: perSecond("TRUNCATE/s", { priority: 6, about: "times that old pages were removed" }),
    stats_reset: epoch("RESET", { priority: 8, maxWidth: 20, about: "when the counters began" }),
  },
  sql: {
    130000: `
select s.name, s.blks_zeroed, s.blks_hit, s.blks_read, s.blks_written, s.blks_exists, s.flushes, s.truncates,
  100 * s.blks_hit::float8 / nullif(s.blks_hit + s.blks_read, 0) as hit_ratio,
  pg_catalog.date_part('epoch', s.stats_reset) as stats_reset
from pg_catalog.pg_stat_slru as s
order by s.blks_read desc, s.name`,
  },
});
