import { activity } from "../backends/activity.ts";
import { ageOf, count, epoch, integer, seconds, text } from "../columns.ts";
import { replication } from "../replication/replication.ts";
import { keepsRows } from "../replication/replication-slots.ts";
import { slots } from "../replication/slots.ts";
import { defineView, keyOf, type Row, type RowOf, type View } from "../view.ts";

/**
 * Of those with one xmin the oldest comes first: the snapshots of the others begin with its transaction.
 * VACUUM ignores the xmin of another VACUUM, but not that of ANALYZE. A standby whose WAL sender uses a slot holds rows
 * back by that slot.
 */
const statement = (keeps: string) => `
select held.kind, held.holder, held.pid, held.age, held.catalog_age, held.seconds, held.datname, held.usename,
  held.application_name, held.state, held.began_text, held.began
from (
  select 'session' as kind, a.pid::text as holder, a.pid,
    greatest(pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin), 0)::int8 as age, null::int8 as catalog_age,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) as seconds,
    a.datname::text as datname, a.usename::text as usename, a.application_name::text as application_name,
    a.state::text as state, a.backend_start::text as began_text, null::float8 as began
  from pg_catalog.pg_stat_activity as a
  where (a.backend_xid is not null or a.backend_xmin is not null) and a.pid <> pg_catalog.pg_backend_pid()
    and a.backend_type <> 'walsender'
    and not exists (select from pg_catalog.pg_stat_progress_vacuum as v where v.pid = a.pid)
  union all
  select 'prepared', p.gid, null, ${ageOf("p.transaction")}, null,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared), p.database::text, p.owner::text, null, null,
    p.prepared::text, null
  from pg_catalog.pg_prepared_xacts as p
  union all
  select 'slot', s.slot_name::text, s.active_pid, ${ageOf("s.xmin")},
    ${ageOf("s.catalog_xmin")}, null,
    s.database::text, null, null, null, null, null
  from pg_catalog.pg_replication_slots as s
  where (s.xmin is not null or s.catalog_xmin is not null) and ${keeps}
  union all
  select 'standby', r.application_name, r.pid, ${ageOf("r.backend_xmin")}, null, null, null, r.usename::text,
    r.application_name::text, null, null, pg_catalog.date_part('epoch', r.backend_start)
  from pg_catalog.pg_stat_replication as r where r.backend_xmin is not null
) as held
order by held.seconds desc nulls last`;

/** Who keeps VACUUM from removing dead rows, and since how many transactions. */
export const horizon = defineView({
  name: "horizon",
  title: "Horizon",
  section: "server",
  source: "pg_stat_activity, pg_prepared_xacts, pg_replication_slots, pg_stat_replication",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "only what own sessions, slots and prepared transactions hold may be seen",
  none: "nothing keeps VACUUM from removing dead rows",
  rowKey: ["kind", "holder", "pid"],
  rowName: "holder",
  sortBy: "-age",
  duration: "seconds",
  columns: {
    kind: text("KIND", { required: true, priority: 1, about: "session, prepared, slot or standby" }),
    holder: text("HOLDER", {
      required: true,
      priority: 0,
      maxWidth: 40,
      about: "process id, gid, slot or application_name of the standby",
    }),
    pid: integer("PID", { priority: 4, about: "process id of the session or WAL sender" }),
    age: count("XMIN AGE", {
      priority: 0,
      about: "transactions since the oldest whose dead rows it keeps in all tables",
    }),
    catalog_age: count("CAT AGE", {
      priority: 3,
      about: "the same for a logical slot, which keeps catalogs only",
    }),
    seconds: seconds("SINCE", { priority: 1, about: "age of the transaction" }),
    datname: text("DATABASE", { priority: 3, maxWidth: 16, about: "database it is in" }),
    usename: text("USER", { priority: 3, maxWidth: 16, about: "its role" }),
    application_name: text("APP", { priority: 2, maxWidth: 20, about: "application_name" }),
    state: text("STATE", { priority: 2, maxWidth: 20, about: "what the session does now" }),
    began_text: text("began at", {
      hidden: true,
      internal: true,
      about: "backend_start or prepared, as text",
    }),
    began: epoch("began", { hidden: true, internal: true, about: "backend_start of a WAL sender" }),
  },
  opens: (row, node) => {
    const { kind, holder, pid, began_text: backend_start_text, began: backend_start } = row;
    const to = (view: View, fields: Row) => ({ node, row: { view: view.name, key: keyOf(view, fields) } });
    switch (kind) {
      case "session":
        return to(activity, { pid, backend_start_text, gid: null });
      case "prepared":
        return to(activity, { pid: null, backend_start_text, gid: holder });
      case "slot":
        return to(slots, { slot_name: holder });
      default:
        return to(replication, { pid, backend_start });
    }
  },
  sql: { 100000: statement("true"), 130000: statement(keepsRows) },
});

export type HorizonHolder = RowOf<typeof horizon>;
