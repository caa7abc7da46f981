import { integer, pids, query, seconds, text } from "../columns.ts";
import { defineView, type RowOf } from "../view.ts";
import {
  askedOfQueue,
  lockedObject,
  lockedObjectJoins,
  lockText,
  placeInQueue,
  unknownStart,
} from "./lock-sql.ts";
import { sessionColumns, statementParameters, statementSql, stateSql, withheldOf } from "./session.ts";

/** Reading pg_locks holds up sessions that take a lock: it is read only while one waits, or may wait unseen. */
const mayWait = `(select s.n from suspects as s) > 0`;

/**
 * Waiting sessions, those that block them, and prepared transactions that do. A lock is told from others by all of its
 * columns as one text. The relation of a row that a session waits for is known by the tuple's lock, which it has. A
 * standby's replay stands in no queue, so that pg_blocking_pids() says {} of it: whoever has its lock is told as well.
 */
const statement = (waitStart: string, leader: string) => `
with suspects as (
  select pg_catalog.count(*) as n from pg_catalog.pg_stat_activity as a
  where a.wait_event_type = 'Lock' or a.backend_type is null or a.state = 'disabled'
),
locks as (
  select l.pid, l.mode, l.granted, l.virtualtransaction, l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
    l.transactionid, l.classid, l.objid, l.objsubid, ${waitStart} as waitstart,
    ${lockText} as lock
  from pg_catalog.pg_locks as l
  where ${mayWait}
),
waiting as (
  select q.pid, q.mode, q.locktype, q.lock, q.waitstart, q.virtualxid, q.transactionid, q.classid, q.objid, q.objsubid,
    coalesce(q.database, t.database) as database, coalesce(q.relation, t.relation) as on_relation,
    coalesce(q.page, t.page) as on_page, coalesce(q.tuple, t.tuple) as on_tuple,
    case when q.place <= ${askedOfQueue} then pg_catalog.pg_blocking_pids(q.pid) end as blocked_by
  from (
    select l.pid, l.mode, l.locktype, l.lock, l.waitstart, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid,
      l.database, l.relation, l.page, l.tuple,
      ${placeInQueue} as place
    from locks as l where not l.granted
  ) as q
  left join lateral (
    select l.database, l.relation, l.page, l.tuple from locks as l
    where q.locktype = 'transactionid' and l.pid = q.pid and l.locktype = 'tuple' and l.granted limit 1
  ) as t on true
),
held as (
  select l.pid, case when l.pid is null then l.virtualtransaction end as prepared,
    pg_catalog.string_agg(distinct l.lock || ' ' || l.mode, E'\\n') as holds
  from locks as l where l.granted and l.lock in (select w.lock from waiting as w)
  group by 1, 2
),
concerned as (
  select w.pid from waiting as w
  union
  select b.pid from waiting as w cross join lateral pg_catalog.unnest(w.blocked_by) as b (pid) where b.pid <> 0
  union
  select h.pid from held as h where h.pid is not null and exists (select from waiting as w where pg_catalog.cardinality(w.blocked_by) = 0)
)
select
  i.pid, null::text as gid, null::text as prepared_text, a.datname, a.usename, a.application_name, a.client_addr, a.backend_type,
  ${stateSql} as state, a.wait_event_type || ':' || a.wait_event as wait,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - case when w.pid is not null then
    coalesce(w.waitstart, case when a.state = 'active' then a.query_start else a.state_change end) end) as wait_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) as xact_seconds,
  case when a.state = 'active'
       then pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start) end as query_seconds,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) as state_seconds,
  a.backend_start::text as backend_start_text, ${leader}
  w.locktype, w.mode, ${lockedObject} as object, w.lock as awaits, h.holds, w.blocked_by,
  ${statementSql} as query
from concerned as i
left join pg_catalog.pg_stat_activity as a on a.pid = i.pid
left join pg_catalog.pg_database as d on d.oid = a.datid
left join waiting as w on w.pid = i.pid
left join held as h on h.pid = i.pid
${lockedObjectJoins}
where ${mayWait}
union all
select
  null, p.gid, p.prepared::text, p.database, p.owner, null, null, 'prepared transaction', 'prepared', null, null,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared), null, null, null, ${leader === "" ? "" : "null,"}
  null, null, null, null, h.holds, null, null
from held as h
join locks as x on x.virtualtransaction = h.prepared and x.locktype = 'transactionid' and x.granted and x.pid is null
join pg_catalog.pg_prepared_xacts as p on p.transaction = x.transactionid
where h.prepared is not null and ${mayWait}
  and exists (select from waiting as w where 0 = any (w.blocked_by))`;

/** Sessions that wait for a lock, and what blocks them: the edges of {@link locks}. Cheap while none waits. */
export const lockWaits = defineView({
  name: "lock_waits",
  title: "Lock waits",
  section: "backends",
  tab: false,
  source: "pg_locks, pg_stat_activity, pg_prepared_xacts",
  scope: "server",
  runsOn: "any",
  withoutAllStats: "what sessions of other roles do is hidden, but who waits for whom is not",
  withheld: withheldOf,
  none: "no session waits for a lock",
  rowKey: ["pid", "backend_start_text", "gid"],
  sortBy: "-wait_seconds",
  duration: "wait_seconds",
  columns: {
    pid: integer("PID", { priority: 0, about: "process id; empty for a prepared transaction" }),
    gid: text("PREPARED", { priority: 3, maxWidth: 24, about: "name of a prepared transaction" }),
    prepared_text: text("PREPARED AT", { hidden: true, about: "when it was prepared, to the microsecond" }),
    ...sessionColumns,
    state: text("STATE", { priority: 1, maxWidth: 10, about: "what it does now" }),
    wait: text("WAIT EVENT", { hidden: true, about: "wait event type and event" }),
    wait_seconds: seconds("WAITS", {
      priority: 1,
      about: "how long it has waited for the lock; before 14 since its statement began",
    }),
    xact_seconds: seconds("TX", { priority: 2, about: "age of its transaction" }),
    query_seconds: seconds("QUERY", { hidden: true, about: "age of its running statement" }),
    state_seconds: seconds("SINCE", { hidden: true, about: "time in this state" }),
    backend_start_text: text("STARTED", {
      hidden: true,
      about: "when the session began, to the microsecond",
    }),
    leader_pid: integer("LEADER", { hidden: true, since: 130000, about: "leader of a parallel worker" }),
    locktype: text("LOCK", { priority: 4, maxWidth: 14, about: "kind of object that it waits to lock" }),
    mode: text("MODE", { priority: 5, maxWidth: 24, about: "mode of the lock that it waits for" }),
    object: text("OBJECT", { priority: 2, maxWidth: 30, about: "what it waits to lock" }),
    awaits: text("AWAITS", { hidden: true, about: "the lock that it waits for, as in pg_locks" }),
    holds: text("HOLDS", { hidden: true, about: "locks it has that others wait for, and their modes" }),
    blocked_by: pids("BLOCKED BY", {
      priority: 1,
      maxWidth: 30,
      about: "pg_blocking_pids(); 0 is a prepared transaction",
    }),
    query: query("STATEMENT", { priority: 0, about: "text of the running or last statement" }),
  },
  parameters: ({ wholeText }) => statementParameters(wholeText),
  sql: {
    100000: statement(unknownStart, ""),
    130000: statement(unknownStart, "a.leader_pid,"),
    140000: statement("l.waitstart", "a.leader_pid,"),
  },
});

export type LockWait = RowOf<typeof lockWaits>;
