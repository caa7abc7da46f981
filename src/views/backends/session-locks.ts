import { bool, integer, text } from "../columns.ts";
import { defineView } from "../view.ts";
import { lockedObject, lockedObjectJoins, lockText } from "./lock-sql.ts";

/** $1 is the process id; 0 for all sessions. A session's lock on its own virtual transaction says nothing. */
const statement = `
select w.pid, w.locktype, w.mode, w.granted, ${lockedObject} as object, w.lock
from (
  select l.pid, l.locktype, l.mode, l.granted, l.database, l.relation as on_relation, l.page as on_page,
    l.tuple as on_tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid,
    ${lockText} as lock
  from pg_catalog.pg_locks as l
  where l.pid is not null and l.pid <> pg_catalog.pg_backend_pid() and ($1::int4 = 0 or l.pid = $1::int4)
    and not (l.locktype = 'virtualxid' and l.granted and l.mode = 'ExclusiveLock')
) as w
${lockedObjectJoins}`;

/** The locks that a session has and waits for; of all sessions where none is chosen. */
export const sessionLocks = defineView({
  name: "session_locks",
  title: "Locks of a session",
  section: "backends",
  tab: false,
  source: "pg_locks",
  scope: "server",
  runsOn: "any",
  rowKey: ["pid", "lock", "mode", "granted"],
  sortBy: "pid",
  columns: {
    pid: integer("PID", { required: true, priority: 0, about: "process id of the session" }),
    granted: bool("HELD", { priority: 1, required: true, about: "whether it has the lock or waits for it" }),
    mode: text("MODE", { priority: 1, maxWidth: 24, required: true, about: "mode of the lock" }),
    locktype: text("LOCK", { priority: 2, maxWidth: 14, about: "kind of object that is locked" }),
    object: text("OBJECT", { priority: 1, maxWidth: 60, about: "what is locked" }),
    lock: text("LOCK ID", {
      hidden: true,
      required: true,
      about: "all columns of pg_locks that name the object",
    }),
  },
  parameters: ({ pid }) => [String(pid ?? 0)],
  sql: { 100000: statement },
});
