import { conflictsSql } from "../../postgres/lock-modes.ts";
import { above, bool, epoch, integer, pids, query, seconds, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";
import { statementParameters, statementSql } from "./statement-sql.ts";

/**
 * A prepared transaction has no process: pg_blocking_pids() says 0, and its locks have no pid. Its lock on its own
 * transaction id, under the same virtual transaction, leads to its name. Nothing of this runs where there is no 0. Its name may
 * have bytes of any encoding: collation C sorts them as they are.
 */
const preparedBlockers = `select pg_catalog.string_agg(distinct 'prepared ' || p.gid collate pg_catalog."C" || ' '
    || case when p.age < 120 then p.age || 's' when p.age < 7200 then p.age / 60 || 'min' else p.age / 3600 || 'h' end, ', ')
  from locks as w
  join locks as h on h.granted and h.mode = any (${conflictsSql("w.mode")})
    and (h.locktype, h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
      is not distinct from
        (w.locktype, w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
  join locks as x on x.locktype = 'transactionid' and x.granted and x.virtualtransaction = h.virtualtransaction
  join (
    select d.transaction, d.gid,
      pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - d.prepared))::int8 as age
    from pg_catalog.pg_prepared_xacts as d
  ) as p on p.transaction = x.transactionid
  where w.pid = a.pid`;

/** `offset 0` has pg_blocking_pids() called once a row, and not wherever its answer is used. */
const statement = (added: string) => `
with locks as (
  select l.pid, l.mode, l.granted, l.virtualtransaction, l.locktype,
    l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid
  from pg_catalog.pg_locks as l where not l.granted or l.pid is null
)
select
  a.pid, a.datname, a.usename, a.application_name, a.client_addr, a.backend_type,
  case a.state when 'idle in transaction' then 'idle in tx'
               when 'idle in transaction (aborted)' then 'aborted tx'
               when 'fastpath function call' then 'fastpath'
               else a.state end as state,
  a.wait_event_type || ':' || a.wait_event as wait,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) as xact_seconds,
  case when a.state = 'active'
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start) end as query_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) as state_seconds,
  pg_catalog.date_part('epoch', a.backend_start) as backend_start,
  a.backend_start::text as backend_start_text,
  blocking.pids as blocked_by,
  case when blocking.pids is not null then pg_catalog.concat_ws(', ',
    nullif(pg_catalog.array_to_string(pg_catalog.array_remove(blocking.pids, 0), ','), ''),
    case when 0 = any (blocking.pids) then (${preparedBlockers}) end) end as blockers,
  ${added}
  a.pid = pg_catalog.pg_backend_pid() as own,
  ${statementSql} as query
from pg_catalog.pg_stat_activity as a
left join pg_catalog.pg_database as d on d.oid = a.datid
cross join lateral (
  select case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) end as pids offset 0
) as blocking
where $4::bool or (a.state <> 'idle' and a.backend_type <> 'walsender')`;

/** Backends of a server and what each does. pg_blocking_pids() is called for waiting backends only. */
export const activity = defineView({
  name: "activity",
  title: "Activity",
  section: "backends",
  source: "pg_stat_activity",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "only own sessions may be seen",
  unknownIn: (rows) => {
    const untracked = rows.filter(({ state, own }) => state === "disabled" && own !== true).length;
    return untracked === 0
      ? []
      : [`track_activities is off in ${untracked} of these sessions: what they do is unknown`];
  },
  withheld: ({ backend_type, state }) =>
    backend_type === null ? "row" : state === "disabled" ? "durations" : null,
  rowKey: ["pid", "backend_start"],
  sortBy: "-xact_seconds",
  duration: "query_seconds",
  columns: {
    pid: integer("PID", { required: true, priority: 0, about: "process id of the backend" }),
    datname: text("DATABASE", { priority: 3, maxWidth: 16, about: "database it is connected to" }),
    usename: text("USER", { priority: 3, maxWidth: 14, about: "role it logged in as" }),
    application_name: text("APP", { priority: 4, maxWidth: 18, about: "application_name" }),
    client_addr: text("CLIENT", {
      priority: 6,
      maxWidth: 20,
      about: "client address; empty on a Unix socket",
    }),
    backend_type: text("TYPE", { hidden: true, about: "kind of process" }),
    state: text("STATE", {
      priority: 1,
      maxWidth: 10,
      about: "what it does now",
      severity: (state) => (state === "idle in tx" || state === "aborted tx" ? "warning" : "ok"),
    }),
    wait: text("WAIT", {
      priority: 2,
      maxWidth: 24,
      about: "wait event, type:name",
      severity: (wait) => (wait.startsWith("Lock:") ? "critical" : "ok"),
    }),
    xact_seconds: seconds("TX", { priority: 1, about: "age of its transaction", severity: above(300, 1800) }),
    query_seconds: seconds("QUERY", {
      priority: 1,
      about: "age of its running statement",
      severity: above(60, 600),
    }),
    state_seconds: seconds("SINCE", { hidden: true, about: "time in this state" }),
    backend_start: epoch("STARTED", { hidden: true, about: "when the session began" }),
    backend_start_text: text("STARTED AT", {
      hidden: true,
      about: "the same to the microsecond: with the process id it tells the session from any other",
    }),
    blockers: text("BLOCKED BY", {
      priority: 1,
      maxWidth: 30,
      about: "process ids and prepared transactions, with their age, that hold what it waits for",
    }),
    blocked_by: pids("BLOCK PIDS", {
      hidden: true,
      about: "pg_blocking_pids(); 0 is a prepared transaction",
    }),
    leader_pid: integer("LEADER", { hidden: true, since: 130000, about: "leader of a parallel worker" }),
    query_id: text("QUERY ID", { hidden: true, since: 140000, about: "compute_query_id of the statement" }),
    own: bool("OWN", { required: true, hidden: true, about: "pgparade's own session" }),
    query: query("STATEMENT", { priority: 0, about: "text of the running or last statement" }),
  },
  parameters: ({ idle, wholeText }) => [...statementParameters(wholeText), idle ? "t" : "f"],
  sql: {
    100000: statement(""),
    130000: statement("a.leader_pid,"),
    140000: statement("a.leader_pid, a.query_id,"),
  },
});

export type Backend = RowOf<typeof activity>;
