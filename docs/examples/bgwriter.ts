import { epoch, perSecond } from "../../src/views/columns.ts";
import { defineView } from "../../src/views/view.ts";

export const bgwriter = defineView({
  name: "bgwriter",
  title: "Background writer",
  section: "server",
  source: "pg_stat_bgwriter",
  scope: "server",
  runsOn: "any",
  rowKey: [],
  sortBy: "-buffers_alloc",
  columns: {
    buffers_alloc: perSecond("BUFFERS/s", { about: "buffers that were given to another page" }),
    stats_reset: epoch("RESET", { about: "when they began to be counted" }),
  },
  sql: {
    100000: `select b.buffers_alloc, pg_catalog.date_part('epoch', b.stats_reset) as stats_reset
      from pg_catalog.pg_stat_bgwriter as b`,
  },
});
