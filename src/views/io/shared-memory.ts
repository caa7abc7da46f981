import { bytes, percent, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** Of an extension there may be any number. */
const most = 500;

const statement = (status = "") => `
with s as (
  select a.name, a.off, a.size, a.allocated_size,
    100 * a.allocated_size::float8 / pg_catalog.sum(a.allocated_size) over () as share
  from pg_catalog.pg_get_shmem_allocations() as a
)
select '(total)' as name, null::int8 as off, pg_catalog.sum(s.size)::int8 as size,
  pg_catalog.sum(s.allocated_size)::int8 as allocated_size, 100::float8 as share,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) as shared_buffers, ${status && `${status} as huge_pages_status,`}
  pg_catalog.current_setting('huge_pages') as huge_pages
from s
union all
(select coalesce(s.name, '(free)'), s.off, s.size, s.allocated_size, s.share, null, ${status && "null, "}null
from s order by s.allocated_size desc limit ${most})`;

/** What the shared memory of a server is taken for, from its start on. */
export const sharedMemory = defineView({
  name: "shared_memory",
  title: "Shared memory",
  section: "io",
  source: "pg_shmem_allocations",
  scope: "server",
  runsOn: "any",
  needsRights: { functions: ["pg_catalog.pg_get_shmem_allocations()"] },
  everyMs: 15_000,
  rowKey: ["name"],
  sortBy: "-allocated_size",
  unknownIn: (rows) => (rows.length > most ? [`the ${most} largest allocations are shown`] : []),
  lacks: () => true,
  columns: {
    name: text("ALLOCATION", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about:
        "what it is for, in the server's own words: Buffer Blocks are the pages of shared_buffers; <anonymous> has no name, (free) is not in use",
    }),
    allocated_size: bytes("SIZE", { required: true, priority: 0, about: "bytes, with padding" }),
    share: percent("%", { priority: 1, about: "share of all shared memory" }),
    size: bytes("USED", { required: true, hidden: true, about: "bytes without padding" }),
    off: bytes("OFFSET", { hidden: true, about: "where it begins in the main segment" }),
    shared_buffers: bytes("SHARED BUFFERS", {
      priority: 3,
      about: "shared_buffers; in the row of the total",
    }),
    huge_pages: text("HUGE PAGES", {
      priority: 3,
      about: "huge_pages: off, on or try; in the row of the total",
    }),
    huge_pages_status: text("IN USE", {
      priority: 2,
      since: 170000,
      about: "huge_pages_status: whether huge pages are in use; in the row of the total",
    }),
  },
  sql: {
    130000: statement(),
    170000: statement("pg_catalog.current_setting('huge_pages_status')"),
  },
});
