import { sessionColumns } from "../backends/session.ts";
import { bool, bytes, count, integer, text } from "../columns.ts";
import { defineView } from "../view.ts";

/** So many handles are shown. */
const most = 500;

const statement = `
select
  o.pid, o.io_id, o.io_generation, o.state, o.operation, o.length, o.off, o.target, o.target_desc, o.result,
  o.f_sync, o.f_localmem, o.f_buffered,
  a.datname::text as datname, a.usename::text as usename, a.application_name, pg_catalog.host(a.client_addr) as client_addr,
  a.backend_type
from pg_catalog.pg_get_aios() as o
left join pg_catalog.pg_stat_activity as a on a.pid = o.pid
order by o.length desc nulls last, o.pid, o.io_id
limit ${most}`;

/** Reads and writes that are under way, and who waits for them. */
export const aio = defineView({
  name: "aio",
  title: "Asynchronous I/O",
  section: "io",
  source: "pg_aios",
  scope: "server",
  runsOn: "any",
  needsRights: { functions: ["pg_catalog.pg_get_aios()"] },
  rowKey: ["pid", "io_id"],
  rowName: "pid",
  sortBy: "-length",
  none: "no I/O is under way",
  unknownIn: (rows) => (rows.length === most ? [`the ${most} largest are shown`] : []),
  lacks: () => true,
  columns: {
    pid: integer("PID", { required: true, priority: 0, about: "process that began it" }),
    io_id: integer("IO", { required: true, priority: 4, about: "its handle" }),
    io_generation: count("GENERATION", { hidden: true, about: "how often that was used" }),
    state: text("STATE", {
      priority: 0,
      about:
        "HANDED_OUT, DEFINED, STAGED: not begun; SUBMITTED: the kernel or a worker is at it; COMPLETED_…: done",
    }),
    operation: text("OPERATION", { priority: 1, about: "readv, writev or invalid: not known yet" }),
    length: bytes("LENGTH", { priority: 1, about: "bytes" }),
    off: bytes("OFFSET", { priority: 6, about: "where it begins in the file" }),
    target: text("TARGET", { priority: 4, about: "smgr: a relation" }),
    target_desc: text("OBJECT", { priority: 1, maxWidth: 60, about: "which blocks of which file" }),
    result: text("RESULT", { priority: 3, about: "UNKNOWN until it is done, OK, PARTIAL, WARNING or ERROR" }),
    f_sync: bool("SYNC", { hidden: true, about: "it is executed synchronously" }),
    f_localmem: bool("LOCAL", { hidden: true, about: "it is for memory of the process alone" }),
    f_buffered: bool("BUFFERED", { hidden: true, about: "through the cache of the kernel" }),
    ...sessionColumns,
  },
  sql: { 180000: statement },
});
