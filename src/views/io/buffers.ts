import { byExtensionVersion, schemaMark } from "../../postgres/identifier.ts";
import { bytes, count, percent } from "../columns.ts";
import { defineView } from "../view.ts";

const share = (buffers: string, of: string) => `100 * ${buffers}::float8 / nullif(${of}, 0)`;

/** Neither function takes locks: the counts of a server that works are close, not exact. What is not used counts as 0. */
const statement = `
select
  (s.buffers_used + s.buffers_unused)::int8 as buffers,
  (s.buffers_used + s.buffers_unused) * pg_catalog.current_setting('block_size')::int8 as shared_buffers,
  s.buffers_used::int8 as buffers_used, s.buffers_unused::int8 as buffers_unused, s.buffers_dirty::int8 as buffers_dirty,
  s.buffers_pinned::int8 as buffers_pinned,
  least(${share("s.buffers_used", "s.buffers_used + s.buffers_unused")}, 100) as used_share,
  least(${share("s.buffers_dirty", "s.buffers_used")}, 100) as dirty_share,
  least(${share("u.most", "s.buffers_used")}, 100) as hot_share,
  least(${share("greatest(u.few - s.buffers_unused, 0)", "s.buffers_used")}, 100) as cold_share
from ${schemaMark}.pg_buffercache_summary() as s
cross join (
  select pg_catalog.sum(c.buffers) filter (where c.usage_count <= 1) as few,
    pg_catalog.sum(c.buffers) filter (where c.usage_count >= 5) as most
  from ${schemaMark}.pg_buffercache_usage_counts() as c
) as u`;

/** How full shared_buffers are, how much of them is to be written, and how much is used again and again. */
export const buffers = defineView({
  name: "buffers",
  title: "Shared buffers",
  section: "io",
  source: "pg_buffercache_summary(), pg_buffercache_usage_counts()",
  scope: "server",
  runsOn: "any",
  needsExtension: {
    name: "pg_buffercache",
    sql: { "1.4": statement },
    reads: ["pg_buffercache_summary", "pg_buffercache_usage_counts"],
  },
  // Each look goes over all buffers.
  everyMs: 30_000,
  rowKey: [],
  sortBy: "-dirty_share",
  lacks: () => true,
  columns: {
    shared_buffers: bytes("SIZE", { required: true, priority: 1, about: "bytes of all buffers" }),
    used_share: percent("USED%", { priority: 0, about: "buffers_used of all" }),
    dirty_share: percent("DIRTY%", {
      priority: 0,
      about: "buffers_dirty of those used: they are written before another page may have their place",
    }),
    hot_share: percent("HOT%", {
      priority: 1,
      about: "share of buffers_used with a usage count of 5, which is the most: what is needed all the time",
    }),
    cold_share: percent("COLD%", {
      priority: 1,
      about: "share of buffers_used with a usage count of 0 or 1: they give way first",
    }),
    buffers: count("BUFFERS", { required: true, priority: 4, about: "number of all buffers" }),
    buffers_used: count("USED", { required: true, priority: 3, about: "buffers that hold a page" }),
    buffers_unused: count("UNUSED", {
      required: true,
      priority: 3,
      about: "buffers that hold none: shared_buffers are larger than what was needed so far",
    }),
    buffers_dirty: count("DIRTY", {
      required: true,
      priority: 3,
      about: "buffers that were changed and not written yet",
    }),
    buffers_pinned: count("PINNED", {
      required: true,
      priority: 4,
      about: "buffers that a process has in use now",
    }),
  },
  sql: { 160000: byExtensionVersion },
});
